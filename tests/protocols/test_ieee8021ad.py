"""The provider's tag: its bits, the customer's tag inside, and any bytes at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

from tests.protocols.dissecting import check_prefixes, frame, layer, packet, placed, tiles

IPV4 = bytes.fromhex("450000140001000040fd66ea0a0000010a000002")
DOUBLE = frame(0x88A8, bytes.fromhex("b007 8100 000a 0800") + IPV4)


def test_deconstruct() -> None:
    assert placed(layer(DOUBLE, "ieee8021ad")) == [
        ("ieee8021ad.priority", 0, 3, "5"),
        ("ieee8021ad.dei", 3, 1, "1"),
        ("ieee8021ad.id", 4, 12, "7"),
        ("ieee8021ah.etype", 16, 16, "0x8100"),
    ]


def test_customers_tag_comes_next() -> None:
    found = packet(DOUBLE)
    assert [each.name for each in found.layers][1:5] == ["eth", "ieee8021ad", "vlan", "ip"]
    assert found.fields("vlan.id") == [10]


def test_every_prefix() -> None:
    check_prefixes(DOUBLE, "ieee8021ad")


@given(st.integers(0, 7), st.booleans(), st.integers(0, 4095), st.integers(0, 4095))
def test_scapy_agrees(priority: int, eligible: bool, outer: int, inner: int) -> None:
    made = Ether() / Dot1AD(prio=priority, dei=int(eligible), vlan=outer) / Dot1Q(vlan=inner, type=0x0800)
    found = packet(bytes(made) + IPV4)
    assert found.fields("ieee8021ad.priority") == [priority]
    assert found.fields("ieee8021ad.dei") == [eligible]
    assert (found.fields("ieee8021ad.id"), found.fields("vlan.id")) == ([outer], [inner])


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    assert tiles(packet(frame(0x88A8, data)))
