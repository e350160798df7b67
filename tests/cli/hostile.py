"""A capture in which everything that may hold text holds what a terminal would obey, hide, or turn around."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from tests.cli.made import ACK, CLOSING, OPENING, PSH, Step, tcp, write

TEXT = (
    "aü\x1b[31mRED\x1b[0m\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x07\x08\x7f\x80\x9b31m\x9d\x85"
    "\u202eturned\u202c\u2066x\u2069\u200b\u200d\u200f\ufeff\u2028\u2029\u00ad\U000e0041[@click=app.quit]x[/] \tb"
)
BYTES = TEXT.encode() + b"\r\x1b[2J\xed\xa0\x80\x9b\xff\x00"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def steps() -> list[Step]:
    line = BYTES.replace(b"\r", b"").replace(b"\x00", b"")
    accept = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    document = json.dumps({TEXT: [TEXT, {"raw": 1}]}, ensure_ascii=False).encode()
    answer = b"HTTP/1.1 200 " + line + b"\r\nX-" + line + b": " + line + b"\r\nContent-Type: application/json\r\n"
    upgrade = b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-"
    said: list[tuple[int, bytes]] = [
        (0, b"GET /" + line.replace(b" ", b"") + b" HTTP/1.1\r\nHost: " + line + b"\r\nCookie: " + line + b"\r\n\r\n"),
        (1, answer + b"Content-Length: %d\r\n\r\n" % len(document) + document),
        (0, b"GET /chat HTTP/1.1\r\nHost: x" + upgrade + b"Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n\r\n"),
        (1, b"HTTP/1.1 101 Go" + upgrade + b"Accept: " + accept + b"\r\nX-Y: " + line + b"\r\n\r\n"),
        (0, frame(1, TEXT.encode(), mask=b"\1\2\3\4")),
        (1, frame(1, document)),
        (1, frame(1, BYTES)),
        (1, frame(9, BYTES[:120])),
        (1, frame(8, b"\x03\xe8" + TEXT.encode()[:100])),
        (0, frame(8, b"\x03\xe8", mask=b"\0\0\0\0")),
    ]
    return [*OPENING, *((side, ACK | PSH, data) for side, data in said), *CLOSING]


def frame(opcode: int, data: bytes, mask: bytes = b"") -> bytes:
    """One whole WebSocket message."""
    bit = 0x80 if mask else 0
    length = bytes([bit | len(data)]) if len(data) < 126 else bytes([bit | 126]) + len(data).to_bytes(2, "big")
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)) if mask else data
    return bytes([0x80 | opcode]) + length + mask + body


def capture(path: Path) -> Path:
    """The conversation, a datagram of the same bytes, and a frame of nothing else."""
    ethernet = b"\2" * 6 + b"\4" * 6 + b"\x08\x00"
    datagram = (8 + len(BYTES)).to_bytes(2, "big") + b"\0\0" + BYTES
    header = b"\x45\0" + (28 + len(BYTES)).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2"
    return write(path, [*tcp(steps()), ethernet + header + b"\x9c\x40\x9c\x41" + datagram, BYTES * 2])
