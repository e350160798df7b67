"""`inspector list`, `inspector tree` and `inspector explain`: packets and fields as lines of text."""

from __future__ import annotations

from difflib import get_close_matches

from inspector.cli.output import Failure, say
from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.core.spec import seconds
from inspector.engine.registry import known_fields
from inspector.knowledge.annotations import Annotation, Explanation, load
from inspector.session.session import Session
from inspector.session.summary import summarize

INDENT = "  "


def say_line(session: Session, packet: Packet) -> None:
    """One packet in one line: number, seconds since the first packet, ends, protocol, length, what it says."""
    line = summarize(packet)
    width = len(str(session.count))
    since = seconds(line.time_ns - session.first_time_ns)
    ends = f"{line.source} → {line.destination}"
    sign = " !" if line.issue else ""
    say(f"{line.number:>{width}} {since:>13} {ends:<33} {line.protocol:<9} {line.length:>5} {line.info}{sign}")


def say_tree(session: Session, packet: Packet, explained: bool) -> None:
    """Every field of a packet, each under the one that it is a part of."""
    for layer in packet.layers:
        say(_headline(layer, packet))
        for issue in layer.issues:
            say(f"{INDENT}! {issue.kind}: {issue.text}")
        for node in layer.nodes:
            _say_node(session, packet, node, explained)
    say("")


def _headline(layer: Layer, packet: Packet) -> str:
    if layer.name == "frame":
        return f"Packet {packet.number}: {packet.length} bytes on the wire, {packet.captured} captured"
    source = "" if layer.source is packet.sources[0] else f" [{layer.source.name}]"
    return f"{layer.label} ({layer.name}), bytes {layer.at // 8} to {(layer.at + layer.width) // 8}{source}"


def _say_node(session: Session, packet: Packet, top: Node, explained: bool) -> None:
    waiting = [(top, 1)]
    while waiting:
        node, depth = waiting.pop()
        if node.spec.hidden or node.spec.separator:
            continue
        say(f"{INDENT * depth}{_place(node):<12} {node.text}  [{node.spec.name}]")
        if explained:
            explanation = session.explain(packet, node)
            text = here(explanation) or explanation.short
            if text:
                say(f"{INDENT * depth}{'':<12} » {text}")
        waiting.extend((child, depth + 1) for child in reversed(node.in_place))


def _place(node: Node) -> str:
    """Where the field stands: byte, and bits within it where it is not whole bytes; nothing for computed fields."""
    if node.at is None:
        return "-"
    if node.at % 8 or node.width % 8:
        return f"{node.at // 8}.{node.at % 8}+{node.width}b"
    return f"{node.at // 8}+{node.width // 8}"


def here(explanation: Explanation) -> str:
    """The part of an explanation that is about this packet, as text."""
    return "".join(span.text for span in explanation.here)


def say_annotation(name: str) -> None:
    """What a field is, with no packet at hand."""
    annotations = load()
    annotation = annotations.get(name)
    spec = known_fields().get(name)
    if annotation is None:
        near = get_close_matches(name, list(annotations), 1)
        hint = f"; did you mean {near[0]}?" if near else "; `inspector tree FILE` shows the names."
        raise Failure(f"There is no field {name!r}{hint}", 2)
    say(f"{name}: {spec.label}" if spec is not None else name)
    say("")
    _say_annotation(annotation)


def _say_annotation(annotation: Annotation) -> None:
    say(annotation.short)
    if annotation.long:
        say("")
        for line in annotation.long.strip().splitlines():
            say(line)
    if annotation.rfc:
        say("")
        say("Sources: " + ", ".join(_cited(reference) for reference in annotation.rfc))
    if annotation.see:
        say("See also: " + ", ".join(annotation.see))


def _cited(reference: str) -> str:
    number, _, section = reference.partition("#")
    if not number.isdecimal():
        return reference
    return f"RFC {number}, section {section}" if section else f"RFC {number}"
