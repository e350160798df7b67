"""Captures without a link layer: each record begins with an IP packet, of either version.

Link type RAW (101, and 12 or 14 on some systems). The first four bits tell which version it is; there is no header, so
the layer has no byte of its own.
"""

from __future__ import annotations

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View


def dissect(view: View, situation: Situation) -> Layer:
    """Nothing is read but the version, which stays part of the IP header."""
    layer = Layer("raw", "Raw packet data", view.source, view.start * 8, 0)
    version = view.data[0] >> 4 if view.size else 0
    layer.info = "Raw packet data"
    layer.carries.append(Handover(view, (Claim("raw.version", version),)))
    return layer


PROTOCOL = Protocol(
    "raw",
    "Raw packet data",
    dissect,
    claims=(Claim("frame.link", 101), Claim("frame.link", 12), Claim("frame.link", 14)),
)
