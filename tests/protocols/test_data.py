"""Bytes that nobody claims, and bytes that no field of a layer covers."""

from __future__ import annotations

from tests.protocols.wire import ipv4, layer_of, places, read, udp


def test_unclaimed_bytes() -> None:
    packet = read(ipv4(udp(b"\x00hello")))
    assert packet.fields("data.data") == [b"\x00hello"]
    assert packet.fields("data.len") == [6]
    assert places(packet, "data") == {"data.data": (0, 48)}
    assert layer_of(packet, "data").info == "Len=6"
    assert not layer_of(packet, "data").listed, "the list tells of the layer that carries them"


def test_a_gap_stands_where_its_bytes_are() -> None:
    packet = read(ipv4(udp(b"hello", length=10)))
    gap = packet.node("data.gap")
    assert gap is not None
    assert (gap.at, gap.width, gap.value) == ((20 + 8 + 2) * 8, 24, b"llo")
    assert gap.source is packet.sources[0]


def test_long_bytes_are_shown_short_and_kept_whole() -> None:
    packet = read(ipv4(udp(b"\xab" * 1000)))
    node = packet.node("data.data")
    assert node is not None
    assert node.text.endswith("... (1000 bytes)")
    assert len(node.text) < 150
    assert len(node.show) == 2000
