"""The packet list's line for one packet, read off its layers: who, to whom, which protocol, what it says."""

from __future__ import annotations

from typing import NamedTuple

from inspector.core.layer import Layer, Packet
from inspector.core.node import Value

JOINED_AT_MOST = 5
"""How many messages of one packet the info column tells of."""


class Summary(NamedTuple):
    """One line. All text is as the packet has it: whoever shows it must make it safe first."""

    number: int
    time_ns: int
    source: str
    destination: str
    protocol: str
    length: int
    info: str
    issue: bool


def summarize(packet: Packet) -> Summary:
    """The line for a dissected packet: addresses of the innermost network layer, words of the topmost listed one."""
    source, destination = _ends(packet)
    shown = _topmost(packet.layers)
    protocol, info = "", ""
    if shown is not None:
        protocol = shown.protocol or shown.name.upper()
        info = _info(packet.layers, shown)
    return Summary(
        packet.number, packet.time_ns, source, destination, protocol, packet.length, info, bool(packet.issues)
    )


def _ends(packet: Packet) -> tuple[str, str]:
    for prefix in ("ip", "ipv6", "eth"):
        for layer in reversed(packet.layers):
            if layer.name == prefix:
                return _text(layer.value(f"{prefix}.src")), _text(layer.value(f"{prefix}.dst"))
    return "", ""


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _topmost(layers: list[Layer]) -> Layer | None:
    listed = [layer for layer in layers[1:] if layer.listed]
    return listed[-1] if listed else None


def _info(layers: list[Layer], shown: Layer) -> str:
    """The words of all layers of the topmost protocol: a segment may hold several WebSocket frames."""
    words = [layer.info for layer in layers if layer.name == shown.name and layer.info]
    if shown.name in ("ip", "ipv6"):
        words = [shown.info]
    more = f" (+{len(words) - JOINED_AT_MOST} more)" if len(words) > JOINED_AT_MOST else ""
    return ", ".join(words[:JOINED_AT_MOST]) + more
