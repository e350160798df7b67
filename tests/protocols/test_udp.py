"""UDP: four numbers, a length that may lie, and a checksum in each of its five states."""

from __future__ import annotations

import pytest

from inspector.core.checksum import State
from inspector.core.protocol import Situation
from inspector.core.source import Source
from inspector.protocols.udp import PROTOCOL, dissect
from tests.protocols.wire import (
    ipv4,
    ipv6,
    issues,
    layer_of,
    places,
    pseudo,
    read,
    shown,
    the_issue,
    udp,
    with_checksum,
    words_sum,
)

PAYLOAD = b"hello"
HEADERS = 20


def test_a_header() -> None:
    packet = read(ipv4(udp(PAYLOAD, checksum=0)))
    assert shown(packet, "udp.srcport", "udp.dstport", "udp.length", "udp.checksum") == ["50000", "9", "13", "0x0000"]
    assert packet.fields("udp.port") == [50000, 9]
    assert packet.fields("udp.payload") == [PAYLOAD]
    assert layer_of(packet, "udp").width == 64
    assert layer_of(packet, "udp").info == "50000 → 9 Len=5"


def test_places_to_the_bit() -> None:
    found = places(read(ipv4(udp(PAYLOAD))), "udp")
    assert found["udp.srcport"] == (0, 16)
    assert found["udp.dstport"] == (16, 16)
    assert found["udp.length"] == (32, 16)
    assert found["udp.checksum"] == (48, 16)
    assert found["udp.payload"] == (64, 40)


@pytest.mark.parametrize("end", range(8))
def test_a_cut_header_is_truncated(end: int) -> None:
    packet = ipv4(udp(PAYLOAD))
    found = issues(read(packet[: HEADERS + end], wire=len(packet)))
    assert {issue.kind for issue in found} == {"truncated"}
    assert found[0].field == "ip.len"
    if end:
        assert found[-1].field == ("udp.srcport", "udp.dstport", "udp.length", "udp.checksum")[end // 2]


@pytest.mark.parametrize("end", range(8, 13))
def test_a_cut_payload(end: int) -> None:
    packet = ipv4(udp(PAYLOAD, checksum=0x1111))
    found = read(packet[: HEADERS + end], wire=len(packet))
    assert [issue.field for issue in issues(found)] == ["ip.len", "udp.length"]
    assert {issue.kind for issue in issues(found)} == {"truncated"}
    assert found.fields("udp.checksum.status") == [State.UNCHECKED]
    assert layer_of(found, "udp").info == "50000 → 9 Len=5", "the list tells of the wire, not of the capture"


@pytest.mark.parametrize("said", range(8))
def test_a_length_below_the_header(said: int) -> None:
    packet = read(ipv4(udp(PAYLOAD, length=said)))
    issue = the_issue(packet, "udp.length")
    assert (issue.kind, issue.at, issue.width) == ("malformed", (HEADERS + 4) * 8, 16)
    assert f"says {said}" in issue.text
    assert packet.layers[-1].name == "udp"
    assert layer_of(packet, "udp").info == f"50000 → 9 [BAD UDP LENGTH {said} < 8]"


def test_a_length_beyond_the_packet() -> None:
    packet = read(ipv4(udp(PAYLOAD, length=100)))
    issue = the_issue(packet, "udp.length")
    assert (issue.kind, issue.at, issue.width) == ("malformed", (HEADERS + 4) * 8, 16)
    assert issue.text == "the UDP length says 100, the packet has 13"
    assert packet.fields("data.data") == [PAYLOAD]
    assert layer_of(packet, "udp").info == "50000 → 9 [BAD UDP LENGTH 100 > IP PAYLOAD LENGTH] Len=92"


def test_a_length_short_of_the_packet() -> None:
    packet = read(ipv4(udp(PAYLOAD, length=10)))
    assert packet.fields("data.data") == [b"he"]
    assert packet.fields("data.gap") == [b"llo"]
    assert not packet.issues


def test_a_right_checksum_over_ipv4_and_ipv6() -> None:
    for carrier in (ipv4, ipv6):
        bare = carrier(udp(PAYLOAD))
        packet = read(carrier(with_checksum(udp(PAYLOAD), 6, bare, 17)))
        assert packet.fields("udp.checksum.status") == [State.RIGHT]
        assert not packet.issues


def test_a_wrong_checksum_shows_the_right_one() -> None:
    packet = read(ipv4(udp(PAYLOAD, checksum=0x1234)))
    right = words_sum(pseudo(ipv4(b""), 17, 13) + udp(PAYLOAD))
    assert packet.fields("udp.checksum.status") == [State.WRONG]
    assert shown(packet, "udp.checksum_calculated") == [f"0x{right:04x}"]
    issue = the_issue(packet, "udp.checksum")
    assert (issue.kind, issue.at, issue.width) == ("checksum", (HEADERS + 6) * 8, 16)


def test_an_unfinished_checksum_is_no_fault() -> None:
    partial = 0xFFFF - words_sum(pseudo(ipv4(b""), 17, 13))
    packet = read(ipv4(udp(PAYLOAD, checksum=partial)))
    assert packet.fields("udp.checksum.status") == [State.UNFINISHED]
    assert not packet.issues
    assert packet.fields("udp.checksum_calculated")


def test_a_checksum_of_0_is_absent_over_ipv4_and_wrong_over_ipv6() -> None:
    assert read(ipv4(udp(PAYLOAD))).fields("udp.checksum.status") == [State.ABSENT]
    packet = read(ipv6(udp(PAYLOAD)))
    assert packet.fields("udp.checksum.status") == [State.WRONG], "RFC 8200 section 8.1 wants one"


def test_a_sum_of_0_is_sent_as_ffff() -> None:
    """RFC 768: the payload is chosen so that the sum comes to 0, which must not be sent as 0."""
    bare = udp(b"\0\0")
    missing = words_sum(pseudo(ipv4(b""), 17, 10) + bare)
    segment = udp(missing.to_bytes(2, "big"), checksum=0xFFFF)
    assert read(ipv4(segment)).fields("udp.checksum.status") == [State.RIGHT]
    packet = read(ipv4(segment[:6] + b"\x12\x34" + segment[8:]))
    assert shown(packet, "udp.checksum_calculated") == ["0xffff"]


def test_a_checksum_in_a_fragment_cannot_be_checked() -> None:
    packet = read(ipv4(udp(PAYLOAD, checksum=0x1234), pieces=0x2000))
    assert packet.fields("udp.checksum") == [], "a fragment's bytes belong to the whole datagram"


def test_the_lower_port_is_asked_first() -> None:
    layer = dissect(Source("record", udp(PAYLOAD)).view(), Situation())
    assert [claim.key for claim in layer.carries[0].claims] == [9, 50000]
    assert layer.values("udp.checksum.status") == [State.UNCHECKED]
    assert PROTOCOL.transport


def test_no_payload_carries_nothing() -> None:
    packet = read(ipv4(udp(b"")))
    assert packet.layers[-1].name == "udp"
    assert packet.fields("udp.payload") == []
