"""What RFC 6455 and RFC 7692 forbid in a frame, each broken rule with its section.

Rules about the handshake and about the end of the connection need several packets and are judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.core.spec import Spec
from inspector.protocols.websocket.frame import OPCODES, PAYLOAD, REASON, STATUS_CODE, WebSocket


class Broken(NamedTuple):
    """A broken rule: its name as verdicts call it, the field it is about, a sentence, and "RFC#section"."""

    rule: str
    spec: Spec
    text: str
    rfc: str


def frame_rules(frame: WebSocket, facts: Mapping[str, object]) -> Iterator[Broken]:
    """The rules that the header alone, and what came before it, can break."""
    opcode = frame.opcode
    yield from _mask_rules(frame, facts.get("side"))
    if opcode not in OPCODES:
        text = f"opcode {opcode} is reserved: a receiver has to fail the connection (RFC 6455 5.2)"
        yield Broken("websocket.opcode-reserved", WebSocket.opcode, text, "6455#5.2")
    yield from _rsv_rules(frame, facts)
    yield from _length_rules(frame)
    if opcode >= 8:
        yield from _control_rules(frame)
    elif opcode in OPCODES and "open" in facts:
        yield from _order_rules(frame, facts)


def _mask_rules(frame: WebSocket, side: object) -> Iterator[Broken]:
    if side == 0 and not frame.mask:
        text = "a client must mask every frame that it sends, this one is not masked (RFC 6455 5.1)"
        yield Broken("websocket.client-frame-unmasked", WebSocket.mask, text, "6455#5.1")
    elif side == 1 and frame.mask:
        text = "a server must not mask any frame that it sends, this one is masked (RFC 6455 5.1)"
        yield Broken("websocket.server-frame-masked", WebSocket.mask, text, "6455#5.1")


def _rsv_rules(frame: WebSocket, facts: Mapping[str, object]) -> Iterator[Broken]:
    rsv = int(frame.rsv)
    if not rsv or "deflate" not in facts:
        return
    if rsv & 3 or facts["deflate"] is None:
        text = f"reserved bits are set ({rsv:03b}), but no extension that means them was agreed on (RFC 6455 5.2)"
        yield Broken("websocket.rsv-without-extension", WebSocket.rsv, text, "6455#5.2")
    elif frame.opcode == 0 or frame.opcode >= 8:
        text = "RSV1 may only be set on the first frame of a text or binary message (RFC 7692 6.1)"
        yield Broken("websocket.rsv-without-extension", WebSocket.rsv, text, "7692#6.1")


def _length_rules(frame: WebSocket) -> Iterator[Broken]:
    short, long = frame.payload_length_ext_16, frame.payload_length_ext_64
    if short is not None and short < 126:
        text = f"the length {short} fits in 7 bits and must not be written in 16 (RFC 6455 5.2)"
        yield Broken("websocket.length-not-minimal", WebSocket.payload_length_ext_16, text, "6455#5.2")
    if long is not None and long < 1 << 16:
        text = f"the length {long} fits in 16 bits and must not be written in 64 (RFC 6455 5.2)"
        yield Broken("websocket.length-not-minimal", WebSocket.payload_length_ext_64, text, "6455#5.2")
    if long is not None and long >> 63:
        text = "the most significant bit of a 64-bit length must be 0 (RFC 6455 5.2)"
        yield Broken("websocket.length-top-bit", WebSocket.payload_length_ext_64, text, "6455#5.2")


def _control_rules(frame: WebSocket) -> Iterator[Broken]:
    if frame.payload_length > 125:
        text = "a control frame's payload must not be longer than 125 bytes (RFC 6455 5.5)"
        yield Broken("websocket.control-too-long", WebSocket.payload_length, text, "6455#5.5")
    if not frame.fin:
        text = "a control frame must not be fragmented, its FIN bit must be set (RFC 6455 5.5)"
        yield Broken("websocket.control-fragmented", WebSocket.fin, text, "6455#5.5")


def _order_rules(frame: WebSocket, facts: Mapping[str, object]) -> Iterator[Broken]:
    if frame.opcode == 0 and not facts["open"] and not facts.get("midstream"):
        text = "a continuation frame without a message that was begun before it (RFC 6455 5.4)"
        yield Broken("websocket.continuation-orphan", WebSocket.opcode, text, "6455#5.4")
    if frame.opcode != 0 and facts["open"]:
        text = "a new message begins although the fragmented one before it has not ended (RFC 6455 5.4)"
        yield Broken("websocket.message-interrupted", WebSocket.opcode, text, "6455#5.4")
    if facts.get("closed"):
        text = "after its close frame a side must not send any more messages (RFC 6455 5.5.1)"
        yield Broken("websocket.data-after-close", WebSocket.opcode, text, "6455#5.5.1")


def text_rules(data: bytes, final: bool = True) -> Iterator[Broken]:
    """A whole text message must be UTF-8."""
    problem = invalid_utf8(data)
    if problem:
        text = f"a text message must be UTF-8, but {problem} (RFC 6455 8.1)"
        yield Broken("websocket.text-invalid-utf8", PAYLOAD, text, "6455#8.1")


def invalid_utf8(data: bytes) -> str:
    """Where bytes stop to be UTF-8, in words; empty if they are."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start} ({data[error.start]:#04x}) begins no valid character"
    return ""


def close_rules(payload: bytes) -> Iterator[Broken]:
    """The payload of a close frame: nothing, or a code of two bytes and a reason (RFC 6455 5.5.1, 7.4)."""
    if len(payload) == 1:
        text = "a close frame's payload begins with a status code of two bytes, this has one byte (RFC 6455 5.5.1)"
        yield Broken("websocket.close-payload-one-byte", PAYLOAD, text, "6455#5.5.1")
    if len(payload) < 2:
        return
    code = int.from_bytes(payload[:2], "big")
    if not may_be_sent(code):
        text = f"the status code {code} must not be sent in a close frame (RFC 6455 7.4)"
        yield Broken("websocket.close-code-invalid", STATUS_CODE, text, "6455#7.4")
    problem = invalid_utf8(payload[2:])
    if problem:
        text = f"the reason must be UTF-8, but {problem} (RFC 6455 5.5.1)"
        yield Broken("websocket.close-reason-invalid-utf8", REASON, text, "6455#5.5.1")


def may_be_sent(code: int) -> bool:
    """Whether a close frame may carry this code: the assigned ones but 1004 to 1006 and 1015, and 3000 to 4999."""
    return code in (1000, 1001, 1002, 1003, *range(1007, 1015)) or 3000 <= code < 5000
