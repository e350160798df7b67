"""Nine requests of curl over one connection that HTTP/1.1 keeps alive.

Among them each way in which a message can say where it ends: Content-Length, chunked coding, no body at all (HEAD,
204), and a body larger than one loopback segment (MSS 65483), which the client announces with Expect: 100-continue.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request as ServedRequest
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving

CHAT = {"type": "chat", "data": {"name": "ram", "message": "नमस्ते, world"}}
HISTORY = {"messages": [{"id": number, "name": "ram", "message": f"message {number}"} for number in range(60)]}
# Just over one loopback segment of 65483 bytes.
IMPORTED = {"messages": [{"id": number, "name": "ram", "message": "imported " * 8} for number in range(660)]}
PAUSE = 0.02


async def page(request: ServedRequest) -> Response:
    """GET and HEAD /"""
    return HTMLResponse("<!doctype html>\n<title>hello</title>\n<p>hello\n")


async def chat(request: ServedRequest) -> Response:
    """GET /chat.json"""
    return JSONResponse(CHAT)


async def history(request: ServedRequest) -> Response:
    """GET /history: long enough to be worth compressing, if the client accepts it."""
    return JSONResponse(HISTORY)


async def ticks() -> AsyncIterator[str]:
    """A body whose length nobody knows when it begins."""
    for number in range(1, 5):
        yield f"tick {number}\n"
        await asyncio.sleep(PAUSE)


async def ticking(request: ServedRequest) -> Response:
    """GET /ticks: without a Content-Length, so the server has to use chunked coding."""
    return StreamingResponse(ticks(), media_type="text/plain")


async def take_messages(request: ServedRequest) -> Response:
    """POST /messages: says how many it got."""
    messages = (await request.json())["messages"]
    return JSONResponse({"stored": len(messages)}, status_code=201)


async def delete_message(request: ServedRequest) -> Response:
    """DELETE /messages/1"""
    return Response(status_code=204)


def application() -> Starlette:
    """The server's routes; anything else is a 404."""
    return Starlette(
        routes=[
            Route("/", page),
            Route("/chat.json", chat),
            Route("/history", history),
            Route("/ticks", ticking),
            Route("/messages", take_messages, methods=["POST"]),
            Route("/messages/1", delete_message, methods=["DELETE"]),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )


JSON_BODY = ("-H", "Content-Type: application/json")

REQUESTS = (
    Request("/"),
    Request("/", ("--head",)),
    Request("/chat.json"),
    Request("/history", ("--compressed",)),
    Request("/ticks"),
    Request("/missing"),
    Request("/messages", JSON_BODY, json.dumps({"messages": [CHAT]}, ensure_ascii=False).encode()),
    Request("/messages", (*JSON_BODY, "-H", "Expect: 100-continue"), json.dumps(IMPORTED).encode()),
    Request("/messages/1", ("-X", "DELETE")),
)


async def play(stage: Stage) -> None:
    """Serve, and let curl ask for everything."""
    async with serving(stage, "http", application()):
        await curl(stage, "http", [Request(each.target, ("-4", *each.options), each.body) for each in REQUESTS])


SCENARIO = Scenario(
    name="http-keep-alive",
    title="Nine HTTP/1.1 requests by curl over one connection that is kept alive",
    sights=(
        Sight("one TCP handshake for all requests", "tcp.flags.syn == 1 && tcp.flags.ack == 0"),
        Sight("a HEAD request, whose response has a length and no body", 'http.request.method == "HEAD"'),
        Sight("a JSON body with characters outside ASCII", "json && http.response.code == 200"),
        Sight("a response compressed with gzip", 'http.content_encoding == "gzip"'),
        Sight("a chunked response", 'http.transfer_encoding == "chunked"'),
        Sight("a 404", "http.response.code == 404"),
        Sight("Expect: 100-continue", 'http.request.line contains "Expect: 100-continue"'),
        Sight("the interim response 100 Continue", "http.response.code == 100"),
        Sight("a body over several segments", 'http.request.method == "POST" && tcp.segment.count > 2'),
        Sight("a 204 without a body", "http.response.code == 204"),
    ),
    ports={"http": 3000},
    play=play,
)
