"""What reading a capture file gives: records by the batch, and what was found to be wrong with the file.

A capture of a million packets becomes a few dozen batches, not a million objects. A batch names the place of each
record in the file and holds the piece of the file that they stand in, so that the index can gather what it needs from
the bytes in one numpy pass. Whoever has no numpy reads the same things from the arrays `captured`, `lengths` and
`times`, which are unpacked when somebody first asks for them. That is the surprising thing here: to walk only the
captured lengths is three times as fast as to unpack four numbers a record, and the index wants the speed.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

NANOSECONDS = 1_000_000_000


class CaptureError(Exception):
    """The file cannot be opened as a capture; `str()` is one sentence for the user."""


class Damage(NamedTuple):
    """What is missing or wrong, in one sentence, at which byte of the file."""

    offset: int
    text: str

    def __str__(self) -> str:
        return f"At byte {self.offset}: {self.text}"


class Interface(NamedTuple):
    """What a capture file says about one interface that packets were captured on.

    `link` is the link type's number, `snaplen` the most bytes kept of a packet (0: no limit is known), `resolution`
    the time units in a second, `offset` the seconds to add to every time. `fcs` is how many bytes of frame check
    sequence the file says stand at the end of each packet, or None where it does not say; `link_class` is the
    "class" of the upper 16 bits of pcap's network field, 0 for all ordinary files. `section` counts the pcapng
    sections from 0. `description`, `filter` (that of the capture), `os` and `hardware` are what pcapng tells besides.
    """

    link: int
    snaplen: int
    name: str = ""
    resolution: int = 1_000_000
    offset: int = 0
    fcs: int | None = None
    link_class: int = 0
    section: int = 0
    description: str = ""
    filter: str = ""
    os: str = ""
    hardware: str = ""


class Shape(NamedTuple):
    """Where the numbers of all records of a batch stand, for whoever gathers them from `Batch.data` by himself.

    Four unsigned 32-bit words begin `header` bytes before a record's first captured byte: two of time, captured length,
    length on the wire. `order` is "<" (little-endian) or ">", as in struct and numpy. The time in nanoseconds since the
    epoch is the first word times `first` plus the second times `second` plus `shift`, and fits into a signed 64-bit
    number; so does each product. In pcap the words are seconds and a fraction, in pcapng the halves of one number.
    """

    header: int
    order: str
    first: int
    second: int
    shift: int = 0


class Batch:
    """Records that follow each other in the file, as parallel arrays, and the piece of the file that holds them.

    `offsets` are file offsets of the first captured byte of each record, `captured` and `lengths` bytes in the file and
    on the wire, `times` nanoseconds since the epoch, `interfaces` positions in the file's list of interfaces, `links`
    link types. `data[0]` stands at byte `base` of the file. If `shape` is not None, all records are of one interface
    and of one form, and their numbers can be gathered from `data`; in the rare other batches (packets of several
    interfaces in turn, obsolete or simple blocks, very old files) only the arrays hold them. `link` is the link type
    that all records share, None if they differ.
    """

    __slots__ = ("__dict__", "_interface", "_table", "base", "data", "offsets", "shape")

    def __init__(
        self,
        offsets: array[int],
        data: bytes,
        base: int,
        table: Sequence[int],
        shape: Shape | None = None,
        interface: int = 0,
    ) -> None:
        self.offsets = offsets
        self.data = data
        self.base = base
        self.shape = shape
        self._table = table
        self._interface = interface

    def __len__(self) -> int:
        return len(self.offsets)

    def fill(self, captured: array[int], lengths: array[int], times: array[int]) -> Batch:
        """For readers: set the arrays that no shape describes; returns the batch itself."""
        self.__dict__.update(captured=captured, lengths=lengths, times=times)
        return self

    def take_shape(self, shape: Shape, interface: int) -> None:
        """For readers: from now on this empty batch holds records of this shape."""
        self.shape, self._interface = shape, interface

    def fits(self, shape: Shape, interface: int) -> bool:
        """For readers: whether a record of this shape can join the batch as it is."""
        return self.shape == shape and self._interface == interface

    def settle(self) -> None:
        """For readers: unpack all that the shape describes, so that records of another shape can be appended."""
        if self.shape is None and "captured" not in self.__dict__:
            self.fill(array("I"), array("I"), array("q"))
        elif self.shape is not None:
            self._unpack()
        self.__dict__.setdefault("interfaces", array("H", (self._interface,)) * len(self.offsets))
        self.shape = None

    def tally(self) -> dict[int, int]:
        """How many of the records are of each interface, without unpacking what one shape describes."""
        if "interfaces" in self.__dict__:
            return Counter(self.interfaces)
        return {self._interface: len(self.offsets)}

    def record(self, index: int) -> bytes:
        """The captured bytes of the record at a position in this batch, without reading the file again."""
        start = self.offsets[index] - self.base
        return self.data[start : start + self.captured[index]]

    @cached_property
    def captured(self) -> array[int]:
        return self._unpack()[0]

    @cached_property
    def lengths(self) -> array[int]:
        return self._unpack()[1]

    @cached_property
    def times(self) -> array[int]:
        return self._unpack()[2]

    @cached_property
    def interfaces(self) -> array[int]:
        return array("H", (self._interface,)) * len(self.offsets)

    @cached_property
    def link(self) -> int | None:
        links = {self._table[number] for number in set(self.interfaces)}
        return links.pop() if len(links) == 1 else None

    @cached_property
    def links(self) -> array[int]:
        if self.link is not None:
            return array("H", (self.link,)) * len(self.offsets)
        return array("H", map(self._table.__getitem__, self.interfaces))

    def _unpack(self) -> tuple[array[int], array[int], array[int]]:
        """Unpack every header once, and keep all three arrays that come of it."""
        if self.shape is None:
            raise ValueError("a batch without a shape is filled by the reader that makes it")
        header, order, first, second, shift = self.shape
        unpack = struct.Struct(f"{order}IIII").unpack_from
        data, back = self.data, self.base + header
        captured, lengths, times = array("I"), array("I"), array("q")
        for offset in self.offsets:
            high, low, kept, length = unpack(data, offset - back)
            captured.append(kept)
            lengths.append(length)
            times.append(high * first + low * second + shift)
        self.fill(captured, lengths, times)
        return captured, lengths, times
