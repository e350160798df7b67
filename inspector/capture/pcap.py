"""Plain pcap files: a header of 24 bytes, then records, each a header of 16 bytes and the captured bytes.

The format has no specification older than its code; draft-ietf-opsawg-pcap describes what libpcap's sf-pcap.c reads.
Nothing in a pcap file marks where a record begins: one wrong captured length, and the reader stands in the middle of
nowhere. This reader then looks for the next place where a header stands that is plausible in every word and is followed
by another one, and says how many bytes it left out.

The surprising part is the family tree. Alexey Kuznetsov's patch of 1999 made the record's header longer, first under
the same magic number, then under one of its own; Red Hat 6.1, SuSE 6.3 and Nokia shipped forms in between. They differ
only in the header's length, so the first records are tried with each length, as Wireshark does. Files older than
version 2.3 hold the two lengths the other way round, and so do those of DG/UX, which call themselves version 543.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

from inspector.capture.batch import NANOSECONDS, Batch, CaptureError, Damage, Interface, Shape
from inspector.capture.reader import LARGEST, LARGEST_EVER, PIECE, CaptureFile
from inspector.capture.resync import Expected, captured_length, find_record, followed
from inspector.core.escape import safe

FILE_HEADER = 24

# How many records are tried to learn the length of the header, and looked at behind an impossible length.
TRIED = 3
SUSPECTS = 64


class Variant(NamedTuple):
    """One member of the family: its name, units of time in a second, lengths of the record's header, file header."""

    name: str
    resolution: int
    headers: tuple[int, ...]
    file_header: int = FILE_HEADER


HEADER_NAMES = {16: "", 20: " (Nokia)", 24: " (Kuznetsov)", 28: " (SuSE 6.3)"}

VARIANTS = {
    0xA1B2C3D4: Variant("microseconds", 1_000_000, (16, 24, 20)),
    0xA1B23C4D: Variant("nanoseconds", 1_000_000_000, (16,)),
    0xA1B2CD34: Variant("microseconds", 1_000_000, (24, 28)),
    0x1C0001AC: Variant("microseconds, IXIA hardware", 1_000_000, (16,), FILE_HEADER + 4),
    0x1C0001AB: Variant("microseconds, IXIA software", 1_000_000, (16,), FILE_HEADER + 4),
}

# Version 2.2 with one of these numbers, which are interface types of RFC 1573, was written by AIX, in nanoseconds.
AIX_LINKS = {6: 1, 9: 6, 15: 10, 24: 0}

ORDERS = {"<": "little-endian", ">": "big-endian"}


def order_of(start: bytes) -> str | None:
    """The byte order of a pcap file, "<" or ">", or None where the magic number is none of pcap's."""
    for order in ORDERS:
        if len(start) >= 4 and struct.unpack_from(f"{order}I", start)[0] in VARIANTS:
            return order
    return None


class PcapFile(CaptureFile):
    """A plain pcap file of any variant.

    `order` is its byte order, `file_header` and `record_header` the lengths of the headers.
    """

    def __init__(self, path: str, descriptor: int, size: int, start: bytes) -> None:
        super().__init__(path, descriptor, size)
        name, order = safe(path), order_of(start)
        if order is None:
            raise CaptureError(f"{name} is no pcap file: its first four bytes are {start[:4].hex(' ')}.")
        variant = VARIANTS[struct.unpack_from(f"{order}I", start)[0]]
        if len(start) < variant.file_header:
            raise CaptureError(
                f"{name} is cut short: the header of a pcap file has {variant.file_header} bytes, "
                f"but the whole file has {len(start)}; record it again or get a whole copy."
            )
        _, major, minor, _, _, snaplen, network = struct.unpack_from(f"{order}IHHiIII", start)
        link, resolution = network & 0xFFFF, variant.resolution
        if (major, minor) == (2, 2) and network in AIX_LINKS:
            link, resolution = AIX_LINKS[network], 1_000_000_000
        if major != 2 and (major, minor) != (543, 0):
            self._damaged(4, f"The file says it is version {major}.{minor} of pcap; it is read as version 2.4.")
        self.order = self._order = order
        self.file_header = variant.file_header
        # Version 2.3 is the turning point, and its files come both ways: the smaller length is the captured one.
        self._exchanged = major == 543 or (major, minor) <= (2, 3)
        self._unit = NANOSECONDS // resolution
        self._most = min(max(snaplen, LARGEST), LARGEST_EVER)
        self._position = variant.file_header
        self._given_up = False
        self._resolution = resolution
        self._first: int | None = None
        self._last: int | None = None
        self._trusted = -1
        self.record_header = self._header = self._choose_header(variant.headers)
        self.interfaces = [
            Interface(
                link,
                snaplen,
                resolution=resolution,
                fcs=(network >> 28) * 2 if network & 0x0400_0000 else None,
                link_class=network >> 16 & 0x3FF,
            )
        ]
        self._links = (link,)
        special = HEADER_NAMES[self._header] if self._header != 16 else ""
        self.format = f"pcap, {ORDERS[order]}, {variant.name}{special}"

    @property
    def position(self) -> int:
        return self._position

    def scan(self, limit: int = 65536) -> Iterator[Batch]:
        """Walk on to the end of what is there when this is called; what stands behind it is for the next call."""
        end = self._look()
        self._ending = None
        piece, base = b"", self._position
        while self._position < end and not self._given_up:
            batch = self._walk(piece, base, max(limit, 1))
            if batch is not None:
                yield self._count(batch)
                continue
            size = self._whole_record(end)
            if size:
                base = self._position
                wanted = min(max(PIECE, size), end - base)
                piece = self._pread(base, wanted)
                if len(piece) < wanted:
                    return
            elif self._ending or not self._skip(end):
                return

    def _walk(self, piece: bytes, base: int, limit: int) -> Batch | None:
        """Take records from a piece until its end, the limit or an impossible length; None if there is none to take."""
        if self._exchanged:
            return self._walk_both(piece, base, limit)
        header, most = self._header, self._most
        unpack = struct.Struct(f"{self._order}I").unpack_from
        offsets: array[int] = array("q")
        append = offsets.append
        at, last = self._position - base + header, len(piece)
        captured = 0
        impossible = False
        for _ in repeat(None, limit):
            if at > last:
                break
            (captured,) = unpack(piece, at - header + 8)
            if captured > most:
                impossible = True
                break
            append(at + base)
            at += captured + header
        if offsets and at - header > last:
            at = offsets.pop() - base
        if impossible:
            at = self._back(offsets, piece, base, at)
        return self._taken(offsets, piece, base, at)

    def _taken(self, offsets: array[int], piece: bytes, base: int, at: int) -> Batch | None:
        if not offsets:
            return None
        if self._first is None:
            self._first = offsets[0] - self._header
        self._last = offsets[-1] - self._header
        self._position = at + base - self._header
        shape = Shape(self._header, self._order, NANOSECONDS, self._unit)
        return Batch(offsets, piece, base, self._links, shape)

    def _back(self, offsets: array[int], piece: bytes, base: int, at: int) -> int:
        """Behind an impossible length: give back the records from the one whose length led here.

        A captured length that is too large swallows the records behind it and ends in the middle of another. Nothing
        marks such a record but that it claims to hold more bytes than were on the wire.
        """
        unpack = struct.Struct(f"{self._order}II").unpack_from
        for index in range(max(len(offsets) - SUSPECTS, 0), len(offsets)):
            start: int = offsets[index] - base
            captured, length = unpack(piece, start - self._header + 8)
            if captured > length and offsets[index] > self._trusted:
                at = start
                del offsets[index:]
                break
        return at

    def _walk_both(self, piece: bytes, base: int, limit: int) -> Batch | None:
        """The same for files in which the length on the wire may stand first: slower, and with the arrays filled."""
        unpack = struct.Struct(f"{self._order}IIII").unpack_from
        header = self._header
        offsets, captured, lengths, times = array("q"), array("I"), array("I"), array("q")
        at = self._position - base + header
        while at <= len(piece) and len(offsets) < limit:
            seconds, fraction, one, other = unpack(piece, at - header)
            kept = min(one, other)
            if kept > self._most or at + kept > len(piece):
                break
            offsets.append(at + base)
            captured.append(kept)
            lengths.append(max(one, other))
            times.append(seconds * NANOSECONDS + fraction * self._unit)
            at += kept + header
        batch = self._taken(offsets, piece, base, at)
        if batch is None:
            return None
        batch.shape = None
        return batch.fill(captured, lengths, times)

    def _whole_record(self, end: int) -> int:
        """The size of the record at the position, or 0 if it is not all there (`_ending` says so) or impossible."""
        header = self._header
        there = end - self._position
        words = self._pread(self._position, min(header, there))
        if len(words) < header:
            self._ending = Damage(
                self._position,
                f"The file ends in the middle of packet {self.count + 1}: {there} of the {header} bytes of its header "
                "are there; the packet is left out.",
            )
            return 0
        captured, length = struct.unpack_from(f"{self._order}II", words, 8)
        if self._exchanged:
            captured, length = min(captured, length), max(captured, length)
        if captured > self._most:
            return 0
        after = self._position + header + captured
        expected = self._expected()
        if after > end:
            if captured_length(words, expected) is not None:
                self._ending = Damage(
                    self._position,
                    f"The file ends in the middle of packet {self.count + 1}: {there - header} of its {captured} "
                    "captured bytes are there; the packet is left out.",
                )
            return 0
        if captured > length and not followed(self._pread, after, end, expected, loose=True):
            return 0
        self._trusted = self._position + header
        return header + int(captured)

    def _skip(self, end: int) -> bool:
        """Go on at the next record that can be found behind a damaged place, and say how much was left out."""
        start = self._position
        found = find_record(self._pread, start + 1, end, self._expected())
        wrong = f"The header of packet {self.count + 1} has impossible lengths"
        if found.offset is not None:
            self._damaged(
                start,
                f"{wrong}; {found.offset - start} bytes were left out up to the next packet, at byte {found.offset}.",
            )
            self._position = found.offset
            return True
        if found.gave_up:
            self._given_up = True
            self._damaged(start, f"{wrong}, and no packet follows within reach; the file is left out from here on.")
        else:
            rest = f"the last {end - start} bytes of the file"
            self._ending = Damage(start, f"{wrong}, and no packet can be found in {rest}.")
        return False

    def _expected(self) -> Expected:
        """What the next record should look like, judged by the first and the last record that were read."""
        known = [
            struct.unpack(f"{self._order}I", word)[0]
            for word in (self._pread(place, 4) for place in (self._first, self._last) if place is not None)
            if len(word) == 4
        ]
        return Expected(self._order, self._header, self._most, self._resolution, tuple(known), self._exchanged)

    def _choose_header(self, lengths: tuple[int, ...]) -> int:
        """The header length with which most of the first records are plausible; the first of equals."""
        if len(lengths) == 1:
            return lengths[0]
        return max(lengths, key=lambda length: self._plausible_records(length))

    def _plausible_records(self, header: int) -> int:
        """How many of the first three records are plausible with headers of this length.

        The end of the file counts for nothing: one record and the beginning of a second could as well be one record
        with a longer header, and cut files are common while those variants are not.
        """
        expected = Expected(self._order, header, self._most, self._resolution, (), self._exchanged)
        offset = self._position
        for right in range(TRIED):
            words = self._pread(offset, 16) if offset + 16 <= self.size else b""
            captured = captured_length(words, expected)
            if captured is None:
                return right
            offset += header + captured
        return TRIED
