"""One MQTT packet, every byte named: fixed header, variable header with its properties, payload."""

from __future__ import annotations

import re
from typing import cast

from inspector.core.field import decode_text
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Situation
from inspector.core.source import View
from inspector.core.spec import Spec
from inspector.protocols.mqtt import fields as names
from inspector.protocols.mqtt.grammar import remaining

PROPERTIES_AT_MOST = 2000
TOPICS_AT_MOST = 2000
V5 = 5
_BEGIN = re.compile(rb"\x10(?:[\x80-\xff]{0,3}[\x00-\x7f])(?:\x00\x04MQTT[\x04\x05]|\x00\x06MQIsdp\x03)", re.S)
_TWO = frozenset((names.PUBREL, names.SUBSCRIBE, names.UNSUBSCRIBE))
"""Packets whose header flags must be 2; of all others but PUBLISH they must be 0."""
_EMPTY = frozenset((names.PINGREQ, names.PINGRESP))
CLIENT = frozenset((names.CONNECT, names.SUBSCRIBE, names.UNSUBSCRIBE, names.PINGREQ))
SERVER = frozenset((names.CONNACK, names.SUBACK, names.UNSUBACK, names.PINGRESP))


def looks_like_mqtt(first: bytes) -> bool:
    """Whether bytes begin like a CONNECT; no other packet has anything in it that is unmistakable."""
    return _BEGIN.match(first) is not None


class _Short(Exception):
    """The packet ends where a field should be: `text` says what was needed."""

    def __init__(self, spec: Spec, text: str, kind: str = "malformed") -> None:
        super().__init__(text)
        self.spec, self.text, self.kind = spec, text, kind


def dissect(view: View, situation: Situation) -> Layer:
    """The first packet of the view; packets behind it are handed on, so that each is a layer of its own.

    `situation.facts` tell the version (`mqtt.ver`) where the connection's CONNECT was seen. Where it was not, the
    packet is read as version 5, and if it makes no sense so, as 3.1.1; what was assumed is a field.
    """
    version = cast(int, situation.facts.get("mqtt.ver", 0) or 0)
    if str(situation.facts.get("http.sec_websocket_protocol", "")).lower() == "mqttv3.1":
        version = 3
    if version:
        return _Packet(view, situation, version).run()
    packet = _Packet(view, situation, V5, assumed=True)
    layer = packet.run()
    if packet.broken and not packet.certain:
        other = _Packet(view, situation, 4, assumed=True)
        lower = other.run()
        return layer if other.broken else lower
    return layer


class _Packet:
    """One packet on its way into a layer."""

    def __init__(self, view: View, situation: Situation, version: int, *, assumed: bool = False) -> None:
        self.view, self.facts, self.version, self.assumed = view, situation.facts, version, assumed
        self.data, self.at, self.end = view.source.data, view.start, view.end
        self.layer = Layer("mqtt", "MQ Telemetry Transport Protocol", view.source, view.start * 8, view.size * 8)
        self.layer.protocol = "MQTT"
        self.nodes = self.layer.nodes
        self.type, self.flags = 0, 0
        self.broken = False
        """Whether the packet cannot be read as this version has it."""
        self.certain = False
        """Whether its form is the same in all versions, or tells the version itself."""

    def run(self) -> Layer:
        try:
            self._fixed_header()
            self._body()
            if self.at < self.end:
                self._issue("malformed", names.REST, self.at, self.end, "the packet should end here, but goes on")
                self.broken = True
        except _Short as short:
            self.broken = True
            if self.wanted <= self.end:  # else it is said already that the packet is not all here
                self._issue(short.kind, short.spec, self.at, self.end, short.text)
        if self.at < self.end:
            self._leaf(names.REST, self.end, self.data[self.at : self.end], into=self.layer.nodes)
        self.layer.width = self.end * 8 - self.layer.at
        self._hand_on_rest()
        return self.layer

    wanted = 0
    """Where the packet ends by its length."""

    # Small helpers.

    def _issue(self, kind: str, spec: Spec, start: int, stop: int, text: str) -> None:
        self.layer.issues.append(Issue(kind, spec.name, start * 8, (stop - start) * 8, text))

    def _leaf(self, spec: Spec, stop: int, value: Value, into: list[Node] | None = None) -> Node:
        node = Node(spec, self.view.source, self.at * 8, (stop - self.at) * 8, value, tiles=stop > self.at)
        (self.nodes if into is None else into).append(node)
        self.at = stop
        return node

    def _need(self, spec: Spec, size: int, limit: int) -> None:
        if self.at + size > limit:
            left = limit - self.at
            raise _Short(spec, f"{spec.label} needs {size} byte{'' if size == 1 else 's'}, but {left} are left")

    def _number(self, spec: Spec, size: int, limit: int = -1) -> int:
        self._need(spec, size, self.end if limit < 0 else limit)
        value = int.from_bytes(self.data[self.at : self.at + size], "big")
        self._leaf(spec, self.at + size, value)
        return value

    def _varint(self, spec: Spec, limit: int) -> int:
        found = remaining(self.data[self.at : min(self.at + 4, limit)], 0)
        if found is None:
            ended = limit == self.view.end and limit - self.at < 4
            text = f"{spec.label} should end within four bytes, each with seven bits of it"
            raise _Short(spec, text, "truncated" if ended else "malformed")
        self._leaf(spec, self.at + found[1], found[0])
        return found[0]

    def _string(self, length: Spec, spec: Spec, limit: int = -1) -> str:
        limit = self.end if limit < 0 else limit
        size = self._number(length, 2, limit)
        self._need(spec, size, limit)
        data = self.data[self.at : self.at + size]
        node = self._leaf(spec, self.at + size, data if spec.kind == "bytes" else decode_text(data))
        return "" if spec.kind == "bytes" else cast(str, node.value)

    def _bits(self, spec: Spec, parts: tuple[tuple[int, Spec], ...]) -> int:
        """A byte of flags, its bits from the most significant on."""
        value = self._number(spec, 1)
        self._split(self.nodes[-1], value, parts)
        return value

    def _split(self, node: Node, value: int, parts: tuple[tuple[int, Spec], ...]) -> None:
        at, shift = node.at or 0, 8
        for width, part in parts:
            shift -= width
            bits = value >> shift & ((1 << width) - 1)
            shown: Value = bool(bits) if part.kind == "bool" else bits
            node.children.append(Node(part, self.view.source, at, width, shown))
            at += width

    # The fixed header (2.1).

    def _fixed_header(self) -> None:
        first = self._number(names.HDRFLAGS, 1)
        self.type, self.flags = first >> 4, first & 15
        publish = self.type == names.PUBLISH
        flags = ((1, names.DUP), (2, names.QOS_LEVEL), (1, names.RETAIN)) if publish else ((4, names.RESERVED),)
        self._split(self.nodes[-1], first, ((4, names.MSGTYPE), *flags))
        self.layer.info = names.PACKETS[self.type]
        length = self._varint(names.LENGTH, self.end)
        self.wanted = self.at + length
        if self.wanted > self.end:
            text = f"the length says {length} bytes, but {self.end - self.at} are here"
            if "websocket.opcode" in self.facts:
                text += "; the packet may go on in the next message"
            self._issue("truncated", names.LENGTH, self.at, self.end, text)
        self.end = min(self.wanted, self.end)
        self._check_flags()

    def _check_flags(self) -> None:
        start = self.layer.at // 8
        if self.type == 0:
            self._issue("malformed", names.MSGTYPE, start, start + 1, "the type 0 is reserved")
        elif self.type == names.PUBLISH:
            if self.flags & 6 == 6:
                self._issue("malformed", names.QOS_LEVEL, start, start + 1, "there is no quality of service 3")
            elif not self.flags & 6 and self.flags & 8:
                self._issue("malformed", names.DUP, start, start + 1, "DUP must not be set with quality of service 0")
        elif self.flags != (2 if self.type in _TWO else 0):
            wanted = 2 if self.type in _TWO else 0
            text = f"the flags of a {self.layer.info} should be {wanted}, but are {self.flags}"
            self._issue("malformed", names.RESERVED, start, start + 1, text)
        side = self.facts.get("side")
        if (side == 0 and self.type in SERVER) or (side == 1 and self.type in CLIENT):
            text = f"a {'server' if side == 0 else 'client'} sends {self.layer.info}, but the other side did"
            self._issue("malformed", names.MSGTYPE, start, start + 1, text)

    # What each packet holds (3.1 to 3.15).

    def _body(self) -> None:
        kind = self.type
        if kind == names.CONNECT:
            self.certain = True
            self._connect()
        elif kind == names.PUBLISH:
            self._assume()
            self._publish()
        elif kind in (names.SUBSCRIBE, names.UNSUBSCRIBE):
            self._assume()
            self._topics()
        elif kind in (names.SUBACK, names.UNSUBACK):
            self._assume()
            self._grants()
        elif kind == names.CONNACK:
            self._assume()
            self._connack()
        elif kind not in _EMPTY and kind:
            self._short_forms()

    def _assume(self) -> None:
        if self.assumed:
            self.nodes.append(Node(names.ASSUMED, None, None, 0, self.version))

    def _connect(self) -> None:
        self._string(names.PROTO_LEN, names.PROTONAME)
        self.version = self._number(names.VERSION, 1) & 0x7F
        self.assumed = False
        flags = self._bits(names.CONFLAGS, names.CONFLAG_PARTS)
        if flags & 1:
            self._issue("malformed", names.CONFLAGS, self.at - 1, self.at, "the last of the connect flags must be 0")
        self._number(names.KALIVE, 2)
        if self.version == V5:
            self._properties(names.PROPERTIES)
        self._string(names.CLIENTID_LEN, names.CLIENTID)
        if flags & 4:
            if self.version == V5:
                self._properties(names.WILL_PROPERTIES)
            self._string(names.WILLTOPIC_LEN, names.WILLTOPIC)
            self._string(names.WILLMSG_LEN, names.WILLMSG)
        if flags & 0x80:
            self._string(names.USERNAME_LEN, names.USERNAME)
        if flags & 0x40:
            self._string(names.PASSWD_LEN, names.PASSWD)

    def _connack(self) -> None:
        self._bits(names.CONACK_FLAGS, names.CONACK_PARTS)
        self._number(names.REASON[names.CONNACK] if self.version == V5 else names.CONACK_VAL, 1)
        if self.version == V5:
            self._properties(names.PROPERTIES)

    def _publish(self) -> None:
        topic = self._string(names.TOPIC_LEN, names.TOPIC)
        identifier = f" (id={self._number(names.MSGID, 2)})" if self.flags & 6 else ""
        self.layer.info += f"{identifier} [{topic}]"
        media = self._properties(names.PROPERTIES) if self.version == V5 else ""
        start = self.at
        node = self._leaf(names.MSG, self.end, self.data[self.at : self.end])
        if start < self.end:
            # Without a content type it is a second chance for who knows messages by their first bytes (JSON).
            claim = Claim("media_type", media) if media else Claim("websocket.payload", "text")
            view = View(self.view.source, start, self.end, "mqtt.len")
            facts = {"http.content_type": media}
            self.layer.carries.append(Handover(view, (claim,), facts, fallback=False, node=node))

    def _topics(self) -> None:
        self.layer.info += f" (id={self._number(names.MSGID, 2)})"
        if self.version == V5:
            self._properties(names.PROPERTIES)
        shown: list[str] = []
        while self.at < self.end and len(shown) < TOPICS_AT_MOST:
            shown.append(self._string(names.TOPIC_LEN, names.TOPIC))
            if self.type == names.SUBSCRIBE and self.version == V5:
                self._bits(names.SUB_OPTIONS, names.SUB_OPTION_PARTS)
            elif self.type == names.SUBSCRIBE:
                self._number(names.SUB_QOS, 1)
        if not shown:
            raise _Short(names.TOPIC, "at least one topic should be named")
        self.layer.info += "".join(f" [{topic}]" for topic in shown[:3]) + (" ..." if len(shown) > 3 else "")

    def _grants(self) -> None:
        """Version 5 has a reason for each topic in both packets, 3.1.1 a quality of service in SUBACK alone."""
        self.layer.info += f" (id={self._number(names.MSGID, 2)})"
        if self.version == V5:
            self._properties(names.PROPERTIES)
            if self.at == self.end:
                raise _Short(names.REASON[self.type], "at least one reason code should be here")
        elif self.type == names.UNSUBACK:
            return
        spec = names.REASON[self.type] if self.version == V5 else names.SUBACK_QOS
        for _ in range(min(self.end - self.at, TOPICS_AT_MOST)):
            self._number(spec, 1)

    def _short_forms(self) -> None:
        """Packets whose end may be left out in version 5, where reason 0 and no properties are meant."""
        if self.type not in (names.DISCONNECT, names.AUTH):
            self.layer.info += f" (id={self._number(names.MSGID, 2)})"
        if self.at < self.end and self.version == V5:
            self._assume()
            self._number(names.REASON[self.type], 1)
            if self.at < self.end:
                self._properties(names.PROPERTIES)

    # Properties (2.2.2).

    def _properties(self, spec: Spec) -> str:
        """All properties, below one node; returns the content type if one of them is that."""
        outer, media = self.nodes, ""
        whole = Node(spec, self.view.source, self.at * 8, 0, None)
        outer.append(whole)
        self.nodes = whole.children
        try:
            size = self._varint(names.PROPERTY_LEN, self.end)
            if self.at + size > self.end:
                raise _Short(spec, f"the properties should have {size} bytes, but {self.end - self.at} are left")
            stop = self.at + size
            count = 0
            while self.at < stop and count < PROPERTIES_AT_MOST:
                media = self._property(stop) or media
                count += 1
        finally:
            self.nodes = outer
            whole.width = self.at * 8 - (whole.at or 0)
            if not whole.children:
                outer.remove(whole)
        return media

    def _property(self, stop: int) -> str:
        number = self._number(names.PROPERTY_ID, 1, stop)
        known = names.KNOWN_PROPERTIES.get(number)
        if known is None:
            raise _Short(names.PROPERTY_ID, f"there is no property 0x{number:02x}, so nobody knows how long it is")
        if isinstance(known.form, int):
            self._number(known.spec, known.form, stop)
        elif known.form == "varint":
            self._varint(known.spec, stop)
        elif known.form == "pair":
            self._string(names.PROP_KEY_LEN, names.PROP_KEY, stop)
            self._string(names.PROP_VALUE_LEN, names.PROP_VALUE, stop)
        elif known.form == "counted":
            self._need(known.spec, 2, stop)
            size = 2 + int.from_bytes(self.data[self.at : self.at + 2], "big")
            self._need(known.spec, size, stop)
            text = decode_text(self.data[self.at + 2 : self.at + size])
            self._leaf(known.spec, self.at + size, text)
            return text.split(";")[0].strip().lower()
        else:
            self._string(names.PROP_STRING_LEN, names.PROP_STRING, stop)
        return ""

    def _hand_on_rest(self) -> None:
        """Packets behind this one. What was assumed for this one is not passed on: each is judged by itself."""
        if self.end < self.view.end:
            rest = View(self.view.source, self.end, self.view.end, self.view.said)
            version = 0 if self.assumed else self.version
            facts = {**self.facts, "mqtt.ver": version}
            self.layer.carries.append(Handover(rest, (Claim("protocol", "mqtt"),), facts))
