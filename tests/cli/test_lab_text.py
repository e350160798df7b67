"""`inspector lab`: the list, a run, a run that is captured, and ports of one's own."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from inspector.lab.registry import all_scenarios
from tests.cli.made import run


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_list_has_all_scenarios_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "lab").out.splitlines()
    assert [line.split("  ")[0] for line in lines] == list(all_scenarios())
    assert all(line.endswith(scenario.title) for line, scenario in zip(lines, all_scenarios().values()))


def test_a_run_without_a_capture_says_what_was_to_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "lab", "websocket-echo", "--port", f"websocket={free_port()}")
    assert (found.status, found.err) == (0, "")
    assert "-Y '" in found.out
    assert "Captured" not in found.out


@pytest.mark.root
def test_a_run_on_another_port_is_captured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    server = next(iter(all_scenarios()["http-keep-alive"].ports))
    found = run(capsys, "lab", "http-keep-alive", "-w", tmp_path / "x.pcap", "--port", f"{server}={port}")
    assert (found.status, found.err) == (0, "")
    rows = run(capsys, "streams", tmp_path / "x.pcap", "--json").objects
    assert {row["server"] for row in rows} == {f"127.0.0.1:{port}"}


@pytest.mark.parametrize("port", ["x", "x=", "=1", "x=y", "x=1", "http=0", "http=70000", "http=" + "9" * 5000])
def test_a_port_that_cannot_be_is_status_2(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "lab", "http-keep-alive", "--port", port)
    assert (found.status, found.out, found.err.count("\n")) == (2, "", 1)


def test_the_capture_goes_into_a_new_file_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.pcap").write_bytes(b"mine")
    found = run(capsys, "lab", "http-keep-alive", "-w", tmp_path / "x.pcap")
    assert (found.status, "already there" in found.err) == (1, True)
    assert (tmp_path / "x.pcap").read_bytes() == b"mine"
