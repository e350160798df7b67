"""`curl --local-port 12345 localhost:3000`: a client that chooses its own port instead of an ephemeral one."""

from __future__ import annotations

import socket

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving


async def whereabouts(request: ServedRequest) -> PlainTextResponse:
    """GET /: says from which port the request came."""
    assert request.client is not None
    return PlainTextResponse(f"you are port {request.client.port}\n")


def make_sure_that_it_is_free(host: str, port: int) -> None:
    """The system keeps a client's port for a minute after its connection is closed. Raises LabError."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LabError(
                f"curl should call from port {port} of {host}, but that port cannot be had ({error.strerror}): wait a "
                "minute if this scenario ran just now, or give another one with --port client=NUMBER."
            ) from None


async def play(stage: Stage) -> None:
    """One request from the chosen port."""
    chosen = stage.ports["client"]
    make_sure_that_it_is_free(stage.host, chosen)
    async with serving(stage, "http", Starlette(routes=[Route("/", whereabouts)])):
        await curl(stage, "http", [Request("/", ("-4", "--local-port", str(chosen)))])


SCENARIO = Scenario(
    name="local-port",
    title="A client that calls from port 12345",
    sights=(
        Sight("the SYN, with both ports chosen", "tcp.flags.syn == 1 && tcp.flags.ack == 0"),
        Sight("the request", "http.request"),
        Sight("the server names the client's port", 'http.file_data contains "you are port"'),
    ),
    ports={"http": 3000, "client": 12345},
    play=play,
)
