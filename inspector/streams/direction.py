"""One direction of a TCP stream: which byte of it stands in which record.

The direction is a sorted table of pieces, each a run of stream offsets that one record carried. Building it sorts out
reordering, retransmission, overlap (the copy that came first wins), wrap-around of sequence numbers, bytes that the
capture did not keep, and leaves holes where bytes never came. Nothing is copied: the table holds places. The surprising
thing: most segments of most captures come in order, so the table is built by a few numpy passes, and only what came
late, to fill a gap, is looked at one by one.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.streams.segments import FIN, SYN, Segments

Ints = NDArray[np.int64]
LATE_AT_MOST = 64
"""Without a SYN, how many segments may still move the direction's beginning forward by coming late."""


class Overlap(NamedTuple):
    """Bytes that were sent twice: `length` bytes of the direction, first in packet `first`, again in `again`.

    `first_at` and `again_at` are where they stand in the two records.
    """

    start: int
    length: int
    first: int
    first_at: int
    again: int
    again_at: int


class Direction:
    """The pieces of one direction, sorted by offset, without overlap.

    `opened` tells whether the SYN was seen; then offset 0 is the byte behind it, otherwise the first byte seen.
    `extent` is the offset behind the last byte seen, `fin_at` where a FIN stands (-1: none), `fin_packet` its packet.
    """

    def __init__(self, segments: Segments, side: int) -> None:
        mine = np.flatnonzero(segments.side == side)
        position = _unwrap(segments.seq[mine])
        flags, length = segments.flags[mine], segments.length[mine].astype(np.int64)
        position += (flags & SYN) >> 1
        self.packet = segments.packet[mine].astype(np.int64)
        self._offset = segments.offset[mine].astype(np.int64)
        syn = np.flatnonzero(flags & SYN)
        self.opened = len(syn) > 0
        data = np.flatnonzero(length > 0)
        base = int(position[syn[0]]) if self.opened else _first(position[data], length[data])
        position -= base
        self.base = (int(segments.seq[mine[0]]) + base) & 0xFFFFFFFF if len(mine) else 0
        kept = np.minimum(segments.captured[mine].astype(np.int64), length)
        self._start, self._stop = position, position + kept
        self._closings(flags, position + length)
        self.extent = int((position + length)[data].max()) if len(data) else 0
        self.extent = max(self.extent, 0)
        self._lay(data[self._stop[data] > 0])

    def _closings(self, flags: Any, ends: Ints) -> None:
        fins = np.flatnonzero(flags & FIN)
        self.fin_at = int(ends[fins[0]]) if len(fins) else -1
        self.fin_packet = int(self.packet[fins[0]]) if len(fins) else 0

    def _lay(self, rows: Ints) -> None:
        """Give each byte to the first segment that brought it, and sort the pieces."""
        start, stop = np.maximum(self._start[rows], 0), self._stop[rows]
        top = np.zeros(len(rows), np.int64)
        if len(rows) > 1:
            np.maximum(np.maximum.accumulate(stop[:-1]), 0, out=top[1:])
        fresh = np.maximum(start, top)
        ahead = np.flatnonzero(stop > fresh)
        late = np.flatnonzero(start < np.minimum(top, stop))
        starts, stops, owner = fresh[ahead], stop[ahead], rows[ahead]
        filled = _fill(starts, stops, start[late], np.minimum(stop, top)[late], rows[late])
        if len(filled):
            starts = np.concatenate((starts, filled[:, 0]))
            stops = np.concatenate((stops, filled[:, 1]))
            owner = np.concatenate((owner, filled[:, 2]))
            order = np.argsort(starts, kind="stable")
            starts, stops, owner = starts[order], stops[order], owner[order]
        self._late = rows[late]
        self._keep(starts, stops, owner)

    def _keep(self, starts: Ints, stops: Ints, owner: Ints) -> None:
        self.starts, self.stops = np.ascontiguousarray(starts), np.ascontiguousarray(stops)
        self.packets = self.packet[owner]
        self.shifts = self._offset[owner] - self._start[owner]
        run = np.zeros(len(starts), np.int64)
        if len(starts) > 1:
            np.cumsum(starts[1:] != stops[:-1], out=run[1:])
        self.frontiers = np.maximum.accumulate(self.packets)
        self.runs = run
        self._by_packet = np.argsort(self.packets, kind="stable")
        self._sorted_packets = self.packets[self._by_packet]

    def ranges(self, packet: int) -> list[tuple[int, int]]:
        """The runs of offsets that this packet was the first to bring."""
        low, high = np.searchsorted(self._sorted_packets, (packet, packet + 1))
        pieces = self._by_packet[low:high]
        return [(int(self.starts[i]), int(self.stops[i])) for i in pieces]

    def completed(self, packet: int) -> tuple[int, int]:
        """The offsets that this packet made complete: what stood behind a hole that it closed is among them."""
        low, high = np.searchsorted(self.frontiers, (packet, packet + 1)).tolist()
        if low < high:
            return int(self.starts[low]), int(self.stops[high - 1])
        return (self.extent, self.extent) if packet == self.fin_packet else (-1, -1)

    @property
    def bytes(self) -> int:
        """How many bytes of the direction the capture has."""
        return int((self.stops - self.starts).sum())

    def bytes_below(self, offset: int) -> int:
        """How many bytes of the direction the capture has before `offset`."""
        inside = self.starts < offset
        return int((np.minimum(self.stops[inside], offset) - self.starts[inside]).sum())

    def overlaps(self) -> list[Overlap]:
        """Every run of bytes that came again in a later segment; a keep-alive's single old byte does not count."""
        found: list[Overlap] = []
        starts = self.starts.data
        for row in self._late.tolist():
            low, high = max(int(self._start[row]), 0), int(self._stop[row])
            if high - low <= 1:
                continue
            index = max(bisect_right(starts, low) - 1, 0)
            while index < len(starts) and starts[index] < high:
                a, b = max(low, starts[index]), min(high, int(self.stops[index]))
                first = int(self.packets[index])
                if a < b and first != int(self.packet[row]):
                    again_at = int(self._offset[row]) + a - int(self._start[row])
                    here = Overlap(a, b - a, first, a + int(self.shifts[index]), int(self.packet[row]), again_at)
                    found.append(here)
                index += 1
        return found


def _unwrap(seq: NDArray[np.uint32]) -> Ints:
    """Sequence numbers counted on past 2^32, relative to the first; a step back is a step back (RFC 9293 3.4)."""
    position = np.zeros(len(seq), np.int64)
    if len(seq) > 1:
        np.cumsum(np.diff(seq).astype(np.int32), out=position[1:])
    return position


def _first(position: Ints, length: Ints) -> int:
    """Where a direction without a SYN begins: at its first segment, or at one before it that came a little late.

    Only bytes that join without a gap move the beginning, so that the copy of something old leaves no hole.
    """
    if not len(position):
        return 0
    base = int(position[0])
    early = sorted(zip(position[1:LATE_AT_MOST].tolist(), length[1:LATE_AT_MOST].tolist()), reverse=True)
    for start, size in early:
        if start < base <= start + size:
            base = start
    return base


def _fill(starts: Ints, stops: Ints, low: Ints, high: Ints, rows: Ints) -> Ints:
    """Give the gaps between the pieces to the late segments, in the order in which these came."""
    before = np.concatenate((np.zeros(min(len(starts), 1), np.int64), stops[:-1]))
    gaps = np.flatnonzero(before < starts)
    if not len(gaps) or not len(low):
        return np.empty((0, 3), np.int64)
    open_low, open_high = before[gaps].tolist(), starts[gaps].tolist()
    filled: list[tuple[int, int, int]] = []
    for first, last, row in zip(low.tolist(), high.tolist(), rows.tolist()):
        index = bisect_right(open_high, first)
        while index < len(open_low) and open_low[index] < last:
            a, b = max(first, open_low[index]), min(last, open_high[index])
            filled.append((a, b, row))
            left, right = (open_low[index], a), (b, open_high[index])
            keep = [gap for gap in (left, right) if gap[0] < gap[1]]
            open_low[index : index + 1] = [gap[0] for gap in keep]
            open_high[index : index + 1] = [gap[1] for gap in keep]
            index += 1 if left in keep else 0
            if right in keep:
                break
    return np.array(filled, np.int64).reshape(-1, 3)
