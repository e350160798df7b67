"""Following one conversation: its bytes, its HTTP exchanges, its WebSocket messages, as plain objects.

The shapes are CONTRACTS.md's, ready for json.dumps. Bodies and messages are as the program at the other end gets them:
put together, unmasked, inflated. The surprising thing: an exchange is told in the order of the requests, a WebSocket
message in the order in which it was complete, which are not the order of the packets that they begin in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

from inspector.core.layer import Layer
from inspector.core.protocol import Cut, Situation
from inspector.core.source import View
from inspector.core.spec import seconds
from inspector.streams.conversation import StreamReader

SENDERS = ("client", "server")
KINDS = {1: "text", 2: "binary"}
Object = dict[str, Any]


def follow_tcp(reader: StreamReader) -> Iterator[Object]:
    """The bytes of both directions in stream order, packet by packet; a hole says that it is one.

    The directions are merged by the packets that brought the bytes, which for bytes that came late is out of order:
    within a direction the offsets always rise.
    """
    waiting = [_pieces(reader, 0), _pieces(reader, 1)]
    following = [next(pieces, None) for pieces in waiting]
    while True:
        ready = [side for side in (0, 1) if following[side] is not None]
        if not ready:
            return
        side = min(ready, key=lambda side: cast(tuple[int, Object], following[side])[0])
        found = following[side]
        if found is not None:
            yield found[1]
        following[side] = next(waiting[side], None)


def _pieces(reader: StreamReader, side: int) -> Iterator[tuple[int, Object]]:
    """One direction's pieces and holes, each with the packet that it is merged by."""
    talk, at = reader.talk, 0
    direction = talk.sides[side]
    for start in direction.starts.tolist():
        piece = talk.piece(side, start)
        if start > at:
            missing: Object = {"sender": SENDERS[side], "offset": at, "length": start - at, "missing": True}
            yield piece.frontier, missing
        data = piece.data[start + piece.shift : piece.stop + piece.shift]
        found: Object = {"packet": piece.packet, "sender": SENDERS[side], "offset": start, "length": len(data)}
        found["data"] = _base64(data)
        yield piece.frontier, found
        at = piece.stop
    end = max(direction.extent, direction.fin_at)
    if end > at:
        yield 1 << 62, {"sender": SENDERS[side], "offset": at, "length": end - at, "missing": True}


def follow_http(reader: StreamReader) -> Iterator[Object]:
    """One object per exchange, in the order of the requests."""
    open_: dict[int, Object] = {}
    reader.advance()
    for cut in reader.cuts("http"):
        number = cut.before.number
        layer = _dissect(reader, cut)
        exchange = open_.setdefault(number, {"request": None, "response": None, "interim": [], "upgraded": None})
        if cut.side == 0:
            exchange["request"] = _request(reader, cut, layer)
            continue
        status = layer.facts.get("status", 0)
        if cut.before.interim:
            exchange["interim"].append(status)
        else:
            exchange["response"] = _response(reader, cut, layer)
        if cut.becomes is not None and status == 101:
            exchange["upgraded"] = str(cut.becomes.key)
        while (first := min(open_, default=number)) < number and _done(open_[first]):
            yield open_.pop(first)
    yield from (open_[number] for number in sorted(open_))


def _done(exchange: Mapping[str, object]) -> bool:
    return exchange["request"] is not None and exchange["response"] is not None


def _request(reader: StreamReader, cut: Cut, layer: Layer) -> Object:
    facts = layer.facts
    return {
        "packet": _head_packet(reader, cut, layer),
        "method": facts.get("method"),
        "target": facts.get("target"),
        "version": _version(layer, "http.request.version"),
        "headers": facts.get("headers", []),
        **_body(layer),
        "complete": cut.complete,
    }


def _response(reader: StreamReader, cut: Cut, layer: Layer) -> Object:
    facts = layer.facts
    return {
        "packet": _head_packet(reader, cut, layer),
        "status": facts.get("status"),
        "reason": layer.value("http.response.phrase") or "",
        "version": _version(layer, "http.response.version"),
        "headers": facts.get("headers", []),
        **_body(layer),
        "complete": cut.complete,
    }


def _version(layer: Layer, name: str) -> str | None:
    value = layer.value(name)
    return str(value).partition("/")[2] if value is not None else None


def _head_packet(reader: StreamReader, cut: Cut, layer: Layer) -> int:
    length = cast(int, layer.facts.get("head_length", cut.stop - cut.start))
    return reader.talk.ready(cut.side, cut.start + length)


def _body(layer: Layer) -> Object:
    view = cast(View | None, layer.facts.get("body"))
    if view is None:
        return {"body_length": 0, "body_sha256": None}
    return {"body_length": view.size, "body_sha256": hashlib.sha256(view.data).hexdigest()}


def follow_websocket(reader: StreamReader) -> Iterator[Object]:
    """One object per message, control frames too, in the order in which they were complete.

    Messages whose last fragments are not in the capture come last.
    """
    begun: tuple[list[tuple[Cut, Layer]], list[tuple[Cut, Layer]]] = ([], [])
    for cut in reader.cuts("websocket"):
        layer = _dissect(reader, cut)
        if "piece" in layer.facts:
            begun[cut.side].append((cut, layer))
        elif layer.facts.get("kind"):
            if layer.facts["kind"] in KINDS.values():
                begun[cut.side].clear()
            yield _message(reader, cut, layer)
    yield from (_unfinished(reader, pieces) for pieces in begun if pieces)


def _unfinished(reader: StreamReader, pieces: list[tuple[Cut, Layer]]) -> Object:
    """What there is of a message that has not ended; compressed bytes cannot be told before it has."""
    first, last = pieces[0], pieces[-1]
    kind = KINDS.get(cast(int, first[1].facts["opcode"]), "binary")
    compressed = bool(first[1].facts["compressed"])
    parts = [cast(View, layer.facts["piece"]).data for _, layer in pieces]
    data = b"" if compressed else b"".join(parts)
    found: Object = {
        "packet": last[0].packet,
        "packets": sorted({cut.packet for cut, _ in pieces}),
        "time": seconds(reader.talk.time(last[0].packet)),
        "sender": SENDERS[first[0].side],
        "kind": kind,
        **_content(kind, data),
        "length": len(data),
        "frames": len(pieces),
        "compressed": compressed,
        "wire_length": sum(cut.stop - cut.start for cut, _ in pieces),
        "complete": False,
    }
    return found


def _message(reader: StreamReader, cut: Cut, layer: Layer) -> Object:
    facts = layer.facts
    kind = str(facts["kind"])
    data = cast(View, facts["data"]).data
    found: Object = {
        "packet": cut.packet,
        "packets": sorted(set(cast(tuple[int, ...], facts["packets"]))),
        "time": seconds(reader.talk.time(cut.packet)),
        "sender": SENDERS[cut.side],
        "kind": kind,
    }
    found.update(_content(kind, data))
    found.update(
        length=len(data),
        frames=facts["frames"],
        compressed=facts["compressed"],
        wire_length=facts["wire_length"],
        complete=cut.complete and bool(facts["complete"]),
    )
    return found


def _content(kind: str, data: bytes) -> Object:
    if kind == "close":
        code = int.from_bytes(data[:2], "big") if len(data) >= 2 else None
        return {"code": code, "reason": data[2:].decode("utf-8", "replace") if code is not None else None}
    if kind == "text":
        try:
            return {"text": data.decode("utf-8")}
        except UnicodeDecodeError:
            return {"text": None, "data": _base64(data)}
    return {"data": _base64(data), "sha256": hashlib.sha256(data).hexdigest()}


def _dissect(reader: StreamReader, cut: Cut) -> Layer:
    pdu = reader.pdu(cut)
    situation = Situation(pdu.facts, number=cut.packet)
    return reader.registry.protocols[pdu.protocol].dissect(pdu.view, situation)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


FOLLOWED = {"tcp": follow_tcp, "http": follow_http, "websocket": follow_websocket}
"""What `follow --as` can be told."""
