"""The MQTT session over WebSocket and over TCP, as the broker and the client tell it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.lab.log import Log
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
