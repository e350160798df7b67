"""Conversations: what is noted, in which order, and what happens when a script goes wrong."""

from __future__ import annotations

import socket

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from inspector.lab.errors import LabError
from inspector.lab.stage import Stage
from inspector.lab.talk import Talk, converse, echo, say

PLAIN = {"compression": None}


def new_stage() -> Stage:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return Stage("127.0.0.1", {"websocket": probe.getsockname()[1]})


async def echo_once(server: ServerConnection, talk: Talk) -> None:
    await echo(server, talk, 1)


async def test_messages_and_close_frames_are_noted_in_order() -> None:
    async def speak(client: ClientConnection, talk: Talk) -> None:
        await talk.ping(client, b"p")
        await say(client, talk, "hé")
        await client.close(4000, "bye")

    stage = new_stage()
    await converse(stage, echo_once, speak, server_options=PLAIN, client_options=PLAIN)
    (stream,) = stage.log.streams
    assert [(entry["sender"], entry["kind"]) for entry in stream.messages] == [
        ("client", "ping"),
        ("server", "pong"),
        ("client", "text"),
        ("server", "text"),
        ("client", "close"),
        ("server", "close"),
    ]
    assert stream.messages[2] | {"frames": 1, "compressed": False, "length": 3, "text": "hé"} == stream.messages[2]
    assert stream.messages[4] == {"sender": "client", "kind": "close", "code": 4000, "reason": "bye"}
    assert stream.exchanges[0]["upgraded"] == "websocket"
    assert stream.server == stage.end("websocket")


async def test_server_that_closes_first_is_noted_first() -> None:
    async def close_at_once(server: ServerConnection, talk: Talk) -> None:
        await server.close(1001, "")

    async def wait(client: ClientConnection, talk: Talk) -> None:
        await client.wait_closed()

    stage = new_stage()
    await converse(stage, close_at_once, wait)
    senders = [(entry["sender"], entry["code"]) for entry in stage.log.streams[0].messages]
    assert senders == [("server", 1001), ("client", 1001)]


async def test_close_without_a_code_is_noted_as_such() -> None:
    async def speak(client: ClientConnection, talk: Talk) -> None:
        client.protocol.send_close()
        client.send_data()

    stage = new_stage()
    await converse(stage, lambda server, talk: server.wait_closed(), speak)
    assert [(entry["code"], entry["reason"]) for entry in stage.log.streams[0].messages] == [(None, None)] * 2


async def test_wrong_echo_is_told() -> None:
    async def answer_otherwise(server: ServerConnection, talk: Talk) -> None:
        await talk.hear(server)
        await server.send("something else")

    async def speak(client: ClientConnection, talk: Talk) -> None:
        await say(client, talk, "this")

    with pytest.raises(LabError, match="something else"):
        await converse(new_stage(), answer_otherwise, speak)


async def test_script_that_ends_too_soon_is_told() -> None:
    async def leave(client: ClientConnection, talk: Talk) -> None:
        await client.close()

    with pytest.raises(LabError, match="cut short"):
        await converse(new_stage(), echo_once, leave)
