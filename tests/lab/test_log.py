"""The log's entries, against values computed by hand."""

from __future__ import annotations

import json

from inspector.lab.log import Log, body_entry, data_entry, end_name

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_data_is_told_by_length_base64_and_digest() -> None:
    assert data_entry(b"abc") == {"length": 3, "data": "YWJj", "sha256": SHA256_OF_ABC}


def test_long_data_is_told_by_its_digest_alone() -> None:
    assert data_entry(bytes(1000))["data"] is not None
    assert data_entry(bytes(1001))["data"] is None


def test_body_that_is_empty_has_no_digest() -> None:
    assert body_entry(b"abc") == {"body_length": 3, "body_sha256": SHA256_OF_ABC}
    assert body_entry(b"") == {"body_length": 0, "body_sha256": None}


def test_ipv6_ends_have_brackets() -> None:
    assert end_name("127.0.0.1", 80) == "127.0.0.1:80"
    assert end_name("::1", 80) == "[::1]:80"


def test_connection_is_noted_once() -> None:
    log = Log()
    first = log.stream("127.0.0.1:50000", "127.0.0.1:80")
    assert log.stream("127.0.0.1:50001", "127.0.0.1:80") is not first
    assert log.stream("127.0.0.1:50000", "127.0.0.1:80") is first
    assert [stream["client"] for stream in log.as_entry()["streams"]] == ["127.0.0.1:50000", "127.0.0.1:50001"]


def test_log_can_be_written_as_json() -> None:
    log = Log({"curl": "8"})
    log.stream("a", "b").messages.append({"kind": "text"})
    assert json.loads(json.dumps(log.as_entry())) == log.as_entry()
