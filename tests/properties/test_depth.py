"""Packets in packets in packets: as deep as bytes allow, without recursion, in little time."""

from __future__ import annotations

import sys
import time

import pytest

from inspector.core.layer import Packet
from inspector.core.record import Record
from inspector.engine.dissect import DEPTH_AT_MOST, dissect
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
    "each a byte shorter than there is": (nested(900, 1), 900),
    "IPv4 in IPv6 in IPv4, 900 deep": (alternating(900), 900),
}


def timed(data: bytes) -> tuple[Packet, float]:
    """The packet with next to no room for recursion, and the processor's seconds for it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(120 + len_of_stack())
    try:
        before = time.process_time()
        packet = dissect(Record(1, 0, len(data), RAW_IP, data), strict=True)
        spent = time.process_time() - before
        assert_tiles(packet)
        return packet, spent
    finally:
        sys.setrecursionlimit(limit)


def networks(packet: Packet) -> int:
    return sum(layer.name in ("ip", "ipv6") for layer in packet.layers)


@pytest.mark.parametrize("name", CASES)
def test_tunnels_in_tunnels(name: str) -> None:
    data, depth = CASES[name]
    packet, spent = timed(data)
    assert networks(packet) == depth
    assert packet.layers[-1].name == "udp"
    assert spent < 1


@pytest.mark.parametrize("depth", [3200, 13_000])
def test_what_lies_too_deep_stays_bytes(depth: int) -> None:
    """As deep as a packet can be, and as deep as the longest record of a file: both cost the same."""
    packet, spent = timed(nested(3200) if depth == 3200 else endless(depth))
    assert networks(packet) == DEPTH_AT_MOST - 1, "the link layer is the first"
    assert packet.layers[-1].name == "data"
    assert [issue.kind for _, issue in packet.issues if issue.field == "data.data"] == ["malformed"]
    assert spent < 1


def endless(depth: int) -> bytes:
    """Headers with a total length of 0: each goes as far as there are bytes."""
    head = ipv4(4, b"")
    return (head[:2] + b"\0\0" + head[4:]) * depth


def len_of_stack() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count
