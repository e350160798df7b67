"""Which occurrence of a field an explanation speaks of, where a packet holds several.

A TCP header holds a kind for each option, a tunnelled packet two IP headers. What is said about a field must speak of
its own option and its own header: names are looked up in rings around the node that is explained, first in the node
itself, then in what encloses it, up to its layer, and at last in the other layers, the nearest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inspector.core.layer import Layer, Packet
from inspector.core.node import Node, Value
from inspector.knowledge.annotations import Explanation, explain


class Scope:
    """The packet as seen from one of its nodes: what `explain` asks for values and for texts."""

    def __init__(self, packet: Packet, node: Node) -> None:
        self._found: dict[str, list[Node]] = {node.spec.name: [node]}
        self._layers = {layer.name: layer for layer in packet.layers}
        for ring in _rings(packet, node):
            self._add(ring)

    def _add(self, ring: Iterable[Node]) -> None:
        fresh: dict[str, list[Node]] = {}
        for other in ring:
            if other.spec.name not in self._found:
                fresh.setdefault(other.spec.name, []).append(other)
        self._found.update(fresh)

    def fields(self, name: str) -> Sequence[Value]:
        """The values of a field in the nearest ring that has it, as expressions compare them."""
        if name in self._found:
            return [other.spec.comparable(other.value) for other in self._found[name]]
        return [self._layers[name].label] if name in self._layers else ()

    def text(self, name: str) -> str | None:
        """The text of a field's nearest occurrence; None if the packet has none."""
        if name in self._found:
            nearest = self._found[name][0]
            return nearest.spec.text(nearest.value)
        return self._layers[name].label if name in self._layers else None


def explain_node(packet: Packet, node: Node) -> Explanation:
    """What a field is and what it says in this packet, at this place of it."""
    scope = Scope(packet, node)
    return explain(node.spec.name, scope.fields, scope.text)


def _rings(packet: Packet, node: Node) -> Iterable[Iterable[Node]]:
    home, path = _home(packet, node)
    for enclosing in reversed(path):
        yield enclosing.walk()
    order = sorted(range(len(packet.layers)), key=lambda position: (abs(position - home), position > home))
    for position in order:
        yield packet.layers[position].walk()


def _home(packet: Packet, node: Node) -> tuple[int, list[Node]]:
    """The position of the node's layer and the nodes that enclose it, outermost first, itself last."""
    for position, layer in enumerate(packet.layers):
        path = _path(layer, node)
        if path:
            return position, path
    return 0, []


def _path(layer: Layer, node: Node) -> list[Node]:
    parents: dict[int, Node] = {}
    waiting = list(layer.nodes)
    while waiting:
        other = waiting.pop()
        if other is node:
            path = [other]
            while id(path[0]) in parents:
                path.insert(0, parents[id(path[0])])
            return path
        for child in other.children:
            parents[id(child)] = other
            waiting.append(child)
    return []
