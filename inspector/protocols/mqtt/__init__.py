"""MQTT 3.1, 3.1.1 and 5: small binary packets between clients and a broker, over TCP (port 1883) or WebSocket.

Clients publish messages under topics and subscribe to topics; the broker brings the two together. The surprising
thing: only the first packet (CONNECT) says which version is spoken, and from version 5 on nearly every packet has
properties, so that whoever missed the first packet has to guess. Sources: OASIS MQTT 3.1.1 and 5.0. `fields` has the
names, `dissect` names every byte of a packet, `grammar` cuts a TCP stream into packets. Over WebSocket each message is
looked at by itself: a packet that begins in one and ends in the next is named as such and not joined.
"""

from __future__ import annotations

from inspector.core.layer import Claim
from inspector.core.protocol import Protocol
from inspector.protocols.mqtt.dissect import dissect, looks_like_mqtt
from inspector.protocols.mqtt.fields import FIELDS
from inspector.protocols.mqtt.grammar import MqttGrammar

PROTOCOL = Protocol(
    "mqtt",
    "MQ Telemetry Transport Protocol",
    dissect,
    fields=FIELDS,
    claims=(
        Claim("tcp.port", 1883),
        Claim("http.sec_websocket_protocol", "mqtt"),
        Claim("http.sec_websocket_protocol", "mqttv3.1"),
    ),
    guess=looks_like_mqtt,
    guess_in="websocket.payload",
    grammar=MqttGrammar(),
)
