"""The leaves of a packet cover every byte of every source once: the check that all property tests share."""

from __future__ import annotations

from inspector.core.layer import Packet
from inspector.core.node import Node


def leaves(packet: Packet) -> list[Node]:
    """The nodes that cover the packet's bytes, layer by layer."""
    return [leaf for layer in packet.layers for leaf in layer.leaves()]


def assert_tiles(packet: Packet) -> int:
    """Contiguous, without overlap, nothing left over, in every source; and no node leaves its source.

    Gives the number of leaves, so that a test can say how many it looked at.
    """
    runs: dict[int, list[Node]] = {id(source): [] for source in packet.sources}
    for _, node in packet.walk():
        assert node.width >= 0, node
        if node.at is None:
            continue
        assert node.source is not None, f"{node} has a place but no source"
        assert id(node.source) in runs, f"{node} stands in {node.source}, which the packet does not list"
        assert 0 <= node.at <= node.at + node.width <= len(node.source.data) * 8, f"{node} leaves {node.source}"
    count = 0
    for leaf in leaves(packet):
        if leaf.width > 0:
            count += 1
            runs[id(leaf.source)].append(leaf)
    for source in packet.sources:
        position = 0
        for leaf in sorted(runs[id(source)], key=lambda node: node.at or 0):
            assert leaf.at == position, f"packet {packet.number}, {source}: {leaf} should begin at bit {position}"
            position += leaf.width
        assert position == len(source.data) * 8, (
            f"packet {packet.number}: bits of {source} from {position} are left over"
        )
    return count
