"""pcapng files: blocks, each with its type and its length at both ends.

draft-ietf-opsawg-pcapng. A section header says the byte order of what follows, interface descriptions the link type and
the unit of time of each interface, and packets name their interface by its number in the section. A file may hold many
sections, of different byte orders: files that were simply joined are one valid file. Unknown blocks are stepped over;
blocks with names, secrets and statistics are remembered by their place in the file and not interpreted here.

The surprising thing: a simple packet block has no time and no captured length. Its time is given as 0, and its captured
length is what the snap length of the section's first interface leaves of it.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

from inspector.capture.batch import NANOSECONDS, Batch, CaptureError, Damage, Shape
from inspector.capture.blocks import (
    COMMENT,
    INTERFACE,
    KNOWN,
    OLD_PACKET,
    ORDERS,
    PACKET,
    PACKETS,
    REMEMBERED,
    SECTION,
    SECTION_BYTES,
    SIMPLE,
    Block,
    Section,
    block_pattern,
    comments_in,
    describe_interface,
    describe_section,
    options,
    order_of,
    padded,
)
from inspector.capture.reader import LARGEST_EVER, PIECE, CaptureFile
from inspector.capture.resync import find
from inspector.core.escape import safe

HEADER = 28
WORDS = 32
SMALLEST = 12
LIKELY_OPTIONS = 70_000
MOST_INTERFACES = 65_536
MOST_REMEMBERED = 10_000
LONGEST_OPTIONS = 1024 * 1024
MOST_SECTION_COMMENTS = 100
TIMES = (-(1 << 63), (1 << 63) - 1)


class Scale(NamedTuple):
    """How an interface counts time, and from where its packets can be told by a shape.

    `resolution` is units in a second, `shift` nanoseconds to add, `shape` that of its enhanced packet blocks, and
    `highest` the largest upper half of a time with which the shape's arithmetic stays within 64 bits: -1 for none.
    """

    resolution: int
    shift: int
    shape: Shape
    highest: int


def scale_of(order: str, resolution: int, shift: int) -> Scale:
    """The scale of an interface in a section of this byte order."""
    unit = NANOSECONDS // resolution
    highest = -1
    if unit * resolution == NANOSECONDS and abs(shift) < 1 << 62:
        highest = ((TIMES[1] - max(shift, 0)) // unit >> 32) - 1
    return Scale(resolution, shift, Shape(16, order, unit << 32, unit, shift), highest)


class PcapngFile(CaptureFile):
    """A pcapng file. `sections` say who made them, `blocks` are those with names, secrets and statistics, `comments`
    those of the sections. `uneven` are the offsets of blocks whose two lengths differ, which a copy must mend."""

    def __init__(self, path: str, descriptor: int, size: int, start: bytes) -> None:
        super().__init__(path, descriptor, size)
        name, order = safe(path), order_of(start)
        if len(start) < HEADER:
            raise CaptureError(
                f"{name} is cut short: the first block of a pcapng file has at least {HEADER} bytes, "
                f"but the whole file has {len(start)}; record it again or get a whole copy."
            )
        if order is None:
            raise CaptureError(
                f"{name} begins like a pcapng file, but its byte-order magic should be 1a 2b 3c 4d in either order and "
                f"is {start[8:12].hex(' ')}; the file is damaged."
            )
        self.format = f"pcapng, {ORDERS[order]}"
        self.blocks: list[Block] = []
        self.sections: list[Section] = []
        self.uneven: array[int] = array("q")
        self._order = order
        self._position = 0
        self._given_up = False
        self._section = -1
        self._last = 0
        self._suspect: Damage | None = None
        self._first_interface = 0
        self._scales: list[Scale] = []
        self._links: list[int] = []
        self._missing: set[tuple[int, int]] = set()
        self._times_clamped = False
        self._commented = array("q")
        self._comment_blocks: array[int] = array("q")
        self._comment_orders = array("b")

    @property
    def position(self) -> int:
        return self._position

    def scan(self, limit: int = 65536) -> Iterator[Batch]:
        """Walk on to the end of what is there when this is called; what stands behind it is for the next call."""
        end, limit = self._look(), max(limit, 1)
        self._ending = None
        batch = self._begin(b"", self._position)
        while self._position < end and not self._given_up:
            self._packets(batch, limit)
            if len(batch) >= limit:
                yield self._count(batch)
                batch = self._begin(batch.data, batch.base)
                continue
            block = self._block(self._position, end)
            if block is None:
                if not self._skip(end):
                    break
            elif block.kind in PACKETS and not batch.base <= block.offset <= batch.base + len(batch.data) - block.size:
                if batch:
                    yield self._count(batch)
                batch = self._load(block, end)
                if len(batch.data) < block.offset + block.size - batch.base:
                    return
            else:
                self._take(block, batch)
                self._position = block.offset + block.size
        if batch:
            yield self._count(batch)

    def comment(self, number: int) -> list[str]:
        """The comments of a packet, counted from 1, read from the file anew; empty if it has none."""
        index = bisect_left(self._commented, number)
        if index == len(self._commented) or self._commented[index] != number:
            return []
        offset, order = self._comment_blocks[index], "<>"[self._comment_orders[index]]
        size, kept = struct.unpack(f"{order}4xI12xI4x", self._pread(offset, HEADER).ljust(HEADER, b"\0"))
        start = HEADER + padded(kept)
        room = min(size - 4 - start, LONGEST_OPTIONS)
        return comments_in(self._pread(offset + start, room), order) if room > 0 else []

    @property
    def commented(self) -> array[int]:
        """The numbers of the packets that have comments, in order."""
        return self._commented

    def _begin(self, piece: bytes, base: int) -> Batch:
        return Batch(array("q"), piece, base, self._links)

    def _load(self, block: Block, end: int) -> Batch:
        """A new piece, from four bytes before a block: the fast walk reads each with the end of the one before."""
        base = max(block.offset - 4, 0)
        return self._begin(self._pread(base, min(max(PIECE, block.size + 4), end - base)), base)

    def _packets(self, batch: Batch, limit: int) -> None:
        """Take enhanced packet blocks while all is as it should be; the rest is left for `_block` and `_take`."""
        at, last = self._position - batch.base - 4, len(batch.data) - WORDS
        while 0 <= at <= last and len(batch) < limit:
            before = at
            kind, number = struct.unpack_from(f"{self._order}I4xI", batch.data, at + 4)
            if kind != PACKET or number >= len(self._scales):
                break
            scale = self._scales[number]
            if not batch:
                batch.take_shape(scale.shape, self._first_interface + number)
            if batch.fits(scale.shape, self._first_interface + number):
                at = self._packets_alike(batch, limit, at, number)
            else:
                at = self._packets_mixed(batch, limit, at)
            if at == before:
                break
        if batch:
            self._position = batch.base + at + 4
            self._last = self.count + len(batch)

    def _packets_alike(self, batch: Batch, limit: int, at: int, number: int) -> int:
        """Take the packets of one interface that the batch's shape describes, and return where the next block is.

        Words are read from 4 bytes before a block on: the length that ends the block before, and those that begin this
        one. So the end of each block is looked at together with the beginning of the next.
        """
        piece, last, to_data = batch.data, len(batch.data) - WORDS, batch.base + WORDS
        unpack = struct.Struct(f"{self._order}IIIII4xI4x").unpack_from
        append, highest = batch.offsets.append, self._scales[number].highest
        _, kind, size, interface, high, kept = unpack(piece, at)
        for _ in repeat(None, limit - len(batch)):
            ahead = at + size
            if kind != PACKET or interface != number or kept > size - 32 or ahead > last or high > highest:
                break
            here, size_before = unpack(piece, ahead), size
            end_size, kind, size, interface, high, following = here
            if end_size != size_before or size_before & 3:
                break
            append(at + to_data)
            if size_before > kept + 35:
                self._note_comment(Block(PACKET, batch.base + at + 4, size_before), batch, kept)
            at, kept = ahead, following
        return at

    def _packets_mixed(self, batch: Batch, limit: int, at: int) -> int:
        """Take packets of all interfaces of the section, and fill the arrays; returns where the next block is."""
        batch.settle()
        piece, last, to_data = batch.data, len(batch.data) - WORDS, batch.base + WORDS
        unpack = struct.Struct(f"{self._order}8I").unpack_from
        first, scales = self._first_interface, self._scales
        here = unpack(piece, at)
        while len(batch) < limit:
            _, kind, size, interface, high, low, kept, length = here
            if kind != PACKET or kept > size - 32 or at + size > last or interface >= len(scales):
                break
            ahead = unpack(piece, at + size)
            scale = scales[interface]
            if ahead[0] != size or size & 3 or high > scale.highest:
                break
            batch.offsets.append(at + to_data)
            batch.captured.append(kept)
            batch.lengths.append(length)
            batch.times.append(high * scale.shape.first + low * scale.shape.second + scale.shift)
            batch.interfaces.append(first + interface)
            if size > kept + 35:
                self._note_comment(Block(PACKET, batch.base + at + 4, size), batch, kept)
            at += size
            here = ahead
        return at

    def _block(self, offset: int, end: int) -> Block | None:
        """The block at an offset if it is whole; else None, and `_ending` is set if surely only its end is missing.

        `_suspect` is set if that is likely: to be said if no other block can be found behind this one.
        """
        self._suspect = None
        there = end - offset
        head = self._pread(offset, min(HEADER, there))
        if len(head) < SMALLEST:
            self._ending = Damage(
                offset,
                f"The file ends in the middle of a block, behind packet {self._last}: {there} of at least "
                f"{SMALLEST} bytes are there.",
            )
            return None
        order = order_of(head) if head[:4] == SECTION_BYTES else self._order
        if order is None:
            return None
        kind, size = struct.unpack_from(f"{order}II", head)
        if size < SMALLEST or size & 3 or size > LARGEST_EVER:
            return None
        if size > there:
            self._suspect = self._cut(offset, there, size) if kind in KNOWN else None
            if self._like_packet(head, size):
                self._ending = self._suspect
            return None
        if self._pread(offset + size - 4, 4) != struct.pack(f"{order}I", size):
            if size < there and not self._stands(offset + size, end):
                return None
            self.uneven.append(offset)
            self._damaged(offset, f"A block says at its start that it has {size} bytes, and at its end another number.")
        return Block(kind, offset, size)

    def _like_packet(self, head: bytes, size: int) -> bool:
        """Whether a block's own numbers agree that it is a packet: then only its end is missing."""
        kind = struct.unpack_from(f"{self._order}I", head)[0]
        if kind not in (PACKET, OLD_PACKET) or len(head) < HEADER:
            return kind in KNOWN and len(head) < HEADER
        kept, length = struct.unpack_from(f"{self._order}II", head, 20)
        return bool(kept <= length and 0 <= size - 32 - padded(kept) <= LIKELY_OPTIONS)

    def _cut(self, offset: int, there: int, size: int) -> Damage:
        return Damage(
            offset,
            f"The file ends in the middle of a block, behind packet {self._last}: {there} of the block's {size} bytes "
            "are there; it is left out.",
        )

    def _stands(self, offset: int, end: int) -> bool:
        """Whether a whole block that makes sense stands at an offset."""
        head = self._pread(offset, min(HEADER, end - offset))
        order = order_of(head) if head[:4] == SECTION_BYTES else self._order
        if len(head) < SMALLEST or order is None:
            return False
        kind, size = struct.unpack_from(f"{order}II", head)
        if kind not in KNOWN or size < SMALLEST or size & 3 or size > end - offset:
            return False
        if kind in (PACKET, OLD_PACKET) and (
            size < 32 or struct.unpack_from(f"{order}I", head.ljust(HEADER, b"\0"), 20)[0] > size - 32
        ):
            return False
        return self._pread(offset + size - 4, 4) == struct.pack(f"{order}I", size)

    def _skip(self, end: int) -> bool:
        """Go on at the next block that can be found behind a damaged place, and say how much was left out."""
        if self._ending:
            return False
        start = self._position
        found = find(
            self._pread, start + 1, end, block_pattern(self._order), lambda offset, _: self._stands(offset, end)
        )
        wrong = f"The block behind packet {self._last} has impossible lengths"
        if found.offset is not None:
            self._damaged(
                start,
                f"{wrong}; {found.offset - start} bytes were left out up to the next block, at byte {found.offset}.",
            )
            self._position = found.offset
            return True
        if found.gave_up:
            self._given_up = True
            self._damaged(start, f"{wrong}, and no block follows within reach; the file is left out from here on.")
        else:
            rest = f"the last {end - start} bytes of the file"
            self._ending = self._suspect or Damage(start, f"{wrong}, and no block can be found in {rest}.")
        return False

    def _take(self, block: Block, batch: Batch) -> None:
        """Take in one whole block of any type."""
        if block.kind in (PACKET, OLD_PACKET):
            self._take_packet(block, batch)
        elif block.kind == SIMPLE:
            self._take_simple(block, batch)
        elif block.kind == SECTION:
            self._take_section(block)
        elif block.kind == INTERFACE:
            self._take_interface(block)
        elif block.kind in REMEMBERED and len(self.blocks) < MOST_REMEMBERED:
            self.blocks.append(block._replace(order=self._order, interface=self._first_interface))

    def _take_packet(self, block: Block, batch: Batch) -> None:
        if block.size < 32:
            self._damaged(block.offset, f"A packet block of {block.size} bytes is too short for its header.")
            return
        at = block.offset - batch.base
        # The obsolete block has the interface's number in 16 bits, and then a count of lost packets.
        layout = "I" if block.kind == PACKET else "H2x"
        interface, high, low, kept, length = struct.unpack_from(f"{self._order}{layout}4I", batch.data, at + 8)
        if kept > block.size - 32:
            self._damaged(
                block.offset,
                f"A packet claims {kept} captured bytes, but its block has room for {block.size - 32}; it is left out.",
            )
        elif self._described(interface, block):
            scale = self._scales[interface]
            if not batch and block.kind == PACKET:
                batch.take_shape(scale.shape, self._first_interface + interface)
            if (
                block.kind == PACKET
                and high <= scale.highest
                and batch.fits(scale.shape, self._first_interface + interface)
            ):
                batch.offsets.append(block.offset + HEADER)
                self._last = self.count + len(batch)
            else:
                time = (high << 32 | low) * NANOSECONDS // scale.resolution + scale.shift
                self._append(batch, (block.offset + HEADER, kept, length, time, interface))
            self._note_comment(block, batch, kept)

    def _take_simple(self, block: Block, batch: Batch) -> None:
        if block.size < 16:
            self._damaged(block.offset, f"A simple packet block of {block.size} bytes is too short for its header.")
        elif self._described(0, block):
            at = block.offset - batch.base
            (length,) = struct.unpack_from(f"{self._order}I", batch.data, at + 8)
            snaplen = self.interfaces[self._first_interface].snaplen or length
            self._append(batch, (block.offset + 12, min(length, snaplen, block.size - 16), length, 0, 0))

    def _append(self, batch: Batch, row: tuple[int, int, int, int, int]) -> None:
        offset, kept, length, time, interface = row
        told = min(max(time, TIMES[0]), TIMES[1])
        if told != time and not self._times_clamped:
            self._times_clamped = True
            self._damaged(offset - HEADER, "Times later than the year 2262 are shown as the last that can be told.")
        batch.settle()
        batch.offsets.append(offset)
        batch.captured.append(kept)
        batch.lengths.append(length)
        batch.times.append(told)
        batch.interfaces.append(self._first_interface + interface)
        self._last = self.count + len(batch)

    def _described(self, interface: int, block: Block) -> bool:
        """Whether this section describes the interface; if not, that is said once for each."""
        if interface < len(self._scales):
            return True
        if (self._section, interface) not in self._missing and len(self._missing) < MOST_INTERFACES:
            self._missing.add((self._section, interface))
            self._damaged(
                block.offset,
                f"A packet names interface {interface}, which no block before it describes; "
                "packets of that interface are left out.",
            )
        return False

    def _take_section(self, block: Block) -> None:
        head = self._pread(block.offset, min(block.size - 4, LONGEST_OPTIONS))
        order = order_of(head)
        if order is None:
            return
        self._order = order
        self._section += 1
        self._first_interface = len(self.interfaces)
        self._scales.clear()
        if len(head) >= 16 and (major := struct.unpack_from(f"{order}H", head, 12)[0]) != 1:
            self._damaged(
                block.offset + 12, f"A section says it is version {major} of pcapng; it is read as version 1."
            )
        if len(self.sections) < MOST_REMEMBERED:
            self.sections.append(describe_section(head[8:], order))
        for comment in comments_in(head[24:], order):
            if len(self.comments) < MOST_SECTION_COMMENTS:
                self.comments.append(comment)

    def _take_interface(self, block: Block) -> None:
        if block.size < 20:
            self._damaged(block.offset, f"An interface description of {block.size} bytes is too short.")
            return
        if len(self.interfaces) == MOST_INTERFACES:
            self._damaged(block.offset, f"More than {MOST_INTERFACES} interfaces are described; this one is left out.")
            return
        body = self._pread(block.offset + 8, min(block.size - 12, LONGEST_OPTIONS))
        found, wrong = describe_interface(body.ljust(8, b"\0"), self._order, self._section)
        if wrong:
            self._damaged(block.offset, wrong)
        self.interfaces.append(found)
        self._links.append(found.link)
        self._scales.append(scale_of(self._order, found.resolution, found.offset * NANOSECONDS))

    def _note_comment(self, block: Block, batch: Batch, kept: int) -> None:
        """Remember that the last packet of a batch has a comment, if it has; only its place is kept."""
        start = block.offset - batch.base + HEADER + padded(kept)
        rest = batch.data[start : block.offset - batch.base + block.size - 4]
        if any(code == COMMENT for code, _ in options(rest, self._order)):
            self._commented.append(self.count + len(batch))
            self._comment_blocks.append(block.offset)
            self._comment_orders.append("<>".index(self._order))
