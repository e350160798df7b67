"""The plain WebSocket conversation, as its two ends tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.websocket_echo import BINARIES, PUSHED, TEXTS


def test_everything_comes_back_in_order(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("websocket-echo").streams
    heard = {
        sender: [entry for entry in stream.messages if entry["sender"] == sender] for sender in ("client", "server")
    }
    texts = {sender: [entry["text"] for entry in heard[sender] if entry["kind"] == "text"] for sender in heard}
    lengths = {sender: [entry["length"] for entry in heard[sender] if entry["kind"] == "binary"] for sender in heard}
    assert texts == {"client": list(TEXTS), "server": [*TEXTS, PUSHED]}
    assert lengths == {"client": [125, 126, 70_000], "server": [125, 126, 70_000]}
    assert [len(data) for data in BINARIES] == lengths["client"]


def test_server_pushes_and_both_ping(run_once: Callable[[str], Log]) -> None:
    messages = run_once("websocket-echo").streams[0].messages
    pushed = next(number for number, entry in enumerate(messages) if entry.get("text") == PUSHED)
    around = [(entry["sender"], entry["kind"]) for entry in messages[pushed - 2 : pushed + 3]]
    assert around == [
        ("server", "ping"),
        ("client", "pong"),
        ("server", "text"),
        ("client", "ping"),
        ("server", "pong"),
    ]


def test_close_says_why(run_once: Callable[[str], Log]) -> None:
    closing = run_once("websocket-echo").streams[0].messages[-2:]
    assert closing == [
        {"sender": "client", "kind": "close", "code": 1000, "reason": "goodbye"},
        {"sender": "server", "kind": "close", "code": 1000, "reason": "goodbye"},
    ]


def test_subprotocol_is_agreed_on_and_no_extension(run_once: Callable[[str], Log]) -> None:
    (handshake,) = run_once("websocket-echo").streams[0].exchanges
    asked, answered = dict(handshake["request"]["headers"]), dict(handshake["response"]["headers"])
    assert asked["Origin"] == "http://localhost:3000"
    assert asked["Sec-WebSocket-Protocol"] == "stomp, my-custom-json-protocol"
    assert answered["Sec-WebSocket-Protocol"] == "my-custom-json-protocol"
    assert "Sec-WebSocket-Extensions" not in asked | answered
