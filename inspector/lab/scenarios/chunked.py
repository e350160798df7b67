"""Chunked coding in both directions: a body whose length nobody knows when it begins.

The server sends chunks of 1, 15, 16 and 4096 bytes, so that the size line has one, two and four hexadecimal digits;
then curl sends a chunked body, and the server says how many bytes it came to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving

SIZES = (1, 15, 16, 4096)
SENT = b"a line that curl sends in chunks\n" * 100
PAUSE = 0.02


async def pieces() -> AsyncIterator[bytes]:
    """Each size once, as letters."""
    for number, size in enumerate(SIZES):
        yield bytes([ord("a") + number]) * size
        await asyncio.sleep(PAUSE)


async def send_chunks(request: ServedRequest) -> StreamingResponse:
    """GET /chunks"""
    return StreamingResponse(pieces(), media_type="text/plain")


async def count(request: ServedRequest) -> PlainTextResponse:
    """POST /count"""
    return PlainTextResponse(f"{len(await request.body())} bytes\n")


async def play(stage: Stage) -> None:
    """Ask for chunks, then send some."""
    app = Starlette(routes=[Route("/chunks", send_chunks), Route("/count", count, methods=["POST"])])
    chunked = ("-4", "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: text/plain")
    async with serving(stage, "http", app):
        await curl(stage, "http", [Request("/chunks", ("-4",)), Request("/count", chunked, SENT)])


SCENARIO = Scenario(
    name="chunked",
    title="Chunked coding, from the server and to the server",
    sights=(
        Sight("a chunked response", 'http.response && http.transfer_encoding == "chunked"'),
        Sight("a chunked request", 'http.request && http.transfer_encoding == "chunked"'),
        Sight("the size line of the chunk of 4096 bytes", 'tcp.payload contains "1000\\r\\n"'),
        Sight("the last chunk, of no bytes", 'tcp.payload contains "0\\r\\n\\r\\n"'),
    ),
    ports={"http": 3000},
    play=play,
)
