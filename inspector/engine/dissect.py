"""From one record to its layers: ask the registry who claims each payload, until nothing is left.

`dissect` is pure. It gets the record's bytes and a `Context` with what other packets decide, and it never raises: a
dissector that does is a bug, which strict mode (tests) shows and the product turns into an issue on the layer. What no
field claims becomes an explicit gap, so the leaves of the tree always cover the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from inspector.core.context import ALONE, Context, Conversation
from inspector.core.layer import Claim, Handover, Layer, Packet
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.record import Record
from inspector.core.source import Source, View
from inspector.engine.registry import Registry, registry
from inspector.protocols import data as data_protocol
from inspector.protocols import frame as frame_protocol

LAYERS_AT_MOST = 20_000
"""What lies beyond the bound stays bytes: a segment may hold 32,000 WebSocket frames of two bytes each."""

DEPTH_AT_MOST = 1000
"""Layers inside each other that are read; a packet of nothing but IP headers in IP headers is made to cost time."""

QUOTED = "quoted"
"""The fact by which a layer says that what it hands on is the beginning of another packet (ICMP errors)."""


def dissect(record: Record, context: Context = ALONE, *, strict: bool = False, using: Registry | None = None) -> Packet:
    """Every layer of one record, from the link layer to what the messages that end here carry.

    Never raises, unless `strict`. Layers whose bytes are not in the record (reassembled, unmasked, inflated) bring
    their sources, listed once each in `Packet.sources` behind the record's own.
    """
    source = Source("record", record.data, packet=record.number)
    packet = Packet(record.number, record.time_ns, record.length, len(record.data), record.link, [source], [])
    _Dissection(packet, context, strict, using or registry()).run(record)
    return packet


class _Dissection:
    """One record on its way through the layers."""

    def __init__(self, packet: Packet, context: Context, strict: bool, protocols: Registry) -> None:
        self.packet = packet
        self.context = context
        self.strict = strict
        self.registry = protocols
        self.seen = {id(source) for source in packet.sources}
        self.conversations: dict[str, list[Conversation]] = {}
        for conversation in context.conversations:
            self.conversations.setdefault(conversation.transport, []).append(conversation)

    def run(self, record: Record) -> None:
        source = self.packet.sources[0]
        view = View(source, 0, len(record.data), "the capture", max(record.length, len(record.data)))
        first = Handover(view, (Claim("frame.link", record.link),), {"frame.link": record.link})
        self.packet.layers.append(frame_protocol.describe(record, self.context))
        waiting = [(first, 1)]
        while waiting and len(self.packet.layers) < LAYERS_AT_MOST:
            handover, depth = waiting.pop()
            layer = self._layer(handover) if depth <= DEPTH_AT_MOST else _too_deep(handover)
            if layer is None:
                continue
            if layer.surplus is not None and layer.surplus.size > 0:
                self._adopt(layer, layer.surplus)
            self.packet.layers.append(layer)
            self._remember(layer)
            waiting.extend((inside, depth + 1) for inside in reversed(layer.carries))
        frame_protocol.finish(self.packet)
        fill_gaps(self.packet)

    def _layer(self, handover: Handover) -> Layer | None:
        protocol = self.registry.claimed(handover.claims)
        if protocol is None and handover.claims:
            protocol = self.registry.guessed(handover.claims[0].table, handover.view.data[:64])
        if protocol is None:
            if not handover.fallback or handover.view.size <= 0:
                return None
            protocol = data_protocol.PROTOCOL
        if handover.node is not None:
            handover.node.tiles = False
        try:
            layer = protocol.dissect(handover.view, self._situation(protocol, handover))
            return _in_quote(layer) if handover.facts.get(QUOTED) else layer
        except Exception as error:
            if self.strict:
                raise
            return _failed(protocol, handover.view, error)

    def _adopt(self, layer: Layer, surplus: View) -> None:
        """Give bytes behind a packet's own end to the frame that was filled up with them.

        Only bytes behind the outermost length are the frame's. Those behind an inner one (a UDP length smaller than
        IP's, an IP packet in another) lie inside what an outer layer claims as payload, and become a gap.
        """
        for carrier in (layer, *reversed(self.packet.layers)):
            if carrier.adopts is not None and carrier.source is surplus.source:
                carrier.nodes.extend(carrier.adopts(surplus))
                return
            if carrier is not layer and carrier.surplus is not None:
                return

    def _situation(self, protocol: Protocol, handover: Handover) -> Situation:
        conversation = None
        if protocol.transport and self.conversations.get(protocol.name):
            conversation = self.conversations[protocol.name].pop(0)
        return Situation(handover.facts, self.context, conversation, self.packet.number, self.packet.time_ns)

    def _remember(self, layer: Layer) -> None:
        """List the sources that the layer reads, each once, in the order in which they are met."""
        known = self.seen
        if id(layer.source) not in known:
            known.add(id(layer.source))
            self.packet.sources.append(layer.source)
        for node in layer.walk():
            source = node.source
            if source is not None and id(source) not in known:
                known.add(id(source))
                self.packet.sources.append(source)


def _in_quote(layer: Layer) -> Layer:
    """What an error message quotes of a packet is cut on purpose: no fault, and all that it carries is quoted too."""
    layer.issues = [issue for issue in layer.issues if issue.kind != "truncated"]
    layer.carries = [inner._replace(facts={**inner.facts, QUOTED: True}) for inner in layer.carries]
    return layer


def _too_deep(handover: Handover) -> Layer | None:
    """What lies below the bound, as the bytes that it is, unless its carrier shows these itself."""
    view = handover.view
    if not handover.fallback or view.size <= 0:
        return None
    layer = data_protocol.PROTOCOL.dissect(view, Situation())
    text = f"only {DEPTH_AT_MOST} layers inside each other are read, and here is one more; the rest is shown as bytes"
    layer.issues.append(Issue("malformed", data_protocol.DATA.name, view.start * 8, view.size * 8, text))
    return layer


def _failed(protocol: Protocol, view: View, error: Exception) -> Layer:
    layer = data_protocol.PROTOCOL.dissect(view, Situation())
    text = f"the {protocol.label} dissector failed ({type(error).__name__}: {error}); please report this packet"
    layer.issues.append(Issue("bug", protocol.name, view.start * 8, view.size * 8, text))
    return layer


def fill_gaps(packet: Packet) -> None:
    """Give every byte that no leaf covers an explicit gap node, in the layer that stands before it.

    Afterwards the leaves of each source tile it: contiguous, without overlap, nothing left over.
    """
    owners: dict[int, list[tuple[int, int, Layer]]] = {id(source): [] for source in packet.sources}
    for layer in packet.layers:
        for leaf in layer.leaves():
            if leaf.at is not None and leaf.source is not None and leaf.width > 0:
                owners[id(leaf.source)].append((leaf.at, leaf.at + leaf.width, layer))
    for source in packet.sources:
        covered = owners[id(source)]
        covered.sort(key=lambda run: run[:2])
        for at, width, layer in _holes(covered, len(source.data) * 8, packet.layers):
            value = source.data[at >> 3 : (at + width + 7) >> 3]
            layer.nodes.append(Node(data_protocol.GAP, source, at, width, value))


def _holes(covered: Iterable[tuple[int, int, Layer]], end: int, layers: list[Layer]) -> list[tuple[int, int, Layer]]:
    holes, position, owner = [], 0, layers[0]
    for start, stop, layer in covered:
        if start > position:
            holes.append((position, start - position, owner))
        if stop > position:
            position, owner = stop, layer
    if position < end:
        holes.append((position, end - position, owner))
    return holes
