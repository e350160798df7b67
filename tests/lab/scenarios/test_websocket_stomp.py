"""The STOMP session, as its two ends tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.websocket_stomp import CHAT, escaped, frame


def test_a_frame_is_written_as_the_specification_has_it() -> None:
    assert frame("SEND", {"destination": "/queue/a"}, "hello") == "SEND\ndestination:/queue/a\n\nhello\0"
    assert escaped("a:b\nc\\d\r") == "a\\cb\\nc\\\\d\\r"


def test_everything_asked_for_is_answered(run_once: Callable[[str], Log]) -> None:
    (stream,) = run_once("websocket-stomp").streams
    said = [(entry["sender"], entry["text"].split("\n")[0]) for entry in stream.messages if entry["kind"] == "text"]
    assert said == [
        ("client", "CONNECT"), ("server", "CONNECTED"), ("client", "SUBSCRIBE"), ("server", "RECEIPT"),
        ("client", "SEND"), ("server", "MESSAGE"), ("client", "ACK"), ("client", "BEGIN"), ("client", "SEND"),
        ("client", ""), ("client", "COMMIT"), ("server", "MESSAGE"), ("client", "NACK"), ("client", "SEND"),
        ("server", "ERROR"), ("client", "DISCONNECT"), ("server", "RECEIPT"),
    ]  # fmt: skip
    assert stream.messages[4]["text"].endswith(f"\n\n{CHAT}\0")
    assert stream.messages[5]["text"].endswith(f"\n\n{CHAT}\0")


def test_the_newest_version_is_agreed_on(run_once: Callable[[str], Log]) -> None:
    (handshake,) = run_once("websocket-stomp").streams[0].exchanges
    assert dict(handshake["request"]["headers"])["Sec-WebSocket-Protocol"] == "v12.stomp, v11.stomp"
    assert dict(handshake["response"]["headers"])["Sec-WebSocket-Protocol"] == "v12.stomp"
