"""How a WebSocket is closed: one connection for each status code that may stand in a close frame, and one without.

Half of them are closed by the client, half by the server; the other end always answers with the same code. Codes 1005,
1006 and 1015 never stand in a frame: they are how a program tells itself that there was none.
"""

from __future__ import annotations

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection

from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.talk import Talk, converse

NO_CODE = 0
BY_CLIENT = {
    1000: "done",
    1002: "protocol error",
    1003: "no binary, please",
    1007: "not UTF-8",
    1010: "extension missing",
    3000: "of a library",
    4999: "my own",
    NO_CODE: "",
}
BY_SERVER = {
    1001: "going away",
    1008: "policy",
    1009: "too big",
    1011: "internal error",
    1012: "restarting",
    1013: "try again later",
    1014: "bad gateway",
}


async def close_with(connection: Connection, code: int, reason: str) -> None:
    """Begin to close. The library's `close` always sends a code, so the empty frame goes out beside it."""
    if code != NO_CODE:
        await connection.close(code, reason)
        return
    connection.protocol.send_close()
    connection.send_data()
    await connection.wait_closed()


async def wait_as_server(server: ServerConnection, talk: Talk) -> None:
    """Let the other end close."""
    await server.wait_closed()


async def wait_as_client(client: ClientConnection, talk: Talk) -> None:
    """Let the other end close."""
    await client.wait_closed()


async def closed_by_client(stage: Stage, code: int, reason: str) -> None:
    """One connection that the client closes."""

    async def close(client: ClientConnection, talk: Talk) -> None:
        await close_with(client, code, reason)

    await converse(stage, wait_as_server, close, path=f"/{code}")


async def closed_by_server(stage: Stage, code: int, reason: str) -> None:
    """One connection that the server closes."""

    async def close(server: ServerConnection, talk: Talk) -> None:
        await close_with(server, code, reason)

    await converse(stage, close, wait_as_client, path=f"/{code}")


async def play(stage: Stage) -> None:
    """One connection after the other."""
    for code, reason in BY_CLIENT.items():
        await closed_by_client(stage, code, reason)
    for code, reason in BY_SERVER.items():
        await closed_by_server(stage, code, reason)


CODES = sorted({*BY_CLIENT, *BY_SERVER} - {NO_CODE})

SCENARIO = Scenario(
    name="ws-close",
    title="Every way to close a WebSocket that can be seen",
    sights=(
        *(Sight(f"code {code}", f"websocket.payload.close.status_code == {code}") for code in CODES),
        Sight("a close frame without a code", "websocket.opcode == 8 && websocket.payload_length == 0"),
    ),
    ports={"websocket": 8080},
    play=play,
)
