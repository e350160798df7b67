"""Capture files made word by word for the tests, and what a reader gives for one."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from inspector.capture.files import CaptureFile, open_capture

START = 1_732_272_459


class Packet(NamedTuple):
    """A packet to be written: seconds, fraction in the file's units, captured bytes, wire length (0: the same)."""

    seconds: int
    fraction: int
    data: bytes
    length: int = 0

    @property
    def wire(self) -> int:
        return self.length or len(self.data)


class Row(NamedTuple):
    """A packet as a reader gives it."""

    time: int
    length: int
    data: bytes
    link: int = 1


def packets(count: int = 12, size: int = 60) -> list[Packet]:
    """Packets of different sizes, whose bytes are no record headers; every third is cut by a snap length."""
    made = []
    for index in range(count):
        length = size + index * 7 % 40
        data = bytes((index * 31 + at * 5) % 200 + 50 for at in range(length))
        made.append(Packet(START + index // 3, index * 1000 + 5, data, length + (500 if index % 3 == 2 else 0)))
    return made


def expected(made: Iterable[Packet], unit: int = 1000, link: int = 1) -> list[Row]:
    """What a reader should give; `unit` is nanoseconds in a unit of the fraction."""
    return [Row(one.seconds * 10**9 + one.fraction * unit, one.wire, one.data, link) for one in made]


def pcap_header(
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    version: tuple[int, int] = (2, 4),
    snaplen: int = 262144,
    network: int = 1,
) -> bytes:
    return struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, snaplen, network)


def pcap_record(one: Packet, order: str = "<", header: int = 16, exchanged: bool = False) -> bytes:
    lengths = (one.wire, len(one.data)) if exchanged else (len(one.data), one.wire)
    words = struct.pack(f"{order}IIII", one.seconds, one.fraction, *lengths)
    return words + b"\x02\0\0\0\x08\0\x01\0\0\0\0\0"[: header - 16] + one.data


def pcap(made: Iterable[Packet], order: str = "<", header: int = 16, exchanged: bool = False, **start: object) -> bytes:
    """A whole pcap file; keyword arguments are those of `pcap_header`."""
    records = [pcap_record(one, order, header, exchanged) for one in made]
    return b"".join([pcap_header(order, **start), *records])  # type: ignore[arg-type]


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", options: bytes = b"", version: int = 1) -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, version, 0, -1) + options, order)


def interface(order: str = "<", link: int = 1, snaplen: int = 262144, options: bytes = b"") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, snaplen) + options, order)


def enhanced(one: Packet, order: str = "<", number: int = 0, units: int = 10**6, options: bytes = b"") -> bytes:
    """An enhanced packet block; `units` in a second are what the interface counts."""
    time = one.seconds * units + one.fraction
    head = struct.pack(f"{order}IIIII", number, time >> 32, time & 0xFFFFFFFF, len(one.data), one.wire)
    return block(6, head + one.data + bytes(-len(one.data) % 4) + options, order)


def old(one: Packet, order: str = "<", number: int = 0, options: bytes = b"") -> bytes:
    """An obsolete packet block, which says that seven packets were lost before."""
    time = one.seconds * 10**6 + one.fraction
    head = struct.pack(f"{order}HHIIII", number, 7, time >> 32, time & 0xFFFFFFFF, len(one.data), one.wire)
    return block(2, head + one.data + bytes(-len(one.data) % 4) + options, order)


def simple(one: Packet, order: str = "<") -> bytes:
    return block(3, struct.pack(f"{order}I", one.wire) + one.data, order)


def pcapng(made: Iterable[Packet], order: str = "<") -> bytes:
    """A whole pcapng file of one section and one interface."""
    return b"".join([section(order), interface(order), *(enhanced(one, order) for one in made)])


def write(folder: Path, data: bytes, name: str = "made.capture") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def rows(file: CaptureFile, limit: int = 65536) -> list[Row]:
    """All that one scan gives, after looking whether each batch agrees with itself and with the file."""
    found: list[Row] = []
    for batch in file.scan(limit):
        assert 0 < len(batch) <= limit
        arrays = (batch.captured, batch.lengths, batch.times, batch.links, batch.interfaces)
        assert {len(one) for one in arrays} == {len(batch)}
        for index, offset in enumerate(batch.offsets):
            data = batch.record(index)
            assert len(data) == batch.captured[index]
            assert data == file.read(offset, batch.captured[index])
            assert file.interfaces[batch.interfaces[index]].link == batch.links[index]
            found.append(Row(batch.times[index], batch.lengths[index], data, batch.links[index]))
    return found


def read_all(path: Path, limit: int = 65536) -> tuple[list[Row], list[str]]:
    """The rows and the damages of a file."""
    with open_capture(path) as file:
        found = rows(file, limit)
        assert file.count == len(found)
        return found, [str(damage) for damage in file.damages]
