"""Server-sent events: the standard's own examples, line breaks of all kinds, and a real stream against its log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core import resources
from inspector.core.layer import Claim, Layer
from inspector.core.protocol import Situation
from inspector.core.source import Source
from inspector.engine.registry import registry
from inspector.protocols.sse import EVENTS_READ_ON, LINES_AT_MOST, dissect
from inspector.session.session import open_session


def read(data: bytes) -> Layer:
    return dissect(Source("record", data).view(), Situation())


def delivered(layer: Layer) -> list[tuple[object, object, object]]:
    """What a page would be told: type, data, last event id."""
    return [
        (
            block.value,
            *(child.value for child in block.children if child.name in ("sse.block.data", "sse.block.last_event_id")),
        )
        for block in layer.nodes
        if any(child.name == "sse.block.data" for child in block.children)
    ]


def assert_tiles(layer: Layer, size: int) -> None:
    runs = sorted((leaf.at or 0, (leaf.at or 0) + leaf.width) for leaf in layer.leaves() if leaf.width)
    at = 0
    for start, stop in runs:
        assert start == at
        at = stop
    assert at == size * 8


STANDARD = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", "")]),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
        [("message", "first event", "1"), ("message", "second event", "")],
    ),
    (b"data\n\ndata\ndata\n\ndata:\n", [("message", "", ""), ("message", "\n", "")]),
    (b"data:test\n\ndata: test\n\n", [("message", "test", ""), ("message", "test", "")]),
    (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")],
    ),
]


@pytest.mark.parametrize("data, events", STANDARD)
@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_examples_of_the_standard(data: bytes, events: list[object], line_break: bytes) -> None:
    data = data.replace(b"\n", line_break)
    layer = read(data)
    assert delivered(layer) == events
    unfinished = not data.endswith(line_break * 2)
    assert [issue.kind for issue in layer.issues] == ["truncated"] * unfinished
    assert_tiles(layer, len(data))


def test_fields_and_places() -> None:
    layer = read("\ufeffretry: 2000\nid: 7\nfoo: bar\nevent:chat\ndata: नमस्ते\n:note\n\n".encode())
    assert layer.value("sse.bom") == b"\xef\xbb\xbf"
    assert layer.value("sse.retry") == 2000
    assert layer.values("sse.field") == ["retry", "id", "foo", "event", "data"]
    assert layer.values("sse.separator") == [b": ", b": ", b": ", b":", b": ", b":"]
    assert layer.values("sse.ignored") == ["bar"]
    assert layer.values("sse.comment") == ["note"]
    assert layer.values("sse.line")[3] == "event:chat"
    assert delivered(layer) == [("chat", "नमस्ते", "7")]
    (data,) = (node for node in layer.walk() if node.name == "sse.data")
    assert data.raw.decode() == "नमस्ते"
    assert layer.issues == []


def test_last_type_counts_and_holds_for_one_event_only() -> None:
    assert delivered(read(b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\n")) == [("b", "1", ""), ("message", "2", "")]


def test_an_event_without_data_is_none_but_its_id_stays() -> None:
    layer = read(b"id: 5\nevent: x\n\ndata: 1\n\n")
    assert delivered(layer) == [("message", "1", "5")]
    assert layer.nodes[0].label == "Nothing is delivered"
    assert layer.info == "1 server-sent event: message"


@pytest.mark.parametrize("value", [b"soon", b"-1", b"1.5", b"1" * 30, b""])
def test_retry_that_is_no_number_is_ignored(value: bytes) -> None:
    layer = read(b"retry: " + value + b"\n\n")
    assert layer.value("sse.retry") is None
    assert "number of milliseconds" in layer.issues[0].text


def test_id_with_nul_is_ignored() -> None:
    layer = read(b"id: a\0b\ndata: 1\n\n")
    assert delivered(layer) == [("message", "1", "")]
    assert "NUL" in layer.issues[0].text


@pytest.mark.parametrize(
    "data, said", [(b"data: 1\n", True), (b"data: 1", True), (b": comment\n", False), (b"", False)]
)
def test_what_no_empty_line_ends_is_dropped(data: bytes, said: bool) -> None:
    layer = read(data)
    assert delivered(layer) == []
    assert bool(layer.issues) is said


def test_json_is_handed_on_from_one_line_and_from_several() -> None:
    first, second = read(b'data: {"a":1}\n\ndata: {"a":\ndata: 2}\n\n').carries
    assert first.view.data == b'{"a":1}'
    assert first.node is not None
    assert first.node.name == "sse.data"
    assert second.view.data == b'{"a":\n2}'
    assert [place.start for place in second.view.source.trace(0, 8)] == [21, 33]
    for carried in (first, second):
        found = registry().guessed(carried.claims[0].table, carried.view.data)
        assert found is not None
        assert found.name == "json"


def test_bounds() -> None:
    data = b"data: 1\n\n" * LINES_AT_MOST
    layer = read(data)
    assert len(delivered(layer)) == LINES_AT_MOST // 2
    assert len(layer.carries) == EVENTS_READ_ON
    assert f"first {LINES_AT_MOST} lines" in layer.issues[0].text
    assert_tiles(layer, len(data))


def test_media_type() -> None:
    found = registry().claimed([Claim("media_type", "text/event-stream")])
    assert found is not None
    assert found.name == "sse"


def test_prefixes_deliver_what_was_there_before() -> None:
    data = b"event: add\nid: 1\ndata: a\n\n: c\n\nretry: 5\ndata: b\ndata: c\n\n"
    whole = delivered(read(data))
    for end in range(len(data)):
        layer = read(data[:end])
        assert delivered(layer) == whole[: len(delivered(layer))]
        assert len(delivered(layer)) == (end >= data.index(b": c"))
        assert_tiles(layer, end)


LINES = st.lists(st.sampled_from([b"data: a", b"data", b":", b"id: 1", b"event: e", b"x", b"", b"\xff", b"retry: 1"]))


@given(
    st.binary(max_size=60) | st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])).map(lambda p: p[1].join(p[0]))
)
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert_tiles(read(data), len(data))


TEXT = st.text(max_size=8).filter(lambda text: not set(text) & set("\r\n\0"))


@given(st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=3)), max_size=4))
def test_whatever_is_written_is_read(events: list[tuple[str, str, list[str]]]) -> None:
    text = "".join(
        f"event: {kind}\nid: {number}\n" + "".join(f"data: {line}\n" for line in data) + "\n"
        for kind, number, data in events
    )
    want = [(kind or "message", "\n".join(data), number) for kind, number, data in events]
    assert delivered(read(text.encode())) == want


def test_the_capture_says_what_the_server_noted() -> None:
    capture = Path(str(resources.captures())) / "server-sent-events.pcap"
    log = json.loads(capture.with_suffix(".log.json").read_text(encoding="utf-8"))
    want = [(entry["type"], entry["data"], entry["last_event_id"]) for entry in log["server_saw"] if "type" in entry]
    session = open_session(capture)
    try:
        assert session.load()
        layers = [layer for number in range(1, session.count + 1) for layer in session.packet(number).layers]
    finally:
        session.close()
    streams = [layer for layer in layers if layer.name == "sse"]
    assert [event for layer in streams for event in delivered(layer)] == want
    assert [len(delivered(layer)) for layer in streams] == [5, 1]
    assert streams[0].values("sse.retry") == [2000]
    assert streams[0].values("sse.comment") == ["still here"]
    assert [issue.kind for layer in streams for issue in layer.issues] == ["truncated"]
    assert [layer.values("json.key") for layer in layers if layer.name == "json"] == [["name", "message"]] * 2
