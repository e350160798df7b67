"""A small MQTT broker for scenarios: one client, both versions in use, over a TCP socket or WebSocket messages.

It answers every packet as OASIS MQTT 3.1.1 and 5.0 ask, and sends what a client publishes back to it as a subscriber.
What it received is noted. It knows no more than one well-behaved client needs: no sessions, no retained messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.lab.errors import LabError
from inspector.lab.log import Entry

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)
REASON_STRING = 0x1F


def varint(number: int) -> bytes:
    """Seven bits a byte, least significant first."""
    parts = []
    while True:
        number, low = divmod(number, 128)
        parts.append(low | (128 if number else 0))
        if not number:
            return bytes(parts)


def packet(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """A packet with its fixed header."""
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def string(text: str) -> bytes:
    """Two bytes of length, then UTF-8."""
    return len(text.encode()).to_bytes(2, "big") + text.encode()


class Reading:
    """A packet's bytes, read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        """The next bytes as a number."""
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        """A counted string."""
        return self.take(self.number(2)).decode()

    def varint(self) -> int:
        """A number of seven bits a byte."""
        number, shift = 0, 0
        while True:
            byte = self.number(1)
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    @property
    def more(self) -> bool:
        """Whether bytes are left."""
        return self.at < len(self.data)


class Broker:
    """One connection's far end: bytes in, packets out."""

    def __init__(self) -> None:
        self.version = 0
        self.received: list[Entry] = []
        self._waiting = b""
        self._held: dict[int, tuple[str, bytes]] = {}
        self._next_id = 100

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, whole packets or not, and give the packets to send for them. Raises LabError on a strange one."""
        self._waiting += data
        while len(self._waiting) >= 2:
            head = Reading(self._waiting)
            first, size = head.number(1), head.varint()
            if len(self._waiting) < head.at + size:
                return
            body = self._waiting[head.at : head.at + size]
            self._waiting = self._waiting[head.at + size :]
            yield from self._answer(first >> 4, first & 15, Reading(body))

    def _skip_properties(self, body: Reading) -> None:
        if self.version == 5:
            body.take(body.varint())

    @property
    def _no_properties(self) -> bytes:
        return b"\0" if self.version == 5 else b""

    def _answer(self, kind: int, flags: int, body: Reading) -> Iterator[bytes]:
        if kind == CONNECT:
            body.text()
            self.version = body.number(1)
            body.take(3)
            self._skip_properties(body)
            self.received.append({"packet": "CONNECT", "version": self.version, "client_id": body.text()})
            yield packet(CONNACK, b"\0\0" + self._welcome())
        elif kind == PUBLISH:
            yield from self._published(flags >> 1 & 3, bool(flags & 1), body)
        elif kind == PUBREL:
            number = body.number(2)
            yield packet(PUBCOMP, number.to_bytes(2, "big"))
            yield self._forward(*self._held.pop(number), qos=2)
        elif kind == PUBREC:
            yield packet(PUBREL, body.take(2), 2)
        elif kind in (SUBSCRIBE, UNSUBSCRIBE):
            yield self._subscription(kind, body)
        elif kind == PINGREQ:
            yield packet(PINGRESP)
        elif kind not in (PUBACK, PUBCOMP, DISCONNECT):
            raise LabError(f"The client sent a packet of type {kind}, for which the lab's broker has no answer.")

    def _welcome(self) -> bytes:
        """In version 5 a word with the agreement: Topic Alias Maximum 10 and a reason string."""
        if self.version != 5:
            return b""
        properties = b"\x22\x00\x0a" + bytes([REASON_STRING]) + string("welcome")
        return varint(len(properties)) + properties

    def _published(self, qos: int, retain: bool, body: Reading) -> Iterator[bytes]:
        topic = body.text()
        number = body.number(2) if qos else 0
        self._skip_properties(body)
        payload = body.data[body.at :]
        self.received.append(
            {"packet": "PUBLISH", "topic": topic, "payload": payload.hex(), "qos": qos, "retain": retain}
        )
        if qos == 2:
            self._held[number] = (topic, payload)
            yield packet(PUBREC, number.to_bytes(2, "big"))
            return
        if qos:
            yield packet(PUBACK, number.to_bytes(2, "big"))
        yield self._forward(topic, payload, qos)

    def _forward(self, topic: str, payload: bytes, qos: int) -> bytes:
        """The message as the subscriber gets it."""
        self._next_id += 1
        number = self._next_id.to_bytes(2, "big") if qos else b""
        return packet(PUBLISH, string(topic) + number + self._no_properties + payload, qos << 1)

    def _subscription(self, kind: int, body: Reading) -> bytes:
        number = body.take(2)
        self._skip_properties(body)
        topics, codes = [], b""
        while body.more:
            topics.append(body.text())
            codes += bytes([body.number(1) & 3 if kind == SUBSCRIBE else 0])
        name = "SUBSCRIBE" if kind == SUBSCRIBE else "UNSUBSCRIBE"
        self.received.append({"packet": name, "topics": topics})
        if kind == UNSUBSCRIBE and self.version != 5:
            codes = b""
        return packet(SUBACK if kind == SUBSCRIBE else UNSUBACK, number + self._no_properties + codes)
