"""A client that chooses its port, and one that cannot have it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from inspector.lab.errors import LabError
from inspector.lab.log import body_entry
from inspector.lab.registry import scenario_called
from inspector.lab.scenario import Scenario


def test_client_calls_from_the_chosen_port(free_ports: Callable[[Scenario], dict[str, int]]) -> None:
    scenario = scenario_called("local-port")
    ports = free_ports(scenario)
    (stream,) = scenario.run(ports).streams
    assert stream.client == f"127.0.0.1:{ports['client']}"
    answer = stream.exchanges[0]["response"]
    assert answer | body_entry(f"you are port {ports['client']}\n".encode()) == answer


def test_port_that_cannot_be_had_is_named(free_ports: Callable[[Scenario], dict[str, int]]) -> None:
    scenario = scenario_called("local-port")
    ports = free_ports(scenario)
    with socket.create_server(("127.0.0.1", ports["client"])):
        with pytest.raises(LabError, match=rf"from port {ports['client']} of 127\.0\.0\.1.*--port client=NUMBER"):
            scenario.run(ports)
