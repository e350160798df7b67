"""The bundled captures and their table agree; making them again works for root and tells everybody else what to do."""

from __future__ import annotations

import io
import json
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import dpkt
import pytest

from inspector.lab.make_captures import BUNDLED, FOLDER, log_path, main, readme, record
from inspector.lab.registry import all_scenarios, scenario_called
from inspector.lab.scenario import Scenario
from inspector.lab.scene import loopback

Counting = Callable[[Path, Sequence[str], Mapping[str, int]], dict[str, int]]

MAGIC = {"nano": 0xA1B23C4D, "micro": 0xA1B2C3D4}
WITHOUT_THE_RIGHT = ("setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin")
LARGEST = 250_000


def packets_in(path: Path) -> list[bytes]:
    return [packet for _, packet in dpkt.pcap.Reader(io.BytesIO(path.read_bytes()))]


def test_folder_holds_what_is_bundled_and_nothing_else() -> None:
    assert {path.stem for path in FOLDER.glob("*.pcap")} == set(BUNDLED)
    assert {path.name for path in FOLDER.glob("*.log.json")} == {f"{name}.log.json" for name in BUNDLED}


def test_table_is_the_one_that_would_be_written() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == readme(FOLDER)


@pytest.mark.parametrize("name", BUNDLED)
def test_table_counts_the_packets_of_the_file(name: str) -> None:
    row = re.search(rf"^\| \[{name}\.pcap\].*$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    count = int(row[0].split(" | ")[2])
    assert count == len(packets_in(FOLDER / f"{name}.pcap"))
    assert count == json.loads(log_path(FOLDER / f"{name}.pcap").read_text(encoding="utf-8"))["packets"]


@pytest.mark.parametrize("name", BUNDLED)
def test_capture_is_small_whole_and_as_fine_as_it_says(name: str) -> None:
    data = (FOLDER / f"{name}.pcap").read_bytes()
    assert len(data) < LARGEST
    assert struct.unpack_from("=I", data)[0] == MAGIC[BUNDLED[name]]
    assert 24 + sum(16 + len(packet) for packet in packets_in(FOLDER / f"{name}.pcap")) == len(data)


@pytest.mark.parametrize("name", [name for name in BUNDLED if scenario_called(name).scene is loopback])
def test_capture_on_loopback_holds_the_ports_of_its_scenario_only(name: str) -> None:
    usual = set(scenario_called(name).ports.values())
    for packet in packets_in(FOLDER / f"{name}.pcap"):
        assert usual & set(struct.unpack_from("!HH", packet, 34))


@pytest.mark.tshark
@pytest.mark.parametrize("name", BUNDLED)
def test_everything_that_the_table_promises_is_in_the_capture(name: str, counting: Counting) -> None:
    filters = [sight.where for sight in scenario_called(name).sights]
    counts = counting(FOLDER / f"{name}.pcap", filters, {})
    assert not [where for where in filters if not counts[where]]


@pytest.mark.tshark
def test_filter_that_nothing_matches_is_counted_as_none(counting: Counting) -> None:
    filters = ["websocket.opcode == 7", "tcp.flags.syn == 1 && tcp.flags.ack == 0"]
    assert counting(FOLDER / "websocket-echo.pcap", filters, {}) == {filters[0]: 0, filters[1]: 1}


@pytest.mark.root
@pytest.mark.tshark
@pytest.mark.parametrize("scenario", all_scenarios().values(), ids=lambda scenario: scenario.name)
def test_each_scenario_shows_what_it_promises_when_it_is_captured(
    scenario: Scenario, tmp_path: Path, free_ports: Callable[[Scenario], dict[str, int]], counting: Counting
) -> None:
    ports = free_ports(scenario)
    capture = record(scenario, tmp_path, "nano", ports)
    filters = [sight.where for sight in scenario.sights]
    counts = counting(capture, filters, ports)
    assert not [where for where in filters if not counts[where]]


@pytest.mark.root
def test_capture_holds_the_bytes_that_the_programs_sent(
    tmp_path: Path, free_ports: Callable[[Scenario], dict[str, int]]
) -> None:
    scenario = scenario_called("websocket-echo")
    capture = record(scenario, tmp_path, "micro", free_ports(scenario))
    entry = json.loads(log_path(capture).read_text(encoding="utf-8"))
    wire = b"".join(packets_in(capture))
    heard = [message["text"] for message in entry["streams"][0]["messages"] if message["kind"] == "text"]
    assert entry["packets"] == len(packets_in(capture))
    assert "nobody asked me" in heard[-1]
    assert all(text.encode() in wire for text in heard)


@pytest.mark.root
def test_made_captures_replace_those_that_were_there(
    tmp_path: Path, free_ports: Callable[[Scenario], dict[str, int]]
) -> None:
    port = free_ports(scenario_called("websocket-deflate"))["websocket"]
    (tmp_path / "websocket-deflate.pcap").write_bytes(b"old")
    assert main(["websocket-deflate", "--folder", str(tmp_path), "--port", f"websocket={port}"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "README.md",
        "websocket-deflate.log.json",
        "websocket-deflate.pcap",
    ]
    assert len(packets_in(tmp_path / "websocket-deflate.pcap")) > 20
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == readme(tmp_path)


@pytest.mark.root
def test_without_the_right_it_says_what_to_do_and_leaves_everything(tmp_path: Path) -> None:
    command = [*WITHOUT_THE_RIGHT, sys.executable, "-m", "inspector.lab.make_captures", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER.parent, timeout=30)
    assert done.returncode == 1
    assert re.fullmatch(r"Capturing on lo needs the right .*sudo.*\.\n", done.stderr)
    assert not list(tmp_path.iterdir())


@pytest.mark.root
def test_taken_port_is_named_and_leaves_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["websocket-echo", "--folder", str(tmp_path), "--port", f"websocket={port}"]) == 1
    said = capsys.readouterr().err
    assert f"port {port} of 127.0.0.1" in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("port", ["cellar=1", "http", "http=", "http=x", "=1"])
def test_wrong_port_is_a_wrong_command_line(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--port", port])
    assert caught.value.code == 2
    assert "should look like http=3001" in capsys.readouterr().err


def test_unknown_name_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["no-such-capture"])
    assert caught.value.code == 2
    assert "http-keep-alive" in capsys.readouterr().err


def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert main(["--folder", str(tmp_path / "file" / "folder")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
