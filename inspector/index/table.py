"""Columns that grow by chunks: what has been written is never moved and never copied.

A reader may look at rows while a worker appends further ones, as long as it keeps to the rows that were published (see
`Index.count`). That is why a table is a list of fixed chunks and not one array that is doubled: memory stays at what
the rows need, and no row that somebody looks at changes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CHUNK = 65_536


class Table:
    """Named columns of numbers with `count` rows."""

    def __init__(self, columns: Mapping[str, str], chunk: int = CHUNK) -> None:
        self.columns = dict(columns)
        self.chunk = chunk
        self.count = 0
        self._chunks: list[dict[str, Array]] = []

    @property
    def bytes_per_row(self) -> int:
        return sum(np.dtype(kind).itemsize for kind in self.columns.values())

    def append(self, rows: Mapping[str, Array], size: int) -> None:
        """Add `size` rows; each column of the table needs an array or a number that fits all of them."""
        done = 0
        while done < size:
            place = (self.count + done) % self.chunk
            if place == 0:
                self._chunks.append({name: np.empty(self.chunk, kind) for name, kind in self.columns.items()})
            taken = min(size - done, self.chunk - place)
            for name, column in self._chunks[-1].items():
                column[place : place + taken] = rows[name][done : done + taken]
            done += taken
        self.count += size

    def at(self, name: str, row: int) -> int:
        """One number."""
        return int(self._chunks[row // self.chunk][name][row % self.chunk])

    def row(self, row: int, *names: str) -> tuple[int, ...]:
        """Several numbers of one row."""
        chunk, place = self._chunks[row // self.chunk], row % self.chunk
        return tuple(int(chunk[name][place]) for name in names)

    def part(self, name: str, start: int, stop: int) -> Array:
        """The rows from `start` to `stop` of one column: a view where they lie in one chunk, else a copy."""
        parts = self.parts(name, start, stop)
        return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0, self.columns[name])

    def parts(self, name: str, start: int, stop: int) -> list[Array]:
        """The same as views, chunk by chunk."""
        found = []
        while start < stop:
            place = start % self.chunk
            taken = min(stop - start, self.chunk - place)
            found.append(self._chunks[start // self.chunk][name][place : place + taken])
            start += taken
        return found

    def take(self, name: str, rows: Array) -> Array:
        """One column's numbers at rows in ascending order."""
        chunks = rows // self.chunk
        found = np.empty(len(rows), self.columns[name])
        edges = np.flatnonzero(np.diff(chunks)) + 1
        for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(rows)]):
            if start < stop:
                number = int(chunks[start])
                found[start:stop] = self._chunks[number][name][rows[start:stop] - number * self.chunk]
        return found

    def put(self, name: str, row: int, value: int) -> None:
        """Change one number that has not been published yet."""
        self._chunks[row // self.chunk][name][row % self.chunk] = value
