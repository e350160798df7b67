"""Packets for the protocol tests: put together byte by byte, dissected strictly, read back by name."""

from __future__ import annotations

from inspector.core.layer import Layer, Packet
from inspector.core.node import Issue
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from tests.properties.tiles import assert_tiles

ETHERNET, RAW_IP = 1, 101
ETHER = bytes.fromhex("0200000000020200000000010800")
"""An Ethernet header that carries IPv4."""


def read(data: bytes, link: int = RAW_IP, wire: int = 0) -> Packet:
    """The packet of these captured bytes, `wire` bytes long on the wire (0: as many); its leaves tile."""
    packet = dissect(Record(1, 0, wire or len(data), link, data), strict=True)
    assert_tiles(packet)
    return packet


def layer_of(packet: Packet, name: str) -> Layer:
    found = packet.layer(name)
    assert found is not None, f"there is no layer {name}"
    return found


def shown(packet: Packet, *names: str) -> list[str]:
    """The first value of each field as tshark prints it; empty where there is none."""
    nodes = [packet.node(name) for name in names]
    return [node.show if node is not None else "" for node in nodes]


def places(packet: Packet, layer: str) -> dict[str, tuple[int, int]]:
    """Where each field of a layer stands, in bits from the start of the layer."""
    home = layer_of(packet, layer)
    return {node.name: (node.at - home.at, node.width) for node in home.walk() if node.at is not None}


def issues(packet: Packet) -> list[Issue]:
    return [issue for _, issue in packet.issues]


def the_issue(packet: Packet, field: str) -> Issue:
    """The only issue of a packet, which is about this field."""
    found = issues(packet)
    assert [issue.field for issue in found] == [field], found
    return found[0]


def words_sum(data: bytes) -> int:
    """RFC 1071 as its section 4.1 does it, independent of the product's."""
    total = 0
    for i in range(0, len(data), 2):
        total += (data[i] << 8) + (data[i + 1] if i + 1 < len(data) else 0)
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(
    payload: bytes,
    proto: int = 17,
    *,
    options: bytes = b"",
    length: int | None = None,
    words: int | None = None,
    pieces: int = 0x4000,
    checksum: int | None = None,
    first: int | None = None,
) -> bytes:
    """An IPv4 packet from 192.0.2.1 to 198.51.100.2, its checksum right unless given."""
    count = 5 + len(options) // 4 if words is None else words
    total = 20 + len(options) + len(payload) if length is None else length
    head = bytes((0x40 | count if first is None else first, 0xB9)) + total.to_bytes(2, "big")
    head += b"\xbe\xef" + pieces.to_bytes(2, "big") + bytes((64, proto))
    ends = bytes((192, 0, 2, 1, 198, 51, 100, 2))
    right = words_sum(head + b"\0\0" + ends + options)
    return head + (right if checksum is None else checksum).to_bytes(2, "big") + ends + options + payload


def pseudo(packet: bytes, proto: int, length: int) -> bytes:
    """The pseudo-header for the payload of `packet`, IPv4 or IPv6 by its first bits."""
    if packet[0] >> 4 == 4:
        return packet[12:20] + bytes((0, proto)) + length.to_bytes(2, "big")
    return packet[8:40] + length.to_bytes(4, "big") + bytes((0, 0, 0, proto))


def udp(payload: bytes, *, length: int | None = None, checksum: int = 0) -> bytes:
    """A datagram from port 50000 to port 9 (discard), so that nobody claims its payload."""
    said = 8 + len(payload) if length is None else length
    return b"\xc3\x50\x00\x09" + said.to_bytes(2, "big") + checksum.to_bytes(2, "big") + payload


def tcp(
    payload: bytes = b"", *, flags: int = 0x018, options: bytes = b"", words: int | None = None, checksum: int = 0
) -> bytes:
    """A segment from port 50000 to port 9 (discard), so that nobody claims its payload."""
    count = 5 + len(options) // 4 if words is None else words
    head = bytes.fromhex("c350 0009 01020304 0a0b0c0d") + (count << 12 | flags).to_bytes(2, "big")
    return head + b"\x20\x00" + checksum.to_bytes(2, "big") + b"\x00\x07" + options + payload


def ipv6(payload: bytes, following: int = 17, *, length: int | None = None, first: int = 0x6B) -> bytes:
    """An IPv6 packet from 2001:db8::1 to 2001:db8::ff:fe00:2."""
    said = len(payload) if length is None else length
    head = bytes((first, 0x8A, 0xBC, 0xDE)) + said.to_bytes(2, "big") + bytes((following, 63))
    source = bytes.fromhex("20010db8000000000000000000000001")
    destination = bytes.fromhex("20010db800000000000000fffe000002")
    return head + source + destination + payload


def with_checksum(segment: bytes, at: int, packet: bytes, proto: int) -> bytes:
    """The segment with the checksum that is right inside `packet`."""
    bare = segment[:at] + b"\0\0" + segment[at + 2 :]
    right = words_sum(pseudo(packet, proto, len(bare)) + bare) or 0xFFFF
    return bare[:at] + right.to_bytes(2, "big") + bare[at + 2 :]
