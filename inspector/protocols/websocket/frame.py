"""The frame's header, RFC 6455 section 5.2, and the names of what a frame can hold."""

from __future__ import annotations

from typing import NamedTuple

from inspector.core.field import Header, bit, bits, group, raw, u16, u64
from inspector.core.spec import Spec, computed

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

OPCODES = {
    CONTINUATION: "Continuation",
    TEXT: "Text",
    BINARY: "Binary",
    CLOSE: "Connection Close",
    PING: "Ping",
    PONG: "Pong",
}

CLOSE_CODES = {
    1000: "Normal Closure", 1001: "Going Away", 1002: "Protocol error", 1003: "Unsupported Data",
    1004: "---Reserved----", 1005: "No Status Rcvd", 1006: "Abnormal Closure", 1007: "Invalid frame payload data",
    1008: "Policy Violation", 1009: "Message Too Big", 1010: "Mandatory Ext.", 1011: "Internal Server",
    1012: "Service Restart", 1013: "Try Again Later", 1014: "Bad Gateway", 1015: "TLS handshake",
}  # fmt: skip
"""The IANA registry "WebSocket Close Code Number", in Wireshark's wording."""


class WebSocket(Header, name="websocket", label="WebSocket"):
    """RFC 6455 section 5.2; the payload behind it is masked or not, inflated or not, and has nodes of its own."""

    fin = bit("Fin")
    rsv = group(
        3,
        "Reserved",
        options={"base": "hex", "digits": 2},
        rsv1=bit("RSV1", name="websocket.rsv1"),
        rsv2=bit("RSV2", name="websocket.rsv2"),
        rsv3=bit("RSV3", name="websocket.rsv3"),
    )
    opcode = bits(4, "Opcode", names=OPCODES)
    mask = bit("Mask")
    payload_length = bits(7, "Payload length")
    payload_length_ext_16 = u16("Extended Payload length (16 bits)", when=lambda frame: frame.payload_length == 126)
    payload_length_ext_64 = u64("Extended Payload length (64 bits)", when=lambda frame: frame.payload_length == 127)
    masking_key = raw(4, "Masking-Key", when=lambda frame: frame.mask)


PMC = computed("websocket.pmc", "Per-Message Compressed", "bool")
MASKED_PAYLOAD = Spec("websocket.masked_payload", "Masked payload", "none", key="masked_payload")
PAYLOAD = Spec("websocket.payload", "Payload", "none", key="payload")
CONTINUE = Spec("websocket.payload.continue", "Continue", "bytes", key="continue")
PAYLOAD_TEXT = computed("websocket.payload.text", "Text", "str")
PAYLOAD_BINARY = Spec("websocket.payload.binary", "Binary", "bytes", key="binary")
PAYLOAD_CLOSE = Spec("websocket.payload.close", "Close", "none", key="close")
STATUS_CODE = computed("websocket.payload.close.status_code", "Status code", names=CLOSE_CODES)
REASON = computed("websocket.payload.close.reason", "Reason", "str")
PAYLOAD_PING = Spec("websocket.payload.ping", "Ping", "bytes", key="ping")
PAYLOAD_PONG = Spec("websocket.payload.pong", "Pong", "bytes", key="pong")
UNKNOWN = Spec("websocket.payload.unknown", "Unknown", "bytes", key="unknown")
FRAGMENTS = Spec("websocket.fragments", "Reassembled WebSocket fragments", "none", key="fragments")
FRAGMENT = computed("websocket.fragment", "Fragment in packet")
FRAGMENT_COUNT = computed("websocket.fragment.count", "Fragment count")
REASSEMBLED_LENGTH = computed("websocket.reassembled.length", "Reassembled payload length")

FIELDS = (
    PMC, MASKED_PAYLOAD, PAYLOAD, CONTINUE, PAYLOAD_TEXT, PAYLOAD_BINARY, PAYLOAD_CLOSE, STATUS_CODE, REASON,
    PAYLOAD_PING, PAYLOAD_PONG, UNKNOWN, FRAGMENTS, FRAGMENT, FRAGMENT_COUNT, REASSEMBLED_LENGTH,
)  # fmt: skip
HEADERS = (WebSocket,)


class Frame(NamedTuple):
    """A frame's header read quickly, for cutting: first byte, masking key (empty: none), where the payload stands."""

    first: int
    key: bytes
    payload: int
    stop: int

    @property
    def opcode(self) -> int:
        return self.first & 15


def read_frame(head: bytes, at: int) -> Frame | None:
    """The frame that begins with these bytes (14 are enough) at offset `at`; None if its header is not all there."""
    if len(head) < 2:
        return None
    length, size = head[1] & 127, 2
    if length == 126:
        length, size = int.from_bytes(head[2:4], "big"), 4
    elif length == 127:
        length, size = int.from_bytes(head[2:10], "big"), 10
    key = b""
    if head[1] & 128:
        key, size = head[size : size + 4], size + 4
    if len(head) < size:
        return None
    return Frame(head[0], key, at + size, at + size + length)
