"""IPv4: every field in its bits, lengths that lie, options, fragments, and the header's checksum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.layer import Packet
from tests.protocols.wire import (
    ETHER,
    ETHERNET,
    ipv4,
    issues,
    layer_of,
    places,
    read,
    shown,
    tcp,
    the_issue,
    udp,
    words_sum,
)

PACKET = ipv4(udp(b"hello"))


def test_a_header() -> None:
    packet = read(PACKET)
    want = {
        "ip.version": "4",
        "ip.hdr_len": "20",
        "ip.dsfield": "0xb9",
        "ip.dsfield.dscp": "46",
        "ip.dsfield.ecn": "1",
        "ip.len": "33",
        "ip.id": "0xbeef",
        "ip.flags": "0x02",
        "ip.flags.rb": "0",
        "ip.flags.df": "1",
        "ip.flags.mf": "0",
        "ip.frag_offset": "0",
        "ip.ttl": "64",
        "ip.proto": "17",
        "ip.checksum": f"0x{words_sum(PACKET[:10] + bytes(2) + PACKET[12:20]):04x}",
        "ip.checksum.status": "1",
        "ip.src": "192.0.2.1",
        "ip.dst": "198.51.100.2",
    }
    assert dict(zip(want, shown(packet, *want))) == want
    assert packet.fields("ip.addr") == ["192.0.2.1", "198.51.100.2"]
    assert not packet.issues


def test_places_to_the_bit() -> None:
    found = places(read(PACKET), "ip")
    want = {
        "ip.version": (0, 4), "ip.hdr_len": (4, 4), "ip.dsfield": (8, 8), "ip.dsfield.dscp": (8, 6),
        "ip.dsfield.ecn": (14, 2), "ip.len": (16, 16), "ip.id": (32, 16), "ip.flags": (48, 3), "ip.flags.rb": (48, 1),
        "ip.flags.df": (49, 1), "ip.flags.mf": (50, 1), "ip.frag_offset": (51, 13), "ip.ttl": (64, 8),
        "ip.proto": (72, 8), "ip.checksum": (80, 16), "ip.src": (96, 32), "ip.dst": (128, 32),
    }  # fmt: skip
    assert {name: found[name] for name in want} == want
    assert layer_of(read(PACKET), "ip").width == 160


@pytest.mark.parametrize("end", range(20))
def test_a_cut_header_is_truncated(end: int) -> None:
    packet = read(ETHER + PACKET[:end], ETHERNET, wire=14 + len(PACKET))
    assert [layer.name for layer in packet.layers] == ["frame", "eth", "ip"]
    issue = issues(packet)[-1]
    assert issue.kind == "truncated"
    assert issue.at // 8 <= 14 + end


@pytest.mark.parametrize("end", range(20, len(PACKET)))
def test_a_cut_payload_is_truncated_by_the_capture(end: int) -> None:
    packet = read(PACKET[:end], wire=len(PACKET))
    issue = next(issue for issue in issues(packet) if issue.field == "ip.len")
    assert issue.kind == "truncated"
    assert issue.text == f"the total length says 33, the packet has {end}"


def test_a_total_length_larger_than_the_packet_lies() -> None:
    packet = read(ipv4(tcp(b"hello"), 6, length=1000))
    issue = the_issue(packet, "ip.len")
    assert (issue.kind, issue.at, issue.width) == ("malformed", 16, 16)
    assert "says 1000" in issue.text
    assert "has 45" in issue.text
    assert packet.fields("tcp.len") == [5], "a lie makes no segment longer"
    assert packet.fields("tcp.checksum.status") == [2]


def test_a_header_behind_a_length_that_lies_is_malformed_not_cut() -> None:
    """Nothing was cut from this packet, so nothing may be called truncated in it."""
    packet = read(ipv4(tcp()[:12], 6, length=1000))
    assert {issue.kind for issue in issues(packet)} == {"malformed"}


@pytest.mark.parametrize("said", [1, 12, 19])
def test_a_total_length_smaller_than_the_header(said: int) -> None:
    packet = read(ipv4(tcp(b"hello"), 6, length=said))
    issue = the_issue(packet, "ip.len")
    assert issue.kind == "malformed"
    assert f"says {said}" in issue.text
    assert packet.layers[-1].name == "ip"
    assert layer_of(packet, "ip").info == f"Bogus IP length ({said}, less than header length 20)"


def test_a_total_length_smaller_than_the_options() -> None:
    packet = read(ipv4(tcp(b"hello"), 6, options=b"\1\1\1\0", length=22))
    assert the_issue(packet, "ip.len").kind == "malformed"
    assert packet.fields("ip.options") == [b"\1\1\1\0"]


def test_a_total_length_of_0_is_segmentation_offload() -> None:
    packet = read(ETHER + ipv4(tcp(b"hello"), 6, length=0, checksum=None), ETHERNET)
    assert not [issue for issue in issues(packet) if issue.field != "tcp.checksum"]
    assert packet.fields("tcp.len") == [5]


def test_the_total_length_ends_the_packet() -> None:
    packet = read(ipv4(udp(b"hello")) + b"behind")
    assert packet.fields("data.data") == [b"hello"]
    assert packet.fields("data.gap") == [b"behind"]


@pytest.mark.parametrize("words", range(5))
def test_a_header_length_below_20_stops(words: int) -> None:
    packet = read(ipv4(udp(b"hello"), words=words))
    issue = the_issue(packet, "ip.hdr_len")
    assert (issue.kind, issue.at, issue.width) == ("malformed", 4, 4)
    assert [layer.name for layer in packet.layers] == ["frame", "raw", "ip", "data"]
    assert layer_of(packet, "ip").info == f"Bogus IP header length ({words * 4}, must be at least 20)"


def test_a_header_length_beyond_the_packet() -> None:
    packet = read(ipv4(b"", words=15))
    assert {issue.field for issue in issues(packet)} == {"ip.len"}
    assert packet.fields("ip.checksum.status") == [2]


@pytest.mark.parametrize("version", [0, 5, 6, 15])
def test_a_wrong_version_stops(version: int) -> None:
    packet = read(ETHER + ipv4(udp(b"hello"), first=version << 4 | 5), ETHERNET)
    assert the_issue(packet, "ip.version").kind == "malformed"
    assert [layer.name for layer in packet.layers] == ["frame", "eth", "ip", "data"]
    assert layer_of(packet, "ip").info == f"Bogus IPv4 version ({version}, must be 4)"


def test_a_right_checksum() -> None:
    assert read(PACKET).fields("ip.checksum.status") == [1]


def test_a_wrong_checksum_shows_the_right_one() -> None:
    packet = read(ipv4(udp(b"hello"), checksum=0x1234))
    right = words_sum(PACKET[:10] + bytes(2) + PACKET[12:20])
    assert shown(packet, "ip.checksum.status", "ip.checksum_calculated") == ["0", f"0x{right:04x}"]
    issue = the_issue(packet, "ip.checksum")
    assert (issue.kind, issue.at, issue.width) == ("checksum", 80, 16)
    assert f"0x{right:04x}" in issue.text


def test_both_zeros_of_ones_complement_are_right() -> None:
    """A header whose words come to 0xffff may bear 0x0000 or 0xffff: what receivers add up is the same (RFC 1071)."""
    for identification in range(0x10000):
        head = bytes((0x45, 0)) + b"\x00\x14" + identification.to_bytes(2, "big") + bytes((0, 0, 64, 59))
        ends = bytes((10, 0, 0, 1, 10, 0, 0, 2))
        if words_sum(head + b"\0\0" + ends) == 0:
            break
    for checksum in (b"\0\0", b"\xff\xff"):
        assert read(head + checksum + ends).fields("ip.checksum.status") == [1]


def test_a_checksum_over_options_that_were_cut_cannot_be_checked() -> None:
    packet = ipv4(udp(b""), options=b"\1" * 8)
    assert read(packet[:24], wire=len(packet)).fields("ip.checksum.status") == [2]
    assert read(packet).fields("ip.checksum.status") == [1]


@given(st.binary(min_size=20, max_size=20), st.integers(5, 15), st.binary(min_size=40, max_size=60))
def test_the_checksum_agrees_with_the_rfcs_sum(head: bytes, words: int, behind: bytes) -> None:
    data = bytes((0x40 | words,)) + head[1:] + behind
    covered = data[: words * 4]
    assert read(data).fields("ip.checksum.status") == [int(words_sum(covered) == 0)]


def test_a_first_fragment() -> None:
    packet = read(ipv4(tcp(b"hello"), 6, pieces=0x2000))
    assert packet.fields("ip.flags.mf") == [True]
    assert [layer.name for layer in packet.layers] == ["frame", "raw", "ip", "data"]
    assert layer_of(packet, "ip").info == "Fragmented IP protocol (proto=TCP 6, off=0, ID=beef)"


def test_a_later_fragment_counts_in_eights() -> None:
    packet = read(ipv4(b"x" * 8, 17, pieces=0x00B9))
    assert layer_of(packet, "ip").info == "Fragmented IP protocol (proto=UDP 17, off=1480, ID=beef)"
    node = packet.node("ip.frag_offset")
    assert node is not None
    assert (node.show, node.text) == ("185", "Fragment Offset: 1480 (185 times 8 bytes)")


def test_an_unknown_protocol_is_data() -> None:
    packet = read(ipv4(b"hello", 253))
    assert packet.fields("data.data") == [b"hello"]
    assert layer_of(packet, "ip").info == "Unknown (253)"


ROUTE = bytes((7, 11, 8)) + bytes((10, 0, 0, 1)) + bytes((10, 0, 0, 2)) + b"\0"
STAMPS = bytes((68, 12, 13, 0x20)) + (1000).to_bytes(4, "big") + (2000).to_bytes(4, "big")
ADDRESSED = bytes((68, 12, 13, 0x31, 10, 0, 0, 9)) + (3000).to_bytes(4, "big")
PRESPECIFIED = bytes((68, 20, 13, 0x03, 10, 0, 0, 9)) + (3000).to_bytes(4, "big") + bytes((10, 0, 0, 8, 0, 0, 0, 0))


def with_options(options: bytes) -> Packet:
    return read(ipv4(udp(b"hello"), options=options))


def test_record_route() -> None:
    packet = with_options(ROUTE)
    assert packet.fields("ip.rec_rt") == ["10.0.0.1", "10.0.0.2"]
    assert shown(packet, "ip.opt.ptr", "ip.opt.len") == ["8", "11"]
    assert [p for n, p in places(packet, "ip").items() if n == "ip.rec_rt"] == [(160 + 56, 32)]
    assert not packet.issues


@pytest.mark.parametrize("code", [131, 137])
def test_source_routes(code: int) -> None:
    packet = with_options(bytes((code, 7, 4, 10, 0, 0, 7)) + b"\0")
    assert packet.fields("ip.opt.type.copy") == [True, False]
    assert "10.0.0.7" in [value for name in ("ip.rec_rt", "ip.src_rt") for value in packet.fields(name)]


def test_timestamps_alone() -> None:
    packet = with_options(STAMPS)
    assert packet.fields("ip.opt.time_stamp") == [1000, 2000]
    assert shown(packet, "ip.opt.flag", "ip.opt.overflow", "ip.opt.ptr") == ["0x00", "2", "13"]


def test_timestamps_with_addresses() -> None:
    packet = with_options(ADDRESSED)
    assert packet.fields("ip.opt.time_stamp") == [3000]
    assert packet.fields("ip.opt.time_stamp_addr") == ["10.0.0.9"]
    assert shown(packet, "ip.opt.flag", "ip.opt.overflow") == ["0x01", "3"]


def test_timestamps_for_prespecified_addresses() -> None:
    packet = with_options(PRESPECIFIED)
    assert packet.fields("ip.opt.time_stamp") == [3000, 0]
    assert packet.fields("ip.opt.time_stamp_addr") == ["10.0.0.9", "10.0.0.8"]


def test_router_alert_and_stream_identifier() -> None:
    packet = with_options(bytes((148, 4, 0, 0, 136, 4, 0x12, 0x34)))
    assert packet.fields("ip.opt.ra") == [0]
    assert packet.fields("ip.opt.sid") == [0x1234]
    assert [
        node.spec.label for layer in packet.layers for node in layer.walk() if node.spec.label.startswith("IP Option -")
    ] == [
        "IP Option - Router Alert",
        "IP Option - Stream ID",
    ]


def test_the_type_of_an_option_in_its_bits() -> None:
    packet = with_options(bytes((148, 4, 0, 0)))
    node = packet.node("ip.opt.type")
    assert node is not None
    assert [(part.name, part.value, part.width) for part in node.children] == [
        ("ip.opt.type.copy", True, 1),
        ("ip.opt.type.class", 0, 2),
        ("ip.opt.type.number", 20, 5),
    ]


def test_an_unknown_option() -> None:
    packet = with_options(bytes((0x9E, 4, 0xAB, 0xCD)))
    assert packet.fields("ip.opt.data") == [b"\xab\xcd"]
    assert not packet.issues


def test_the_end_of_the_list_leaves_padding() -> None:
    packet = with_options(b"\1\0\7\7")
    assert packet.fields("ip.opt.type") == [1, 0]
    assert packet.fields("data.gap") == [b"\7\7"]
    assert packet.fields("udp.dstport") == [9]


@pytest.mark.parametrize("size", [0, 1])
def test_an_option_shorter_than_itself(size: int) -> None:
    packet = with_options(bytes((7, size, 4, 0)))
    issue = issues(packet)[0]
    assert (issue.kind, issue.at, issue.width) == ("malformed", 160, 16)
    assert f"length as {size}" in issue.text
    assert packet.fields("udp.dstport") == [9], "the header length says where the options end"


def test_an_option_that_ends_behind_the_options() -> None:
    issue = issues(with_options(bytes((7, 9, 4, 0))))[0]
    assert issue.kind == "malformed"
    assert "length as 9" in issue.text
    assert "end after 4" in issue.text


def test_an_option_with_no_room_for_its_length() -> None:
    issue = issues(with_options(b"\1\1\1\7"))[0]
    assert (issue.kind, issue.at, issue.width) == ("malformed", 160 + 24, 8)
    assert "second byte" in issue.text


@pytest.mark.parametrize("options", [ROUTE, STAMPS, ADDRESSED, PRESPECIFIED], ids=["route", "0", "1", "3"])
def test_options_cut_at_every_byte(options: bytes) -> None:
    packet = ipv4(udp(b"hello"), options=options)
    for end in range(20, 20 + len(options)):
        found = read(packet[:end], wire=len(packet))
        assert {issue.kind for issue in issues(found)} == {"truncated"}


@given(st.binary(min_size=0, max_size=40))
def test_options_of_any_bytes(options: bytes) -> None:
    padded = options + bytes(-len(options) % 4)
    packet = with_options(padded)
    assert packet.fields("udp.dstport") == [9]
    node = packet.node("ip.options")
    assert node is None or node.value == padded
