"""Free ports, finished runs, and tshark's answer to "how many packets show this?"."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from inspector.lab.log import Log
from inspector.lab.registry import scenario_called
from inspector.lab.scenario import Scenario

Counting = Callable[[Path, Sequence[str], Mapping[str, int]], dict[str, int]]

# As the project always asks tshark: two passes, names not looked up.
TSHARK = ("-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE")
# The protocols whose ports tshark must be told when they are not the usual ones.
DECODED_AS = {"http": "http", "websocket": "http", "mqtt": "mqtt"}


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


def ask_tshark(capture: Path, filters: Sequence[str], ports: Mapping[str, int]) -> dict[str, int]:
    """How many packets each filter lets through. One run answers all: each is a column of tshark's I/O statistics."""
    program = shutil.which("tshark")
    assert program is not None
    assert not any("," in where for where in filters), "a comma parts the columns"
    decode = [
        part
        for server, port in ports.items()
        if server in DECODED_AS
        for part in ("-d", f"tcp.port=={port},{DECODED_AS[server]}")
    ]
    command = [program, *TSHARK, *decode, "-r", str(capture), "-q", "-z", ",".join(["io,stat,0", *filters])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "<>" in line)
    counts = [int(cell) for cell in row.split("|")[2:-1:2]]
    return dict(zip(filters, counts, strict=True))


@pytest.fixture
def free_ports() -> Callable[[Scenario], dict[str, int]]:
    return pick_free_ports


@pytest.fixture
def counting() -> Counting:
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
