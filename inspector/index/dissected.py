"""Transport headers of the records that the vector walk cannot see through, found by dissection, one by one.

A header quoted in an ICMP error or carried in a tunnel counts as a transport of its packet like any other; Wireshark
gives it the stream of its own addresses and ports, and so does the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inspector.core.layer import Layer, Packet
from inspector.core.record import Record
from inspector.core.source import Source
from inspector.engine.dissect import dissect
from inspector.index.options import LARGEST_SHIFT, NO_SHIFT

NETWORKS = ("ip", "ipv6")
ERRORS = ("icmp", "icmpv6")
ADDRESS_AT = {"ip": (12, 16, 4), "ipv6": (8, 24, 16)}


class Head(NamedTuple):
    """One transport header: the two ends as bytes and ports, and what the columns hold of it.

    `unsized`: it is quoted in an error, or too much of it is missing to tell how long its payload was.
    """

    transport: int
    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    captured: int
    offset: int
    unsized: bool
    shift: int


def heads_of(record: Record) -> list[Head]:
    """The TCP and UDP headers of one record, from the outermost in."""
    packet = dissect(record)
    return list(_heads(packet))


def _heads(packet: Packet) -> Iterator[Head]:
    ends, quoted = (b"", b""), False
    for layer in packet.layers:
        if layer.name in NETWORKS:
            ends = _addresses(layer)
        elif layer.name in ERRORS:
            quoted = True
        elif layer.name == "tcp" and layer.value("tcp.window_size_value") is not None:
            yield _tcp(layer, packet.sources[0], ends)
        elif layer.name == "udp" and layer.value("udp.length") is not None:
            yield _udp(layer, packet.sources[0], ends, quoted)


def _addresses(layer: Layer) -> tuple[bytes, bytes]:
    start, (source, destination, size) = layer.at // 8, ADDRESS_AT[layer.name]
    data = layer.source.data
    return data[start + source : start + source + size], data[start + destination : start + destination + size]


def _number(layer: Layer, name: str) -> int:
    value = layer.value(name)
    return value if isinstance(value, int) else 0


def _tcp(layer: Layer, record: Source, ends: tuple[bytes, bytes]) -> Head:
    shift = layer.value("tcp.options.wscale.shift")
    size = layer.value("tcp.len")
    return Head(
        6,
        (ends[0], _number(layer, "tcp.srcport")),
        (ends[1], _number(layer, "tcp.dstport")),
        _number(layer, "tcp.seq_raw"),
        _number(layer, "tcp.ack_raw"),
        _number(layer, "tcp.flags"),
        _number(layer, "tcp.window_size_value"),
        size if isinstance(size, int) else 0,
        *_body(layer, "tcp.payload", record),
        not isinstance(size, int) or _number(layer, "tcp.hdr_len") < 20,
        min(shift, LARGEST_SHIFT) if isinstance(shift, int) else NO_SHIFT,
    )


def _udp(layer: Layer, record: Source, ends: tuple[bytes, bytes], quoted: bool) -> Head:
    return Head(
        17,
        (ends[0], _number(layer, "udp.srcport")),
        (ends[1], _number(layer, "udp.dstport")),
        0,
        0,
        0,
        0,
        0 if quoted else max(_number(layer, "udp.length") - 8, 0),
        *_body(layer, "udp.payload", record),
        quoted,
        NO_SHIFT,
    )


def _body(layer: Layer, name: str, record: Source) -> tuple[int, int]:
    """How many bytes of the payload the record holds, and where they begin; none if in another source."""
    if layer.source is not record:
        return 0, 0
    payload = layer.value(name)
    return len(payload) if isinstance(payload, bytes) else 0, layer.end // 8
