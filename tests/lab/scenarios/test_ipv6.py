"""The request to [::1], as curl and the server tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log, body_entry


def test_both_ends_are_ipv6(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("ipv6").streams
    assert stream.client.startswith("[::1]:")
    assert stream.server.startswith("[::1]:")
    assert ["Host", stream.server] in stream.exchanges[0]["request"]["headers"]


def test_server_saw_the_address(run_once: Callable[[str], Log]) -> None:
    answer = run_once("ipv6").streams[0].exchanges[0]["response"]
    assert answer | body_entry(b"you are ::1\n") == answer
