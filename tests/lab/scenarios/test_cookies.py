"""Who is recognised and who is not."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Entry, Log, body_entry


def cookies_of(exchange: Entry) -> list[str]:
    return [value for name, value in exchange["request"]["headers"] if name.lower() == "cookie"]


def digest(visit: int) -> object:
    return body_entry(f"visit {visit}\n".encode())["body_sha256"]


def test_client_with_a_memory_is_recognised(run_once: Callable[[str], Log]) -> None:
    first = run_once("cookies").streams[0].exchanges
    assert [set("; ".join(cookies_of(exchange)).split("; ")) for exchange in first] == [
        {""},
        {"theme=dark", "visits=1"},
        {"theme=dark", "visits=2"},
    ]
    assert [exchange["response"]["body_sha256"] for exchange in first] == [digest(1), digest(2), digest(3)]


def test_client_without_one_is_new_each_time(run_once: Callable[[str], Log]) -> None:
    second = run_once("cookies").streams[1].exchanges
    assert [cookies_of(exchange) for exchange in second] == [[], []]
    assert [exchange["response"]["body_sha256"] for exchange in second] == [digest(1), digest(1)]


def test_server_gives_two_cookies_in_two_headers(run_once: Callable[[str], Log]) -> None:
    answer = run_once("cookies").streams[0].exchanges[0]["response"]
    given = [value for name, value in answer["headers"] if name == "set-cookie"]
    assert [value.partition(";")[0] for value in given] == ["visits=1", "theme=dark"]
