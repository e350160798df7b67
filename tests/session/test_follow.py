"""Following conversations: the objects of `inspector follow`, against scripts and against what real programs logged."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path

import pytest

from inspector.core import resources
from inspector.session.follow import follow_http, follow_tcp, follow_websocket
from inspector.session.session import open_session
from tests.protocols.test_websocket import UPGRADE, frame, switching
from tests.streams.script import WAYS, Talk, plain, split

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


def test_tcp_tells_bytes_and_holes() -> None:
    rows = [(0, 0, b"abc", 16), (0, 5, b"fg", 16), (1, 0, b"xy", 16), (0, 3, b"d", 16)]
    told = list(follow_tcp(Talk(rows).reader()))
    assert told == [
        {"packet": 3, "sender": "client", "offset": 0, "length": 3, "data": base64.b64encode(b"abc").decode()},
        {"packet": 5, "sender": "server", "offset": 0, "length": 2, "data": base64.b64encode(b"xy").decode()},
        {"packet": 6, "sender": "client", "offset": 3, "length": 1, "data": base64.b64encode(b"d").decode()},
        {"sender": "client", "offset": 4, "length": 1, "missing": True},
        {"packet": 4, "sender": "client", "offset": 5, "length": 2, "data": base64.b64encode(b"fg").decode()},
    ]


def test_tcp_tells_what_the_capture_cut_off() -> None:
    told = list(follow_tcp(Talk([(0, 0, b"x" * 100, 16)], snap=10).reader()))
    assert told[-1] == {"sender": "client", "offset": 10, "length": 90, "missing": True}


@pytest.mark.parametrize("way", WAYS)
def test_http_bodies_are_those_after_all_codings(way: str) -> None:
    content = b"hello " * 30
    coded = gzip.compress(content, mtime=0)
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    rows = plain([(0, GET), (1, b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer % (len(coded), coded)), (0, GET)])
    first, second = follow_http(Talk(WAYS[way](rows)).reader())
    assert (first["request"]["method"], first["request"]["target"]) == ("GET", "/a")
    assert first["request"]["headers"] == [["Host", "h"]]
    assert first["interim"] == [103]
    assert (first["response"]["status"], first["response"]["complete"]) == (200, True)
    assert first["response"]["body_length"] == len(content)
    assert first["response"]["body_sha256"] == hashlib.sha256(content).hexdigest()
    assert (second["response"], second["upgraded"]) == (None, None)
    json.dumps([first, second])


def test_http_tells_where_heads_were_complete_and_what_is_missing() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b"x" * 50
    rows = split(plain([(0, GET), (1, answer)]), 20)
    whole = next(follow_http(Talk(rows).reader()))
    assert whole["response"]["packet"] == 6
    lost = next(follow_http(Talk([row for row in rows if row[:2] != (1, 60)]).reader()))
    assert (lost["response"]["complete"], lost["response"]["packet"]) == (False, 6)


def test_http_tells_the_upgrade() -> None:
    (exchange,) = follow_http(Talk(plain([(0, UPGRADE), (1, switching())])).reader())
    assert exchange["upgraded"] == "websocket"


@pytest.mark.parametrize("way", WAYS)
def test_websocket_messages_of_every_kind(way: str) -> None:
    parts = [
        (0, UPGRADE),
        (1, switching("permessage-deflate")),
        (1, frame(bytes.fromhex("f248cdc9c90700"), rsv=4)),
        (0, frame(b"one ", fin=False, mask=True)),
        (0, frame(b"ping", 9, mask=True)),
        (0, frame(b"two", 0, mask=True)),
        (1, frame(b"\x00\xff", 2)),
        (1, frame(b"ab\xff")),
        (1, frame(b"\x03\xe8bye", 8)),
        (0, frame(b"", 8, mask=True)),
    ]
    told = list(follow_websocket(Talk(WAYS[way](plain(parts))).reader()))
    assert [(found["sender"], found["kind"], found["length"], found["frames"]) for found in told] == [
        ("server", "text", 5, 1),
        ("client", "ping", 4, 1),
        ("client", "text", 7, 2),
        ("server", "binary", 2, 1),
        ("server", "text", 3, 1),
        ("server", "close", 5, 1),
        ("client", "close", 0, 1),
    ]
    assert (told[0]["text"], told[0]["compressed"], told[0]["wire_length"]) == ("Hello", True, 9)
    assert (told[2]["text"], told[2]["wire_length"], told[2]["complete"]) == ("one two", 19, True)
    assert told[3]["sha256"] == hashlib.sha256(b"\x00\xff").hexdigest()
    assert (told[4]["text"], told[4]["data"]) == (None, base64.b64encode(b"ab\xff").decode())
    assert (told[5]["code"], told[5]["reason"]) == (1000, "bye")
    assert (told[6]["code"], told[6]["reason"]) == (None, None)
    json.dumps(told)


def test_a_message_that_has_not_ended_comes_last() -> None:
    parts = [(1, frame(b"ne", fin=False)), (1, frame(b"ver", 0, fin=False)), (0, frame(b"p", 9, mask=True))]
    told = list(follow_websocket(Talk(plain([(0, UPGRADE), (1, switching()), *parts])).reader()))
    assert [(found["kind"], found["complete"]) for found in told] == [("ping", True), ("text", False)]
    assert (told[1]["text"], told[1]["packets"], told[1]["wire_length"]) == ("never", [5, 6], 9)


# Real programs' own logs, beside the captures of their traffic.


def _logged() -> list[Path]:
    return sorted(
        path.with_name(path.name.removesuffix(".log.json")) for path in resources.captures().glob("*.log.json")
    )


def _covers(found: object, wanted: object) -> bool:
    """Whether all that the program logged is told, with the same value; of long data it logged the hash alone."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        known = {key: value for key, value in wanted.items() if not (key == "data" and value is None)}
        return all(key in found and _covers(found[key], value) for key, value in known.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_covers, found, wanted))
    return found == wanted


@pytest.mark.parametrize("stem", _logged(), ids=lambda path: path.name)
def test_what_real_programs_logged_is_told(stem: Path) -> None:
    session = open_session(next(stem.parent.glob(f"{stem.name}.pcap*")))
    session.load()
    log = json.loads(Path(f"{stem}.log.json").read_text("utf-8"))
    for number, stream in enumerate(log["streams"]):
        reader = session.reader(number)
        assert _covers(list(follow_http(reader)), stream.get("exchanges", []))
        if "messages" in stream:
            for found, wanted in zip(follow_websocket(reader), stream["messages"], strict=True):
                assert _covers(found, wanted), (found, wanted)
    session.close()
