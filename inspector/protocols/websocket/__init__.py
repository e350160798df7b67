"""WebSocket (RFC 6455): messages in both directions over one TCP connection, after an HTTP upgrade.

A message is one frame or several; control frames (close, ping, pong) may stand between the frames of a message. The
surprising thing: what a client sends is masked, XORed with four bytes that stand in the frame itself. That hides
nothing; it keeps old proxies from mistaking the bytes for HTTP. With permessage-deflate (RFC 7692) a message can only
be inflated with all messages before it in its direction. `frame` declares the header, `grammar` cuts the stream into
frames, `message` puts messages together, `dissect` names every byte, `rules` is what RFC 6455 forbids.
"""

from __future__ import annotations

from inspector.core.layer import Claim
from inspector.core.protocol import Protocol
from inspector.protocols.websocket.dissect import dissect
from inspector.protocols.websocket.frame import FIELDS, HEADERS
from inspector.protocols.websocket.grammar import WebSocketGrammar, speaks_websocket

PROTOCOL = Protocol(
    "websocket",
    "WebSocket",
    dissect,
    headers=HEADERS,
    fields=FIELDS,
    claims=(Claim("http.upgrade", "websocket"),),
    guess_talk=speaks_websocket,
    grammar=WebSocketGrammar(),
)
