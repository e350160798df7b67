"""The loopback header of BSD and macOS: both byte orders, every system's number of IPv6, any bytes at all."""

from __future__ import annotations

import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Loopback

from tests.protocols.dissecting import layer, packet, placed, tiles

NULL, LOOP = 0, 108
V4 = bytes(IP(src="127.0.0.1", dst="127.0.0.1") / UDP(sport=5, dport=6) / b"abc")
V6 = bytes(IPv6(src="::1", dst="::1") / UDP(sport=5, dport=6) / b"abc")


def test_deconstruct() -> None:
    assert placed(layer(struct.pack("<I", 2) + V4, "null", NULL)) == [("null.family", 0, 32, "2")]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("family, inside, name", [(2, V4, "ip"), (24, V6, "ipv6"), (28, V6, "ipv6"), (30, V6, "ipv6")])
def test_both_byte_orders(order: str, family: int, inside: bytes, name: str) -> None:
    found = packet(struct.pack(f"{order}I", family) + inside, NULL)
    assert found.fields("null.family") == [family]
    assert [each.name for each in found.layers][1:4] == ["null", name, "udp"]
    assert not found.issues


def test_loop_has_network_byte_order_only() -> None:
    assert packet(struct.pack(">I", 2) + V4, LOOP).fields("ip.dst") == ["127.0.0.1"]
    other = packet(struct.pack("<I", 2) + V4, LOOP)
    assert other.fields("null.family") == [0x02000000]
    assert other.layer("ip") is None


def test_ethernet_type_in_the_place_of_the_family() -> None:
    found = layer(struct.pack("<I", 0x0800) + V4, "null", NULL)
    assert placed(found) == [("null.type", 0, 32, "0x0800")]
    assert packet(struct.pack("<I", 0x0800) + V4, NULL).layer("udp") is not None


def test_unknown_family_is_bytes() -> None:
    found = packet(struct.pack("<I", 99) + b"abcdef", NULL)
    assert found.fields("data.data") == [b"abcdef"]


@pytest.mark.parametrize("link", [NULL, LOOP])
def test_every_prefix(link: int) -> None:
    data = struct.pack(">I", 2) + V4
    for end in range(len(data)):
        cut = packet(data[:end], link, len(data))
        assert tiles(cut)
        assert bool(cut.fields("null.family")) == (end >= 4)
    (_, issue) = packet(data[:3], link, len(data)).issues[0]
    assert (issue.kind, issue.field) == ("truncated", "null.family")


@given(st.sampled_from([2, 24, 28, 30]))
def test_scapy_and_dpkt_agree(family: int) -> None:
    data = struct.pack("<I", family) + (V4 if family == 2 else V6)
    assert packet(data, NULL).fields("null.family") == [family] == [Loopback(data).type]
    assert dpkt.loopback.Loopback(data).family == family


@given(st.sampled_from([NULL, LOOP]), st.binary(max_size=80))
def test_any_bytes(link: int, data: bytes) -> None:
    assert tiles(packet(data, link))
