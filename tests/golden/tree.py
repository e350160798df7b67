"""A packet as lines of text: for every node its place, bytes, name, value as tshark prints it, and the tree's line.

    14.4+4   05        ip.hdr_len  20  Header Length: 20

A place is byte.bit+bits; bytes of another source than the record bear its number (s1:0.0+16); a computed field has
none. A tilde marks what does not tile; second names (tcp.port) are left out. Layers with thousands of nodes (a large
JSON body) are written up to a bound, and the rest as one hash, so that a change there is still seen.
"""

from __future__ import annotations

from hashlib import sha256

from inspector.core.escape import safe
from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.session.session import Session

NODES_AT_MOST = 120
TEXT_AT_MOST = 72
BYTES_AT_MOST = 8


def tree(session: Session) -> str:
    """All packets of a capture, with all that the session knows of them."""
    lines: list[str] = []
    for number in range(1, session.count + 1):
        line = session.summary(number)
        lines.append(f"==== {number}: {line.source} > {line.destination} {line.protocol} {_short(line.info)}")
        lines.extend(_packet(session.packet(number)))
    return "\n".join(lines) + "\n"


def _packet(packet: Packet) -> list[str]:
    lines = [f"s{i}: {source.name}, {len(source.data)} bytes" for i, source in enumerate(packet.sources) if i]
    known = {id(source): i for i, source in enumerate(packet.sources)}
    for layer in packet.layers:
        lines.append(f"-- {layer.name} {_place(layer, known)} {_short(layer.label)}")
        written = [_line(node, depth, known) for node, depth in _walk(layer)]
        lines.extend(written[:NODES_AT_MOST])
        if len(written) > NODES_AT_MOST:
            rest = "\n".join(written[NODES_AT_MOST:])
            lines.append(f"... {len(written) - NODES_AT_MOST} further nodes: {sha256(rest.encode()).hexdigest()}")
        lines.extend(f"!! {issue.kind} {issue.field} {issue.at}+{issue.width} {issue.text}" for issue in layer.issues)
    return lines


def _walk(layer: Layer) -> list[tuple[Node, int]]:
    found: list[tuple[Node, int]] = []
    waiting = [(node, 0) for node in reversed(layer.nodes)]
    while waiting:
        node, depth = waiting.pop()
        if node.spec.hidden:  # a second name: it stands where the first does and says the same
            continue
        found.append((node, depth))
        waiting.extend((child, depth + 1) for child in reversed(node.children))
    return found


def _line(node: Node, depth: int, known: dict[int, int]) -> str:
    raw = node.raw
    data = raw[:BYTES_AT_MOST].hex() + (".." if len(raw) > BYTES_AT_MOST else "")
    words = (_place(node, known), data or "-", node.name, _short(node.show) or "-", _short(node.text))
    return "  " * (depth + 1) + ("" if node.tiles or node.at is None else "~") + "  ".join(words)


def _place(where: Node | Layer, known: dict[int, int]) -> str:
    if where.at is None or where.source is None:
        return "-"
    number = known[id(where.source)]
    source = f"s{number}:" if number else ""
    return f"{source}{where.at // 8}.{where.at % 8}+{where.width}"


def _short(text: str) -> str:
    shown = safe(text)
    return shown if len(shown) <= TEXT_AT_MOST else f"{shown[:TEXT_AT_MOST]}.. ({len(shown)})"
