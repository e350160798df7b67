"""The event stream, as curl and the server tell it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.server_sent_events import EVENTS, MISSED, written


def test_an_event_is_written_as_the_standard_has_it() -> None:
    assert written(("chat", "2", "two\nlines")) == "event: chat\nid: 2\ndata: two\ndata: lines\n\n"
    assert written(("", "", "")) == "data: \n\n"


def test_both_requests_go_over_one_connection_and_the_second_names_the_last_id(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("server-sent-events").streams
    first, second = stream.exchanges
    assert ["Last-Event-ID", "3"] not in first["request"]["headers"]
    assert ["Last-Event-ID", "3"] in second["request"]["headers"]
    assert first["response"]["body_length"] > 200


def test_curl_got_the_missed_event_and_the_log_has_all(run_once: Callable[[str], Log]) -> None:
    log = run_once("server-sent-events")
    (stream,) = log.streams
    told = [entry for entry in log.server_saw if "type" in entry]
    body = "".join(written(event) for event in MISSED).encode()
    assert stream.exchanges[1]["response"]["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert [entry["data"] for entry in told] == [data for _, _, data in (*EVENTS, *MISSED)]
    assert [entry["last_event_id"] for entry in told] == ["1", "2", "3", "3", "3", "4"]
