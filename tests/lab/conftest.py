"""Free ports, finished runs, and tshark's answer to "which packets show this?"."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from inspector.lab.log import Log
from inspector.lab.registry import scenario_called
from inspector.lab.scenario import Scenario

Matching = Callable[[Path, str, Mapping[str, int]], list[int]]

# As the project always asks tshark: two passes, names not looked up.
TSHARK = ("-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE")
# The protocols whose ports tshark must be told when they are not the usual ones.
DECODED_AS = {"http": "http", "websocket": "http"}


def pick_free_ports(scenario: Scenario) -> dict[str, int]:
    """A port for each server of the scenario that nobody listens on at this moment."""
    probes = {server: socket.create_server((scenario.host, 0), family=family(scenario)) for server in scenario.ports}
    try:
        return {server: probe.getsockname()[1] for server, probe in probes.items()}
    finally:
        for probe in probes.values():
            probe.close()


def family(scenario: Scenario) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in scenario.host else socket.AF_INET


def ask_tshark(capture: Path, where: str, ports: Mapping[str, int]) -> list[int]:
    """The numbers of the packets that the filter lets through."""
    program = shutil.which("tshark")
    assert program is not None
    decode = [
        part
        for server, port in ports.items()
        if server in DECODED_AS
        for part in ("-d", f"tcp.port=={port},{DECODED_AS[server]}")
    ]
    command = [program, *TSHARK, *decode, "-r", str(capture), "-Y", where, "-T", "fields", "-e", "frame.number"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


@pytest.fixture
def free_ports() -> Callable[[Scenario], dict[str, int]]:
    return pick_free_ports


@pytest.fixture
def matching() -> Matching:
    return ask_tshark


@pytest.fixture(scope="session")
def run_once() -> Callable[[str], Log]:
    """Run a scenario for real on free ports. Tests that only read the log share one run."""
    logs: dict[str, Log] = {}

    def run(name: str) -> Log:
        if name not in logs:
            scenario = scenario_called(name)
            logs[name] = scenario.run(pick_free_ports(scenario))
        return logs[name]

    return run
