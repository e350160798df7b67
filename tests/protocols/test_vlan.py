"""VLAN tags: the bits of the tag, two tags, the older form with a length, and any bytes at all."""

from __future__ import annotations

import io
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import Dot1Q, Ether

from tests.protocols.dissecting import MACS, check_prefixes, fields, frame, layer, packet, placed, tiles

IPV4 = bytes.fromhex("450000140001000040fd66ea0a0000010a000002")
TAGGED = frame(0x8100, bytes.fromhex("7005 0800") + IPV4)
"""Priority 3, drop eligible, VLAN 5."""


def test_deconstruct() -> None:
    assert placed(layer(TAGGED, "vlan")) == [
        ("vlan.priority", 0, 3, "3"),
        ("vlan.dei", 3, 1, "1"),
        ("vlan.id", 4, 12, "5"),
        ("vlan.etype", 16, 16, "0x0800"),
    ]


def test_label_and_info_are_as_wireshark_words_them() -> None:
    found = layer(TAGGED, "vlan")
    assert found.label == "802.1Q Virtual LAN, PRI: 3, DEI: 1, ID: 5"
    assert found.info == "PRI: 3  DEI: 1  ID: 5"


def test_what_is_inside_is_dissected() -> None:
    assert [each.name for each in packet(TAGGED).layers][:4] == ["frame", "eth", "vlan", "ip"]


@pytest.mark.parametrize("outer", [0x8100, 0x9100])
def test_two_tags_are_two_layers(outer: int) -> None:
    found = packet(frame(outer, bytes.fromhex("0076 8100 000a 0800") + IPV4))
    assert found.fields("vlan.id") == [0x76, 10]
    assert [each.name for each in found.layers][2:5] == ["vlan", "vlan", "ip"]


def test_padding_belongs_to_the_frame() -> None:
    found = packet(TAGGED + bytes(22))
    assert found.fields("eth.padding") == [bytes(22)]
    assert tiles(found)


def test_older_form_has_a_length() -> None:
    found = layer(frame(0x8100, bytes.fromhex("a076 0003 424203") + bytes(20)), "vlan")
    assert fields(found)[-1] == ("vlan.len", "3")
    assert not found.issues


def test_fifteen_hundred_is_a_length_and_a_byte_more_a_type() -> None:
    assert fields(layer(frame(0x8100, bytes.fromhex("0001 05dc") + bytes(1500)), "vlan"))[-1] == ("vlan.len", "1500")
    assert fields(layer(frame(0x8100, bytes.fromhex("0001 05dd") + bytes(1501)), "vlan"))[-1][0] == "vlan.etype"


def test_impossible_length_is_said() -> None:
    (issue,) = layer(frame(0x8100, bytes.fromhex("a076 00f5 424203")), "vlan").issues
    assert (issue.kind, issue.field) == ("malformed", "vlan.len")
    assert issue.text == "the length says 245, the frame has 3"


def test_every_prefix() -> None:
    check_prefixes(TAGGED, "vlan")


@given(st.integers(0, 7), st.booleans(), st.integers(0, 4095))
def test_scapy_and_dpkt_agree(priority: int, eligible: bool, number: int) -> None:
    made = Ether(MACS + b"\x81\x00") / Dot1Q(prio=priority, dei=int(eligible), vlan=number, type=0x0800)
    data = bytes(made) + IPV4
    found = layer(data, "vlan")
    tag = dpkt.ethernet.Ethernet(data).vlan_tags[0]
    assert (found.value("vlan.priority"), found.value("vlan.dei"), found.value("vlan.id")) == (
        priority,
        eligible,
        number,
    )
    assert (tag.pri, tag.cfi, tag.id) == (priority, int(eligible), number)


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    assert tiles(packet(frame(0x8100, data)))


def test_many_tags_end() -> None:
    found = packet(frame(0x8100, bytes.fromhex("0001 8100") * 300))
    assert len(found.fields("vlan.id")) == 300


@pytest.mark.corpus
def test_real_captures_tags(corpus: Path) -> None:
    """Two tags around pings between two routers (VlanPackets.pcap)."""
    records = dpkt.pcap.Reader(io.BytesIO((corpus / "VlanPackets.pcap").read_bytes()))
    numbers = [packet(data).fields("vlan.id") for _, data in records]
    assert numbers[0] == [118, 10]
    assert numbers[20] == [118]
