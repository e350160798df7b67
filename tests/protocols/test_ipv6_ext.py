"""IPv6's extension headers: each kind, chains of them, the checksum's destination, lengths that lie, any bytes."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import (
    HAO,
    HBHOptUnknown,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    IPv6ExtHdrSegmentRouting,
    Pad1,
    PadN,
    RouterAlert,
)
from scapy.layers.l2 import Ether
from scapy.packet import Packet as Made
from scapy.packet import Raw

from inspector.core.checksum import State
from inspector.core.layer import Layer
from tests.protocols.dissecting import MACS, check_prefixes, fields, layer, packet, placed, tiles

ADDRESSES = IPv6(src="fd00::1", dst="fd00::2")
DATAGRAM = UDP(sport=5, dport=6) / b"abcdefgh"


def carried(made: Made) -> bytes:
    return bytes(Ether(MACS + b"\x86\xdd") / ADDRESSES / made)


def chain(number: int, data: bytes) -> bytes:
    """An IPv6 packet whose next header is `number`, with these bytes behind it."""
    return bytes(Ether(MACS + b"\x86\xdd") / IPv6(src="fd00::1", dst="fd00::2", nh=number) / Raw(data))


ALERT = carried(IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"")]) / DATAGRAM)
PIECE = carried(IPv6ExtHdrFragment(offset=3, m=1, id=9) / DATAGRAM)


def test_deconstruct_hop_by_hop() -> None:
    found = layer(ALERT, "ipv6.hopopts")
    assert placed(found) == [
        ("ipv6.hopopts.nxt", 0, 8, "17"),
        ("ipv6.hopopts.len", 8, 8, "0"),
        ("ipv6.opt.type.action", 16, 2, "0"),
        ("ipv6.opt.type.change", 18, 1, "0"),
        ("ipv6.opt.type.rest", 19, 5, "0x05"),
        ("ipv6.opt.length", 24, 8, "2"),
        ("ipv6.opt.router_alert", 32, 16, "0"),
        ("ipv6.opt.type.action", 48, 2, "0"),
        ("ipv6.opt.type.change", 50, 1, "0"),
        ("ipv6.opt.type.rest", 51, 5, "0x01"),
        ("ipv6.opt.length", 56, 8, "0"),
        ("ipv6.opt.padn", 64, 0, ""),
    ]
    assert found.value("ipv6.hopopts.len_oct") == 8


def test_deconstruct_fragment() -> None:
    assert placed(layer(PIECE, "ipv6.fraghdr")) == [
        ("ipv6.fraghdr.nxt", 0, 8, "17"),
        ("ipv6.fraghdr.reserved_octet", 8, 8, "0x00"),
        ("ipv6.fraghdr.offset", 16, 13, "3"),
        ("ipv6.fraghdr.reserved_bits", 29, 2, "0"),
        ("ipv6.fraghdr.more", 31, 1, "1"),
        ("ipv6.fraghdr.ident", 32, 32, "0x00000009"),
    ]


def test_piece_is_bytes_and_the_whole_in_one_piece_is_read() -> None:
    assert packet(PIECE).layer("udp") is None
    assert layer(PIECE, "ipv6.fraghdr").info == "IPv6 fragment (off=24 more=y ident=0x00000009 nxt=17)"
    whole = packet(carried(IPv6ExtHdrFragment(offset=0, m=0, id=9) / DATAGRAM))
    assert whole.fields("udp.dstport") == [6]
    assert whole.fields("udp.checksum.status") == [State.RIGHT]


def test_destination_options() -> None:
    options = [HAO(hoa="fd00::9"), Pad1(), PadN(optdata=b"abc"), HBHOptUnknown(otype=0x1E, optdata=b"wxyz")]
    found = layer(carried(IPv6ExtHdrDestOpt(options=options) / DATAGRAM), "ipv6.dstopts")
    assert found.value("ipv6.opt.mipv6.home_address") == "fd00::9"
    assert found.value("ipv6.opt.unknown") == b"wxyz"
    assert len(found.values("ipv6.opt.pad1")) >= 1
    assert not found.issues


@pytest.mark.parametrize(
    "route, final, name, listed",
    [
        (
            IPv6ExtHdrRouting(addresses=["fd00::5", "fd00::6"], segleft=2),
            "fd00::6",
            "ipv6.routing.src.addr",
            ["fd00::5", "fd00::6"],
        ),
        (
            IPv6ExtHdrSegmentRouting(addresses=["fd00::5", "fd00::6"], segleft=1, lastentry=1),
            "fd00::5",
            "ipv6.routing.srh.addr",
            ["fd00::5", "fd00::6"],
        ),
        (
            IPv6ExtHdrRouting(type=2, len=2, reserved=0, addresses=["fd00::7"], segleft=1),
            "fd00::7",
            "ipv6.routing.mipv6.home_address",
            ["fd00::7"],
        ),
    ],
    ids=["source", "segments", "mobile"],
)
def test_route_and_the_destination_that_checksums_count(route: Made, final: str, name: str, listed: list[str]) -> None:
    """A datagram whose sum was made for the last stop is right, one whose sum was made for the next stop is wrong."""
    for destination, state in ((final, State.RIGHT), ("fd00::2", State.WRONG)):
        datagram = IPv6(src="fd00::1", dst=destination) / DATAGRAM
        header = route.copy()
        header.nh = 17
        found = packet(carried(header / Raw(bytes(datagram)[40:])))
        assert found.fields(name) == listed
        assert found.fields("udp.checksum.status") == [state]


def test_unknown_route_is_bytes() -> None:
    found = layer(chain(43, bytes.fromhex("3b 01 09 00") + bytes(range(12))), "ipv6.routing")
    assert found.value("ipv6.routing.unknown_data") == bytes(range(12))


def test_chain_ends_at_the_transport() -> None:
    made = IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=[], segleft=0) / TCP(dport=80)
    found = packet(carried(made))
    assert [each.name for each in found.layers][2:] == ["ipv6", "ipv6.hopopts", "ipv6.dstopts", "ipv6.routing", "tcp"]
    assert found.fields("tcp.checksum.status") == [State.RIGHT]


def test_jumbo() -> None:
    found = layer(chain(0, bytes.fromhex("3b 00 c2 04 00012345")), "ipv6.hopopts")
    assert found.value("ipv6.opt.jumbo") == 0x12345


def test_header_longer_than_the_packet() -> None:
    found = layer(chain(0, bytes.fromhex("3a 09 01 04 00000000")), "ipv6.hopopts")
    assert [(issue.kind, issue.field) for issue in found.issues] == [("malformed", "ipv6.hopopts.len")]
    assert found.issues[0].text == "the header gives its length as 80 bytes, ipv6.plen leaves 8"


def test_option_longer_than_its_header() -> None:
    found = layer(chain(0, bytes.fromhex("3b 00 01 ff 00000000") + bytes(8)), "ipv6.hopopts")
    assert [(issue.kind, issue.field) for issue in found.issues] == [("malformed", "ipv6.opt.padn")]


def names_of(found: Layer) -> list[str]:
    return [name for name, _ in fields(found)]


def test_segments_are_believed_only_as_far_as_there_are_bytes() -> None:
    found = layer(chain(43, bytes.fromhex("3b 02 04 01 ff 00 0000") + bytes(16)), "ipv6.routing")
    assert names_of(found).count("ipv6.routing.srh.addr") == 1


def test_long_chain_ends() -> None:
    found = packet(chain(60, bytes.fromhex("3c 00 01 04 00000000") * 150))
    assert len(found.fields("ipv6.dstopts.nxt")) == 150
    assert tiles(found)


@pytest.mark.parametrize("data, name", [(ALERT, "ipv6.hopopts"), (PIECE, "ipv6.fraghdr")])
def test_every_prefix(data: bytes, name: str) -> None:
    check_prefixes(data, name)


@given(st.integers(0, 8191), st.booleans(), st.integers(0, 0xFFFFFFFF))
def test_scapy_and_dpkt_agree_on_fragments(offset: int, more: bool, ident: int) -> None:
    data = carried(IPv6ExtHdrFragment(offset=offset, m=int(more), id=ident, nh=17) / Raw(b"abcdefgh"))
    found = layer(data, "ipv6.fraghdr")
    other = dpkt.ethernet.Ethernet(data).data.extension_hdrs[44]
    assert (found.value("ipv6.fraghdr.offset"), found.value("ipv6.fraghdr.more")) == (offset, more)
    assert (other.frag_off, other.m_flag, other.id) == (offset, int(more), ident)
    assert found.value("ipv6.fraghdr.ident") == ident


@given(st.sampled_from([0, 43, 44, 60]), st.binary(max_size=120))
def test_any_bytes(number: int, data: bytes) -> None:
    assert tiles(packet(chain(number, data)))


@given(st.sampled_from([0, 2, 3, 4]), st.integers(0, 8), st.integers(0, 255), st.binary(max_size=120))
def test_any_bytes_in_each_route(kind: int, length: int, left: int, data: bytes) -> None:
    assert tiles(packet(chain(43, bytes((17, length, kind, left)) + data)))
