"""`inspector json`: a packet as one JSON object. The shape is a contract; keys are only ever added."""

from __future__ import annotations

from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.core.source import Source
from inspector.core.spec import seconds

LINKS = {0: "NULL", 1: "EN10MB", 9: "PPP", 12: "RAW", 14: "RAW", 101: "RAW", 108: "LOOP", 113: "LINUX_SLL",
         228: "IPV4", 229: "IPV6", 276: "LINUX_SLL2"}  # fmt: skip


def describe(packet: Packet, *, with_bytes: bool = False) -> dict[str, object]:
    """The packet as plain values, ready to be written as JSON.

    `at` is [first bit, number of bits] in the source of that id; the frame's own fields, which stand in no byte, are
    under `frame`.
    """
    ids = {id(source): number for number, source in enumerate(packet.sources)}
    return {
        "packet": packet.number,
        "time": seconds(packet.time_ns),
        "length": packet.length,
        "captured": packet.captured,
        "link": LINKS.get(packet.link, str(packet.link)),
        "sources": [_source(number, source, with_bytes) for number, source in enumerate(packet.sources)],
        "frame": [_node(node, ids) for node in packet.layers[0].nodes],
        "layers": [_layer(layer, ids) for layer in packet.layers[1:]],
    }


def _source(number: int, source: Source, with_bytes: bool) -> dict[str, object]:
    found: dict[str, object] = {"id": number, "name": source.name, "length": len(source.data)}
    if source.origins:
        found["from"] = list(source.packets)
    if with_bytes:
        found["hex"] = source.data.hex()
    return found


def _layer(layer: Layer, ids: dict[int, int]) -> dict[str, object]:
    return {
        "name": layer.name,
        "label": layer.label,
        "source": ids.get(id(layer.source), 0),
        "at": [layer.at, layer.width],
        "fields": [_node(node, ids) for node in layer.nodes],
        "issues": [
            {"kind": issue.kind, "field": issue.field, "at": [issue.at, issue.width], "text": issue.text}
            for issue in layer.issues
        ],
    }


def _node(top: Node, ids: dict[int, int]) -> dict[str, object]:
    """A node with all below it. Trees may be as deep as hostile JSON makes them, so no recursion."""
    result = _alone(top, ids)
    waiting = [(top, result)]
    while waiting:
        node, shown = waiting.pop()
        inner = [(child, _alone(child, ids)) for child in node.children]
        shown["fields"] = [described for _, described in inner]
        waiting.extend(inner)
    return result


def _alone(node: Node, ids: dict[int, int]) -> dict[str, object]:
    return {
        "name": node.spec.name,
        "label": node.spec.label,
        "value": _value(node),
        "show": node.show,
        "source": ids.get(id(node.source), 0) if node.at is not None else None,
        "at": None if node.at is None else [node.at, node.width],
        "fields": [],
    }


def _value(node: Node) -> object:
    value = node.value
    if isinstance(value, bytes):
        return value.hex()
    if node.spec.kind == "time":
        return node.show
    if node.spec.kind == "none":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value
