"""One WebSocket frame, every byte named, and the message that it completes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Situation
from inspector.core.source import Origin, Source, View
from inspector.core.spec import Spec
from inspector.protocols.websocket import frame as names
from inspector.protocols.websocket import rules
from inspector.protocols.websocket.extension import INFLATED_AT_MOST, Inflated
from inspector.protocols.websocket.frame import BINARY, CLOSE, OPCODES, PING, PONG, TEXT, WebSocket
from inspector.protocols.websocket.message import Part, unmasked

SHOWN_AT_MOST = 1 << 20
"""Bytes of a payload that become the value of one field."""
SAID_AT_MOST = 120
"""Characters of a text message that the packet list shows."""
KINDS = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


def dissect(view: View, situation: Situation) -> Layer:
    """The frame that fills the view. `situation.facts` bring the message's earlier fragments and its inflated bytes."""
    return _Frame(view, situation).run()


class _Frame:
    """One frame on its way into a layer."""

    def __init__(self, view: View, situation: Situation) -> None:
        self.view, self.facts = view, situation.facts
        self.frame = WebSocket(view)
        size = self.frame.size * 8
        self.layer = Layer("websocket", "WebSocket", view.source, view.start * 8, size, self.frame.nodes)
        self.layer.protocol = "WebSocket"

    def run(self) -> Layer:
        frame, layer = self.frame, self.layer
        if frame.issue is not None:
            layer.issues.append(frame.issue)
            layer.info = "WebSocket"
            return layer
        layer.info = self._info()
        if self.facts.get("guess"):
            text = "that a frame begins here is a guess, since bytes before it are missing from the capture"
            layer.issues.append(Issue("guess", WebSocket.spec.name, layer.at, 0, text))
        self._break(rules.frame_rules(frame, self.facts))
        self._mark_compressed()
        length = frame.payload_length_ext_64 or frame.payload_length_ext_16 or frame.payload_length
        wire = frame.rest.first(length, "websocket.payload_length")
        if wire.size < length or self.view.missing:
            text = f"the payload length says {length}, but {wire.size} bytes are in the capture"
            layer.issues.append(Issue("truncated", names.PAYLOAD.name, wire.start * 8, wire.size * 8, text))
        payload = self._payload(wire)
        if frame.opcode >= 8:
            self._control(payload)
        else:
            self._data(payload)
        layer.info += self._said()
        return layer

    # Small helpers.

    def _node(self, spec: Spec, view: View, value: Value, *, tiles: bool = True) -> Node:
        return Node(spec, view.source, view.start * 8, view.size * 8, value, tiles=tiles)

    def _break(self, broken: Iterable[rules.Broken]) -> None:
        """Turn broken rules into issues on the node concerned."""
        for item in broken:
            node = next((node for node in self.layer.walk() if node.spec is item.spec), None)
            at = node.at if node is not None and node.at is not None else self.view.start * 8
            width = node.width if node is not None else self.layer.width
            self.layer.issues.append(Issue("malformed", item.spec.name, at, width, item.text))
            self.layer.facts.setdefault("rules", [])
            cast(list[rules.Broken], self.layer.facts["rules"]).append(item)

    def _info(self) -> str:
        frame = self.frame
        name = OPCODES.get(frame.opcode, "Unknown")
        return f"WebSocket {name}{' [FIN]' if frame.fin else ' [FRAGMENT]'}{' [MASKED]' if frame.mask else ''}"

    def _said(self) -> str:
        """What the message says, for the packet list: it is what most people look for there."""
        text = self.layer.value(names.PAYLOAD_TEXT.name)
        code = self.layer.value(names.STATUS_CODE.name)
        if isinstance(text, str):
            return f"  {text[:SAID_AT_MOST]}{'...' if len(text) > SAID_AT_MOST else ''}"
        return f"  {code}" if isinstance(code, int) else ""

    def _mark_compressed(self) -> None:
        """Wireshark's name for RSV1 where permessage-deflate was agreed on."""
        node = self.frame.node(WebSocket.rsv)
        if self.facts.get("deflate") is None or node is None:
            return
        compressed = bool(self.frame.rsv & 4)
        node.children.append(Node(names.PMC, node.source, node.at, 1, compressed, tiles=False))

    # The payload.

    def _payload(self, wire: View) -> View:
        """The payload without its mask, with the nodes for the bytes that were masked."""
        if not self.frame.mask or wire.size <= 0:
            return wire
        data = wire.source.data[wire.start : min(wire.end, wire.start + SHOWN_AT_MOST)]
        self.layer.nodes.append(self._node(names.MASKED_PAYLOAD, wire, data))
        return unmasked(wire, self.frame.masking_key)

    def _control(self, payload: View) -> None:
        opcode, data = self.frame.opcode, payload.data
        self._tell(opcode, payload, 1, (self._packet,), self.view.size, compressed=False)
        if not data:
            return
        holder = self._node(names.PAYLOAD, payload, data[:SHOWN_AT_MOST], tiles=False)
        self.layer.nodes.append(holder)
        if opcode == CLOSE:
            self._close(holder, payload)
            return
        spec = {PING: names.PAYLOAD_PING, PONG: names.PAYLOAD_PONG}.get(opcode, names.UNKNOWN)
        holder.children.append(self._node(spec, payload, data[:SHOWN_AT_MOST]))

    def _close(self, holder: Node, payload: View) -> None:
        data = payload.data
        close = self._node(names.PAYLOAD_CLOSE, payload, None, tiles=len(data) < 2)
        holder.children.append(close)
        if len(data) >= 2:
            code = int.from_bytes(data[:2], "big")
            close.children.append(self._node(names.STATUS_CODE, payload.first(2, "websocket"), code))
            if len(data) > 2:
                reason = data[2:].decode("utf-8", "backslashreplace")
                close.children.append(self._node(names.REASON, payload.after(2), reason))
        self._break(rules.close_rules(data))

    @property
    def _packet(self) -> int:
        return cast(int, self.facts.get("packet", 0))

    def _data(self, payload: View) -> None:
        """A piece of a message, or the piece that completes it."""
        frame = self.frame
        parts = cast(tuple[Part, ...], self.facts.get("parts", ()))
        inflated = cast(Inflated | None, self.facts.get("inflated"))
        first = cast(int, self.facts.get("first", frame.view.data[0]))
        compressed = bool(first & 0x40) and self.facts.get("deflate") is not None
        whole = frame.fin and first & 15 in KINDS and not (frame.opcode == 0 and not parts)
        plain = whole and not compressed and not parts
        if payload.size > 0 and not plain:
            spec = names.CONTINUE if frame.opcode == 0 else names.PAYLOAD
            shown = payload.data[:SHOWN_AT_MOST]
            holder = self._node(names.PAYLOAD, payload, shown, tiles=spec is names.PAYLOAD)
            if spec is not names.PAYLOAD:
                holder.children.append(self._node(spec, payload, shown))
            self.layer.nodes.append(holder)
        if not whole:
            self.layer.facts.update(piece=payload, opcode=first & 15, compressed=compressed)
            return
        message = self._joined(parts, payload) if parts else payload
        if compressed:
            message = self._inflated(inflated, message)
        packets = (*(part.packet for part in parts), self._packet)
        wire = sum(part.wire for part in parts) + self.view.size
        self._tell(first & 15, message, len(packets), packets, wire, compressed=compressed)
        if message.size > 0:
            self._message(first & 15, message, plain)

    def _joined(self, parts: tuple[Part, ...], last: View) -> View:
        """All fragments put together, with Wireshark's list of them."""
        origins, data, at = [], [], 0
        pieces = [*((part.packet, part.payload) for part in parts), (self._packet, last)]
        node = Node(names.FRAGMENTS, None, None, 0, None, tiles=False)
        for _, view in pieces:
            if view.size:
                origins.append(Origin(at, view.size, view.source, view.source.packet, view.start, view.size))
            data.append(view.data)
            at += view.size
        source = Source("Reassembled WebSocket message", b"".join(data), origins)
        node.source, node.at, node.width = source, 0, at * 8
        at = 0
        for packet, view in pieces:
            node.children.append(Node(names.FRAGMENT, source, at * 8, view.size * 8, packet, tiles=False))
            at += view.size
        node.children.append(Node(names.FRAGMENT_COUNT, None, None, 0, len(pieces), tiles=False))
        node.children.append(Node(names.REASSEMBLED_LENGTH, None, None, 0, at, tiles=False))
        node.label = f"{len(pieces)} Reassembled WebSocket fragments ({at} bytes)"
        self.layer.nodes.append(node)
        if self.facts.get("left_out"):
            text = f"the message has more than {len(parts)} fragments; those behind are left out"
            self.layer.issues.append(Issue("truncated", names.FRAGMENTS.name, self.view.start * 8, 0, text))
        return source.view(said="the last fragment")

    def _inflated(self, inflated: Inflated | None, message: View) -> View:
        if message.source.name == "Reassembled WebSocket message":
            shown = message.data[:SHOWN_AT_MOST]
            self.layer.nodes.append(self._node(names.PAYLOAD, message, shown))
        if inflated is None:
            text = "the message is compressed, and what inflating it needs is not in the capture"
            inflated = Inflated(b"", text)
        data = inflated.data
        origin = Origin(0, len(data), message.source, message.source.packet, message.start, message.size)
        source = Source("Inflated (permessage-deflate)", data, (origin,))
        if inflated.problem:
            self._break([rules.Broken("websocket.inflate-failed", names.PAYLOAD, inflated.problem, "7692#7.2.2")])
        if inflated.capped:
            text = f"the inflated message is longer than {INFLATED_AT_MOST >> 20} MB; only its beginning is shown"
            self._break([rules.Broken("websocket.inflate-capped", names.PAYLOAD, text, "7692#8")])
        return source.view(said="the end of the compressed message")

    def _message(self, opcode: int, message: View, plain: bool) -> None:
        """The whole message: its node, and who may read on."""
        data = message.data
        shown = data[:SHOWN_AT_MOST]
        node = self._node(names.PAYLOAD_BINARY, message, shown)
        if opcode == TEXT:
            node = self._node(names.PAYLOAD_TEXT, message, shown.decode("utf-8", "backslashreplace"))
        if plain:
            holder = self._node(names.PAYLOAD, message, shown, tiles=False)
            holder.children.append(node)
            self.layer.nodes.append(holder)
        else:
            self.layer.nodes.append(node)
        if opcode == TEXT and self._sure(message):
            self._break(rules.text_rules(data))
        claims = [Claim("websocket.payload", OPCODES[opcode].lower())]
        subprotocol = str(self.facts.get("http.sec_websocket_protocol", ""))
        if subprotocol:
            claims.append(Claim("http.sec_websocket_protocol", subprotocol))
        facts = {"websocket.opcode": opcode, "http.sec_websocket_protocol": subprotocol, "side": self.facts.get("side")}
        self.layer.carries.append(Handover(message, tuple(claims), facts, fallback=False, node=node))

    def _sure(self, message: View) -> bool:
        """Whether the message's bytes are all there, so that a broken character is the sender's fault."""
        inflated = cast(Inflated | None, self.facts.get("inflated"))
        whole = bool(self.facts.get("complete", True)) and not message.missing and not self.facts.get("left_out")
        return whole and (inflated is None or not (inflated.problem or inflated.capped))

    def _tell(
        self, opcode: int, data: View, frames: int, packets: tuple[int, ...], wire: int, *, compressed: bool
    ) -> None:
        self.layer.facts.update(
            kind=KINDS.get(opcode, ""),
            data=data,
            frames=frames,
            packets=packets,
            wire_length=wire,
            compressed=compressed,
            complete=bool(self.facts.get("complete", True)),
        )
