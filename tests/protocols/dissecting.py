"""What the tests of the lower protocols share: one record dissected strictly, and the laws that hold for any bytes."""

from __future__ import annotations

from inspector.core.layer import Layer, Packet
from inspector.core.record import Record
from inspector.engine.dissect import dissect

ETHERNET = 1
MACS = bytes.fromhex("020000000002 020000000001")
"""Destination 02:00:00:00:00:02, source 02:00:00:00:00:01."""


def packet(data: bytes, link: int = ETHERNET, length: int | None = None) -> Packet:
    """A record dissected alone; a dissector that raises fails the test."""
    record = Record(1, 1_700_000_000_000_000_000, len(data) if length is None else length, link, data)
    return dissect(record, strict=True)


def frame(kind: int, payload: bytes) -> bytes:
    """An Ethernet frame around the payload."""
    return MACS + kind.to_bytes(2, "big") + payload


def layer(data: bytes, name: str, link: int = ETHERNET) -> Layer:
    """The first layer of that name in the record."""
    found = packet(data, link).layer(name)
    assert found is not None, f"no {name} in {data.hex()}"
    return found


def fields(of: Layer) -> list[tuple[str, str]]:
    """Names and values as tshark prints them, top level only, in order."""
    return [(node.name, node.show) for node in of.nodes]


def placed(of: Layer) -> list[tuple[str, int, int, str]]:
    """Name, first bit from the layer's start, width in bits and shown value of every leaf."""
    return [(node.name, (node.at or 0) - of.at, node.width, node.show) for node in of.leaves()]


def tiles(found: Packet) -> bool:
    """Whether the leaves of the record cover it without gap or overlap."""
    record = found.sources[0]
    runs = sorted(
        (leaf.at, leaf.at + leaf.width)
        for each in found.layers
        for leaf in each.leaves()
        if leaf.source is record and leaf.at is not None and leaf.width
    )
    ends = [0, *(end for _, end in runs)]
    return [start for start, _ in runs] == ends[:-1] and ends[-1] == len(record.data) * 8


def check_prefixes(data: bytes, name: str, link: int = ETHERNET) -> None:
    """Every prefix of the record is dissected and covered, keeps the whole fields, and one cut in the layer says so."""
    whole = {
        (node.name, node.at, node.width): node.show
        for _, node in packet(data, link).walk()
        if node.at is not None and node.spec.kind not in ("bytes", "none") and not node.children
    }
    start = layer(data, name, link).at // 8
    fixed = start + 4
    for end in range(len(data)):
        cut = packet(data[:end], link, len(data))
        assert tiles(cut)
        assert cut.issues or end < start or end >= fixed, f"nothing said about a cut at {end}"
        for _, node in cut.walk():
            key = (node.name, node.at, node.width)
            if key in whole and not node.children:
                assert node.show == whole[key], f"cut at {end}: {key}"
