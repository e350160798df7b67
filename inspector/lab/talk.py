"""A WebSocket conversation between a real server and a real client, both of the library `websockets`.

`converse` brings the two together on the stage. What they say is scripted by two coroutines, one for each end; every
message is noted in the log by the end that received it, so the log's order is that of the wire as long as the script
takes turns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.http11 import Request, Response
from websockets.typing import Origin, Subprotocol

from inspector.lab.errors import LabError
from inspector.lab.log import Entry, body_entry, data_entry, end_name
from inspector.lab.sparing import SparingDeflate
from inspector.lab.stage import Stage

PAGE = Origin("http://localhost:3000")
CHAT_PROTOCOL = Subprotocol("my-custom-json-protocol")

ClientScript = Callable[[ClientConnection, "Talk"], Awaitable[None]]
ServerScript = Callable[[ServerConnection, "Talk"], Awaitable[None]]


class Talk:
    """What was said on one connection, in order."""

    def __init__(self) -> None:
        self.messages: list[Entry] = []

    def note(self, sender: str, kind: str, payload: str | bytes, **more: object) -> None:
        """Note a message that has arrived whole."""
        if isinstance(payload, str):
            entry: Entry = {"text": payload, "length": len(payload.encode())}
        else:
            entry = data_entry(payload)
        self.messages.append({"sender": sender, "kind": kind, **entry, **more})

    async def hear(self, receiver: Connection) -> str | bytes:
        """Wait for one message that is one frame, note it, and return it."""
        message = await receiver.recv()
        self._note_data(receiver, message, 1)
        return message

    async def hear_pieces(self, receiver: Connection) -> AsyncIterator[str | bytes]:
        """The next message frame by frame as they arrive; it is noted after the last one."""
        pieces: list[Any] = []
        async for piece in receiver.recv_streaming():
            pieces.append(piece)
            yield piece
        self._note_data(receiver, type(pieces[0])().join(pieces), len(pieces))

    async def ping(self, sender: Connection, payload: bytes) -> None:
        """Send a ping and wait for its pong; both are noted."""
        answered = await sender.ping(payload)
        self.note(end_of(sender), "ping", payload)
        await answered
        self.note(other_end(sender), "pong", payload)

    def note_close(self, first: Connection, second: Connection) -> None:
        """Note the close frames as those who received them tell it; `first` is the end that began to close."""
        for sender, receiver in ((first, second), (second, first)):
            frame: Close | None = receiver.protocol.close_rcvd
            if frame is not None:
                code = None if frame.code == 1005 else int(frame.code)
                reason = None if code is None else frame.reason
                self.messages.append({"sender": end_of(sender), "kind": "close", "code": code, "reason": reason})

    def _note_data(self, receiver: Connection, message: str | bytes, frames: int) -> None:
        kind = "text" if isinstance(message, str) else "binary"
        compressed = any(
            extension.arrived_compressed
            for extension in receiver.protocol.extensions
            if isinstance(extension, SparingDeflate)
        )
        self.note(other_end(receiver), kind, message, frames=frames, compressed=compressed)


def end_of(connection: Connection) -> str:
    """Which end it is."""
    return "server" if isinstance(connection, ServerConnection) else "client"


def other_end(connection: Connection) -> str:
    """Who is at the far end."""
    return "client" if end_of(connection) == "server" else "server"


async def say(client: ClientConnection, talk: Talk, message: str | bytes) -> None:
    """Send a message in one frame and wait until it has come back unchanged. Raises LabError if it did not."""
    await client.send(message)
    if await talk.hear(client) != message:
        raise LabError("The echo server sent back something else than it had got: run the scenario again.")


async def echo(server: ServerConnection, talk: Talk, times: int) -> None:
    """Send so many messages back as they come."""
    for _ in range(times):
        await server.send(await talk.hear(server))


def handshake_entry(request: Request, response: Response) -> Entry:
    """The opening handshake as an exchange of the log."""
    upgraded = "websocket" if response.status_code == 101 else None
    asked = {"method": "GET", "target": request.path, "version": "1.1", "headers": header_list(request)}
    answered = {
        "status": response.status_code,
        "reason": response.reason_phrase,
        "version": "1.1",
        "headers": header_list(response),
    }
    return {
        "request": asked | body_entry(b""),
        "response": answered | body_entry(bytes(response.body or b"")),
        "interim": [],
        "upgraded": upgraded,
    }


def header_list(head: Request | Response) -> list[list[str]]:
    """Headers in order, each a name and a value."""
    return [[name, value] for name, value in head.headers.raw_items()]


async def converse(
    stage: Stage,
    server: ServerScript,
    client: ClientScript,
    *,
    path: str = "/chat",
    server_options: Mapping[str, Any] | None = None,
    client_options: Mapping[str, Any] | None = None,
) -> None:
    """Open one connection, let both scripts play, close it, and note everything in the log.

    The client's script closes the connection, or waits until the server has. Raises LabError.
    """
    talk = Talk()
    served: list[ServerConnection] = []
    complaints: list[Exception] = []

    async def handle(connection: ServerConnection) -> None:
        served.append(connection)
        try:
            await server(connection, talk)
            await connection.wait_closed()
        except ConnectionClosed as closed:
            complaints.append(closed)

    port = stage.ports["websocket"]
    stage.log.made_with["websockets"] = version("websockets")
    listening = serve(handle, sock=stage.listen("websocket"), ping_interval=None, **(server_options or {}))
    # The name stands in the Host header; the address is the stage's, whatever the name resolves to.
    opening = connect(
        f"ws://localhost:{port}{path}",
        host=stage.host,
        port=port,
        proxy=None,
        ping_interval=None,
        **(client_options or {}),
    )
    async with listening, opening as connection:
        stream = stage.log.stream(end_name(*connection.local_address[:2]), stage.end("websocket"))
        stream.exchanges.append(handshake_of(connection))
        stream.messages = talk.messages
        await client(connection, talk)
        await connection.wait_closed()
    if complaints:
        raise LabError(f"The server's side was cut short ({complaints[0]}): run the scenario again.")
    note_closing(talk, connection, served[0])


def handshake_of(connection: ClientConnection) -> Entry:
    """The opening handshake as the client knows it."""
    assert connection.request is not None
    assert connection.response is not None
    return handshake_entry(connection.request, connection.response)


def note_closing(talk: Talk, client: ClientConnection, server: ServerConnection) -> None:
    """Note the close frames in the order in which they were sent."""
    if client.protocol.close_rcvd_then_sent:
        talk.note_close(server, client)
    else:
        talk.note_close(client, server)
