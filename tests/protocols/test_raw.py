"""Captures without a link layer: the version is in the first four bits."""

from __future__ import annotations

import pytest

from tests.protocols.wire import ipv4, ipv6, layer_of, read, udp


@pytest.mark.parametrize("link", [12, 14, 101])
@pytest.mark.parametrize("name, data", [("ip", ipv4(udp(b"x"))), ("ipv6", ipv6(udp(b"x", checksum=1)))])
def test_both_versions(link: int, name: str, data: bytes) -> None:
    packet = read(data, link)
    assert [layer.name for layer in packet.layers] == ["frame", "raw", name, "udp", "data"]
    raw = layer_of(packet, "raw")
    assert (raw.width, raw.nodes) == (0, [])


@pytest.mark.parametrize("link, data", [(228, ipv4(udp(b"x"))), (229, ipv6(udp(b"x", checksum=1)))])
def test_the_link_types_of_one_version_need_no_look(link: int, data: bytes) -> None:
    assert [layer.name for layer in read(data, link).layers][1] in ("ip", "ipv6")


@pytest.mark.parametrize("first", [0x00, 0x30, 0x50, 0xF0])
def test_another_version_is_data(first: int) -> None:
    packet = read(bytes((first,)) + b"hello")
    assert [layer.name for layer in packet.layers] == ["frame", "raw", "data"]
    assert packet.fields("data.len") == [6]


def test_nothing_to_look_at() -> None:
    packet = read(b"")
    assert [layer.name for layer in packet.layers] == ["frame", "raw"]
