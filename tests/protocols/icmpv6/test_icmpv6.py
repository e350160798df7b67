"""ICMPv6: each form of message, quotes, listeners and their records, checksums with addresses, any bytes at all."""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLQuery2,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptRedirectedHdr,
    IPv6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Packet as Made
from scapy.packet import Raw

from inspector.core.checksum import State
from inspector.core.layer import Layer
from tests.protocols.dissecting import MACS, check_prefixes, layer, packet, placed, tiles

ADDRESSES = IPv6(src="fe80::1", dst="fe80::2", hlim=255)
DATAGRAM = bytes(IPv6(src="fd00::2", dst="fd00::9") / UDP(sport=40000, dport=33434) / (b"z" * 30))


def carried(made: Made) -> bytes:
    return bytes(Ether(MACS + b"\x86\xdd") / ADDRESSES / made)


def message(kind: int, code: int, rest: bytes) -> bytes:
    """A message with any content; its checksum is left as zero, which is wrong."""
    return bytes(
        Ether(MACS + b"\x86\xdd") / IPv6(src="fe80::1", dst="fe80::2", nh=58) / Raw(bytes((kind, code, 0, 0)) + rest)
    )


def icmpv6(data: bytes) -> Layer:
    return layer(data, "icmpv6")


SOLICITATION = carried(ICMPv6ND_NS(tgt="fe80::2"))


def test_deconstruct() -> None:
    assert [(name, at, width) for name, at, width, _ in placed(icmpv6(SOLICITATION))] == [
        ("icmpv6.type", 0, 8),
        ("icmpv6.code", 8, 8),
        ("icmpv6.checksum", 16, 16),
        ("icmpv6.reserved", 32, 32),
        ("icmpv6.nd.ns.target_address", 64, 128),
    ]
    assert icmpv6(SOLICITATION).value("icmpv6.nd.ns.target_address") == "fe80::2"


@pytest.mark.parametrize(
    "data, info",
    [
        (carried(ICMPv6EchoRequest(id=1, seq=2)), "Echo (ping) request id=0x0001, seq=2, hop limit=255"),
        (carried(ICMPv6EchoReply(id=1, seq=2)), "Echo (ping) reply id=0x0001, seq=2, hop limit=255"),
        (SOLICITATION, "Neighbor Solicitation for fe80::2"),
        (
            carried(ICMPv6ND_NA(tgt="fd00::2", R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:0b")),
            "Neighbor Advertisement fd00::2 (rtr, sol, ovr) is at 02:00:00:00:00:0b",
        ),
        (message(133, 0, bytes(4)), "Router Solicitation"),
        (message(1, 4, bytes(4)), "Destination Unreachable (Port unreachable)"),
        (message(1, 99, bytes(4)), "Destination Unreachable (Unknown)"),
        (message(2, 0, struct.pack("!I", 1280)), "Packet Too Big"),
        (message(3, 0, bytes(4)), "Time Exceeded (hop limit exceeded in transit)"),
        (message(4, 1, bytes(4)), "Parameter Problem (unrecognized Next Header type encountered)"),
        (message(222, 3, b"abcd"), "Unknown (222)"),
    ],
)
def test_wording_is_wiresharks(data: bytes, info: str) -> None:
    assert icmpv6(data).info == info


def test_router_advertisement() -> None:
    found = icmpv6(
        carried(ICMPv6ND_RA(chlim=64, M=1, O=0, prf=3, routerlifetime=1800, reachabletime=5, retranstimer=7))
    )
    assert found.value("icmpv6.nd.ra.cur_hop_limit") == 64
    assert (found.value("icmpv6.nd.ra.flag.m"), found.value("icmpv6.nd.ra.flag.o")) == (True, False)
    assert found.value("icmpv6.nd.ra.flag.prf") == 3
    times = [found.value(f"icmpv6.nd.ra.{name}") for name in ("router_lifetime", "reachable_time", "retrans_timer")]
    assert times == [1800, 5, 7]


def test_neighbor_advertisement_flags_tile_their_32_bits() -> None:
    found = icmpv6(carried(ICMPv6ND_NA(tgt="fd00::2", R=0, S=1, O=1)))
    flags = [(name, at, width, show) for name, at, width, show in placed(found) if ".flag." in name]
    assert flags == [
        ("icmpv6.nd.na.flag.r", 32, 1, "0"),
        ("icmpv6.nd.na.flag.s", 33, 1, "1"),
        ("icmpv6.nd.na.flag.o", 34, 1, "1"),
        ("icmpv6.nd.na.flag.rsv", 35, 29, "0"),
    ]


def test_first_listener_query_is_told_from_the_second_by_its_length() -> None:
    first = icmpv6(message(130, 0, struct.pack("!HH", 10000, 0) + bytes(16)))
    assert first.value("icmpv6.mld.maximum_response_delay") == 10000
    assert first.value("icmpv6.mld.flag") is None
    second = icmpv6(carried(ICMPv6MLQuery2(mladdr="ff02::5", S=1, QRV=2, QQIC=125, sources=["fd00::1", "fd00::2"])))
    assert (second.value("icmpv6.mld.flag.s"), second.value("icmpv6.mld.flag.qrv")) == (True, 2)
    assert second.values("icmpv6.mld.source_address") == ["fd00::1", "fd00::2"]


def test_listener_report_with_sources_and_auxiliary_data() -> None:
    record = ICMPv6MLDMultAddrRec(rtype=1, sources=["fd00::1"], dst="ff02::7", auxdata=b"abcd", auxdata_len=1)
    other = ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::8")
    found = icmpv6(carried(ICMPv6MLReport2(records=[record, other])))
    assert found.values("icmpv6.mldr.mar.record_type") == [1, 4]
    assert found.values("icmpv6.mldr.mar.source_address") == ["fd00::1"]
    assert found.values("icmpv6.mldr.mar.auxiliary_data") == [b"abcd"]
    assert found.values("icmpv6.mldr.mar.multicast_address") == ["ff02::7", "ff02::8"]
    assert not found.issues


def test_report_that_promises_more_records_than_there_are() -> None:
    (issue,) = [
        issue
        for issue in icmpv6(message(143, 0, bytes.fromhex("0000 ffff 0400 0000") + bytes(16))).issues
        if issue.kind != "checksum"
    ]
    assert (issue.kind, issue.field) == ("malformed", "icmpv6.mldr.mar.record_type")


def test_record_that_promises_more_sources_than_there_are() -> None:
    found = packet(message(143, 0, bytes.fromhex("0000 0001 04ff ffff") + bytes(16 + 40)))
    assert len(found.fields("icmpv6.mldr.mar.source_address")) == 2
    assert tiles(found)


# Quotes


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_no_cut_of_a_quote_is_a_fault(kind: int) -> None:
    for size in range(len(DATAGRAM)):
        found = packet(message(kind, 0, bytes(4) + DATAGRAM[:size]))
        assert {issue.kind for _, issue in found.issues} <= {"checksum"}, size
        assert tiles(found)
    assert found.fields("udp.dstport") == [33434]


def test_length_of_the_quote() -> None:
    found = packet(message(1, 4, bytes.fromhex("0a000000") + DATAGRAM.ljust(80, b"\0")))
    assert found.fields("icmpv6.length") == [10]
    assert found.fields("icmpv6.reserved") == [bytes(3)]
    assert found.fields("udp.srcport") == [40000]


def test_redirect_quotes_inside_an_option() -> None:
    found = packet(
        carried(ICMPv6ND_Redirect(tgt="fe80::9", dst="fd00::9") / ICMPv6NDOptRedirectedHdr(pkt=IPv6(DATAGRAM)))
    )
    assert found.fields("icmpv6.nd.rd.target_address") == ["fe80::9"]
    assert found.fields("icmpv6.rd.na.destination_address") == ["fd00::9"]
    assert found.fields("udp.dstport") == [33434]
    assert tiles(found)


# Checksums


def test_right_checksum_covers_the_addresses() -> None:
    assert icmpv6(SOLICITATION).value("icmpv6.checksum.status") == State.RIGHT
    elsewhere = SOLICITATION[:53] + b"\x03" + SOLICITATION[54:]
    assert icmpv6(elsewhere).value("icmpv6.checksum.status") == State.WRONG


def test_wrong_checksum_says_the_right_one() -> None:
    good = int(str(icmpv6(SOLICITATION).value("icmpv6.checksum")))
    found = icmpv6(SOLICITATION[:56] + (good ^ 0x0100).to_bytes(2, "big") + SOLICITATION[58:])
    assert found.value("icmpv6.checksum_calculated") == good
    assert [issue.kind for issue in found.issues] == ["checksum"]


def test_cut_message_cannot_be_checked() -> None:
    found = packet(SOLICITATION[:-2], length=len(SOLICITATION))
    assert found.fields("icmpv6.checksum.status") == [State.UNCHECKED]


# Laws


@pytest.mark.parametrize("data", [SOLICITATION, carried(ICMPv6ND_RA()), carried(ICMPv6EchoRequest())])
def test_every_prefix(data: bytes) -> None:
    check_prefixes(data, "icmpv6")


@given(st.booleans(), st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=40))
def test_scapy_and_dpkt_agree(asks: bool, ident: int, seq: int, data: bytes) -> None:
    frame = carried((ICMPv6EchoRequest if asks else ICMPv6EchoReply)(id=ident, seq=seq, data=data))
    found, other = icmpv6(frame), dpkt.ethernet.Ethernet(frame).data.data
    assert (found.value("icmpv6.type"), found.value("icmpv6.checksum")) == (other.type, other.sum)
    assert found.value("icmpv6.echo.identifier") == ident
    assert found.value("icmpv6.echo.sequence_number") == seq
    assert found.value("icmpv6.checksum.status") == State.RIGHT


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=200))
def test_any_bytes(kind: int, code: int, data: bytes) -> None:
    assert tiles(packet(message(kind, code, data)))


@given(st.sampled_from([1, 2, 3, 4, 130, 133, 134, 135, 136, 137, 143]), st.binary(max_size=200))
def test_any_bytes_behind_each_type(kind: int, data: bytes) -> None:
    assert tiles(packet(message(kind, 0, data)))
