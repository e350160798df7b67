"""A layer is one header and what it claims; a packet is its layers and the sources they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inspector.core.node import Issue, Node, Value
from inspector.core.source import Source, View


class Claim(NamedTuple):
    """An entry in a parent's table: `table` is a field name ("ip.proto"), `key` the value that picks the child."""

    table: str
    key: int | str


class Handover(NamedTuple):
    """What a layer carries: the bytes, the claims by which the child is looked up (first match wins), and facts.

    `facts` maps field names to values and is how one protocol tells the next what it learned (the upgrade's
    extensions to WebSocket, a content type to JSON). With `fallback` false, unclaimed bytes are left alone.
    `node` is the carrier's own node for these bytes, if it has one: it covers them only until somebody reads them.
    """

    view: View
    claims: tuple[Claim, ...]
    facts: Mapping[str, object] = {}
    fallback: bool = True
    node: Node | None = None


@dataclass(slots=True)
class Layer:
    """One protocol's part of a packet.

    `at` and `width` (bits in `source`) are the layer's own bytes, header and trailer-less; `nodes` are its fields in
    wire order; `carries` says what lies inside and who may read it. `info` is the line for the packet list, in
    Wireshark's wording; `protocol` the text of the list's protocol column, where that is not the name in capitals;
    layers that are not `listed` (mere bytes) leave both to the layer that carries them.
    `surplus` are bytes behind the end that the layer's own length field claims; they belong to the nearest layer
    below that `adopts` such bytes and says what they are (Ethernet fills short packets up).
    `facts` are what an application's message comes to as a whole (its body with the codings undone), for who follows
    a conversation.
    """

    name: str
    label: str
    source: Source
    at: int
    width: int
    nodes: list[Node] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    carries: list[Handover] = field(default_factory=list)
    info: str = ""
    protocol: str = ""
    listed: bool = True
    surplus: View | None = None
    adopts: Callable[[View], list[Node]] | None = None
    facts: dict[str, object] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """Every node of the layer, in order."""
        for node in self.nodes:
            if node.children:
                yield from node.walk()
            else:
                yield node

    def leaves(self) -> Iterator[Node]:
        """The nodes that cover the layer's bytes."""
        for node in self.nodes:
            if node.children:
                yield from node.leaves()
            elif node.tiles:
                yield node

    def values(self, name: str) -> list[Value]:
        """All values of one field of this layer."""
        return [node.value for node in self.walk() if node.spec.name == name]

    def value(self, name: str) -> Value:
        """The first value of one field, or None."""
        return next((node.value for node in self.walk() if node.spec.name == name), None)

    @property
    def end(self) -> int:
        return self.at + self.width


@dataclass(slots=True)
class Packet:
    """One record dissected: its layers from the outermost in, and every source that they read.

    `sources[0]` is the record itself; the others were made from it or from several packets.
    """

    number: int
    time_ns: int
    length: int
    captured: int
    link: int
    sources: list[Source]
    layers: list[Layer]

    def walk(self) -> Iterator[tuple[Layer, Node]]:
        """Every node of every layer."""
        for layer in self.layers:
            for node in layer.walk():
                yield layer, node

    def layer(self, name: str) -> Layer | None:
        """The first layer of that name."""
        return next((layer for layer in self.layers if layer.name == name), None)

    def fields(self, name: str) -> list[Value]:
        """All occurrences of a field, for filters and annotations; a layer's name gives one value a layer."""
        found: list[Value] = [node.value for _, node in self.walk() if node.spec.name == name]
        if not found and "." not in name:
            return [layer.label for layer in self.layers if layer.name == name]
        return found

    def node(self, name: str) -> Node | None:
        """The first node of that name."""
        return next((node for _, node in self.walk() if node.spec.name == name), None)

    @property
    def issues(self) -> list[tuple[Layer, Issue]]:
        return [(layer, issue) for layer in self.layers for issue in layer.issues]
