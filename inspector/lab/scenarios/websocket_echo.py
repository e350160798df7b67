"""One WebSocket connection without compression: text, binary of all three length forms, ping, pong, push, close.

The client offers two subprotocols, and comes with the Origin of a page on port 3000. The server sends everything back;
once, it says something unasked, which over plain HTTP a server cannot do.
"""

from __future__ import annotations

import asyncio
import json

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.typing import Subprotocol

from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.talk import CHAT_PROTOCOL, PAGE, Talk, converse, echo, say

CHAT = json.dumps({"type": "chat", "data": {"name": "ram"}})
PUSHED = json.dumps({"type": "chat", "data": {"name": "server", "message": "nobody asked me"}})
TEXTS = ("Hello from client", "Grüße, नमस्ते, 👋", CHAT, "")
PAUSE = 0.2


def counting_bytes(length: int) -> bytes:
    """00 01 02 ... ff 00 01 ..."""
    return (bytes(range(256)) * (length // 256 + 1))[:length]


# The longest payload whose length fits into 7 bits, the shortest that needs 16, and one that needs 64.
BINARIES = tuple(counting_bytes(length) for length in (125, 126, 70_000))


async def serve_echo(server: ServerConnection, talk: Talk) -> None:
    """Echo; after a silence ping the client and push a message."""
    await echo(server, talk, len(TEXTS))
    await asyncio.sleep(PAUSE)
    await talk.ping(server, b"are you there?")
    await server.send(PUSHED)
    await echo(server, talk, len(BINARIES))


async def speak(client: ClientConnection, talk: Talk) -> None:
    """Send everything, one after the other, and close."""
    for text in TEXTS:
        await say(client, talk, text)
    await talk.hear(client)
    await talk.ping(client, b"and you?")
    for data in BINARIES:
        await say(client, talk, data)
    await client.close(1000, "goodbye")


async def play(stage: Stage) -> None:
    """The whole conversation."""
    await converse(
        stage,
        serve_echo,
        speak,
        server_options={"compression": None, "subprotocols": [CHAT_PROTOCOL], "origins": [PAGE]},
        client_options={"compression": None, "subprotocols": [Subprotocol("stomp"), CHAT_PROTOCOL], "origin": PAGE},
    )


SCENARIO = Scenario(
    name="websocket-echo",
    title="A WebSocket without compression: text, binary of all three length forms, ping, pong, push, close",
    sights=(
        Sight("the request for the upgrade", 'http.upgrade == "websocket" && http.request'),
        Sight("the server's agreement", "http.response.code == 101"),
        Sight("the subprotocol that the server chose", "http.sec_websocket_protocol && http.response"),
        Sight("a masked text message of the client", "websocket.opcode == 1 && websocket.mask == 1"),
        Sight("the same text, unmasked, of the server", "websocket.opcode == 1 && websocket.mask == 0"),
        Sight("an empty message", "websocket.opcode == 1 && websocket.payload_length == 0"),
        Sight("a length in 7 bits", "websocket.opcode == 2 && websocket.payload_length == 125"),
        Sight("a length in 16 bits", "websocket.payload_length_ext_16 == 126"),
        Sight("a length in 64 bits", "websocket.payload_length_ext_64 == 70000"),
        Sight("pings of both sides", "websocket.opcode == 9"),
        Sight("pongs of both sides", "websocket.opcode == 10"),
        Sight("the close frames, code 1000", "websocket.payload.close.status_code == 1000"),
    ),
    ports={"websocket": 8080},
    play=play,
)
