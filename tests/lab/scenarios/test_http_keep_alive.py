"""curl's nine requests, as curl and the server tell them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.http_keep_alive import CHAT, HISTORY, IMPORTED


def digest_of(value: object) -> str:
    """Of the JSON as Starlette writes it."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_one_connection_carries_all_requests(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("http-keep-alive").streams
    asked = [(entry["request"]["method"], entry["request"]["target"]) for entry in stream.exchanges]
    assert asked == [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/chat.json"),
        ("GET", "/history"),
        ("GET", "/ticks"),
        ("GET", "/missing"),
        ("POST", "/messages"),
        ("POST", "/messages"),
        ("DELETE", "/messages/1"),
    ]
    statuses = [entry["response"]["status"] for entry in stream.exchanges]
    assert statuses == [200, 200, 200, 200, 200, 404, 201, 201, 204]


def test_client_and_server_tell_the_same(run_once: Callable[[str], Log]) -> None:
    log = run_once("http-keep-alive")
    told = [
        {
            "method": entry["request"]["method"],
            "target": entry["request"]["target"],
            "body_length": entry["request"]["body_length"],
            "status": entry["response"]["status"],
            "body_sha256": entry["request"]["body_sha256"],
        }
        for entry in log.streams[0].exchanges
    ]
    assert told == log.server_saw


def test_bodies_are_those_that_the_server_meant(run_once: Callable[[str], Log]) -> None:
    answers = [entry["response"] for entry in run_once("http-keep-alive").streams[0].exchanges]
    assert answers[1]["body_sha256"] is None
    assert answers[2]["body_sha256"] == digest_of(CHAT)
    assert ["content-encoding", "gzip"] in answers[3]["headers"]
    assert answers[3]["body_sha256"] == digest_of(HISTORY)
    assert ["Transfer-Encoding", "chunked"] in answers[4]["headers"]
    assert answers[4]["body_sha256"] == hashlib.sha256(b"tick 1\ntick 2\ntick 3\ntick 4\n").hexdigest()
    assert answers[7]["body_sha256"] == digest_of({"stored": len(IMPORTED["messages"])})
    assert answers[8]["body_length"] == 0


def test_large_body_is_announced_and_spans_segments(run_once: Callable[[str], Log]) -> None:
    entry = run_once("http-keep-alive").streams[0].exchanges[7]
    assert entry["interim"] == [100]
    assert entry["request"]["body_length"] > 65_483
