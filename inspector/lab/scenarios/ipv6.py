"""HTTP over IPv6: the same protocol above, an address of 16 bytes and no header checksum below."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving


async def whereabouts(request: ServedRequest) -> PlainTextResponse:
    """GET /: says from which address the request came."""
    assert request.client is not None
    return PlainTextResponse(f"you are {request.client.host}\n")


async def play(stage: Stage) -> None:
    """One request to [::1]."""
    app = Starlette(routes=[Route("/", whereabouts)])
    async with serving(stage, "http", app):
        await curl(stage, "http", [Request("/")], host=stage.host)


SCENARIO = Scenario(
    name="ipv6",
    title="An HTTP request to [::1]",
    sights=(
        Sight("a SYN over IPv6", "ipv6 && tcp.flags.syn == 1 && tcp.flags.ack == 0"),
        Sight("both addresses are ::1", "ipv6.src == ::1 && ipv6.dst == ::1"),
        Sight("brackets around the address in Host", 'http.host contains "[::1]"'),
        Sight("the response", "ipv6 && http.response.code == 200"),
    ),
    ports={"http": 3000},
    play=play,
    host="::1",
)
