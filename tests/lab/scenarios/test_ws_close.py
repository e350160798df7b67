"""One connection for each code, as its two ends tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.ws_close import BY_CLIENT, BY_SERVER, NO_CODE


def test_who_closes_first_says_why_and_the_other_repeats_the_code(run_once: Callable[[str], Log]) -> None:
    streams = run_once("ws-close").streams
    first = [(entry["sender"], entry["code"], entry["reason"]) for entry in (s.messages[0] for s in streams)]
    by_client = [
        ("client", *((code, reason) if code != NO_CODE else (None, None))) for code, reason in BY_CLIENT.items()
    ]
    assert first == [*by_client, *(("server", code, reason) for code, reason in BY_SERVER.items())]
    assert all(stream.messages[1]["code"] == stream.messages[0]["code"] for stream in streams)
    assert all(len(stream.messages) == 2 for stream in streams)


def test_codes_are_all_that_may_be_sent() -> None:
    registered = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
    assert registered <= {*BY_CLIENT, *BY_SERVER}
    assert not {1004, 1005, 1006, 1015} & {*BY_CLIENT, *BY_SERVER}
