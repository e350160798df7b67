"""Where each record and each block of a capture stands, so that a copy of some of them can keep every byte.

The readers give packets and forget the rest. For a lossless copy the rest counts as much: interfaces, names, secrets,
statistics, blocks that nobody knows. So the file is walked a second time, by the same readers, which therefore agree
with the first walk about which packet has which number, and about where damage was left out.

The surprising thing in a plan is what has to change when packets are taken out: a section header may say how long its
section is, and a file whose section ends elsewhere is a wrong one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from inspector.capture.batch import Batch, Interface
from inspector.capture.blocks import INTERFACE, PACKET, PACKETS, SECRETS, SECTION, SIMPLE, Block
from inspector.capture.commenting import commented, interface_block, packet_block, section_block
from inspector.capture.pcap import PcapFile
from inspector.capture.pcapng import HEADER, PcapngFile
from inspector.capture.reader import CaptureFile

START = 512
SECTION_LENGTH_AT = 16
SIMPLE_HEADER = 12
UNKNOWN_LENGTH = -1

Piece = tuple[int, int] | bytes
"""From where to where the open file is copied, or bytes that are written instead."""

Comments = Mapping[int, Sequence[str]]


class Placed(NamedTuple):
    """A block by its kind, place and size, the byte order of its section, and its packet's number (0: no packet).

    `captured` is given for simple packet blocks, which do not say it themselves.
    """

    kind: int
    start: int
    size: int
    order: str
    number: int = 0
    captured: int = 0


class Plan(NamedTuple):
    """What a copy consists of, and how many packets and secrets blocks it holds."""

    pieces: list[Piece]
    packets: int
    secrets: int


class _Blocks(PcapngFile):
    """The reader, which also notes the blocks that are no packets, and those packets whose header is a short one."""

    def __init__(self, capture: CaptureFile) -> None:
        descriptor = capture.duplicate()
        super().__init__(capture.path, descriptor, capture.size, os.pread(descriptor, START, 0))
        self._others: list[Placed] = []
        self._simple: set[int] = set()

    @property
    def order(self) -> str:
        """The byte order of the section that was walked last, at first that of the file."""
        return self._order

    def placed(self) -> Iterator[Placed]:
        """All blocks that make sense, in order; packets with their numbers."""
        number, order = 0, self._order
        for batch in self.scan():
            for block in self._in_order(batch):
                order = block.order or order
                if block.kind in PACKETS:
                    number += 1
                    (size,) = struct.unpack_from(f"{order}I", batch.data, block.start - batch.base + 4)
                    yield block._replace(size=size, order=order, number=number)
                else:
                    yield block
        yield from self._others

    def _in_order(self, batch: Batch) -> list[Placed]:
        """A batch's packets, still without size and order, and the other blocks that were met until now."""
        simple = self._simple
        packets = [
            Placed(SIMPLE, at - SIMPLE_HEADER, 0, "", captured=batch.captured[i])
            if at in simple
            else Placed(PACKET, at - HEADER, 0, "")
            for i, at in enumerate(batch.offsets)
        ]
        others, self._others, self._simple = self._others, [], set()
        return sorted(packets + others, key=lambda block: block.start) if others else packets

    def _take(self, block: Block, batch: Batch) -> None:
        packets, interfaces = len(batch), len(self.interfaces)
        super()._take(block, batch)
        if block.kind == SIMPLE and len(batch) > packets:
            self._simple.add(batch.offsets[-1])
        left_out = block.kind == INTERFACE and len(self.interfaces) == interfaces
        if block.kind not in PACKETS and not left_out:
            self._others.append(Placed(block.kind, block.offset, block.size, self._order))


def plan(capture: CaptureFile, chosen: Container[int], comments: Comments, secrets: bool) -> Plan:
    """What a copy of the chosen packets, with these comments more, consists of."""
    if isinstance(capture, PcapngFile):
        with _Blocks(capture) as file:
            return _Draft(capture, comments).blocks(file, chosen, secrets)
    assert isinstance(capture, PcapFile)
    descriptor = capture.duplicate()
    with PcapFile(capture.path, descriptor, capture.size, os.pread(descriptor, START, 0)) as records:
        return _converted(records, chosen, comments) if comments else _records(records, chosen)


class _Draft:
    """A pcapng copy in the making: what was put in, and what the section that it ends in has become."""

    def __init__(self, capture: CaptureFile, comments: Comments) -> None:
        self._capture = capture
        self._comments = comments
        self._pieces: list[Piece] = []
        self._section: tuple[int, Placed] | None = None
        self._section_size = 0
        self._changed = False
        self._end = 0

    def blocks(self, file: _Blocks, chosen: Container[int], secrets: bool) -> Plan:
        packets = kept_secrets = 0
        order = file.order
        for block in file.placed():
            if not self._pieces and block.kind != SECTION:
                self._pieces.append(section_block(order))  # the file's own was too damaged to be kept
            if block.kind == SECTION:
                self._begin_section(block, file)
                continue
            self._changed = self._changed or block.start != self._end
            self._end = block.start + block.size
            left_out = block.number not in chosen if block.number else block.kind == SECRETS and not secrets
            if left_out:
                self._changed = True
                continue
            packets += bool(block.number)
            kept_secrets += block.kind == SECRETS
            self._put(block, file)
        self._changed = self._changed or self._end != file.size
        self._end_section()
        return Plan(self._pieces or [section_block(order)], packets, kept_secrets)

    def _begin_section(self, block: Placed, file: _Blocks) -> None:
        self._changed = self._changed or block.start != self._end
        self._end_section()
        self._end = block.start + block.size
        # A place of its own, so that the length of the section can still be written into it.
        self._section = len(self._pieces), block
        self._section_size, self._changed = 0, False
        self._pieces.append(self._even(block, file))

    def _end_section(self) -> None:
        """If the section says its length and is not what it was, let it say the new one."""
        if self._section is None or not self._changed:
            return
        place, block = self._section
        head = bytearray(self._bytes(place))
        length = struct.Struct(f"{block.order}q")
        if len(head) >= HEADER and length.unpack_from(head, SECTION_LENGTH_AT)[0] != UNKNOWN_LENGTH:
            length.pack_into(head, SECTION_LENGTH_AT, self._section_size)
            self._pieces[place] = bytes(head)

    def _put(self, block: Placed, file: _Blocks) -> None:
        piece = self._even(block, file)
        texts = self._comments.get(block.number) if block.number else None
        if texts:
            self._pieces.append(piece)
            piece = commented(self._bytes(len(self._pieces) - 1), block.order, texts, block.captured)
            self._pieces[-1] = piece
            self._changed = True
        elif not (isinstance(piece, tuple) and _grown(self._pieces, piece, self._section)):
            self._pieces.append(piece)
        self._section_size += len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]

    def _even(self, block: Placed, file: _Blocks) -> Piece:
        """A block as it is, but with its true length at its end."""
        if block.start not in file.uneven:
            return block.start, block.start + block.size
        data = self._capture.read(block.start, block.size - 4)
        return data + struct.pack(f"{block.order}I", block.size)

    def _bytes(self, place: int) -> bytes:
        piece = self._pieces[place]
        return piece if isinstance(piece, bytes) else self._capture.read(piece[0], piece[1] - piece[0])


def _grown(pieces: list[Piece], piece: tuple[int, int], section: tuple[int, Placed] | None = None) -> bool:
    """Let the last piece go on to the end of this one, if they follow each other."""
    if not pieces or (section is not None and len(pieces) - 1 == section[0]):
        return False
    last = pieces[-1]
    if isinstance(last, bytes) or last[1] != piece[0]:
        return False
    pieces[-1] = last[0], piece[1]
    return True


def _records(file: PcapFile, chosen: Container[int]) -> Plan:
    """The header of a pcap file and the chosen records, as they are."""
    pieces: list[Piece] = [(0, file.file_header)]
    number = packets = 0
    header = file.record_header
    for batch in file.scan():
        for at, captured in zip(batch.offsets, batch.captured):
            number += 1
            if number in chosen:
                packets += 1
                piece = at - header, at + captured
                if not _grown(pieces, piece):
                    pieces.append(piece)
    return Plan(pieces, packets, 0)


def _converted(file: PcapFile, chosen: Container[int], comments: Comments) -> Plan:
    """The chosen records as pcapng, which has a place for comments; byte order and unit of time stay."""
    interface: Interface = file.interfaces[0]
    order, unit = file.order, 1_000_000_000 // interface.resolution
    pieces: list[Piece] = [section_block(order) + interface_block(order, interface)]
    number = packets = 0
    for batch in file.scan():
        rows = zip(batch.offsets, batch.captured, batch.lengths, batch.times)
        for at, captured, length, time in rows:
            number += 1
            if number in chosen:
                packets += 1
                front, back = packet_block(order, captured, length, time // unit, comments.get(number, ()))
                pieces += [front, (at, at + captured), back]
    return Plan(pieces, packets, 0)
