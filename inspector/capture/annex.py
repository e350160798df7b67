"""What a pcapng file holds besides packets: statistics of interfaces, names of addresses, secrets.

draft-ietf-opsawg-pcapng sections 4.5 (names), 4.6 (statistics), 4.7 (secrets). Of secrets only the kind and the amount
are told, never a byte of them: what `inspector info` prints ends up in tickets and chats.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import NamedTuple

from inspector.capture.batch import NANOSECONDS, Interface
from inspector.capture.blocks import COMMENT, NAMES, SECRETS, STATISTICS, Block, options, padded, text_of
from inspector.capture.pcapng import PcapngFile
from inspector.capture.reader import CaptureFile

LONGEST = 1 << 20
MOST_NAMES = 10_000
LONGEST_NAME = 255
NAME_OF = {1: 4, 2: 16}
"""Name records by type: how many bytes the address has (IPv4, IPv6)."""

SECRETS_KINDS = {
    0x544C534B: "TLS key log",
    0x5353484B: "SSH key log",
    0x57474B4C: "WireGuard key log",
    0x5A4E574B: "ZigBee network key",
    0x5A415053: "ZigBee application key",
    0x55414B4C: "OPC UA key log",
}

START, END, RECEIVED, DROPPED, ACCEPTED, DROPPED_BY_SYSTEM, DELIVERED = 2, 3, 4, 5, 6, 7, 8
COUNTS = {
    RECEIVED: "received",
    DROPPED: "dropped",
    ACCEPTED: "accepted",
    DROPPED_BY_SYSTEM: "dropped_by_system",
    DELIVERED: "delivered",
}


class Statistics(NamedTuple):
    """What the capturing program counted at one interface: times in nanoseconds, counts by name, comments."""

    interface: int
    time_ns: int
    start_ns: int | None
    end_ns: int | None
    counts: dict[str, int]
    comments: list[str]


class Secrets(NamedTuple):
    """One block of decryption secrets: its kind in words, and how many bytes it has."""

    kind: str
    size: int


class Annex(NamedTuple):
    """All of it. `names` are pairs of address and name."""

    statistics: list[Statistics]
    secrets: list[Secrets]
    names: list[tuple[str, str]]


def annex_of(capture: CaptureFile) -> Annex:
    """What the file holds besides packets, as far as it was scanned; nothing for plain pcap."""
    found = Annex([], [], [])
    if not isinstance(capture, PcapngFile):
        return found
    for block in list(capture.blocks):
        body = capture.read(block.offset + 8, min(block.size - 12, LONGEST))
        if block.kind == STATISTICS and len(body) >= 12:
            found.statistics.append(_statistics(body, block, capture.interfaces))
        elif block.kind == SECRETS and len(body) >= 8:
            kind, size = struct.unpack_from(f"{block.order}II", body)
            found.secrets.append(Secrets(SECRETS_KINDS.get(kind, f"secrets of the unknown kind {kind:#010x}"), size))
        elif block.kind == NAMES:
            found.names.extend(pair for pair, _ in zip(_names(body, block.order), range(MOST_NAMES - len(found.names))))
    return found


def _statistics(body: bytes, block: Block, interfaces: list[Interface]) -> Statistics:
    number, high, low = struct.unpack_from(f"{block.order}III", body)
    place = block.interface + number
    interface = interfaces[place] if place < len(interfaces) else Interface(0, 0)

    def time(value: bytes) -> int:
        upper, lower = struct.unpack(f"{block.order}II", value)
        return int(upper << 32 | lower) * NANOSECONDS // interface.resolution + interface.offset * NANOSECONDS

    times: dict[int, int] = {}
    counts: dict[str, int] = {}
    comments = []
    for code, value in options(body[12:], block.order):
        if code == COMMENT:
            comments.append(text_of(value))
        elif code in (START, END) and len(value) == 8:
            times[code] = time(value)
        elif code in COUNTS and len(value) == 8:
            counts[COUNTS[code]] = struct.unpack(f"{block.order}Q", value)[0]
    told = time(struct.pack(f"{block.order}II", high, low))
    return Statistics(place, told, times.get(START), times.get(END), counts, comments)


def _names(body: bytes, order: str) -> Iterator[tuple[str, str]]:
    """The pairs in a name resolution block: one for each name of each address."""
    at = 0
    while at + 4 <= len(body):
        kind, length = struct.unpack_from(f"{order}HH", body, at)
        value = body[at + 4 : at + 4 + length]
        size = NAME_OF.get(kind)
        if kind == 0 or len(value) < length:
            return
        if size is not None and length > size:
            address = str(ipaddress.ip_address(value[:size]))
            yield from ((address, text_of(name[:LONGEST_NAME])) for name in value[size:].split(b"\0") if name)
        at += 4 + padded(length)
