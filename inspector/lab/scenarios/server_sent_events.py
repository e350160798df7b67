"""Server-sent events: curl reads a stream that the server writes event by event, then comes back for what it missed.

The stream shows every kind of line: data in one line and in several, a type, an id, a retry time, a comment that only
keeps the connection alive, a field that nobody knows, and at the end an event whose empty line never comes. The second
request bears the Last-Event-ID that a browser would send by itself. The server notes each event as it writes it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request as ServedRequest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from inspector.lab.curl import Request, curl
from inspector.lab.log import Entry
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.web import serving

PAUSE = 0.02
CHAT = json.dumps({"name": "ram", "message": "नमस्ते"}, ensure_ascii=False)
UNFINISHED = "data: the connection breaks off before"

Event = tuple[str, str, str]
"""Type ("" for the usual one), id ("" for none), data."""

EVENTS: tuple[Event, ...] = (
    ("", "1", "hello"),
    ("chat", "2", CHAT),
    ("", "3", "two\nlines"),
    ("", "", "no id of its own"),
    ("empty", "", ""),
)
MISSED: tuple[Event, ...] = (("chat", "4", json.dumps({"name": "sita", "message": "you were away"})),)


def written(event: Event) -> str:
    """An event as it crosses the wire."""
    kind, number, data = event
    lines = [f"event: {kind}"] if kind else []
    lines += [f"id: {number}"] if number else []
    lines += [f"data: {line}" for line in data.split("\n")]
    return "\n".join(lines) + "\n\n"


class Feed:
    """The stream's author; `delivered` is what a page with an EventSource would be told."""

    def __init__(self) -> None:
        self.delivered: list[Entry] = []
        self.last_id = ""

    def note(self, event: Event) -> None:
        """Note an event as a page gets it."""
        kind, number, data = event
        self.last_id = number or self.last_id
        self.delivered.append({"type": kind or "message", "data": data, "last_event_id": self.last_id})

    async def lines(self, resumed: bool) -> AsyncIterator[str]:
        """One stream; a stream that is resumed holds only what was missed."""
        if not resumed:
            yield "retry: 2000\n\n"
        for number, event in enumerate(MISSED if resumed else EVENTS):
            if number == 2:
                yield ": still here\n\n"
            self.note(event)
            yield written(event)
            await asyncio.sleep(PAUSE)
        if not resumed:
            yield "unknown: nobody reads this\n\n"
            yield UNFINISHED


async def play(stage: Stage) -> None:
    """Both requests; the events that were written go into the log, behind the requests that the server saw."""
    feed = Feed()

    async def events(request: ServedRequest) -> StreamingResponse:
        resumed = "last-event-id" in request.headers
        feed.last_id = request.headers.get("last-event-id", "")
        headers = {"Cache-Control": "no-cache"}
        return StreamingResponse(feed.lines(resumed), media_type="text/event-stream", headers=headers)

    asking = ("-4", "-N", "-H", "Accept: text/event-stream")
    again = (*asking, "-H", "Last-Event-ID: 3")
    async with serving(stage, "http", Starlette(routes=[Route("/events", events)])):
        await curl(stage, "http", [Request("/events", asking), Request("/events", again)])
    stage.log.server_saw += feed.delivered


SCENARIO = Scenario(
    name="server-sent-events",
    title="Server-sent events: one response that stays open, and a second after the connection broke",
    sights=(
        Sight("a request that accepts text/event-stream", 'http.request && http.accept == "text/event-stream"'),
        Sight("a chunked response that is an event stream", 'http.content_type contains "text/event-stream"'),
        Sight("a time to wait before reconnecting", 'tcp.payload contains "retry: 2000"'),
        Sight("an event with a type and an id, its data in JSON", 'tcp.payload contains "event: chat"'),
        Sight("data of two lines", 'tcp.payload contains "data: two\\ndata: lines"'),
        Sight("a comment that keeps the connection alive", 'tcp.payload contains ": still here"'),
        Sight("an event that never ends", f'tcp.payload contains "{UNFINISHED}"'),
        Sight("a request with Last-Event-ID", 'http.request.line contains "Last-Event-ID: 3"'),
    ),
    ports={"http": 3000},
    play=play,
)
