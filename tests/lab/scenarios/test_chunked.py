"""Chunks in both directions, as curl and the server tell them."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log, body_entry
from inspector.lab.scenarios.chunked import SENT


def test_chunks_of_the_server_come_together(run_once: Callable[[str], Log]) -> None:
    answer = run_once("chunked").streams[0].exchanges[0]["response"]
    assert ["Transfer-Encoding", "chunked"] in answer["headers"]
    assert answer | body_entry(b"a" + b"b" * 15 + b"c" * 16 + b"d" * 4096) == answer


def test_chunks_of_the_client_come_together(run_once: Callable[[str], Log]) -> None:
    log = run_once("chunked")
    entry = log.streams[0].exchanges[1]
    names = [name for name, _ in entry["request"]["headers"]]
    assert "Transfer-Encoding" in names
    assert "Content-Length" not in names
    assert log.server_saw[1]["body_sha256"] == body_entry(SENT)["body_sha256"]
    assert entry["response"] | body_entry(b"3300 bytes\n") == entry["response"]
