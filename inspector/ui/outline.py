"""The tree as rows: which lines of a packet's layers are on show, and which are folded away.

What is open is remembered by names, not by nodes, so that a tree that was opened at `tcp.flags` is open there in every
packet. Separators (the blanks and line ends of a text protocol) have a line only while one of them is selected.
"""

from __future__ import annotations

from typing import NamedTuple

from inspector.core.layer import Layer, Packet
from inspector.core.node import Issue, Node
from inspector.ui.selection import Selection, shown

UNFOLDED_AT_MOST = 8
"""In a packet with more layers than this only the innermost is open at first."""

# Below these nothing new begins: a newcomer's first look goes to what they carry.
CARRIERS = frozenset(("frame", "eth", "ip", "ipv6", "sll", "null", "raw"))


class Row(NamedTuple):
    """One line: a layer (`way` is empty), a field, or an issue of a layer. `branch` has lines below it."""

    depth: int
    layer: Layer
    way: tuple[Node, ...] = ()
    issue: Issue | None = None
    branch: bool = False
    opened: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.layer.name, *(node.name for node in self.way))


class Outline:
    """Makes the rows of a packet, and remembers what the user opened and closed."""

    def __init__(self) -> None:
        self.choices: dict[tuple[str, ...], bool] = {}

    def rows(self, packet: Packet, selection: Selection | None) -> list[Row]:
        """All lines that are on show, from the top."""
        found: list[Row] = []
        for layer in packet.layers:
            opened = self.opened((layer.name,), packet, layer)
            found.append(Row(0, layer, branch=bool(layer.nodes), opened=opened))
            found.extend(Row(1, layer, issue=issue) for issue in layer.issues)
            if opened:
                self._fields(layer, selection, found)
        return found

    def _fields(self, layer: Layer, selection: Selection | None, found: list[Row]) -> None:
        top = _lines(layer.nodes, selection)
        waiting: list[tuple[Node, ...]] = [(node,) for node in reversed(top)]
        while waiting:
            way = waiting.pop()
            below = _lines(way[-1].in_place, selection)
            names = (layer.name, *(node.name for node in way))
            opened = bool(below) and self.choices.get(names, len(way) == 1 and len(top) == 1)
            found.append(Row(len(way), layer, way, branch=bool(below), opened=opened))
            if opened:
                waiting.extend((*way, child) for child in reversed(below))

    def opened(self, names: tuple[str, ...], packet: Packet, layer: Layer) -> bool:
        """Whether a layer is open: as the user left it, else the layers that a first look should go to."""
        chosen = self.choices.get(names)
        if chosen is not None:
            return chosen
        inner = packet.layers[-1]
        if len(packet.layers) > UNFOLDED_AT_MOST or inner.name in CARRIERS:
            return layer is inner
        return layer is inner or layer.name not in CARRIERS | {"tcp", "udp"}

    def open(self, names: tuple[str, ...], opened: bool = True) -> None:
        """Open or close one line, in this packet and all others."""
        self.choices[names] = opened

    def reveal(self, selection: Selection) -> None:
        """Open all that stands above the selected field."""
        names = selection.names
        for size in range(1, len(names)):
            self.choices[names[:size]] = True


def _lines(nodes: list[Node], selection: Selection | None) -> list[Node]:
    """The nodes with a line, with separators only where one of them is the selected field."""
    lines = list(shown(nodes))
    chosen = selection.way[-1] if selection is not None and selection.way else None
    if chosen is not None and separates(chosen) and any(node is chosen for node in lines):
        return lines
    return [node for node in lines if not separates(node)]


def separates(node: Node) -> bool:
    """Whether the bytes only separate: fixed ones, as a header declares them, or what a text grammar calls so."""
    return bool(node.spec.separator) or node.spec.key in ("separator", "punctuation")


def summary(layer: Layer) -> str:
    """What a layer's own line says behind its name: who speaks to whom, or what the list's info column says."""
    ends = [_end(layer, names) for names in (("src", "srcport"), ("dst", "dstport"))]
    said = " → ".join(ends) if all(ends) else ""
    if layer.name == "frame":
        lengths = [node.show for node in layer.nodes if node.name in ("frame.cap_len", "frame.len")]
        return f"{lengths[-1]} bytes" if lengths else ""
    return said or (layer.info if layer.info != layer.label else "")


def _end(layer: Layer, keys: tuple[str, ...]) -> str:
    wanted = {f"{layer.name}.{key}" for key in keys}
    return next((node.show for node in layer.nodes if node.name in wanted), "")
