"""`inspector follow` against what the programs at both ends logged, and against tshark where it is right."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from inspector.core import resources
from tests.cli.made import ACK, CLOSING, OPENING, SYN, run, tcp, write

LOGS = sorted(resources.captures().glob("*.log.json"))
SUBSET = ("websocket-basic.pcap", "websocket-compressed.pcap")
TELLING = {"text": {"text"}, "binary": {"sha256"}, "ping": {"sha256"}, "pong": {"sha256"}, "close": {"code", "reason"}}
KINDS = TELLING.keys()


def logged() -> list[tuple[Path, int, dict[str, Any]]]:
    """Each conversation that a program logged, with its stream's number."""
    found = []
    for path in LOGS:
        log = json.loads(path.read_text(encoding="utf-8"))
        capture = path.with_name(path.name.replace(".log.json", ".pcap"))
        found += [(capture, number, stream) for number, stream in enumerate(log["streams"])]
    return found


CONVERSATIONS = logged()
NAMES = [f"{path.stem}-{number}" for path, number, _ in CONVERSATIONS]


@pytest.mark.parametrize(("path", "number", "stream"), CONVERSATIONS, ids=NAMES)
def test_exchanges_are_those_that_the_programs_logged(
    path: Path, number: int, stream: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, "follow", path, number, "--as", "http", "--json").objects
    assert len(told) == len(stream.get("exchanges", []))
    for ours, theirs in zip(told, stream.get("exchanges", [])):
        for side in ("request", "response"):
            assert {key: ours[side][key] for key in theirs[side]} == theirs[side]
            assert isinstance(ours[side]["packet"], int)
        assert ours["interim"] == theirs["interim"]
        assert ours["upgraded"] == theirs["upgraded"]


@pytest.mark.parametrize(("path", "number", "stream"), CONVERSATIONS, ids=NAMES)
def test_messages_are_those_that_the_programs_logged(
    path: Path, number: int, stream: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, "follow", path, number, "--as", "websocket", "--json").objects
    for sender in ("client", "server"):
        ours = [message for message in told if message["sender"] == sender]
        theirs = [message for message in stream.get("messages", []) if message["sender"] == sender]
        theirs = [message for message in theirs if message["kind"] in KINDS]
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs):
            # Of long data the programs logged the digest alone.
            compared = [key for key in other if key in mine and not (key == "data" and other[key] is None)]
            assert {key: mine[key] for key in compared} == {key: other[key] for key in compared}
            assert TELLING[mine["kind"]] <= set(compared)
    assert [message["packet"] for message in told] == sorted(message["packet"] for message in told)


@pytest.mark.parametrize(("path", "number", "stream"), CONVERSATIONS, ids=NAMES)
def test_bytes_are_told_without_a_hole(
    path: Path, number: int, stream: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(capsys, "follow", path, number, "--as", "tcp", "--json").objects
    at = {"client": 0, "server": 0}
    for piece in told:
        assert list(piece) == ["packet", "sender", "offset", "length", "data"]
        assert piece["offset"] == at[piece["sender"]]
        assert len(base64.b64decode(piece["data"])) == piece["length"]
        at[piece["sender"]] += piece["length"]
    row = run(capsys, "streams", path, "--json").objects[number]
    assert at == {"client": row["client_bytes"], "server": row["server_bytes"]} or row["retransmissions"]


@pytest.mark.tshark
@pytest.mark.corpus
@pytest.mark.parametrize("name", SUBSET)
def test_texts_are_those_of_tshark(name: str, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = corpus / name
    command = [
        "tshark",
        "-2",
        "-n",
        "-o",
        "tcp.reassemble_out_of_order:TRUE",
        "-r",
        str(path),
        "-Y",
        "websocket.payload.text",
    ]
    wanted = ["-T", "fields", "-e", "tcp.stream", "-e", "websocket.payload.text", "-E", "aggregator=\x01"]
    found = subprocess.run([*command, *wanted], capture_output=True, env={**os.environ, "TZ": "UTC"}, check=True)
    theirs: dict[str, list[str]] = {}
    for line in found.stdout.decode().splitlines():
        stream, _, texts = line.partition("\t")
        theirs.setdefault(stream, []).extend(texts.split("\x01"))
    assert theirs
    for stream, texts in theirs.items():
        told = run(capsys, "follow", path, stream, "--as", "websocket", "--json").objects
        ours = [one["text"] for one in told if one["kind"] == "text" and one["text"]]
        assert [text.replace("\n", "\\n") for text in ours] == texts


@pytest.mark.corpus
def test_messages_over_several_segments(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "follow", corpus / "ipv4-websocket-segmented.pcap", "1", "--json").objects
    assert [(one["packet"], one["kind"], one["length"]) for one in told] == [(16, "binary", 39), (22, "binary", 5379)]
    assert [one["wire_length"] for one in told] == [39 + 6, 5379 + 4]


def test_a_form_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.pcap", tcp([*OPENING, (0, ACK, b"hi")], 9999))
    found = run(capsys, "follow", path, "0", "--as", "websocket", "--json")
    assert (found.status, found.out) == (0, "")
    assert "No websocket was found in stream 0" in found.err


@pytest.mark.corpus
def test_a_ping_between_fragments_comes_before_the_message(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = corpus / "websocket-ping-between-fragments.pcap"
    told = run(capsys, "follow", path, "0", "--as", "websocket", "--json").objects
    kinds = [message["kind"] for message in told]
    assert "ping" in kinds
    fragmented = next(message for message in told if message["frames"] > 1)
    assert told.index(fragmented) > kinds.index("ping")
    assert fragmented["complete"]


def test_keys_of_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "follow", resources.captures() / "websocket-echo.pcap", "0", "--json").objects
    by_kind = {message["kind"]: message for message in told}
    common = {
        "packet",
        "packets",
        "time",
        "sender",
        "kind",
        "length",
        "frames",
        "compressed",
        "wire_length",
        "complete",
    }
    own = {"text": {"text"}, "binary": {"data", "sha256"}, "ping": {"data", "sha256"}, "pong": {"data", "sha256"}}
    for kind, keys in {**own, "close": {"code", "reason"}}.items():
        assert common | keys == by_kind[kind].keys()
    ping = by_kind["ping"]
    assert hashlib.sha256(base64.b64decode(ping["data"])).hexdigest() == ping["sha256"]


def test_the_form_that_fits_best_is_chosen_and_text_is_for_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = (0, ACK, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    path = write(tmp_path / "x.pcap", tcp([*OPENING, request, *CLOSING]))
    assert run(capsys, "follow", path, "0").out == (
        "→ packet 4: GET /a HTTP/1.1\n    Host: x\n← no answer in the capture\n\n"
    )
    path = write(tmp_path / "y.pcap", tcp([(0, SYN, b""), (1, SYN | ACK, b""), (0, ACK, b"hi\nthere")], 9999))
    assert run(capsys, "follow", path, "tcp:0").out.splitlines()[1:] == ["    hi", "    there"]
    found = run(capsys, "follow", path, "1")
    assert (found.status, "the only one is 0" in found.err) == (1, True)
