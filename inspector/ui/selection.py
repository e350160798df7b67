"""What is selected: one field of one packet, and how to find it again.

All panes show the same `Selection`. It holds the way down to the field (the nodes from the layer's first level to the
field itself), because the tree must open them and because the same way, by names, leads to the same field of the next
packet. The surprising thing: a layer's own line is a selection too, with no way at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.core.source import Source
from inspector.core.spec import Spec

BYTE = 8


@dataclass(frozen=True)
class Selection:
    """A field of a packet, or a whole layer when `way` is empty. `way` ends with the field."""

    packet: Packet
    layer: Layer
    way: tuple[Node, ...] = ()

    @cached_property
    def node(self) -> Node:
        """The field; for a layer a node that stands for the whole of it, under the layer's name."""
        return self.way[-1] if self.way else heading(self.layer)

    @property
    def source(self) -> Source | None:
        return self.node.source if self.node.at is not None else None

    @property
    def bits(self) -> tuple[int, int]:
        """First bit and the bit behind the last, in `source`; (0, 0) for what stands in no byte."""
        node = self.node
        return (0, 0) if node.at is None else (node.at, node.at + node.width)

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, by which the tree remembers what is open."""
        return (self.layer.name, *(node.name for node in self.way))

    def same(self, other: Selection | None) -> bool:
        """Whether both mean the same field of the same packet."""
        if other is None or self.packet is not other.packet or self.layer is not other.layer:
            return False
        return self.way[-1:] == other.way[-1:]


def heading(layer: Layer) -> Node:
    """A node for a whole layer, so that it can be lit and explained like a field."""
    spec = Spec(layer.name, layer.label, "none")
    at = layer.at if layer.width else None
    return Node(spec, layer.source, at, layer.width, None, children=layer.nodes, tiles=False)


def shown(nodes: list[Node]) -> Iterator[Node]:
    """The nodes that have a line of their own in the tree: second names of the same value have none."""
    return (node for node in nodes if not node.spec.hidden)


def fields_at(packet: Packet, source: Source, start: int, stop: int) -> list[Selection]:
    """Everything that stands in bits `start` to `stop` of a source, the best answer first.

    First the fields that cover the bytes, the innermost layer's before the others', in wire order; then bits marked
    inside them; then what they belong to, from the inside out; then the layers.
    """
    found: list[tuple[tuple[int, ...], Selection]] = []
    for index, layer in enumerate(packet.layers):
        waiting: list[tuple[Node, ...]] = [(node,) for node in reversed(layer.nodes)]
        while waiting:
            way = waiting.pop()
            node = way[-1]
            if node.spec.hidden:
                continue
            here = node.at is not None and node.source is source
            if here and not _touches(node, start, stop):
                continue
            waiting.extend((*way, child) for child in reversed(node.children))
            if here:
                found.append((_rank(node, len(way), -index), Selection(packet, layer, way)))
        if layer.source is source and layer.at < stop and layer.end > start:
            found.append(((3, -index), Selection(packet, layer)))
    found.sort(key=lambda one: one[0])
    return [selection for _, selection in found]


def _touches(node: Node, start: int, stop: int) -> bool:
    return node.at is not None and node.at < stop and node.at + node.width > start


def _rank(node: Node, depth: int, index: int) -> tuple[int, ...]:
    place = node.at or 0
    if node.tiles and not any(child.tiles for child in node.children):
        return (0, index, place)
    if not node.tiles and not node.children:
        return (1, index, node.width, place)
    return (2, index, -depth, place)


def first(packet: Packet) -> Selection:
    """What to show of a packet that nobody has chosen a field of: the innermost layer that is more than bytes."""
    named = [layer for layer in packet.layers if layer.name != "data"]
    return Selection(packet, named[-1] if named else packet.layers[-1])


def again(wanted: Selection, packet: Packet) -> Selection:
    """The same field of another packet: the same layer, then as far down the same names as it goes."""
    before = [layer for layer in wanted.packet.layers if layer.name == wanted.layer.name]
    now = [layer for layer in packet.layers if layer.name == wanted.layer.name]
    if not now:
        return first(packet)
    place = next((index for index, layer in enumerate(before) if layer is wanted.layer), 0)
    layer = now[min(place, len(now) - 1)]
    way: tuple[Node, ...] = ()
    siblings_before, siblings = wanted.layer.nodes, layer.nodes
    for node in wanted.way:
        twins = [one for one in siblings if one.name == node.name]
        if not twins:
            break
        order = [one for one in siblings_before if one.name == node.name].index(node)
        way = (*way, twins[min(order, len(twins) - 1)])
        siblings_before, siblings = node.children, way[-1].children
    return Selection(packet, layer, way)


def named(packet: Packet, name: str, near: Layer | None = None) -> Selection | None:
    """The first field (or layer) of that name, in the layer `near` if it has one."""
    layers = sorted(packet.layers, key=lambda layer: layer is not near) if near else packet.layers
    for layer in layers:
        if layer.name == name:
            return Selection(packet, layer)
        waiting: list[tuple[Node, ...]] = [(node,) for node in reversed(layer.nodes)]
        while waiting:
            way = waiting.pop()
            if way[-1].name == name and not way[-1].spec.hidden:
                return Selection(packet, layer, way)
            waiting.extend((*way, child) for child in reversed(way[-1].children))
    return None


def place(selection: Selection) -> str:
    """Where the field stands, in words: `bytes 26 to 29`, `byte 46, bits 4 to 7`; bit 0 is a byte's first."""
    node = selection.node
    if node.at is None:
        return "worked out, stands in no byte"
    start, stop = selection.bits
    if start == stop:
        return f"empty, at byte {start // BYTE}"
    low, high = start // BYTE, (stop - 1) // BYTE
    if start % BYTE == 0 and stop % BYTE == 0:
        return f"byte {low}" if low == high else f"bytes {low} to {high}"
    bits = f"bit {start % BYTE}" if stop - start == 1 else f"bit {start % BYTE} to bit {(stop - 1) % BYTE}"
    if low == high:
        return f"byte {low}, {bits}"
    return f"byte {low} bit {start % BYTE} to byte {high} bit {(stop - 1) % BYTE}"
