"""`inspector json`: a packet as one line of JSON. The shape is a contract; keys are only ever added.

A packet has a hundred fields, and of each the name and the label are always the same. So the text before a field's
value is made once for each Spec, and no object is built for what is written at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite

from inspector.core.escape import escaped
from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.core.source import Source
from inspector.core.spec import Spec, seconds

LINKS = {0: "NULL", 1: "EN10MB", 9: "PPP", 12: "RAW", 14: "RAW", 101: "RAW", 108: "LOOP", 113: "LINUX_SLL",
         228: "IPV4", 229: "IPV6", 276: "LINUX_SLL2"}  # fmt: skip


TAIL = ', "fields": []}'

REMEMBERED = 4096
"""How many texts, and the specs of how many fields, are kept ready as JSON."""
LONGEST_REMEMBERED = 64


def line(packet: Packet, *, with_bytes: bool = False) -> str:
    """The packet as JSON in one line, without anything that a terminal would obey.

    `at` is [first bit, number of bits] in the source of that id; the frame's own fields, which stand in no byte, are
    under `frame`.
    """
    ids = {id(source): number for number, source in enumerate(packet.sources)}
    link = LINKS.get(packet.link, str(packet.link))
    sources = ", ".join(_source(number, source, with_bytes) for number, source in enumerate(packet.sources))
    layers = ", ".join([_layer(layer, ids) for layer in packet.layers[1:]])
    return (
        f'{{"packet": {packet.number}, "time": "{seconds(packet.time_ns)}", "length": {packet.length}, '
        f'"captured": {packet.captured}, "link": "{link}", "sources": [{sources}], '
        f'"frame": [{_nodes(packet.layers[0].nodes, ids)}], "layers": [{layers}]}}'
    )


def quoted(text: str) -> str:
    """A text as JSON writes it; lossless, and without anything that a terminal would obey."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else escaped(encode_basestring(text))


@lru_cache(REMEMBERED)
def _remembered(text: str) -> str:
    return escaped(encode_basestring(text))


def _source(number: int, source: Source, with_bytes: bool) -> str:
    made_of = f', "from": {list(source.packets)}' if source.origins else ""
    data = f', "hex": "{source.data.hex()}"' if with_bytes else ""
    return f'{{"id": {number}, "name": {quoted(source.name)}, "length": {len(source.data)}{made_of}{data}}}'


def _layer(layer: Layer, ids: dict[int, int]) -> str:
    issues = ", ".join(
        f'{{"kind": {quoted(issue.kind)}, "field": {quoted(issue.field)}, "at": [{issue.at}, {issue.width}], '
        f'"text": {quoted(issue.text)}}}'
        for issue in layer.issues
    )
    return (
        f'{{"name": {quoted(layer.name)}, "label": {quoted(layer.label)}, "source": {ids.get(id(layer.source), 0)}, '
        f'"at": [{layer.at}, {layer.width}], "fields": [{_nodes(layer.nodes, ids)}], "issues": [{issues}]}}'
    )


def _nodes(nodes: Iterable[Node], ids: dict[int, int]) -> str:
    return ", ".join([_node(node, ids) if node.children else _alone(node, ids) + TAIL for node in nodes])


def _node(top: Node, ids: dict[int, int]) -> str:
    """A node with all below it. Trees may be as deep as hostile JSON makes them, so no recursion."""
    written: list[str] = []
    waiting: list[Node | str] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            written.append(node)
        elif node.children:
            written += (_alone(node, ids), ', "fields": [')
            waiting.append("]}")
            for child in reversed(node.children):
                waiting += (child, ", ")
            waiting.pop()
        else:
            written += (_alone(node, ids), TAIL)
    return "".join(written)


def _alone(node: Node, ids: dict[int, int]) -> str:
    """A node without its end: the list of its fields is still to be written."""
    place = (
        f', "source": {ids.get(id(node.source), 0)}, "at": [{node.at}, {node.width}]'
        if node.at is not None
        else ', "source": null, "at": null'
    )
    return f"{_start(node.spec)}{_values(node)}{place}"


@lru_cache(REMEMBERED)
def _start(spec: Spec) -> str:
    return f'{{"name": {quoted(spec.name)}, "label": {quoted(spec.label)}, "value": '


def _values(node: Node) -> str:
    """The value as JSON, and what `inspector fields` prints."""
    spec, value = node.spec, node.value
    if value is None or spec.kind == "none":
        return f'null, "show": {quoted(spec.show(value))}'
    if isinstance(value, str):
        text = quoted(value)
        return f'{text}, "show": {text}'
    if isinstance(value, bytes):
        digits = value.hex()
        return f'"{digits}", "show": "{digits}"'
    show = quoted(spec.show(value))
    if isinstance(value, bool):
        return f'{"true" if value else "false"}, "show": {show}'
    if spec.kind == "time":
        return f'{show}, "show": {show}'
    if isinstance(value, float) and not isfinite(value):
        return f'null, "show": {show}'
    return f'{value}, "show": {show}'
