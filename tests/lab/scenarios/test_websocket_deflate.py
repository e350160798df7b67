"""The compressed WebSocket conversation, as its two ends tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
from inspector.lab.scenarios.websocket_deflate import CHAT, COMPRESSED_PIECES, FRAGMENTED, PLAIN_PIECES, WHOLE


def test_compression_is_agreed_on(run_once: Callable[[str], Log]) -> None:
    (handshake,) = run_once("websocket-deflate").streams[0].exchanges
    asked, answered = dict(handshake["request"]["headers"]), dict(handshake["response"]["headers"])
    assert asked["Sec-WebSocket-Extensions"] == "permessage-deflate; client_max_window_bits"
    assert answered["Sec-WebSocket-Extensions"].startswith("permessage-deflate; server_max_window_bits=12")
    assert "no_context_takeover" not in answered["Sec-WebSocket-Extensions"]


def test_compressed_and_plain_messages_stand_side_by_side(run_once: Callable[[str], Log]) -> None:
    messages = run_once("websocket-deflate").streams[0].messages
    for sender in ("client", "server"):
        told = [entry for entry in messages if entry["sender"] == sender and entry["kind"] in {"text", "binary"}]
        assert [entry["compressed"] for entry in told] == [
            *(len(message) >= 32 for message in WHOLE),
            False,
            True,
            True,
        ]
        assert [entry["text"] for entry in told if entry["kind"] == "text"][-1] == CHAT


def test_fragments_are_joined_and_pings_pass_between_them(run_once: Callable[[str], Log]) -> None:
    messages = run_once("websocket-deflate").streams[0].messages
    kinds = [(entry["sender"], entry["kind"]) for entry in messages]
    ping_pong = [("client", "ping"), ("server", "pong")]
    both = [("client", "text"), ("server", "text")]
    assert kinds[2 * len(WHOLE) :] == [
        *ping_pong * 2,
        *both,
        *ping_pong * 2,
        *both,
        *both,
        ("client", "close"),
        ("server", "close"),
    ]
    fragmented = [entry for entry in messages if entry.get("frames", 1) > 1]
    assert [entry["text"] for entry in fragmented[::2]] == [b"".join(pieces).decode() for pieces in FRAGMENTED]
    # The library ends a fragmented message with an empty frame; the echo repeats that one and adds its own.
    assert [entry["frames"] for entry in fragmented] == [4, 5, 4, 5]


def test_one_fragment_ends_inside_a_character() -> None:
    assert PLAIN_PIECES[0].endswith("ü".encode()[:1])
    assert len(COMPRESSED_PIECES) == 3
