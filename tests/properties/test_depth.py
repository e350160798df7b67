"""Packets in packets in packets: as deep as bytes allow, without recursion, in little time."""

from __future__ import annotations

import sys
import time

import pytest

from inspector.core.record import Record
from inspector.engine.dissect import LAYERS_AT_MOST, dissect
from tests.properties.tiles import assert_tiles

RAW_IP = 101


def ipv4(proto: int, payload: bytes, short: int = 0) -> bytes:
    """An IPv4 packet; `short` makes its total length say less than there is."""
    length = 20 + len(payload) - short
    return bytes((0x45, 0, *length.to_bytes(2, "big"), 0, 0, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)) + payload


def ipv6(following: int, payload: bytes) -> bytes:
    return (
        b"\x60\0\0\0"
        + len(payload).to_bytes(2, "big")
        + bytes((following, 64))
        + bytes(15)
        + b"\1"
        + bytes(16)
        + payload
    )


def nested(depth: int, short: int = 0) -> bytes:
    data = ipv4(17, bytes.fromhex("03e807d000080000"))
    for _ in range(depth - 1):
        data = ipv4(4, data + b"x" * short, short)
    return data


def alternating(depth: int) -> bytes:
    data = ipv4(17, bytes.fromhex("03e807d000080000"))
    for level in range(depth - 1):
        data = ipv4(41, data) if level % 2 else ipv6(4, data)
    return data


CASES = {
    "IPv4 in IPv4, 250 deep": (nested(250), 250),
    "IPv4 in IPv4, as deep as a packet can be": (nested(3200), 3200),
    "each a byte shorter than there is": (nested(3000, 1), 3000),
    "IPv4 in IPv6 in IPv4, 900 deep": (alternating(900), 900),
}


@pytest.mark.parametrize("name", CASES)
def test_tunnels_in_tunnels(name: str) -> None:
    data, depth = CASES[name]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(120 + len_of_stack())
    try:
        spent = []
        for _ in range(2):
            before = time.process_time()
            packet = dissect(Record(1, 0, len(data), RAW_IP, data), strict=True)
            spent.append(time.process_time() - before)
        assert_tiles(packet)
    finally:
        sys.setrecursionlimit(limit)
    assert sum(layer.name in ("ip", "ipv6") for layer in packet.layers) == depth
    assert packet.layers[-1].name == "udp"
    assert min(spent) < 1


def len_of_stack() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


def test_layers_have_a_bound() -> None:
    """More headers than the bound cannot stand in a record of the wire, but a file may hold a longer one."""
    depth = LAYERS_AT_MOST + 5
    head = ipv4(4, b"")[:2] + b"\0\0" + ipv4(4, b"")[4:]  # a total length of 0: as far as there are bytes
    packet = dissect(Record(1, 0, depth * 20, RAW_IP, head * depth), strict=True)
    assert len(packet.layers) == LAYERS_AT_MOST
    assert_tiles(packet)
