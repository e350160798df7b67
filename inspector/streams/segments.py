"""All TCP segments of one stream, as columns: what the index hands to the reader of the stream.

Eight arrays of one length, a row a segment in capture order, both sides mixed. The bytes themselves stay in the capture
file; a row only says in which record they are and where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
"""The flag bits that matter here."""

_TYPES = {
    "packet": np.uint32,
    "side": np.uint8,
    "seq": np.uint32,
    "length": np.uint32,
    "captured": np.uint32,
    "offset": np.uint32,
    "flags": np.uint16,
    "time_ns": np.int64,
}


@dataclass(frozen=True, slots=True)
class Segments:
    """Rows in capture order.

    `packet` is the packet's number; `side` 0 for the client's, 1 for the server's; `seq` the raw sequence number;
    `length` the payload's bytes on the wire and `captured` how many of them are in the capture; `offset` where the
    payload begins in the record; `flags` the 12 flag bits; `time_ns` nanoseconds since the epoch.
    """

    packet: NDArray[np.uint32]
    side: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    length: NDArray[np.uint32]
    captured: NDArray[np.uint32]
    offset: NDArray[np.uint32]
    flags: NDArray[np.uint16]
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.packet)

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, int, int, int, int, int]]) -> Segments:
        """Segments from rows in the order of the columns."""
        columns = list(zip(*rows)) or [()] * len(_TYPES)
        return cls(*(np.array(column, kind) for column, kind in zip(columns, _TYPES.values())))

    def joined(self, more: Segments) -> Segments:
        """These rows and, behind them, more."""
        pairs = ((getattr(self, field.name), getattr(more, field.name)) for field in fields(self))
        return Segments(*(np.concatenate(pair) for pair in pairs))
