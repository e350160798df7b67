"""Bytes that no protocol claims, shown as what they are.

Not a protocol of the wire: the fallback for payloads that nobody reads, under Wireshark's names `data.data` and
`data.len`, and the spec of gaps, which are bytes inside a layer that none of its fields covers.
"""

from __future__ import annotations

from inspector.core.layer import Layer
from inspector.core.node import Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

DATA = computed("data.data", "Data", "bytes")
LENGTH = computed("data.len", "Length")
GAP = Spec("data.gap", "Bytes that no field claims", "bytes", key="gap")


def dissect(view: View, situation: Situation) -> Layer:
    """One field with all the bytes, and their number."""
    layer = Layer("data", "Data", view.source, view.start * 8, view.size * 8)
    layer.nodes.append(Node(DATA, view.source, view.start * 8, view.size * 8, view.data))
    layer.nodes.append(Node(LENGTH, None, None, 0, view.size, tiles=False))
    layer.info = f"Len={view.size}"
    layer.listed = False
    return layer


PROTOCOL = Protocol("data", "Data", dissect, fields=(DATA, LENGTH, GAP))
