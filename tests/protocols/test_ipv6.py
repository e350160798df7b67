"""IPv6: bits across bytes, a payload length that counts no header, addresses made from MAC addresses."""

from __future__ import annotations

import pytest

from tests.protocols.wire import ETHER, ETHERNET, ipv6, issues, layer_of, places, read, shown, tcp, the_issue, udp

PACKET = ipv6(udp(b"hello", checksum=1))
FRAME = ETHER[:12] + b"\x86\xdd" + ipv6(tcp(b"hello"), 6)


def test_a_header() -> None:
    want = {
        "ipv6.version": "6",
        "ipv6.tclass": "0x000000b8",
        "ipv6.tclass.dscp": "46",
        "ipv6.tclass.ecn": "0",
        "ipv6.flow": "0x0abcde",
        "ipv6.plen": "13",
        "ipv6.nxt": "17",
        "ipv6.hlim": "63",
        "ipv6.src": "2001:db8::1",
        "ipv6.dst": "2001:db8::ff:fe00:2",
        "ip.version": "6",
        "ipv6.dst_slaac_mac": "02:00:00:00:00:02",
        "ipv6.src_slaac_mac": "",
    }
    assert dict(zip(want, shown(read(PACKET), *want))) == want


def test_places_to_the_bit() -> None:
    found = places(read(PACKET), "ipv6")
    want = {
        "ipv6.version": (0, 4), "ipv6.tclass": (4, 8), "ipv6.tclass.dscp": (4, 6), "ipv6.tclass.ecn": (10, 2),
        "ipv6.flow": (12, 20), "ipv6.plen": (32, 16), "ipv6.nxt": (48, 8), "ipv6.hlim": (56, 8),
        "ipv6.src": (64, 128), "ipv6.dst": (192, 128), "ipv6.dst_slaac_mac": (256, 64),
    }  # fmt: skip
    assert {name: found[name] for name in want} == want
    assert layer_of(read(PACKET), "ipv6").width == 320


@pytest.mark.parametrize("end", range(40))
def test_a_cut_header_is_truncated(end: int) -> None:
    issue = issues(read(FRAME[: 14 + end], ETHERNET, wire=len(FRAME)))[-1]
    assert issue.kind == "truncated"
    order = ["version", "tclass", "flow", "plen", "nxt", "hlim", "src", "dst"]
    # The version's four bits are there with the first byte; the class then lacks its second half.
    ends = [1, 2, 4, 6, 7, 8, 24, 40]
    assert issue.field == next(f"ipv6.{name}" for name, stop in zip(order, ends) if end < stop)


@pytest.mark.parametrize("end", range(40, len(PACKET)))
def test_a_cut_payload(end: int) -> None:
    issue = issues(read(PACKET[:end], wire=len(PACKET)))[0]
    assert (issue.kind, issue.field) == ("truncated", "ipv6.plen")
    assert issue.text == f"the payload length says 13, the packet has {end - 40}"


def test_a_payload_length_beyond_the_packet() -> None:
    packet = read(ipv6(tcp(b"hello"), 6, length=500))
    issue = the_issue(packet, "ipv6.plen")
    assert (issue.kind, issue.at, issue.width) == ("malformed", 32, 16)
    assert packet.fields("tcp.len") == [5]
    assert packet.fields("tcp.checksum.status") == [2]


def test_bytes_behind_the_payload_length() -> None:
    packet = read(ETHER[:12] + b"\x86\xdd" + ipv6(udp(b"hello", checksum=1), length=13) + b"abc", ETHERNET)
    assert packet.fields("eth.trailer") == [b"abc"]
    assert packet.fields("data.data") == [b"hello"]


def test_a_payload_length_of_0_carries_nothing() -> None:
    packet = read(ipv6(udp(b"hello"), length=0))
    assert packet.layers[-1].name == "ipv6"
    assert packet.fields("data.gap") == [udp(b"hello")]


def test_a_payload_length_of_0_before_hop_by_hop_options_may_be_a_jumbogram() -> None:
    packet = read(ipv6(bytes(80), 0, length=0))
    assert packet.fields("data.gap") == []


@pytest.mark.parametrize("version", [0, 4, 5, 15])
def test_a_wrong_version_stops(version: int) -> None:
    packet = read(ETHER[:12] + b"\x86\xdd" + ipv6(udp(b"hello"), first=version << 4 | 0xB), ETHERNET)
    assert the_issue(packet, "ipv6.version").kind == "malformed"
    assert [layer.name for layer in packet.layers] == ["frame", "eth", "ipv6", "data"]


@pytest.mark.parametrize(
    "address, written",
    [
        ("00" * 16, "::"),
        ("00" * 15 + "01", "::1"),
        ("00" * 10 + "ffff" + "c0000201", "::ffff:192.0.2.1"),
        ("00" * 12 + "c0000201", "::192.0.2.1"),
        ("20010db8" + "0000" * 2 + "0001" + "0000" * 2 + "0001", "2001:db8::1:0:0:1"),
        ("fe80" + "00" * 6 + "0123456789abcdef", "fe80::123:4567:89ab:cdef"),
    ],
)
def test_addresses_are_written_as_rfc_5952_asks(address: str, written: str) -> None:
    data = PACKET[:8] + bytes.fromhex(address) + PACKET[24:]
    assert shown(read(data), "ipv6.src") == [written]


def test_no_next_header_is_data() -> None:
    packet = read(ipv6(b"hello", 59))
    assert packet.fields("data.data") == [b"hello"]
