"""Linux's cooked captures: both versions, addresses of every length, the three kinds of type, any bytes at all."""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import CookedLinux, CookedLinuxV2

from tests.protocols.dissecting import layer, packet, placed, tiles

SLL, SLL2 = 113, 276
V4 = bytes(IP(src="127.0.0.1", dst="127.0.0.1") / UDP(sport=5, dport=6) / b"abc")
MAC = bytes.fromhex("020000000001")


def first(kind: int, hardware: int, size: int, address: bytes, number: int, inside: bytes = V4) -> bytes:
    return struct.pack("!HHH8sH", kind, hardware, size, address, number) + inside


def second(number: int, index: int, hardware: int, kind: int, size: int, address: bytes, inside: bytes = V4) -> bytes:
    return struct.pack("!HHIHBB8s", number, 0, index, hardware, kind, size, address) + inside


PLAIN, PLAIN2 = first(0, 1, 6, MAC, 0x0800), second(0x0800, 2, 1, 4, 6, MAC)


def test_deconstruct() -> None:
    assert placed(layer(PLAIN, "sll", SLL)) == [
        ("sll.pkttype", 0, 16, "0"),
        ("sll.hatype", 16, 16, "1"),
        ("sll.halen", 32, 16, "6"),
        ("sll.src.eth", 48, 48, "02:00:00:00:00:01"),
        ("sll.unused", 96, 16, "0000"),
        ("sll.etype", 112, 16, "0x0800"),
    ]


def test_deconstruct_second_version() -> None:
    assert placed(layer(PLAIN2, "sll", SLL2)) == [
        ("sll.etype", 0, 16, "0x0800"),
        ("sll.reserved", 16, 16, "0000"),
        ("sll.ifindex", 32, 32, "2"),
        ("sll.hatype", 64, 16, "1"),
        ("sll.pkttype", 80, 8, "4"),
        ("sll.halen", 88, 8, "6"),
        ("sll.src.eth", 96, 48, "02:00:00:00:00:01"),
        ("sll.unused", 144, 16, "0000"),
    ]


@pytest.mark.parametrize("data, link", [(PLAIN, SLL), (PLAIN2, SLL2)])
def test_what_is_inside_is_dissected(data: bytes, link: int) -> None:
    found = packet(data, link)
    assert [each.name for each in found.layers][1:4] == ["sll", "ip", "udp"]
    assert found.issues == []


@pytest.mark.parametrize(
    "size, name, shown, unused",
    [
        (4, "sll.src.ipv4", "2.0.0.0", "00010000"),
        (6, "sll.src.eth", "02:00:00:00:00:01", "0000"),
        (2, "sll.src.other", "0200", "000000010000"),
        (8, "sll.src.other", "0200000000010000", None),
        (0, None, None, "0200000000010000"),
        (60000, "sll.src.other", "0200000000010000", None),
    ],
)
def test_address_of_each_length(size: int, name: str | None, shown: str | None, unused: str | None) -> None:
    found = layer(first(0, 1, size, MAC, 0x0800), "sll", SLL)
    shows = {node.name: node.show for node in found.nodes}
    assert {key: value for key, value in shows.items() if ".src." in key} == ({name: shown} if name else {})
    assert shows.get("sll.unused") == unused


@pytest.mark.parametrize(
    "hardware, number, name",
    [(1, 0x0800, "sll.etype"), (1, 4, "sll.ltype"), (280, 12, "sll.ltype"), (778, 0x0800, "sll.gretype")],
)
def test_three_kinds_of_type(hardware: int, number: int, name: str) -> None:
    for data, link in (
        (first(0, hardware, 6, MAC, number), SLL),
        (second(number, 1, hardware, 0, 6, MAC), SLL2),
    ):
        found = layer(data, "sll", link)
        types = {node.name: node.value for node in found.nodes if node.spec.label == "Protocol"}
        assert types == {name: number}


def test_tunnel_carries_ip() -> None:
    assert packet(first(0, 778, 4, MAC, 0x0800), SLL).fields("ip.dst") == ["127.0.0.1"]


def test_bytes_behind_the_packet_are_a_trailer() -> None:
    found = packet(PLAIN + bytes(5), SLL)
    assert found.fields("sll.trailer") == [bytes(5)]
    assert tiles(found)


@pytest.mark.parametrize("data, link, size", [(PLAIN, SLL, 16), (PLAIN2, SLL2, 20)])
def test_every_prefix(data: bytes, link: int, size: int) -> None:
    for end in range(len(data)):
        cut = packet(data[:end], link, len(data))
        assert tiles(cut)
        if end < size:
            assert [issue.kind for _, issue in cut.issues] == ["truncated"]
        assert bool(cut.fields("sll.src.eth")) == (end >= size - (4 if link == SLL else 2))


@given(st.integers(0, 4), st.sampled_from([0x0800, 0x86DD, 0x0806, 0x1234]), st.binary(min_size=6, max_size=6))
def test_scapy_and_dpkt_agree(kind: int, number: int, address: bytes) -> None:
    data = first(kind, 1, 6, address, number, b"")
    found, scapys, dpkts = layer(data, "sll", SLL), CookedLinux(data), dpkt.sll.SLL(data)
    assert found.value("sll.pkttype") == scapys.pkttype == dpkts.type == kind
    assert found.value("sll.etype") == scapys.proto == dpkts.ethtype == number
    assert found.value("sll.src.eth") == address.hex(":")
    assert dpkts.hdr[:6] == address


@given(st.integers(0, 4), st.integers(0, 0xFFFFFFFF), st.binary(min_size=6, max_size=6))
def test_scapy_agrees_on_the_second_version(kind: int, index: int, address: bytes) -> None:
    data = second(0x1234, index, 1, kind, 6, address, b"")
    found, scapys = layer(data, "sll", SLL2), CookedLinuxV2(data)
    assert found.value("sll.ifindex") == scapys.ifindex == index
    assert found.value("sll.pkttype") == scapys.pkttype == kind
    assert found.value("sll.src.eth") == address.hex(":")


@given(st.sampled_from([SLL, SLL2]), st.binary(max_size=80))
def test_any_bytes(link: int, data: bytes) -> None:
    assert tiles(packet(data, link))
