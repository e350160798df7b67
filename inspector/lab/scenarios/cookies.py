"""HTTP has no memory, and how cookies make up for it.

A client that brings back the cookie it was given is recognised at each visit; another one, which does not, is new every
time.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving

VISITS = 3


async def visit(request: ServedRequest) -> PlainTextResponse:
    """GET /: counts visits in a cookie, the only thing that it knows about the client."""
    known = request.cookies.get("visits", "")
    number = int(known) + 1 if known.isdecimal() else 1
    answer = PlainTextResponse(f"visit {number}\n")
    answer.set_cookie("visits", str(number), max_age=3600, httponly=True, samesite="lax")
    answer.set_cookie("theme", "dark")
    return answer


async def play(stage: Stage) -> None:
    """Three visits with a memory (an empty file name switches curl's cookie engine on), two without."""
    with_memory = [Request("/", ("-4", "--cookie", ""))] * VISITS
    without = [Request("/", ("-4",))] * 2
    async with serving(stage, "http", Starlette(routes=[Route("/", visit)])):
        await curl(stage, "http", with_memory)
        await curl(stage, "http", without)


SCENARIO = Scenario(
    name="cookies",
    title="Cookies: a client with a memory, and one without",
    sights=(
        Sight("a first request, which brings no cookie", "http.request && !http.cookie"),
        Sight("the server gives a cookie", 'http.set_cookie contains "visits=1"'),
        Sight("the client brings it back", 'http.cookie contains "visits=1"'),
        Sight("and then the newer one", 'http.cookie contains "visits=2"'),
        Sight("two cookies in one response", 'http.set_cookie contains "theme=dark"'),
    ),
    ports={"http": 3000},
    play=play,
)
