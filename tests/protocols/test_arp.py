"""Address resolution: the four addresses, what a packet is beside question or answer, odd lengths, any bytes."""

from __future__ import annotations

import socket

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import ARP, Ether

from tests.protocols.dissecting import MACS, check_prefixes, frame, layer, packet, placed, tiles

HEAD = "0001 0800 06 04"
SENDER, TARGET = "020000000001 0a000001", "000000000000 0a000002"
REQUEST = frame(0x0806, bytes.fromhex(f"{HEAD} 0001 {SENDER} {TARGET}"))


def arp(opcode: int, sender: str = SENDER, target: str = TARGET) -> bytes:
    return frame(0x0806, bytes.fromhex(f"{HEAD} {opcode:04x} {sender} {target}"))


def test_deconstruct() -> None:
    assert placed(layer(REQUEST, "arp")) == [
        ("arp.hw.type", 0, 16, "1"),
        ("arp.proto.type", 16, 16, "0x0800"),
        ("arp.hw.size", 32, 8, "6"),
        ("arp.proto.size", 40, 8, "4"),
        ("arp.opcode", 48, 16, "1"),
        ("arp.src.hw_mac", 64, 48, "02:00:00:00:00:01"),
        ("arp.src.proto_ipv4", 112, 32, "10.0.0.1"),
        ("arp.dst.hw_mac", 144, 48, "00:00:00:00:00:00"),
        ("arp.dst.proto_ipv4", 192, 32, "10.0.0.2"),
    ]


OWN = "020000000001 0a000001"
SAME = "000000000000 0a000001"


@pytest.mark.parametrize(
    "data, protocol, info, marks",
    [
        (arp(1), "ARP", "Who has 10.0.0.2? Tell 10.0.0.1", []),
        (arp(2), "ARP", "10.0.0.1 is at 02:00:00:00:00:01", []),
        (arp(1, OWN, SAME), "ARP", "ARP Announcement for 10.0.0.1", ["arp.isgratuitous", "arp.isannouncement"]),
        (
            arp(1, OWN, "ffffffffffff 0a000001"),
            "ARP",
            "Gratuitous ARP for 10.0.0.1 (Request)",
            ["arp.isgratuitous"],
        ),
        (arp(2, OWN, SAME), "ARP", "Gratuitous ARP for 10.0.0.1 (Reply)", ["arp.isgratuitous"]),
        (arp(1, "020000000001 00000000"), "ARP", "Who has 10.0.0.2? (ARP Probe)", ["arp.isprobe"]),
        (arp(3), "RARP", "Who is 00:00:00:00:00:00? Tell 02:00:00:00:00:01", []),
        (arp(4), "RARP", "00:00:00:00:00:00 is at 10.0.0.2", []),
        (arp(8), "Inverse ARP", "Who is 00:00:00:00:00:00? Tell 02:00:00:00:00:01", []),
        (arp(9), "Inverse ARP", "02:00:00:00:00:01 is at 10.0.0.1", []),
        (arp(77), "ARP", "Unknown ARP opcode 0x004d", []),
    ],
)
def test_wording_and_character(data: bytes, protocol: str, info: str, marks: list[str]) -> None:
    found = layer(data, "arp")
    assert (found.protocol, found.info) == (protocol, info)
    assert [node.name for node in found.nodes if node.name.startswith("arp.is")] == marks


def test_reverse_arp_has_a_type_of_its_own() -> None:
    assert layer(frame(0x8035, REQUEST[14:]), "arp").value("arp.opcode") == 1


def test_padding_belongs_to_the_frame() -> None:
    found = packet(REQUEST + bytes(18))
    assert found.fields("eth.padding") == [bytes(18)]
    assert tiles(found)


def test_addresses_of_other_kinds_are_bytes() -> None:
    found = layer(frame(0x0806, bytes.fromhex("0006 86dd 02 03 0002 0102 030405 0607 08090a")), "arp")
    assert [(name, show) for name, _, _, show in placed(found)[5:]] == [
        ("arp.src.hw", "0102"),
        ("arp.src.proto", "030405"),
        ("arp.dst.hw", "0607"),
        ("arp.dst.proto", "08090a"),
    ]
    assert found.info == "030405 is at 0102"


def test_no_addresses_at_all() -> None:
    found = layer(frame(0x0806, bytes.fromhex("0001 0800 00 00 0001")), "arp")
    assert found.info == "Who has <No address>? Tell <No address>"
    assert not found.issues


def test_impossible_lengths_are_said() -> None:
    (issue,) = layer(frame(0x0806, bytes.fromhex("0001 0800 ff 04 0001 0102")), "arp").issues
    assert issue.field == "arp.src.hw"
    assert issue.text == "Sender hardware address needs 255 bytes, but only 2 bytes are left"


def test_atm_has_another_layout_and_is_left_as_bytes() -> None:
    found = packet(frame(0x0806, bytes.fromhex("0013 0800") + bytes(30)))
    assert found.fields("arp.opcode") == []
    assert tiles(found)


def test_every_prefix() -> None:
    check_prefixes(REQUEST, "arp")


ADDRESSES = st.binary(min_size=4, max_size=4)
HARDWARE = st.binary(min_size=6, max_size=6)


@given(st.integers(1, 2), HARDWARE, ADDRESSES, HARDWARE, ADDRESSES)
def test_scapy_and_dpkt_agree(opcode: int, sha: bytes, spa: bytes, tha: bytes, tpa: bytes) -> None:
    sender, target = sha.hex(":"), tha.hex(":")
    source, destination = socket.inet_ntoa(spa), socket.inet_ntoa(tpa)
    made = ARP(op=opcode, hwsrc=sender, psrc=source, hwdst=target, pdst=destination)
    data = bytes(Ether(MACS + b"\x08\x06") / made)
    found, other = layer(data, "arp"), dpkt.ethernet.Ethernet(data).arp
    assert found.value("arp.opcode") == other.op == opcode
    assert (found.value("arp.src.hw_mac"), found.value("arp.dst.hw_mac")) == (sender, target)
    assert (found.value("arp.src.proto_ipv4"), found.value("arp.dst.proto_ipv4")) == (source, destination)
    assert (other.sha, other.spa, other.tha, other.tpa) == (sha, spa, tha, tpa)


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    assert tiles(packet(frame(0x0806, data)))


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))
def test_any_lengths(hardware: int, protocol: int, hw_size: int, proto_size: int, rest: bytes) -> None:
    head = hardware.to_bytes(2, "big") + protocol.to_bytes(2, "big") + bytes((hw_size, proto_size, 0, 1))
    assert tiles(packet(frame(0x0806, head + rest)))
