"""Conversations as scripts: a list of who says what, made into the segments and records that a capture would give.

The same script can be sent in other ways (byte by byte, out of order, twice, with a piece lost), and what the reader
says about it can be compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from inspector.core.protocol import Cut
from inspector.engine.registry import registry
from inspector.streams.conversation import StreamReader
from inspector.streams.segments import ACK, FIN, SYN, Segments

HEADER = b"header!!"
"""Stands for the headers before each payload, so that no payload begins at byte 0 of its record."""
START = (1000, 0xFFFFFF00)
"""The sequence numbers of the SYNs; the server's wraps around after 255 bytes."""

Part = tuple[int, bytes]
Row = tuple[int, int, bytes, int]
"""A segment: its side, its offset in its direction, its payload, its flags."""


@dataclass
class Talk:
    """A script on its way into a reader: rows in the order in which the packets were captured."""

    rows: list[Row] = field(default_factory=list)
    opened: bool = True
    ports: tuple[int, int] = (40000, 80)
    snap: int = 1 << 30

    def records(self) -> dict[int, bytes]:
        return {number: HEADER + row[2][: self.snap] for number, row in enumerate(self._all(), 1)}

    def _all(self) -> list[Row]:
        opening = [(0, -1, b"", SYN), (1, -1, b"", SYN | ACK)] if self.opened else []
        return [*opening, *self.rows]

    def segments(self, first: int = 0, last: int | None = None) -> Segments:
        rows = []
        for number, (side, offset, data, flags) in list(enumerate(self._all(), 1))[first:last]:
            seq = (START[side] + 1 + offset) & 0xFFFFFFFF
            kept = min(len(data), self.snap)
            rows.append((number, side, seq, len(data), kept, len(HEADER), flags, number * 1_000_000))
        return Segments.of(rows)

    def reader(self) -> StreamReader:
        records = self.records()
        return StreamReader(self.segments(), records.__getitem__, registry(), self.ports)


def plain(parts: Iterable[Part], *, fin: bool = False) -> list[Row]:
    """One segment for each part, in order; with `fin` both sides close."""
    at = [0, 0]
    rows: list[Row] = []
    for side, data in parts:
        rows.append((side, at[side], data, ACK))
        at[side] += len(data)
    if fin:
        rows += [(1, at[1], b"", FIN | ACK), (0, at[0], b"", FIN | ACK)]
    return rows


def split(rows: Iterable[Row], size: int) -> list[Row]:
    """The same bytes in segments of at most `size` bytes."""
    return [
        (side, offset + at, data[at : at + size], flags)
        for side, offset, data, flags in rows
        for at in range(0, max(len(data), 1), size)
    ]


def shuffled(rows: Sequence[Row], seed: int, reach: int = 4) -> list[Row]:
    """The rows of each run of one side a little out of order; who answers still comes after what is answered."""
    chance = random.Random(seed)
    result: list[Row] = []
    run: list[Row] = []
    for row in [*rows, None]:
        if row is not None and (not run or run[0][0] == row[0]):
            run.append(row)
            continue
        keyed = sorted((index + chance.uniform(0, reach), item) for index, item in enumerate(run))
        result += [item for _, item in keyed]
        run = [row] if row is not None else []
    return result


def repeated(rows: Sequence[Row], seed: int) -> list[Row]:
    """Some segments come again later, some of them joined with their neighbour's bytes."""
    chance = random.Random(seed)
    result: list[Row] = []
    for index, row in enumerate(rows):
        result.append(row)
        if chance.random() < 0.4:
            before = rows[chance.randrange(index + 1)]
            result.append(before)
        if index and chance.random() < 0.3 and rows[index - 1][0] == row[0] and not row[3] & FIN:
            side, offset, data, flags = rows[index - 1]
            if offset + len(data) == row[1]:
                result.append((side, offset, data + row[2], flags))
    return result


Told = tuple[str, int, int, int, bool]


def told(reader: StreamReader) -> list[Told]:
    """What the reader cuts, by side and place: the packets depend on the segments, the messages must not."""
    return sorted((cut.protocol, cut.side, cut.start, cut.stop, cut.complete) for cut in reader.cuts())


def bytes_of(reader: StreamReader, cut: Cut) -> bytes:
    return reader.pdu(cut).view.data


WAYS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "byte by byte": lambda rows: split(rows, 1),
    "seven bytes": lambda rows: split(rows, 7),
    "out of order": lambda rows: shuffled(split(rows, 5), 1),
    "twice": lambda rows: repeated(split(rows, 11), 2),
    "twice and out of order": lambda rows: shuffled(repeated(split(rows, 6), 3), 4),
}


def grown(talk: Talk, step: int) -> Iterator[StreamReader]:
    """A reader that is given the segments a few at a time, as a live capture grows; advanced after each."""
    records, total = talk.records(), len(talk.segments())
    reader = StreamReader(talk.segments(0, step), records.__getitem__, registry(), talk.ports)
    reader.advance()
    yield reader
    for first in range(step, total, step):
        reader.extend(talk.segments(first, first + step))
        reader.advance()
        yield reader
