"""A WebSocket with permessage-deflate: context takeover, plain messages between, fragments with a ping among them.

The same chat message is sent again and again: the first time it is about as long as ever, then a few bytes, because
each direction remembers what it has sent (context takeover). Short messages go as they are (RSV1 is 0). Two messages
are fragmented, one plain and one compressed, and the server sends each fragment back at once, so that both directions
are in the middle of a message at the same time; a ping passes between the fragments. One fragment ends inside a
character.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.sparing import SparingClient, SparingServer
from inspector.lab.stage import Stage
from inspector.lab.talk import CHAT_PROTOCOL, PAGE, Talk, converse, echo, say

CHAT = json.dumps({"type": "chat", "data": {"name": "ram", "message": "how are you?"}})
ANOTHER = json.dumps({"type": "chat", "data": {"name": "ram", "message": "how are you, नमस्ते?"}})
WHOLE: tuple[str | bytes, ...] = (CHAT, CHAT, CHAT, "ok", CHAT, ANOTHER, bytes(4000), b"\x00\xff")

# "Grüße" in two fragments that part the two bytes of the ü.
PLAIN_PIECES = (b"Gr\xc3", b"\xbc\xc3\x9fe in fragments", b", and whole again")
COMPRESSED_PIECES = (CHAT[:40].encode(), CHAT[40:].encode(), b" " + CHAT.encode())
FRAGMENTED = (PLAIN_PIECES, COMPRESSED_PIECES)


async def serve_echo(server: ServerConnection, talk: Talk) -> None:
    """Echo whole messages whole, and fragments as soon as each one comes."""
    await echo(server, talk, len(WHOLE))
    for _ in FRAGMENTED:
        await server.send(talk.hear_pieces(server))
    await echo(server, talk, 1)


async def pieces_with_pings(client: ClientConnection, talk: Talk, pieces: tuple[bytes, ...]) -> AsyncIterator[bytes]:
    """The fragments of a message, and a ping before each but the first."""
    for number, piece in enumerate(pieces):
        if number:
            await talk.ping(client, f"before fragment {number + 1}".encode())
        yield piece


async def say_in_pieces(client: ClientConnection, talk: Talk, pieces: tuple[bytes, ...]) -> None:
    """Send a text message in fragments and wait until all of it has come back."""
    await client.send(pieces_with_pings(client, talk, pieces), text=True)
    heard = [piece async for piece in talk.hear_pieces(client)]
    if "".join(map(str, heard)) != b"".join(pieces).decode():
        raise LabError("The echo of a fragmented message was another one: run the scenario again.")


async def speak(client: ClientConnection, talk: Talk) -> None:
    """Send everything, one after the other, and close."""
    for message in WHOLE:
        await say(client, talk, message)
    for pieces in FRAGMENTED:
        await say_in_pieces(client, talk, pieces)
    await say(client, talk, CHAT)
    await client.close(1000, "that was all")


async def play(stage: Stage) -> None:
    """The whole conversation."""
    await converse(
        stage,
        serve_echo,
        speak,
        server_options={
            "compression": None,
            "extensions": [SparingServer(server_max_window_bits=12, client_max_window_bits=12)],
            "subprotocols": [CHAT_PROTOCOL],
            "origins": [PAGE],
        },
        client_options={
            "compression": None,
            "extensions": [SparingClient(client_max_window_bits=True)],
            "subprotocols": [CHAT_PROTOCOL],
            "origin": PAGE,
        },
    )


PLAIN_FIRST_FRAGMENT = "websocket.opcode == 1 && websocket.rsv == 0 && websocket.fin == 0"

SCENARIO = Scenario(
    name="websocket-deflate",
    title="A WebSocket with permessage-deflate and context takeover, fragments, and pings between them",
    sights=(
        Sight("the extension that was agreed on", 'http.sec_websocket_extensions contains "permessage-deflate"'),
        Sight("a compressed message of the client", "websocket.rsv == 4 && websocket.mask == 1"),
        Sight("the same message again in a few bytes", "websocket.rsv == 4 && websocket.payload_length < 12"),
        Sight("a plain message between compressed ones", "websocket.opcode == 1 && websocket.rsv == 0"),
        Sight("the first fragment of a plain message", PLAIN_FIRST_FRAGMENT),
        Sight("the first fragment of a compressed message", "websocket.rsv == 4 && websocket.fin == 0"),
        Sight("a continuation in the middle", "websocket.opcode == 0 && websocket.fin == 0"),
        Sight("the last, empty continuation", "websocket.opcode == 0 && websocket.fin == 1"),
        Sight("pings between the fragments", "websocket.opcode == 9"),
        Sight("the close frames, code 1000", "websocket.payload.close.status_code == 1000"),
    ),
    ports={"websocket": 8080},
    play=play,
)
