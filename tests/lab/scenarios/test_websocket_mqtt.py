"""The MQTT session over WebSocket and over TCP, as the broker and the client tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inspector.lab.errors import LabError
from inspector.lab.log import Log
from inspector.lab.mqtt_broker import Broker, packet, varint
from inspector.lab.scenarios.websocket_mqtt import MESSAGES


def test_all_messages_come_back_over_both(run_once: Callable[[str], Log]) -> None:
    saw = run_once("websocket-mqtt").server_saw
    for over in ("websocket", "mqtt"):
        for sender in ("client", "server"):
            told = [entry for entry in saw if entry["over"] == over and entry["sender"] == sender]
            said = [(e["topic"], bytes.fromhex(e["payload"]), e["qos"]) for e in told if e["packet"] == "PUBLISH"]
            assert said == list(MESSAGES)


def test_the_versions_are_five_and_three(run_once: Callable[[str], Log]) -> None:
    saw = run_once("websocket-mqtt").server_saw
    assert [entry["version"] for entry in saw if entry["packet"] == "CONNECT"] == [5, 4]


def test_broker_waits_for_whole_packets_and_refuses_strange_ones() -> None:
    broker = Broker()
    assert list(broker.feed(b"\xc0")) == []
    assert list(broker.feed(b"\x00\xc0\x00")) == [b"\xd0\x00", b"\xd0\x00"]
    assert varint(321) == b"\xc1\x02"
    with pytest.raises(LabError, match="type 0"):
        list(broker.feed(packet(0)))
