"""Two upgrades that a server refuses: the page comes from the wrong origin (403), and there is no such path (404).

The connection stays HTTP: no 101, no frames.
"""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Origin

from inspector.lab.errors import LabError
from inspector.lab.log import end_name
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.talk import PAGE, handshake_entry

STRANGER = Origin("http://evil.example")
ATTEMPTS = (("/chat", STRANGER, 403), ("/missing", PAGE, 404))


def refuse_other_paths(server: ServerConnection, request: Request) -> Response | None:
    """404 for everything but /chat, before the upgrade is looked at."""
    return None if request.path == "/chat" else server.respond(HTTPStatus.NOT_FOUND, "there is only /chat here\n")


async def never_reached(server: ServerConnection) -> None:
    """No connection of this scenario gets so far."""
    raise LabError("The server agreed to an upgrade that it should have refused.")


async def attempt(stage: Stage, path: str, origin: Origin, status: int) -> None:
    """Ask for an upgrade that is refused, and note the exchange. Raises LabError if it is not."""
    made: list[ClientConnection] = []

    def remember(*arguments: Any, **options: Any) -> ClientConnection:
        made.append(ClientConnection(*arguments, **options))
        return made[-1]

    port = stage.ports["websocket"]
    # A function where the library expects its class: it only calls it, and a refused connection is handed out nowhere.
    opening = connect(
        f"ws://localhost:{port}{path}",
        host=stage.host,
        port=port,
        proxy=None,
        origin=origin,
        create_connection=remember,  # type: ignore[arg-type]
    )
    try:
        await opening
    except InvalidStatus as refusal:
        note_refusal(stage, made[-1], refusal.response, status)
    else:
        raise LabError(f"The server should have refused {path} with {status} but agreed: run the scenario again.")


def note_refusal(stage: Stage, connection: ClientConnection, response: Response, status: int) -> None:
    """Note the exchange. Raises LabError if the refusal is another one."""
    assert connection.request is not None
    if response.status_code != status:
        raise LabError(f"The server should have answered {status} but said {response.status_code}: run it again.")
    stream = stage.log.stream(end_name(*connection.local_address[:2]), stage.end("websocket"))
    stream.exchanges.append(handshake_entry(connection.request, response))


async def play(stage: Stage) -> None:
    """Both attempts."""
    listener = stage.listen("websocket")
    stage.log.made_with["websockets"] = version("websockets")
    async with serve(never_reached, sock=listener, origins=[PAGE], process_request=refuse_other_paths):
        for path, origin, status in ATTEMPTS:
            await attempt(stage, path, origin, status)


SCENARIO = Scenario(
    name="ws-refused",
    title="Two upgrades that the server refuses",
    sights=(
        Sight("a request for the upgrade from a foreign page", 'http.upgrade && http.request.line contains "evil"'),
        Sight("403 Forbidden", "http.response.code == 403"),
        Sight("404 Not Found", "http.response.code == 404"),
    ),
    ports={"websocket": 8080},
    play=play,
)
