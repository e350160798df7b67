"""Nine status codes of HTTP, each for its own reason, on one connection."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving

ETAG = '"v1"'
CODES = (200, 204, 301, 304, 400, 401, 403, 404, 500)


async def page(request: ServedRequest) -> Response:
    """GET /page: 304 if the client has this version already."""
    if request.headers.get("if-none-match") == ETAG:
        return Response(status_code=304, headers={"ETag": ETAG})
    return PlainTextResponse("hello\n", headers={"ETag": ETAG})


async def nothing(request: ServedRequest) -> Response:
    """GET /nothing"""
    return Response(status_code=204)


async def moved(request: ServedRequest) -> Response:
    """GET /old"""
    return RedirectResponse("/page", status_code=301)


async def search(request: ServedRequest) -> Response:
    """GET /search: needs a number."""
    wanted = request.query_params.get("page", "")
    return PlainTextResponse("page should be a number\n", status_code=200 if wanted.isdecimal() else 400)


async def account(request: ServedRequest) -> Response:
    """GET /account: who are you? (401) or: not you! (403)"""
    if "authorization" not in request.headers:
        return PlainTextResponse("who are you?\n", status_code=401, headers={"WWW-Authenticate": 'Basic realm="lab"'})
    return PlainTextResponse("not you\n", status_code=403)


async def broken(request: ServedRequest) -> Response:
    """GET /broken"""
    return PlainTextResponse("the server made a mistake\n", status_code=500)


def application() -> Starlette:
    """A page for each code; 404 is what is left."""
    routes = {
        "/page": page,
        "/nothing": nothing,
        "/old": moved,
        "/search": search,
        "/account": account,
        "/broken": broken,
    }
    return Starlette(routes=[Route(path, endpoint) for path, endpoint in routes.items()])


REQUESTS = (
    Request("/page", ("-4",)),
    Request("/nothing", ("-4",)),
    Request("/old", ("-4",)),
    Request("/page", ("-4", "-H", f"If-None-Match: {ETAG}")),
    Request("/search?page=two", ("-4",)),
    Request("/account", ("-4",)),
    Request("/account", ("-4", "--user", "ram:guess")),
    Request("/missing", ("-4",)),
    Request("/broken", ("-4",)),
)


async def play(stage: Stage) -> None:
    """Ask for all of them."""
    async with serving(stage, "http", application()):
        await curl(stage, "http", REQUESTS)


SCENARIO = Scenario(
    name="http-status",
    title="Nine status codes, each for its own reason",
    sights=(
        *(Sight(f"status {code}", f"http.response.code == {code}") for code in CODES),
        Sight("where the page has moved to", 'http.location == "/page"'),
        Sight("the version that the client has already", 'http.request.line contains "If-None-Match"'),
        Sight("how to say who one is", "http.www_authenticate"),
        Sight("a name and a password in Base64, which hides nothing", 'http.authbasic == "ram:guess"'),
    ),
    ports={"http": 3000},
    play=play,
)
