"""Two refusals, as the client tells them."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log


def test_stranger_and_wrong_path_are_refused(run_once: Callable[[str], Log]) -> None:
    streams = run_once("ws-refused").streams
    exchanges = [stream.exchanges[0] for stream in streams]
    assert [(entry["request"]["target"], entry["response"]["status"]) for entry in exchanges] == [
        ("/chat", 403),
        ("/missing", 404),
    ]
    assert [dict(entry["request"]["headers"])["Origin"] for entry in exchanges] == [
        "http://evil.example",
        "http://localhost:3000",
    ]


def test_connection_stays_http(run_once: Callable[[str], Log]) -> None:
    streams = run_once("ws-refused").streams
    assert all(stream.exchanges[0]["upgraded"] is None and not stream.messages for stream in streams)
    assert all(stream.exchanges[0]["response"]["body_length"] > 0 for stream in streams)
