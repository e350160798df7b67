"""A conversation's bytes as grammars see them: `core.protocol.Talk` over two directions and the records.

Grammars ask for the same few neighbouring bytes again and again, so each direction remembers the piece it read last;
walking a stream from front to back then reads every record once and searches nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from inspector.core.protocol import Piece
from inspector.core.source import Origin, Source, View
from inspector.streams.direction import Direction
from inspector.streams.segments import Segments

REASSEMBLED = "Reassembled TCP"
MATERIALISED_AT_MOST = 64 << 20
"""Bytes of one message that are put together in memory; a larger message shows its first 64 MB and says so."""

_NOTHING = Piece(0, 0, 0, b"", -1, -1)


class StreamTalk:
    """Both directions of a TCP stream, with their bytes read from the records as needed."""

    def __init__(self, segments: Segments, read: Callable[[int], bytes], ports: tuple[int, int]) -> None:
        self.ports = ports
        self.memory: dict[str, Any] = {}
        self.read = read
        self.swapped = False
        self.load(segments)

    def load(self, segments: Segments) -> None:
        """Take the segments for the stream's whole truth."""
        self.segments = segments
        first, second = Direction(segments, 0), Direction(segments, 1)
        self.sides = (second, first) if self.swapped else (first, second)
        self._pieces = [_NOTHING, _NOTHING]
        self._indexes = [0, 0]

    def swap(self) -> None:
        """The bytes show that the side that was taken for the client is the server."""
        self.swapped = not self.swapped
        self.ports = (self.ports[1], self.ports[0])
        self.load(self.segments)

    # What grammars ask; see core.protocol.Talk.

    def known(self, side: int, offset: int) -> int:
        direction = self.sides[side]
        index = self._locate(side, offset)
        if index < 0:
            return offset
        last = bisect_right(direction.runs.data, int(direction.runs[index])) - 1
        return int(direction.stops[last])

    def extent(self, side: int) -> int:
        return self.sides[side].extent

    def ended(self, side: int) -> bool:
        direction = self.sides[side]
        return 0 <= direction.fin_at <= direction.extent

    def opened(self, side: int) -> bool:
        return self.sides[side].opened

    def closed(self, side: int) -> int:
        return self.sides[side].fin_packet

    def time(self, packet: int) -> int:
        row = int(np.searchsorted(self.segments.packet, packet))
        return int(self.segments.time_ns[row]) if row < len(self.segments) else 0

    def piece(self, side: int, offset: int) -> Piece:
        piece = self._pieces[side]
        if piece.start <= offset < piece.stop:
            return piece
        index = self._locate(side, offset)
        if index < 0:
            return Piece(offset, offset, 0, b"", -1, -1)
        return self._take(side, index)

    def _take(self, side: int, index: int) -> Piece:
        direction = self.sides[side]
        packet, start, shift = direction.packets.item(index), direction.starts.item(index), direction.shifts.item(index)
        data = self.read(packet)
        stop = min(direction.stops.item(index), len(data) - shift)
        piece = Piece(start, stop, shift, data, packet, direction.frontiers.item(index))
        self._pieces[side] = piece
        return piece

    def _locate(self, side: int, offset: int) -> int:
        """The index of the piece that holds this offset, or -1."""
        direction, near = self.sides[side], self._indexes[side]
        starts, stops = direction.starts, direction.stops
        count = len(starts)
        low = near if near < count and starts.item(near) <= offset else 0
        index = bisect_right(starts.data, offset, low, min(low + 8, count)) - 1
        if index == low + 7 or index < 0:
            index = bisect_right(starts.data, offset, max(index, 0)) - 1
        if index < 0 or offset >= stops.item(index):
            return -1
        self._indexes[side] = index
        return index

    def pieces(self, side: int, start: int, stop: int) -> Iterator[Piece]:
        """The pieces that hold bytes from `start` to `stop`, until the first hole."""
        while start < stop:
            piece = self.piece(side, start)
            if piece.stop <= start:
                return
            yield piece
            start = piece.stop

    def peek(self, side: int, offset: int, size: int) -> bytes:
        piece = self.piece(side, offset)
        if offset + size <= piece.stop or piece.stop <= offset:
            return piece.data[offset + piece.shift : min(offset + size, piece.stop) + piece.shift]
        stop = offset + size
        parts = [
            here.data[max(here.start, offset) + here.shift : min(here.stop, stop) + here.shift]
            for here in self.pieces(side, offset, stop)
        ]
        return b"".join(parts)

    def find(self, side: int, pattern: bytes, start: int, at_most: int) -> int:
        piece = self.piece(side, start)
        found = piece.data.find(pattern, start + piece.shift, min(piece.stop, start + at_most) + piece.shift)
        if found >= 0 and piece.stop > start:
            return found - piece.shift
        size, looked = 4096, 0
        while looked < at_most:
            data = self.peek(side, start + looked, min(size, at_most - looked))
            found = data.find(pattern)
            if found >= 0:
                return start + looked + found
            if len(data) < min(size, at_most - looked):
                return -1
            looked += max(len(data) - len(pattern) + 1, 1)
            size = min(size * 4, 1 << 20)
        return -1

    def ready(self, side: int, stop: int) -> int:
        piece = self._pieces[side]
        if piece.start < stop <= piece.stop:
            return piece.frontier
        direction, index = self.sides[side], self._locate(side, stop - 1)
        if index < 0:
            index = bisect_right(direction.starts.data, stop - 1) - 1
        return direction.frontiers.item(index) if index >= 0 else 0

    def whole(self, side: int, start: int, stop: int) -> bool:
        if start >= stop:
            return True
        direction = self.sides[side]
        first = self._locate(side, start)
        if first < 0:
            return False
        if stop <= direction.stops.item(first):
            return True
        last = self._locate(side, stop - 1)
        return last >= 0 and direction.runs.item(first) == direction.runs.item(last)

    def resume(self, side: int, offset: int) -> int:
        starts = self.sides[side].starts
        index = bisect_right(starts.data, offset)
        return starts.item(index) if index < len(starts) else -1

    def view(self, side: int, start: int, stop: int, packet: int) -> View:
        piece = self.piece(side, start)
        if piece.packet == packet and stop <= piece.stop:
            source = Source("record", piece.data, packet=packet)
            return View(source, start + piece.shift, stop + piece.shift, "the message's own length")
        return self._put_together(side, start, stop)

    def _put_together(self, side: int, start: int, stop: int) -> View:
        parts: list[bytes] = []
        origins: list[Origin] = []
        size = 0
        for piece in self.pieces(side, start, min(stop, start + MATERIALISED_AT_MOST)):
            first, last = max(piece.start, start), min(piece.stop, stop, start + MATERIALISED_AT_MOST)
            parts.append(piece.data[first + piece.shift : last + piece.shift])
            origins.append(Origin(size, last - first, None, piece.packet, first + piece.shift, last - first))
            size += last - first
        source = Source(REASSEMBLED, b"".join(parts), origins)
        return View(source, 0, size, "the message's own length", stop - start)
