"""Nine status codes, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.http_status import CODES


def test_each_code_comes_once(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("http-status").streams
    statuses = [exchange["response"]["status"] for exchange in stream.exchanges]
    assert statuses == [200, 204, 301, 304, 400, 401, 403, 404, 500]
    assert statuses == list(CODES)


def test_204_and_304_have_no_body(run_once: Callable[[str], Log]) -> None:
    answers = [exchange["response"] for exchange in run_once("http-status").streams[0].exchanges]
    empty = [answer["status"] for answer in answers if answer["body_sha256"] is None]
    assert empty == [204, 301, 304]
