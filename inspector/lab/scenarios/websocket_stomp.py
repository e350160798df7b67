"""STOMP over a WebSocket: a client logs in at a small broker, subscribes, sends, acknowledges, and says goodbye.

Both ends use the library `websockets` and speak STOMP 1.2 in text messages: escaped headers, a body with and without a
length, a JSON body, two frames in one message, and the line break that is a heart-beat. The log's messages are what
each end received whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.typing import Subprotocol

from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.talk import PAGE, Talk, converse

V11, V12 = Subprotocol("v11.stomp"), Subprotocol("v12.stomp")
CHAT = json.dumps({"from": "ram", "message": "नमस्ते"}, ensure_ascii=False)
PLAIN = "two words"
TOPIC = "/topic/chat"
ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}


def escaped(text: str) -> str:
    """A header's name or value as STOMP 1.2 writes it."""
    return "".join(ESCAPES.get(character, character) for character in text)


def frame(command: str, headers: Mapping[str, str], body: str = "") -> str:
    """One frame. The headers of CONNECT and CONNECTED are never escaped, so theirs must not need it."""
    lines = [f"{escaped(name)}:{escaped(value)}\n" for name, value in headers.items()]
    return f"{command}\n{''.join(lines)}\n{body}\0"


def connected() -> str:
    """The broker's greeting."""
    return frame("CONNECTED", {"version": "1.2", "heart-beat": "0,5000", "server": "lab-broker/1.0", "session": "s-1"})


def delivery(number: int, body: str, media: str) -> str:
    """A message as the broker hands it to the subscriber; its header shows all four escapes' use."""
    return frame(
        "MESSAGE",
        {
            "subscription": "sub-0",
            "message-id": f"m-{number}",
            "destination": TOPIC,
            "ack": f"a-{number}",
            "content-type": media,
            "content-length": str(len(body.encode())),
            "note": "10:30\nback\\slash",
        },
        body,
    )


async def broker(server: ServerConnection, talk: Talk) -> None:
    """Answer what comes, in its order."""
    expected = ("CONNECT", "SUBSCRIBE", "SEND", "ACK", "BEGIN", "SEND", "\n", "COMMIT", "NACK", "SEND", "DISCONNECT")
    answers = {
        0: connected(),
        1: frame("RECEIPT", {"receipt-id": "r-1"}),
        2: delivery(1, CHAT, "application/json"),
        7: delivery(2, PLAIN, "text/plain") + frame("RECEIPT", {"receipt-id": "r-2"}) + "\n",
        9: frame("ERROR", {"message": "no such destination", "receipt-id": "r-3"}, "There is no /queue/nowhere here."),
        10: frame("RECEIPT", {"receipt-id": "r-4"}),
    }
    for number, beginning in enumerate(expected):
        message = await talk.hear(server)
        if not str(message).startswith(beginning):
            raise LabError(f"The broker should have got {beginning!r} and got something else: run the scenario again.")
        if number in answers:
            await server.send(answers[number])


async def speak(client: ClientConnection, talk: Talk) -> None:
    """A short session of everything."""

    async def ask(message: str) -> None:
        await client.send(message)
        await talk.hear(client)

    login = {"accept-version": "1.1,1.2", "host": "localhost", "login": "ram", "passcode": "not-secret"}
    await ask(frame("CONNECT", {**login, "heart-beat": "5000,0"}))
    await ask(
        frame("SUBSCRIBE", {"id": "sub-0", "destination": TOPIC, "ack": "client-individual", "receipt": "r-1"}),
    )
    await ask(frame("SEND", {"destination": TOPIC, "content-type": "application/json"}, CHAT))
    await client.send(frame("ACK", {"id": "a-1"}))
    await client.send(frame("BEGIN", {"transaction": "tx-1"}))
    await client.send(frame("SEND", {"destination": TOPIC, "transaction": "tx-1"}, PLAIN))
    await client.send("\n")
    await ask(frame("COMMIT", {"transaction": "tx-1", "receipt": "r-2"}))
    await client.send(frame("NACK", {"id": "a-2"}) + frame("UNSUBSCRIBE", {"id": "sub-0"}))
    await ask(frame("SEND", {"destination": "/queue/nowhere", "receipt": "r-3"}, "hello?"))
    await ask(frame("DISCONNECT", {"receipt": "r-4"}))
    await client.close(1000)


async def play(stage: Stage) -> None:
    """The whole conversation."""
    await converse(
        stage,
        broker,
        speak,
        path="/stomp",
        server_options={"compression": None, "subprotocols": [V12, V11]},
        client_options={"compression": None, "subprotocols": [V12, V11], "origin": PAGE},
    )


SCENARIO = Scenario(
    name="websocket-stomp",
    title="STOMP 1.2 over a WebSocket: login, subscription, messages, a transaction, an error, heart-beats",
    sights=(
        Sight("the subprotocol v12.stomp", 'http.response && http.sec_websocket_protocol == "v12.stomp"'),
        Sight("CONNECT with login and passcode", 'websocket.payload.text contains "CONNECT\\naccept-version"'),
        Sight("CONNECTED", 'websocket.payload.text contains "CONNECTED"'),
        Sight("SUBSCRIBE", 'websocket.payload.text contains "SUBSCRIBE"'),
        Sight("SEND with a JSON body", 'websocket.payload.text contains "destination:/topic/chat\\ncontent-type"'),
        Sight("MESSAGE, with escapes in a header", 'websocket.payload.text contains "10\\\\c30"'),
        Sight("a transaction", 'websocket.payload.text contains "BEGIN"'),
        Sight("a heart-beat, one line break", "websocket.opcode == 1 && websocket.payload_length == 1"),
        Sight("two frames in one message", 'websocket.payload.text contains "NACK"'),
        Sight("ERROR", 'websocket.payload.text contains "ERROR"'),
        Sight("DISCONNECT with a receipt", 'websocket.payload.text contains "DISCONNECT"'),
    ),
    ports={"websocket": 8080},
    play=play,
)
