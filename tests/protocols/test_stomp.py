"""STOMP: frames of the specifications, escapes by version, what may go wrong, and a real session against its log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core import resources
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.protocol import Situation
from inspector.core.source import Source, View
from inspector.engine.registry import registry
from inspector.protocols.stomp import CLIENT, HEADERS_AT_MOST, SERVER, dissect, looks_like_stomp
from inspector.session.session import open_session

CONNECT = b"CONNECT\naccept-version:1.0,1.1,2.0\nhost:stomp.github.org\n\n\0"
MESSAGE = b"MESSAGE\nsubscription:0\nmessage-id:007\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\0"
SEND = b'SEND\r\ndestination:/queue/a\r\ncontent-type:application/json\r\ncontent-length:7\r\n\r\n{"a":1}\0'


def read(data: bytes, token: str = "v12.stomp", side: int | None = None) -> list[Layer]:
    """All frames of a message, each a layer."""
    facts = {"http.sec_websocket_protocol": token, "side": side}
    waiting: list[tuple[View, object]] = [(Source("record", data).view(), facts)]
    layers = []
    while waiting:
        view, known = waiting.pop()
        assert isinstance(known, dict)
        layers.append(dissect(view, Situation(known)))
        for inner in layers[-1].carries:
            if inner.claims == (Claim("protocol", "stomp"),):
                waiting.append((inner.view, inner.facts))
    return layers


def bodies(layers: list[Layer]) -> list[Handover]:
    return [inner for layer in layers for inner in layer.carries if inner.claims != (Claim("protocol", "stomp"),)]


def texts(layers: list[Layer]) -> list[str]:
    return [issue.text for layer in layers for issue in layer.issues]


def assert_tiles(layers: list[Layer], size: int) -> None:
    runs = sorted((leaf.at or 0, (leaf.at or 0) + leaf.width) for layer in layers for leaf in layer.leaves())
    at = 0
    for start, stop in runs:
        assert start == at
        at = stop
    assert at == size * 8
    assert sum(layer.width for layer in layers) == size * 8


def test_a_login_of_the_specification() -> None:
    (layer,) = read(CONNECT)
    assert layer.values("stomp.command") == ["CONNECT"]
    assert layer.values("stomp.header.name") == ["accept-version", "host"]
    assert layer.values("stomp.header") == ["accept-version:1.0,1.1,2.0", "host:stomp.github.org"]
    assert layer.value("stomp.accept_version") == "1.0,1.1,2.0"
    assert layer.value("stomp.host") == "stomp.github.org"
    assert layer.value("stomp.null") == b"\0"
    assert layer.issues == []
    assert_tiles([layer], len(CONNECT))


def test_a_message_of_the_specification() -> None:
    (layer,) = read(MESSAGE)
    assert [layer.value(f"stomp.{name}") for name in ("subscription", "message_id", "destination", "body")] == [
        "0", "007", "/queue/a", b"hello queue a",
    ]  # fmt: skip
    assert layer.info == "STOMP MESSAGE /queue/a"
    (body,) = bodies([layer])
    assert body.claims == (Claim("media_type", "text/plain"),)
    assert layer.issues == []


def test_carriage_returns_lengths_and_json() -> None:
    (layer,) = read(SEND)
    assert layer.value("stomp.content_length") == 7
    assert layer.values("stomp.line_end") == [b"\r\n"] * 4
    (body,) = bodies([layer])
    assert body.view.data == b'{"a":1}'
    assert body.claims == (Claim("media_type", "application/json"),)
    assert layer.issues == []
    assert_tiles([layer], len(SEND))


def test_body_with_nul_needs_its_length() -> None:
    with_length = read(b"SEND\ndestination:/a\ncontent-length:3\n\na\0b\0")
    assert [layer.value("stomp.body") for layer in with_length] == [b"a\0b"]
    assert texts(with_length) == []
    without = read(b"SEND\ndestination:/a\n\na\0b\0")
    assert without[0].value("stomp.body") == b"a"
    assert len(without) == 2
    assert "begin with a command" in texts(without)[0]


def test_several_frames_and_line_breaks_in_one_message() -> None:
    data = b"\n\r\n" + CONNECT + b"\n\n" + MESSAGE + MESSAGE
    layers = read(data)
    assert [layer.value("stomp.command") for layer in layers] == ["CONNECT", "MESSAGE", "MESSAGE"]
    assert layers[0].values("stomp.eol") == [b"\n\r\n", b"\n\n"]
    assert texts(layers) == []
    assert_tiles(layers, len(data))


@pytest.mark.parametrize("data", [b"\n", b"\r\n", b"\n\n\n"])
def test_heart_beat(data: bytes) -> None:
    (layer,) = read(data)
    assert layer.info == "STOMP Heart-beat"
    assert layer.values("stomp.eol") == [data]
    assert layer.issues == []


@pytest.mark.parametrize(
    "token, shown, complaint",
    [
        ("v12.stomp", "a:b\nc\\d\re", ""),
        ("v11.stomp", "a:b\nc\\d\\re", "\\r is no escape"),
        ("v10.stomp", "a\\cb\\nc\\\\d\\re", ""),
        ("stomp", "a:b\nc\\d\re", ""),
    ],
)
def test_escapes_are_those_of_the_version(token: str, shown: str, complaint: str) -> None:
    layers = read(b"SEND\ndestination:/a\nx:a\\cb\\nc\\\\d\\re\n\n\0", token)
    assert layers[0].values("stomp.header.value") == ["/a", shown]
    assert [complaint in text for text in texts(layers)] == ([True] if complaint else [])


def test_headers_of_a_login_are_not_escaped() -> None:
    (layer,) = read(b"CONNECTED\nversion:1.2\nserver:a\\cb\n\n\0")
    assert layer.value("stomp.server") == "a\\cb"
    assert layer.issues == []


def test_unknown_escape_is_said() -> None:
    assert "\\t is no escape" in texts(read(b"SEND\ndestination:/a\nx:a\\tb\n\n\0"))[0]
    assert "\\ is no escape" in texts(read(b"SEND\ndestination:/a\nx:a\\\n\n\0"))[0]


def test_of_a_repeated_header_the_first_counts() -> None:
    (layer,) = read(
        b"MESSAGE\nfoo:World\nfoo:Hello\nmessage-id:1\nsubscription:2\ndestination:/1\ndestination:/2\n\n\0"
    )
    assert layer.values("stomp.destination") == ["/1"]
    assert layer.values("stomp.header.value") == ["World", "Hello", "1", "2", "/1", "/2"]


def test_empty_value_and_value_with_colon() -> None:
    (layer,) = read(b"SEND\ndestination:a:b\nempty:\n\n\0")
    assert layer.value("stomp.destination") == "a:b"
    assert layer.values("stomp.header.value") == ["a:b"]
    assert layer.issues == []


WRONG = [
    (b"send\ndestination:/a\n\n\0", None, "begin with a command"),
    (b"nothing of the kind", None, "the message before"),
    (b"SEND\n\n\0", None, "SEND should have a header destination"),
    (b"SEND\ndestination:/a\n\nx", None, "NUL byte; it may go on in the next message"),
    (b"SEND\ndestination:/a\ncontent-length:9\n\nx\0", None, "content-length says 9 bytes, but 2 are"),
    (b"SEND\ndestination:/a\ncontent-length:1\n\nxyz\0", None, "a NUL should end the frame"),
    (b"SEND\ndestination:/a\ncontent-length:many\n\nx\0", None, "content-length should be a number"),
    (b"SEND\ndestination:/a\n", None, "may go on in the next message"),
    (b"SEND\ndestination:/a\0", None, "but a NUL stands in them"),
    (b"SEND\ndestination:/a\nhopla\n\n\0", None, "should have a colon"),
    (b"ACK\nid:1\n\nbody\0", None, "only SEND, MESSAGE and ERROR"),
    (b"ACK\nmessage-id:1\nsubscription:2\n\n\0", None, "ACK should have a header id"),
    (b"CONNECT\nlogin:a\n\n\0", None, "CONNECT should have a header accept-version"),
    (b"SEND\ndestination:/a\n\n\0", 1, "SEND is a command of the client"),
    (b"RECEIPT\nreceipt-id:/a\n\n\0", 0, "RECEIPT is a command of the server"),
]  # fmt: skip


@pytest.mark.parametrize("data, side, said", WRONG)
def test_what_is_wrong_is_said_and_still_tiles(data: bytes, side: int | None, said: str) -> None:
    layers = read(data, side=side)
    assert any(said in text for text in texts(layers)), texts(layers)
    assert_tiles(layers, len(data))


def test_older_versions_ask_for_less() -> None:
    assert texts(read(b"CONNECT\nlogin:a\npasscode:b\n\n\0", "v10.stomp")) == []
    assert texts(read(b"ACK\nmessage-id:1\nsubscription:2\n\n\0", "v11.stomp")) == []
    assert texts(read(b"SUBSCRIBE\ndestination:/a\n\n\0", "stomp")) == []


def test_very_many_headers_and_frames() -> None:
    data = b"SEND\n" + b"a:b\n" * (HEADERS_AT_MOST + 5) + b"\n\0"
    layers = read(data)
    assert f"first {HEADERS_AT_MOST} headers" in texts(layers)[0]
    assert_tiles(layers, len(data))
    assert len(read(b"BEGIN\ntransaction:1\n\n\0" * 3000)) == 3000


def test_a_body_without_a_type_is_offered_to_those_who_guess() -> None:
    (body,) = bodies(read(b'SEND\ndestination:/a\n\n{"a":1}\0'))
    found = registry().guessed(body.claims[0].table, body.view.data[:64])
    assert found is not None
    assert found.name == "json"


@pytest.mark.parametrize("token", ["v10.stomp", "v11.stomp", "V12.STOMP", "stomp"])
def test_tokens(token: str) -> None:
    found = registry().claimed([Claim("http.sec_websocket_protocol", token)])
    assert found is not None
    assert found.name == "stomp"


@pytest.mark.parametrize(
    "first, known",
    [
        (CONNECT, True), (MESSAGE[:30], True), (SEND, True), (b"DISCONNECT\n\n\0", True),
        (b"STOMP\nhost:a\n\n\0", True),
        (b"SEND", False), (b"SEND help\n", False), (b"SENDER\na:b", False), (b"\n", False), (b"", False),
        (b"send\na:b", False), (b"SEND\nno colon here\n", False),
    ],
)  # fmt: skip
def test_first_bytes(first: bytes, known: bool) -> None:
    assert looks_like_stomp(first) is known


@pytest.mark.parametrize("whole", [CONNECT, MESSAGE, SEND])
def test_prefixes_keep_what_was_read_and_say_that_they_end(whole: bytes) -> None:
    complete = {(node.name, node.at, node.width): node.value for layer in read(whole) for node in layer.walk()}
    for end in range(1, len(whole)):
        layers = read(whole[:end])
        assert texts(layers)
        assert_tiles(layers, end)
        for node in layers[0].walk():
            key = (node.name, node.at, node.width)
            assert key not in complete or node.value == complete[key]


NAMES = st.sampled_from(("destination", "id", "content-type", "x", "größe", "a:b", "c\\d", "e\nf"))
VALUES = st.text(max_size=8).filter(lambda text: "\0" not in text)


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace(":", "\\c")


@given(
    st.sampled_from(sorted((CLIENT | SERVER) - {"CONNECT", "STOMP", "CONNECTED"})),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    st.binary(max_size=20),
)
def test_whatever_is_written_is_read(command: str, headers: list[tuple[str, str]], body: bytes) -> None:
    lines = "".join(f"{escape(name)}:{escape(value)}\n" for name, value in headers)
    data = f"{command}\ncontent-length:{len(body)}\n{lines}\n".encode() + body + b"\0"
    (layer,) = read(data)
    named = layer.values("stomp.header.name")[1:]
    assert named == [name for name, _ in headers]
    assert layer.values("stomp.header.value")[1:] == [value for _, value in headers if value]
    assert (layer.value("stomp.body") or b"") == body
    assert all("should have a header" in text or "may have a body" in text for text in texts([layer]))
    assert_tiles([layer], len(data))


PIECES = st.sampled_from(
    [b"SEND\n", b"MESSAGE\r\n", b"a:b\n", b"content-length:4\n", b"\n", b"\0", b":", b"\\", b"\xff"]
)


@given(st.binary(max_size=60) | st.lists(PIECES, max_size=14).map(b"".join), st.sampled_from(["v11.stomp", ""]))
def test_no_bytes_make_it_raise(data: bytes, token: str) -> None:
    assert_tiles(read(data, token), len(data))


def test_the_capture_says_what_its_programs_noted() -> None:
    """Every message of the log, taken apart here by its line breaks and NULs alone, is what the dissector found."""
    capture = Path(str(resources.captures())) / "websocket-stomp.pcap"
    log = json.loads(capture.with_suffix(".log.json").read_text(encoding="utf-8"))
    noted = [entry["text"] for entry in log["streams"][0]["messages"] if entry["kind"] == "text"]
    want = []
    for text in noted:
        for part in text.split("\0"):
            head, _, body = part.strip("\n").partition("\n\n")
            if head:
                command, *lines = head.split("\n")
                want.append((command, lines, body.encode()))
    session = open_session(capture)
    try:
        assert session.load()
        packets = [session.packet(number) for number in range(1, session.count + 1)]
    finally:
        session.close()
    layers = [layer for packet in packets for layer in packet.layers if layer.name == "stomp"]
    found = [
        (layer.value("stomp.command"), layer.values("stomp.header"), layer.value("stomp.body") or b"")
        for layer in layers
        if layer.value("stomp.command")
    ]
    assert found == want
    assert len(found) == 18
    assert texts(layers) == []
    assert sum(layer.info == "STOMP Heart-beat" for layer in layers) == noted.count("\n") == 1
    assert {value for layer in layers for value in layer.values("stomp.header.value") if "\\" in str(value)} == {
        "10:30\nback\\slash"
    }
    assert [layer.name for layer in packets[11].layers][-3:] == ["websocket", "stomp", "json"]
