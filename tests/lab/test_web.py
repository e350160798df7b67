"""The lab's HTTP server: what it serves, what it notes, and that it is gone afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import signal
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inspector.lab.stage import Stage
from inspector.lab.web import serving


async def reversed_body(request: Request) -> PlainTextResponse:
    return PlainTextResponse((await request.body())[::-1], status_code=202)


APP = Starlette(routes=[Route("/reverse", reversed_body, methods=["POST"])])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def post(port: int, target: str, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", target, body)
    answer = connection.getresponse()
    received = answer.status, answer.read()
    connection.close()
    return received


async def test_server_answers_notes_and_goes() -> None:
    stage = Stage("127.0.0.1", {"http": free_port()})
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with serving(stage, "http", APP):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
        found = await asyncio.to_thread(post, stage.ports["http"], "/reverse?a=%20b", b"abc")
        missing = await asyncio.to_thread(post, stage.ports["http"], "/missing", b"")
    assert found == (202, b"cba")
    assert missing[0] == 404
    digest = hashlib.sha256(b"abc").hexdigest()
    assert stage.log.server_saw == [
        {"method": "POST", "target": "/reverse?a=%20b", "body_length": 3, "status": 202, "body_sha256": digest},
        {"method": "POST", "target": "/missing", "body_length": 0, "status": 404, "body_sha256": None},
    ]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", stage.ports["http"]), timeout=2)
