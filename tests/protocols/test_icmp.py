"""ICMP: each form of message, quotes that are cut on purpose, checksums, extensions, and any bytes at all."""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether

from inspector.core.checksum import State, internet_checksum
from inspector.core.layer import Layer, Packet
from tests.protocols.dissecting import MACS, check_prefixes, layer, packet, placed, tiles

NOW = 1_700_000_000
"""The second in which the tests' packets are captured (see dissecting.packet)."""


def message(kind: int, code: int, rest: bytes) -> bytes:
    """An ICMP message with the right checksum in a frame."""
    data = bytes((kind, code, 0, 0)) + rest
    data = data[:2] + internet_checksum(data).to_bytes(2, "big") + data[4:]
    return carried(data)


def carried(data: bytes) -> bytes:
    return bytes(Ether(MACS + b"\x08\x00") / IP(src="10.0.0.1", dst="10.0.0.2", proto=1) / data)


DATAGRAM = bytes(IP(src="10.0.0.2", dst="10.0.0.9", ttl=1) / UDP(sport=40000, dport=33434) / (b"z" * 60))
SEGMENT = bytes(IP(src="10.0.0.2", dst="10.0.0.9") / TCP(sport=40000, dport=80, seq=77, flags="S"))
ECHO = message(8, 0, bytes.fromhex("0003 0102") + b"abcdefgh")


def icmp(data: bytes) -> Layer:
    return layer(data, "icmp")


def shown(found: Layer) -> list[tuple[str, str]]:
    """Every field but the checksum's, as tshark prints them, in order."""
    return [(node.name, node.show) for node in found.walk() if "checksum" not in node.name and node.name != "icmp.ext"]


def test_deconstruct() -> None:
    assert placed(icmp(ECHO)) == [
        ("icmp.type", 0, 8, "8"),
        ("icmp.code", 8, 8, "0"),
        ("icmp.checksum", 16, 16, icmp(ECHO).nodes[2].show),
        ("icmp.ident", 32, 16, "3"),
        ("icmp.seq", 48, 16, "258"),
    ]
    assert icmp(ECHO).value("icmp.ident_le") == 0x0300
    assert icmp(ECHO).value("icmp.seq_le") == 0x0201


def test_echo_is_worded_as_in_wireshark() -> None:
    assert icmp(ECHO).info == "Echo (ping) request  id=0x0003, seq=258/513, ttl=64"


UNREACHABLE = [("icmp.type", "3"), ("icmp.code", "3")]


@pytest.mark.parametrize(
    "data, fields",
    [
        (message(3, 3, bytes(4)), [*UNREACHABLE, ("icmp.unused", "00000000")]),
        (
            message(3, 4, bytes.fromhex("0000 0578")),
            [("icmp.type", "3"), ("icmp.code", "4"), ("icmp.unused", "0000"), ("icmp.mtu", "1400")],
        ),
        (
            message(3, 3, bytes.fromhex("00110000") + bytes(68)),
            [
                *UNREACHABLE,
                ("icmp.unused", "00"),
                ("icmp.length", "17"),
                ("icmp.length.original_datagram", "68"),
                ("icmp.unused", "0000"),
            ],
        ),
        (message(4, 0, bytes(4)), [("icmp.type", "4"), ("icmp.code", "0"), ("icmp.unused", "00000000")]),
        (
            message(5, 1, bytes((10, 0, 0, 254))),
            [("icmp.type", "5"), ("icmp.code", "1"), ("icmp.redir_gw", "10.0.0.254")],
        ),
        (message(11, 0, bytes(4)), [("icmp.type", "11"), ("icmp.code", "0"), ("icmp.unused", "00000000")]),
        (
            message(12, 0, b"\x14\0\0\0"),
            [("icmp.type", "12"), ("icmp.code", "0"), ("icmp.pointer", "20"), ("icmp.unused", "000000")],
        ),
        (message(10, 0, b""), [("icmp.type", "10"), ("icmp.code", "0")]),
        (message(99, 7, b"abcd"), [("icmp.type", "99"), ("icmp.code", "7")]),
    ],
)
def test_forms(data: bytes, fields: list[tuple[str, str]]) -> None:
    assert shown(icmp(data)) == fields


def test_timestamps() -> None:
    found = icmp(message(14, 0, bytes.fromhex("00010002") + struct.pack("!III", 36_000_000, 36_000_001, 36_000_002)))
    names = ("originate", "receive", "transmit")
    assert [found.value(f"icmp.{name}_timestamp") for name in names] == [36_000_000, 36_000_001, 36_000_002]


def test_address_mask() -> None:
    found = icmp(message(18, 0, bytes.fromhex("00010002 ffffff00")))
    assert found.value("icmp.address_mask") == "255.255.255.0"


def test_router_advertisement_has_signed_preferences() -> None:
    found = icmp(message(9, 0, bytes.fromhex("0202 0708 0a0000fe 00000005 0a0000fd fffffffe")))
    assert found.values("icmp.router_address") == ["10.0.0.254", "10.0.0.253"]
    assert found.values("icmp.pref_level") == [5, -2]


def test_router_advertisement_that_promises_too_much() -> None:
    found = icmp(message(9, 0, bytes.fromhex("ff02 0708 0a0000fe 00000005 0a00")))
    assert [(issue.kind, issue.field) for issue in found.issues] == [("malformed", "icmp.router_address")]


def test_extended_echo() -> None:
    found = icmp(message(42, 0, bytes.fromhex("00010301 20000000 00080302 00000002")))
    assert found.value("icmp.ext.echo.seq") == 3
    assert found.value("icmp.ext.echo.req.local") is True
    assert (found.value("icmp.ext.class"), found.value("icmp.ext.data")) == (3, bytes.fromhex("00000002"))
    answer = icmp(message(43, 0, bytes.fromhex("00010344")))
    assert (answer.value("icmp.ext.echo.rsp.state"), answer.value("icmp.ext.echo.rsp.active")) == (2, True)


def test_labels_behind_the_quote() -> None:
    quote = DATAGRAM.ljust(128, b"\0")
    found = packet(message(11, 0, b"\0\x20\0\0" + quote + bytes.fromhex("20000000 00080101 00641101")))
    assert found.fields("icmp.length.original_datagram") == [128]
    assert found.fields("icmp.ext.version") == [2]
    assert found.fields("icmp.ext.checksum.status") == [State.ABSENT]
    assert found.fields("icmp.mpls.label") == [1601]
    assert found.fields("icmp.mpls.ttl") == [1]
    assert found.fields("udp.dstport") == [33434]
    assert tiles(found)


def test_object_with_an_impossible_length() -> None:
    found = packet(message(11, 0, b"\0\x05\0\0" + DATAGRAM[:20] + bytes.fromhex("20000000 00020101 00641101")))
    assert "would not even hold its own four bytes" in found.issues[0][1].text
    assert tiles(found)


# Quotes


def quoted_in(quote: bytes) -> Packet:
    return packet(message(3, 3, bytes(4) + quote))


def test_quote_is_dissected_and_its_cut_is_no_fault() -> None:
    found = quoted_in(DATAGRAM[:28])
    assert [each.name for each in found.layers] == ["frame", "eth", "ip", "icmp", "ip", "udp"]
    assert found.fields("udp.dstport") == [33434]
    assert found.issues == []
    assert found.layers[-1].value("udp.checksum.status") == State.UNCHECKED


@pytest.mark.parametrize("quote", [DATAGRAM, SEGMENT], ids=["udp", "tcp"])
def test_no_cut_of_a_quote_is_a_fault(quote: bytes) -> None:
    for size in range(len(quote)):
        found = quoted_in(quote[:size])
        assert found.issues == [], size
        assert tiles(found)


def test_eight_bytes_of_tcp_show_ports_and_sequence_number() -> None:
    found = quoted_in(SEGMENT[:28])
    assert (found.fields("tcp.srcport"), found.fields("tcp.dstport"), found.fields("tcp.seq_raw")) == (
        [40000],
        [80],
        [77],
    )


def test_whole_quote_of_tcp_has_no_length_of_its_own() -> None:
    found = quoted_in(SEGMENT)
    assert found.fields("tcp.flags.syn") == [True]
    assert found.fields("tcp.len") == []


def test_lie_in_a_quote_is_still_a_lie() -> None:
    found = quoted_in(b"\x41" + DATAGRAM[1:])
    assert [(issue.kind, issue.field) for _, issue in found.issues] == [("malformed", "ip.hdr_len")]


def test_quote_of_an_echo_is_not_checked() -> None:
    quote = bytes(IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(id=7, seq=9) / b"abc")
    found = packet(message(11, 0, bytes(4) + quote[:28]))
    assert found.fields("icmp.checksum.status") == [State.RIGHT, State.UNCHECKED]
    assert found.fields("icmp.ident") == [7]


def test_error_about_an_error_about_an_error() -> None:
    data = DATAGRAM[:28]
    for _ in range(20):
        data = bytes(IP(src="10.0.0.1", dst="10.0.0.2", proto=1) / (bytes((3, 3)) + bytes(6) + data))
    found = packet(bytes(Ether(MACS + b"\x08\x00")) + data)
    assert len(found.fields("icmp.type")) == 20
    assert tiles(found)


# Times in the data


@pytest.mark.parametrize(
    "stamp, text, age",
    [
        (struct.pack("<QQ", NOW, 5000), "Nov 14, 2023 22:13:20.000000000 UTC", 0),
        (struct.pack("!II", NOW - 1, 5000), "Nov 14, 2023 22:13:19.005000000 UTC", 995_000_000),
        (struct.pack("<II", NOW - 9, 0), "Nov 14, 2023 22:13:11.000000000 UTC", 9_000_000_000),
    ],
)
def test_time_in_the_data(stamp: bytes, text: str, age: int) -> None:
    found = icmp(message(8, 0, bytes.fromhex("00010001") + stamp))
    assert found.value("icmp.data_time") == text
    assert found.value("icmp.data_time_relative") == age


@pytest.mark.parametrize("stamp", [b"abcdefgh", struct.pack("!II", NOW, 1_000_000), struct.pack("!I", NOW), b""])
def test_what_is_no_time(stamp: bytes) -> None:
    found = packet(message(8, 0, bytes.fromhex("00010001") + stamp))
    assert found.fields("icmp.data_time") == []
    assert b"".join(bytes(value) for value in found.fields("data.data")) == stamp  # type: ignore[arg-type]


# Checksums


def test_right_checksum() -> None:
    assert icmp(ECHO).value("icmp.checksum.status") == State.RIGHT


def test_wrong_checksum_says_the_right_one() -> None:
    good = int(str(icmp(ECHO).value("icmp.checksum")))
    found = icmp(ECHO[:36] + (good ^ 0x0100).to_bytes(2, "big") + ECHO[38:])
    assert found.value("icmp.checksum.status") == State.WRONG
    assert found.value("icmp.checksum_calculated") == good
    assert [issue.kind for issue in found.issues] == ["checksum"]


def test_cut_message_cannot_be_checked() -> None:
    found = packet(ECHO[:-2], length=len(ECHO))
    assert found.fields("icmp.checksum.status") == [State.UNCHECKED]


# Laws


@pytest.mark.parametrize("data", [ECHO, message(9, 0, bytes.fromhex("0202 0708") + bytes(range(16)))])
def test_every_prefix(data: bytes) -> None:
    check_prefixes(data, "icmp")


@given(st.sampled_from([0, 8]), st.integers(0, 65535), st.integers(0, 65535), st.binary(max_size=40))
def test_scapy_and_dpkt_agree(kind: int, ident: int, seq: int, data: bytes) -> None:
    made = IP(src="10.0.0.1", dst="10.0.0.2") / ICMP(type=kind, id=ident, seq=seq) / data
    frame = bytes(Ether(MACS + b"\x08\x00") / made)
    found, other = icmp(frame), dpkt.ethernet.Ethernet(frame).data.data
    assert (found.value("icmp.type"), found.value("icmp.ident"), found.value("icmp.seq")) == (kind, ident, seq)
    assert (other.type, other.data.id, other.data.seq) == (kind, ident, seq)
    assert found.value("icmp.checksum") == other.sum
    assert found.value("icmp.checksum.status") == State.RIGHT


@given(st.binary(max_size=120))
def test_any_bytes(data: bytes) -> None:
    assert tiles(packet(carried(data)))


@given(st.sampled_from([3, 4, 5, 9, 11, 12, 42, 43]), st.integers(0, 255), st.binary(max_size=200))
def test_any_bytes_behind_each_type(kind: int, code: int, data: bytes) -> None:
    assert tiles(packet(message(kind, code, data)))
