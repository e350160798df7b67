"""A source is a named run of bytes that knows where its bytes came from.

The bytes of one captured record are a source. So are bytes that stand nowhere in the file as they are: a message
put together from many segments, a payload with the mask taken off, text that was inflated. Each of these keeps
its origins, so that any byte on the screen can be followed back to the packet that carried it. A `View` is a
window on a source: the bytes that one layer is given to read, and which field said where they end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Bytes of one captured record: `length` bytes from byte `start` of packet `packet`."""

    packet: int
    start: int
    length: int


class Origin(NamedTuple):
    """Where one run of a source's bytes came from.

    `length` bytes from byte `start` of the source were made of `span` bytes from byte `offset` of `parent`, or,
    where `parent` is None, of the record of packet `packet`. With `span == length` byte matches byte (copied, or
    unmasked); otherwise the whole run was made of the whole span (inflated), and no byte has an origin of its own.
    """

    start: int
    length: int
    parent: Source | None
    packet: int
    offset: int
    span: int


class Source:
    """A named run of bytes. `origins` is empty for a captured record, whose `packet` is its own number."""

    __slots__ = ("_starts", "data", "name", "origins", "packet")

    def __init__(self, name: str, data: bytes, origins: Iterable[Origin] = (), packet: int = 0) -> None:
        self.name = name
        self.data = data
        self.origins = tuple(origins)
        self.packet = packet
        self._starts = [origin.start for origin in self.origins]

    def __repr__(self) -> str:
        return f"<Source {self.name}: {len(self.data)} bytes>"

    def view(self, start: int = 0, end: int | None = None, said: str = "the capture") -> View:
        """A window on this source, the whole of it by default."""
        return View(self, start, len(self.data) if end is None else end, said)

    def covering(self, start: int, length: int) -> list[Origin]:
        """The origins that bytes `start` to `start + length` were made of, each cut down to that range."""
        found: list[Origin] = []
        index = max(bisect_right(self._starts, start) - 1, 0)
        for origin in self.origins[index:]:
            if origin.start >= start + length:
                break
            low, high = max(origin.start, start), min(origin.start + origin.length, start + length)
            if low >= high:
                continue
            if origin.span == origin.length:
                shift = origin.offset + low - origin.start
                found.append(Origin(low, high - low, origin.parent, origin.packet, shift, high - low))
            else:
                found.append(Origin(low, high - low, origin.parent, origin.packet, origin.offset, origin.span))
        return found

    def trace(self, start: int, length: int) -> list[Place]:
        """Follow bytes back, through every source between, to the records that carried them."""
        if not self.origins:
            return [Place(self.packet, start, length)]
        places: list[Place] = []
        waiting: list[tuple[Source, int, int]] = [(self, start, length)]
        while waiting:
            source, first, count = waiting.pop()
            for origin in source.covering(first, count):
                if origin.parent is None:
                    places.append(Place(origin.packet, origin.offset, origin.span))
                elif origin.parent.origins:
                    waiting.append((origin.parent, origin.offset, origin.span))
                else:
                    places.append(Place(origin.parent.packet, origin.offset, origin.span))
        return sorted(set(places))

    @property
    def packets(self) -> tuple[int, ...]:
        """The numbers of the packets whose bytes this source was made of, in order."""
        return tuple(sorted({place.packet for place in self.trace(0, len(self.data))}))


class View(NamedTuple):
    """The bytes from `start` to `end` of a source, and `said`: the field name that set the end.

    `wire_end` is where the bytes would end if the capture had kept all of them; it is larger than `end` only
    when a snap length or a damaged file cut the packet, and then an error can say so. 0: not known.
    """

    source: Source
    start: int
    end: int
    said: str = "the capture"
    wire_end: int = 0

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def data(self) -> bytes:
        return self.source.data[self.start : self.end]

    @property
    def missing(self) -> int:
        """How many bytes were on the wire behind the end but are not in the capture."""
        return max(self.wire_end - self.end, 0)

    def after(self, length: int) -> View:
        """The view without its first `length` bytes."""
        return self._replace(start=min(self.start + length, self.end))

    def first(self, length: int, said: str) -> View:
        """The first `length` bytes, or as many as there are; `said` is the field that gave the length.

        A length that goes beyond what was on the wire lies: it does not make bytes missing that never were there.
        """
        wanted = self.start + length
        wire_end = min(wanted, max(self.wire_end, self.end)) if self.wire_end else wanted
        return View(self.source, self.start, min(wanted, self.end), said, max(wire_end, 0))
