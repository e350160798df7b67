"""curl's account of what it sent and received, read from transcripts, and curl itself when it fails."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from inspector.lab.curl import Request, arguments, complaint_of, curl, exchange_entry, pair_heads, read_heads
from inspector.lab.errors import LabError
from inspector.lab.stage import Stage

# Shortened from curl 7.88.1: after an interim response no empty line is shown.
ACCOUNT = """\
*   Trying 127.0.0.1:3000...
> POST /messages HTTP/1.1
> Host: localhost:3000
> Expect: 100-continue
>\x20
< HTTP/1.1 100 Continue
} [5 bytes data]
* We are completely uploaded and fine
< HTTP/1.1 201 Created
< content-length: 2
< x-odd:   a: b
<\x20
{ [2 bytes data]
* Connection #0 to host localhost left intact
> HEAD /missing HTTP/1.1
> Host: localhost:3000
>\x20
< HTTP/1.1 404 Not Found
< content-length: 9
<\x20
"""


def test_heads_are_paired_with_their_answers() -> None:
    pairs = pair_heads(read_heads(ACCOUNT))
    assert [[head.start for head in pair] for pair in pairs] == [
        ["POST /messages HTTP/1.1", "HTTP/1.1 100 Continue", "HTTP/1.1 201 Created"],
        ["HEAD /missing HTTP/1.1", "HTTP/1.1 404 Not Found"],
    ]


def test_exchange_tells_interim_statuses_headers_and_bodies() -> None:
    posted, asked = pair_heads(read_heads(ACCOUNT))
    entry = exchange_entry(posted, b"hello", b"ok")
    assert entry["interim"] == [100]
    assert entry["request"]["headers"] == [["Host", "localhost:3000"], ["Expect", "100-continue"]]
    assert entry["request"]["body_length"] == 5
    assert (entry["response"]["status"], entry["response"]["reason"]) == (201, "Created")
    assert entry["response"]["headers"] == [["content-length", "2"], ["x-odd", "a: b"]]
    assert entry["response"]["body_length"] == 2
    # curl puts the head of an answer to HEAD where a body would go.
    assert exchange_entry(asked, b"", b"HTTP/1.1 404 Not Found")["response"]["body_sha256"] is None


def test_request_without_an_answer_is_told() -> None:
    entry = exchange_entry(pair_heads(read_heads(ACCOUNT))[0][:1], b"", b"")
    assert entry["response"] is None


def test_requests_share_one_command(tmp_path: Path) -> None:
    parts = arguments("http://localhost:1", [Request("/a"), Request("/b", ("--head",), b"x")], tmp_path)
    assert parts[0] == "-q"
    assert parts.count("--next") == 1
    assert [part for part in parts if part.startswith("http://")] == ["http://localhost:1/a", "http://localhost:1/b"]
    assert (tmp_path / "1.sent").read_bytes() == b"x"


def test_complaint_is_without_the_name() -> None:
    assert complaint_of("* x\ncurl: (7) refused\n") == "(7) refused"
    assert complaint_of("") == "it gave no reason"


async def test_refusal_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(LabError, match=r"^curl did not get what it asked for \(\(7\) .*\.$"):
        await curl(Stage("127.0.0.1", {"http": port}), "http", [Request("/", ("-4",))])


async def test_missing_program_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="install the package curl"):
        await curl(Stage("127.0.0.1", {"http": 1}), "http", [Request("/")])
