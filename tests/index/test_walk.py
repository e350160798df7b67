"""The vector walk: link types, tags, header lengths, extension headers; and what it leaves to dissection."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from inspector.index.index import Index
from inspector.index.walk import LOOP, NULL, SLL, SLL2
from tests.index.judge import indexed
from tests.index.made import ACK, BEGIN, ip, ipv6, pcap, tcp, udp, written

ONE, TWO = b"\x0a\0\0\1", b"\x0a\0\0\2"
SIX = b"\xfe\x80" + b"\0" * 13 + b"\1", b"\xfe\x80" + b"\0" * 13 + b"\2"
SEGMENT = tcp(40_000, 80, 1, 2, ACK, data=b"hello")
FOUR_IN = ip(ONE, TWO, SEGMENT)
SIX_IN = ipv6(*SIX, SEGMENT)
MACS = b"\0" * 12


def one(tmp_path: Path, data: bytes, link: int = 101) -> Index:
    return indexed(written(tmp_path / "made.pcap", [(BEGIN, data)], link))


def tags(count: int) -> bytes:
    return b"".join(struct.pack(">HH", 0x88A8 if i == 0 and count > 1 else 0x8100, i + 1) for i in range(count))


LINKS = {
    "Ethernet": (1, MACS + b"\x08\0" + FOUR_IN, 14),
    "Ethernet, IPv6": (1, MACS + b"\x86\xdd" + SIX_IN, 14),
    "one tag": (1, MACS + tags(1) + b"\x08\0" + FOUR_IN, 18),
    "two tags": (1, MACS + tags(2) + b"\x08\0" + FOUR_IN, 22),
    "three tags": (1, MACS + tags(3) + b"\x86\xdd" + SIX_IN, 26),
    "NULL, little-endian": (NULL, struct.pack("<I", 2) + FOUR_IN, 4),
    "NULL, big-endian": (NULL, struct.pack(">I", 2) + FOUR_IN, 4),
    "NULL, IPv6 of a BSD": (NULL, struct.pack("<I", 30) + SIX_IN, 4),
    "LOOP": (LOOP, struct.pack(">I", 2) + FOUR_IN, 4),
    "RAW": (101, FOUR_IN, 0),
    "RAW, IPv6": (101, SIX_IN, 0),
    "IPV4": (228, FOUR_IN, 0),
    "IPV6": (229, SIX_IN, 0),
    "SLL": (SLL, b"\0" * 14 + b"\x08\0" + FOUR_IN, 16),
    "SLL2": (SLL2, b"\x86\xdd" + b"\0" * 18 + SIX_IN, 20),
    "SLL2, tagged": (SLL2, b"\x81\0" + b"\0" * 18 + b"\0\1\x08\0" + FOUR_IN, 24),
}


@pytest.mark.parametrize("name", LINKS)
def test_link_types(tmp_path: Path, name: str) -> None:
    link, data, l3 = LINKS[name]
    index = one(tmp_path, data, link)
    row = index.row(1)
    size = 40 if data[l3] >> 4 == 6 else 20
    assert (row.more, row.l3, row.l4, row.transport, row.stream) == (False, l3, l3 + size, 6, 0)
    segments = index.segments(0)
    assert (segments.length[0], segments.captured[0], segments.offset[0]) == (5, 5, l3 + size + 20)


def test_ip_options_move_the_transport(tmp_path: Path) -> None:
    for words in range(1, 11):
        index = one(tmp_path, ip(ONE, TWO, SEGMENT, options=b"\1" * 4 * words))
        assert index.row(1).l4 == 20 + 4 * words
        assert index.segments(0).length[0] == 5


def test_ipv6_headers_in_between(tmp_path: Path) -> None:
    chain = b"\x2b\0" + b"\1\4" + b"\0" * 4 + b"\x3c\1" + b"\0" * 14 + b"\x06\0" + b"\1\4" + b"\0" * 4 + SEGMENT
    index = one(tmp_path, ipv6(*SIX, chain, proto=0))
    row = index.row(1)
    assert (row.l4, row.transport, row.more) == (40 + 8 + 16 + 8, 6, False)
    assert index.segments(0).length[0] == 5


def test_padding_is_no_payload(tmp_path: Path) -> None:
    index = one(tmp_path, MACS + b"\x08\0" + ip(ONE, TWO, tcp(1, 2, 3, 4, ACK)) + b"\0" * 6, 1)
    assert index.segments(0).length[0] == 0


def test_total_length_of_zero_means_all_of_the_frame(tmp_path: Path) -> None:
    data = bytearray(FOUR_IN)
    data[2:4] = b"\0\0"
    assert one(tmp_path, bytes(data)).segments(0).length[0] == 5


LEFT = {
    "fragment, first": ip(ONE, TWO, SEGMENT, flags=0x2000),
    "fragment, later": ip(ONE, TWO, SEGMENT, flags=0x0010),
    "IP in IP": ip(ONE, TWO, FOUR_IN, 4),
    "6in4": ip(ONE, TWO, SIX_IN, 41),
    "GRE": ip(ONE, TWO, b"\0\0\x08\0" + FOUR_IN, 47),
    "VXLAN": ip(ONE, TWO, udp(4000, 4789, b"\x08" + b"\0" * 7 + MACS + b"\x08\0" + FOUR_IN), 17),
    "ICMP error": ip(ONE, TWO, b"\3\1" + b"\0" * 6 + FOUR_IN, 1),
    "ICMPv6 error": ipv6(*SIX, b"\1\0" + b"\0" * 6 + SIX_IN, 58),
    "IPv6 fragment": ipv6(*SIX, b"\x06\0\0\1" + b"\0" * 4 + SEGMENT, 44),
    "header length below 20": b"\x44" + FOUR_IN[1:],
    "total length below the header's": FOUR_IN[:2] + b"\0\x10" + FOUR_IN[4:],
    "version that is none": b"\x55" + FOUR_IN[1:],
    "TCP offset below 20": ip(ONE, TWO, SEGMENT[:12] + b"\x40" + SEGMENT[13:]),
    "TCP offset behind the packet": ip(ONE, TWO, SEGMENT[:12] + b"\xf0" + SEGMENT[13:]),
    "TCP header that is not all there": ip(ONE, TWO, SEGMENT[:15]),
    "UDP length below 8": ip(ONE, TWO, udp(1, 2)[:4] + b"\0\7\0\0", 17),
    "nothing": b"",
    "one byte": b"\x45",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_to_dissection(tmp_path: Path, name: str) -> None:
    assert one(tmp_path, LEFT[name]).row(1).more == (name != "version that is none")


def test_echo_is_no_error(tmp_path: Path) -> None:
    assert not one(tmp_path, ip(ONE, TWO, b"\x08\0" + b"\0" * 6, 1)).row(1).more


@pytest.mark.parametrize("link", [147, 105, 65_535])
def test_other_link_types_are_left_to_dissection(tmp_path: Path, link: int) -> None:
    assert one(tmp_path, FOUR_IN, link).row(1).more


def test_four_tags_and_snap_are_left_to_dissection(tmp_path: Path) -> None:
    assert one(tmp_path, MACS + tags(4) + b"\x08\0" + FOUR_IN, 1).row(1).more
    assert one(tmp_path, MACS + b"\0\x35" + b"\xaa\xaa\3\0\0\0\x08\0" + FOUR_IN, 1).row(1).more


def test_every_prefix_of_every_header_is_walked(tmp_path: Path) -> None:
    """Nothing raises, and no header is read that is not all there."""
    for link, data, _ in LINKS.values():
        packets = [(BEGIN, data)] * (len(data) + 1)
        path = tmp_path / "cut.pcap"
        parts = [pcap(packets[:1], link, end) for end in range(len(data) + 1)]
        path.write_bytes(parts[0][:24] + b"".join(part[24:] for part in parts))
        index = indexed(path)
        header = len(data) - 5
        found = [index.row(number).transport for number in range(1, index.count + 1)]
        assert set(found[header:]) == {6}
        assert not any(found[: header - 20])
