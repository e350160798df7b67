"""What each pane says while it is shrunk to a line: enough to follow a packet with one pane open."""

from __future__ import annotations

from inspector.knowledge.annotations import Explanation
from inspector.session.summary import Summary
from inspector.ui.outline import summary
from inspector.ui.selection import Selection, place

BYTES_AT_MOST = 24


def strips(selection: Selection, one: Summary, count: int, said: Explanation | None) -> tuple[str, str, str, str]:
    """The lines of packets, layers, bytes and explanation. Raw text of the packet: the panes make it safe."""
    node, layer = selection.node, selection.layer
    packet = f"{one.number} of {count}  {one.source} → {one.destination}  {one.protocol}  {one.info}"
    field = f"{layer.label} › {node.text}" if selection.way else f"{layer.label}  {summary(layer)}"
    octets = f"{place(selection)}  {node.raw[:BYTES_AT_MOST].hex(' ')}"
    here = "".join(span.text for span in said.here) if said is not None else ""
    return packet, field, octets, here or (said.short if said is not None else "")
