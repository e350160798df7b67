"""MQTT over a WebSocket (version 5) and over TCP (version 3.1.1): the client is paho-mqtt, the broker one of ours.

Each session subscribes, publishes with all three qualities of service, one message in JSON, gets everything back,
and takes leave. The log's `server_saw` tells what the broker received and what the client's program was handed.
"""

from __future__ import annotations

import asyncio
import json
import queue
from typing import Any

import paho.mqtt
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from inspector.lab.errors import LabError
from inspector.lab.log import Entry
from inspector.lab.mqtt_broker import Broker
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage

SECONDS = 5
READING = json.dumps({"sensor": "kitchen", "degrees": 21.5})
MESSAGES = (
    ("home/kitchen/door", b"open", 0),
    ("home/kitchen/temperature", READING.encode(), 1),
    ("home/alarm", b"\0\1", 2),
)


def session(host: str, port: int, version: MQTTProtocolVersion, transport: Any) -> list[Entry]:
    """One client's session, in a thread of its own; returns what it was handed. Raises LabError if nothing came."""
    heard: list[Entry] = []
    signs: queue.Queue[str] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, client_id="lab-client", protocol=version, transport=transport)
    client.username_pw_set("ram", "not-secret")

    def take(_client: Any, _data: Any, message: Any) -> None:
        payload = message.payload.hex()
        heard.append({"packet": "PUBLISH", "topic": message.topic, "payload": payload, "qos": message.qos})
        signs.put("message")

    client.on_connect = lambda *_: signs.put("connected")
    client.on_subscribe = lambda *_: signs.put("subscribed")
    client.on_unsubscribe = lambda *_: signs.put("unsubscribed")
    client.on_message = take
    client.will_set("home/lab-client", "gone", qos=1, retain=True)
    client.connect(host, port, keepalive=30)
    client.loop_start()
    try:
        expect(signs, "connected")
        client.subscribe([("home/#", 2), ("lab/+", 0)])
        expect(signs, "subscribed")
        for topic, payload, qos in MESSAGES:
            client.publish(topic, payload, qos, properties=content_type(version, payload))
            expect(signs, "message")
        client.unsubscribe("lab/+")
        expect(signs, "unsubscribed")
        client.disconnect()
    finally:
        client.loop_stop()
    return heard


def expect(signs: queue.Queue[str], wanted: str) -> None:
    """Wait for a callback. Raises LabError if another one came, or none."""
    try:
        found = signs.get(timeout=SECONDS)
    except queue.Empty:
        found = "silent"
    if found != wanted:
        raise LabError(f"The MQTT client should be {wanted} and was {found}: run the scenario again.")


def content_type(version: MQTTProtocolVersion, payload: bytes) -> Properties | None:
    """What version 5 says of a message in JSON."""
    if version != MQTTProtocolVersion.MQTTv5 or not payload.startswith(b"{"):
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/json"
    properties.UserProperty = ("unit", "°C")
    return properties


async def over_websocket(stage: Stage) -> None:
    """Version 5; each packet of the broker goes into a binary message of its own."""
    broker = Broker()

    async def handle(connection: ServerConnection) -> None:
        try:
            async for message in connection:
                for answer in broker.feed(message.encode() if isinstance(message, str) else message):
                    await connection.send(answer)
        except ConnectionClosed:  # paho leaves without a close frame
            return

    listening = serve(handle, sock=stage.listen("websocket"), compression=None, subprotocols=[Subprotocol("mqtt")])
    async with listening:
        heard = await asyncio.to_thread(
            session, stage.host, stage.ports["websocket"], MQTTProtocolVersion.MQTTv5, "websockets"
        )
    note(stage, "websocket", broker, heard)


async def over_tcp(stage: Stage) -> None:
    """Version 3.1.1, the same session."""
    broker = Broker()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            for answer in broker.feed(data):
                writer.write(answer)
        writer.close()

    async with await asyncio.start_server(handle, sock=stage.listen("mqtt")):
        heard = await asyncio.to_thread(session, stage.host, stage.ports["mqtt"], MQTTProtocolVersion.MQTTv311, "tcp")
    note(stage, "mqtt", broker, heard)


def note(stage: Stage, server: str, broker: Broker, heard: list[Entry]) -> None:
    """Both ends' accounts."""
    stage.log.server_saw += [{"over": server, "sender": "client", **entry} for entry in broker.received]
    stage.log.server_saw += [{"over": server, "sender": "server", **entry} for entry in heard]


async def play(stage: Stage) -> None:
    """Both sessions, one after the other."""
    stage.log.made_with["paho-mqtt"] = paho.mqtt.__version__
    await over_websocket(stage)
    await over_tcp(stage)


SCENARIO = Scenario(
    name="websocket-mqtt",
    title="MQTT 5 over a WebSocket, then MQTT 3.1.1 over TCP: the same session twice",
    sights=(
        Sight("the subprotocol mqtt", 'http.response && http.sec_websocket_protocol == "mqtt"'),
        Sight("MQTT packets in binary messages", "websocket.opcode == 2"),
        Sight("CONNECT with a will, a user name and a password", "mqtt.conflags == 0xee"),
        Sight("CONNACK", "mqtt.msgtype == 2"),
        Sight("a subscription to two topics", "mqtt.msgtype == 8"),
        Sight("a message that nobody acknowledges", "mqtt.msgtype == 3 && mqtt.qos == 0"),
        Sight("a message that is acknowledged once", "mqtt.msgtype == 4"),
        Sight("a message with the four steps of exactly once", "mqtt.msgtype == 7"),
        Sight("DISCONNECT", "mqtt.msgtype == 14"),
    ),
    ports={"websocket": 8080, "mqtt": 1883},
    play=play,
)
