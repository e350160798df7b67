"""Ethernet: addresses and their bits, types and lengths, and what stands behind the packet."""

from __future__ import annotations

import pytest

from tests.protocols.wire import ETHER, ETHERNET, ipv4, layer_of, places, read, shown, the_issue, udp

PACKET = ipv4(udp(b"hello"))
FRAME = ETHER + PACKET


def test_a_frame() -> None:
    packet = read(FRAME, ETHERNET)
    assert shown(packet, "eth.dst", "eth.src", "eth.type") == ["02:00:00:00:00:02", "02:00:00:00:00:01", "0x0800"]
    assert layer_of(packet, "eth").width == 14 * 8
    assert [layer.name for layer in packet.layers] == ["frame", "eth", "ip", "udp", "data"]
    assert layer_of(packet, "eth").nodes[2].text == "Type: IPv4 (0x0800)"


def test_places_to_the_bit() -> None:
    found = places(read(FRAME, ETHERNET), "eth")
    assert (found["eth.dst"], found["eth.src"], found["eth.type"]) == ((0, 48), (48, 48), (96, 16))
    assert (found["eth.dst.oui"], found["eth.dst.lg"], found["eth.dst.ig"]) == ((0, 24), (6, 1), (7, 1))
    assert (found["eth.src.oui"], found["eth.src.lg"], found["eth.src.ig"]) == ((48, 24), (54, 1), (55, 1))


@pytest.mark.parametrize(
    "first, local, group", [(0x00, False, False), (0x01, False, True), (0x02, True, False), (0x03, True, True)]
)
def test_the_two_bits_of_an_address(first: int, local: bool, group: bool) -> None:
    packet = read(bytes((first,)) + FRAME[1:], ETHERNET)
    assert packet.fields("eth.dst.lg") == [local]
    assert packet.fields("eth.dst.ig") == [group]
    assert packet.fields("eth.ig") == [group, False]


def test_both_addresses_answer_to_one_name() -> None:
    assert read(FRAME, ETHERNET).fields("eth.addr") == ["02:00:00:00:00:02", "02:00:00:00:00:01"]


@pytest.mark.parametrize("end", range(14))
def test_a_cut_header(end: int) -> None:
    packet = read(FRAME[:end], ETHERNET, wire=len(FRAME))
    field = "eth.dst" if end < 6 else "eth.src" if end < 12 else "eth.type"
    issue = the_issue(packet, field)
    assert issue.kind == "truncated"
    assert "capture" in issue.text
    assert packet.layers[-1].name == "eth"


@pytest.mark.parametrize(
    "behind, padding, trailer, fcs",
    [
        (b"", "", "", ""),
        (bytes(13), "00" * 13, "", ""),
        (bytes(13) + b"\1\2\3\4", "00" * 13, "", "0x01020304"),
        (bytes(13) + b"\1\2\3\4\5\6\7", "00" * 13, "010203", "0x04050607"),
        (bytes(5), "", "00" * 5, ""),
        (b"\1" + bytes(12), "", "01" + "00" * 12, ""),
    ],
    ids=["nothing", "filled up", "check sequence", "trailer and check sequence", "short of 60", "not zeros"],
)
def test_behind_a_short_packet(behind: bytes, padding: str, trailer: str, fcs: str) -> None:
    assert len(FRAME) == 47
    packet = read(FRAME + behind, ETHERNET)
    assert shown(packet, "eth.padding", "eth.trailer", "eth.fcs") == [padding, trailer, fcs]
    assert packet.fields("data.data") == [b"hello"]


def test_behind_a_long_packet_is_no_padding() -> None:
    frame = ETHER + ipv4(udp(b"hello" * 20))
    assert shown(read(frame + b"\0" * 5, ETHERNET), "eth.padding", "eth.trailer", "eth.fcs") == ["", "00", "0x00000000"]


def test_a_cut_frame_has_no_check_sequence() -> None:
    frame = ETHER + ipv4(udp(b"hello" * 20)) + b"\1\2\3\4\5\6\7\10"
    packet = read(frame, ETHERNET, wire=len(frame) + 4)
    assert shown(packet, "eth.trailer", "eth.fcs") == ["0102030405060708", ""]


def test_bytes_behind_an_inner_length_are_not_the_frames() -> None:
    """They lie inside what IP claims, so they are a gap there and no padding of the frame."""
    packet = read(ETHER + ipv4(udp(b"hello", length=10)), ETHERNET)
    assert packet.fields("eth.padding") == packet.fields("eth.trailer") == []
    assert packet.fields("data.gap") == [b"llo"]


def test_the_older_form_has_a_length() -> None:
    frame = ETHER[:12] + b"\x00\x05" + b"\x42\x42\x03ab" + bytes(41)
    packet = read(frame, ETHERNET)
    assert shown(packet, "eth.len", "eth.type", "eth.padding") == ["5", "", "00" * 41]
    assert layer_of(packet, "eth").label == "IEEE 802.3 Ethernet"


def test_a_length_beyond_the_frame() -> None:
    frame = ETHER[:12] + b"\x00\x60" + bytes(50)
    issue = the_issue(read(frame, ETHERNET), "eth.len")
    assert (issue.kind, issue.at, issue.width) == ("malformed", 96, 16)
    assert "says 96" in issue.text
    assert "has 50" in issue.text
    assert the_issue(read(frame, ETHERNET, wire=200), "eth.len").kind == "truncated"


@pytest.mark.parametrize("number", [1501, 1535])
def test_a_number_that_is_neither_length_nor_type(number: int) -> None:
    packet = read(ETHER[:12] + number.to_bytes(2, "big") + bytes(50), ETHERNET)
    assert the_issue(packet, "eth.type").kind == "malformed"
    info = f"Ethernet Unknown: Invalid length/type: 0x{number:04x} ({number})"
    assert layer_of(packet, "eth").info == info


@pytest.mark.parametrize("number, name", [(1500, "eth.len"), (1536, "eth.type")])
def test_the_bounds_of_length_and_type(number: int, name: str) -> None:
    packet = read(ETHER[:12] + number.to_bytes(2, "big") + bytes(1500), ETHERNET)
    assert packet.fields(name) == [number]
    assert not packet.issues
