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

from inspector.capture.batch import NANOSECONDS, Batch, CaptureError, Damage
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
    block_pattern,
    comments_in,
    describe_interface,
    options,
    order_of,
    padded,
)
from inspector.capture.reader import LARGEST_EVER, PIECE, CaptureFile
from inspector.capture.resync import find
from inspector.core.escape import safe

HEADER = 28
SMALLEST = 12
LIKELY_OPTIONS = 70_000
MOST_INTERFACES = 65_536
MOST_REMEMBERED = 10_000
LONGEST_OPTIONS = 1024 * 1024
MOST_SECTION_COMMENTS = 100
TIMES = (-(1 << 63), (1 << 63) - 1)


class Scale(NamedTuple):
    """How an interface counts time: nanoseconds in a unit (0: not a whole number), and nanoseconds to add."""

    unit: int
    shift: int
    resolution: int


class PcapngFile(CaptureFile):
    """A pcapng file. `blocks` are those with names, secrets and statistics; `comments` those of the sections."""

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
                yield self._counted(batch)
                batch = self._begin(batch.data, batch.base)
                continue
            block = self._block(self._position, end)
            if block is None:
                if not self._skip(end):
                    break
            elif block.kind in PACKETS and not batch.base <= block.offset <= batch.base + len(batch.data) - block.size:
                if batch:
                    yield self._counted(batch)
                batch = self._load(block, end)
                if len(batch.data) < block.offset + block.size - batch.base:
                    return
            else:
                self._take(block, batch)
                self._position = block.offset + block.size
        if batch:
            yield self._counted(batch)

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
        return Batch(array("q"), piece, base, self._links).fill(array("I"), array("I"), array("q"), array("H"))

    def _load(self, block: Block, end: int) -> Batch:
        """A new piece, from four bytes before a block: the fast walk reads each with the end of the one before."""
        base = max(block.offset - 4, 0)
        return self._begin(self._pread(base, min(max(PIECE, block.size + 4), end - base)), base)

    def _counted(self, batch: Batch) -> Batch:
        self.count += len(batch)
        return batch

    def _packets(self, batch: Batch, limit: int) -> None:
        """Take enhanced packet blocks while all is as it should be; whatever is not is left for `_block` and `_take`.

        Eight words are read at once: the length that ends the block before, and the seven that begin this one.
        """
        piece, base = batch.data, batch.base
        at, last = self._position - base - 4, len(piece) - 32
        if at < 0 or at > last:
            return
        unpack = struct.Struct(f"{self._order}8I").unpack_from
        add_offset, add_time = batch.offsets.append, batch.times.append
        add_captured, add_length, add_interface = (
            batch.captured.append,
            batch.lengths.append,
            batch.interfaces.append,
        )
        first, scales = self._first_interface, self._scales
        interfaces, current, unit, shift = len(scales), -1, 0, 0
        here = unpack(piece, at)
        try:
            for _ in repeat(None, limit - len(batch)):
                _, kind, size, interface, high, low, kept, length = here
                if kind != PACKET or kept > size - 32 or at + size > last or interface >= interfaces:
                    break
                ahead = unpack(piece, at + size)
                if ahead[0] != size or size & 3:
                    break
                if interface != current:
                    current, (unit, shift, _) = interface, scales[interface]
                if not unit:
                    break
                add_time((high << 32 | low) * unit + shift)
                add_offset(base + at + 32)
                add_captured(kept)
                add_length(length)
                add_interface(first + interface)
                if size > kept + 35:
                    self._note_comment(Block(PACKET, base + at + 4, size), batch, kept)
                at += size
                here = ahead
        except OverflowError:
            pass  # a time beyond the year 2262: `_take` gives the last one that can be told
        self._position = base + at + 4
        self._last = self.count + len(batch)

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
            self.blocks.append(block)

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
            unit = self._scales[interface]
            time = (high << 32 | low) * NANOSECONDS // unit.resolution + unit.shift
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
        unit = 0 if NANOSECONDS % found.resolution else NANOSECONDS // found.resolution
        self._scales.append(Scale(unit, found.offset * NANOSECONDS, found.resolution))

    def _note_comment(self, block: Block, batch: Batch, kept: int) -> None:
        """Remember that the last packet of a batch has a comment, if it has; only its place is kept."""
        start = block.offset - batch.base + HEADER + padded(kept)
        rest = batch.data[start : block.offset - batch.base + block.size - 4]
        if any(code == COMMENT for code, _ in options(rest, self._order)):
            self._commented.append(self.count + len(batch))
            self._comment_blocks.append(block.offset)
            self._comment_orders.append("<>".index(self._order))
