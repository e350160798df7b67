"""A real HTTP/1.1 server for scenarios: uvicorn with h11, serving a Starlette application on a given socket."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inspector.lab.log import Entry
from inspector.lab.stage import Stage

CLOSE_SECONDS = 2
POLL_SECONDS = 0.01


class LabServer(uvicorn.Server):
    """uvicorn, but Ctrl+C stays with the program that runs the scenario."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield


class Witness:
    """Notes each request as the application receives it: method, target, and the digest of its body."""

    def __init__(self, app: ASGIApp, seen: list[Entry]) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = hashlib.sha256()
        entry: Entry = {"method": scope["method"], "target": target_of(scope), "body_length": 0}
        self._seen.append(entry)

        async def receive_and_note() -> Message:
            message = await receive()
            part = message.get("body", b"")
            body.update(part)
            entry["body_length"] += len(part)
            return message

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        await self._app(scope, receive_and_note, send_and_note)
        entry["body_sha256"] = body.hexdigest() if entry["body_length"] else None


def target_of(scope: Scope) -> str:
    """The request target as it stood in the request line; ASGI hands path and query apart."""
    query = scope["query_string"].decode()
    path: str = scope["raw_path"].decode()
    return f"{path}?{query}" if query else path


def server_for(app: ASGIApp) -> LabServer:
    """The server, configured to say nothing and to change nothing in the application's headers but Date and Server."""
    return LabServer(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
    )


@contextlib.asynccontextmanager
async def serving(stage: Stage, name: str, app: ASGIApp) -> AsyncIterator[None]:
    """Serve `app` on the stage's port called `name` for as long as the block lasts."""
    listener: socket.socket = stage.listen(name)
    server = server_for(Witness(app, stage.log.server_saw))
    stage.log.made_with |= {name: version(name) for name in ("uvicorn", "starlette", "h11")}
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(POLL_SECONDS)
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()
