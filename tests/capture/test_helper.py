"""The capture process on its own: started, fed with packets, stopped, deceived and killed."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import dpkt
import pytest

from inspector.capture import helper
from inspector.capture.helper import Account, Failure, account_to_drop_to

HELPER = Path(helper.__file__)
NANOSECONDS, MICROSECONDS = 0xA1B23C4D, 0xA1B2C3D4
WITHOUT_THE_RIGHT = ("setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin")


def start(
    out: int | IO[bytes], *options: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    command = [*before, sys.executable, "-I", str(HELPER), *options]
    return subprocess.Popen(command, stdin=pipe, stdout=out, stderr=pipe, env={**os.environ, **(env or {})})


def wait_until_capturing(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stderr is not None
    first: dict[str, object] = json.loads(process.stderr.readline())
    assert first.get("capturing") == "lo", first
    return first


def finish(process: subprocess.Popen[bytes]) -> list[dict[str, object]]:
    """End its standard input; returns the lines that it wrote."""
    _, said = process.communicate(timeout=10)
    return [json.loads(line) for line in said.splitlines()]


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def send_datagrams(port: int, count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(count):
            sender.sendto(struct.pack("!I", number), ("127.0.0.1", port))


def datagrams_in(path: Path) -> list[int]:
    """The numbers in the capture's datagrams; the file must hold whole records and nothing else."""
    data = path.read_bytes()
    packets = [packet for _, packet in dpkt.pcap.Reader(io.BytesIO(data))]
    assert 24 + sum(16 + len(packet) for packet in packets) == len(data)
    return [struct.unpack("!I", packet[-4:])[0] for packet in packets]


def is_gone(pid: int) -> bool:
    """Whether the process is over; one that waits to be buried counts as over."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.root
def test_capture_ends_whole_at_the_end_of_standard_input(tmp_path: Path) -> None:
    port, path = free_udp_port(), tmp_path / "out.pcap"
    with path.open("wb") as out:
        process = start(out, "-f", f"udp dst port {port}")
    assert wait_until_capturing(process) == {"capturing": "lo", "link": 1}
    send_datagrams(port, 1000)
    last = finish(process)[-1]
    assert last == {"written": 1000, "dropped": 0, "stopped": True}
    assert process.returncode == 0
    assert datagrams_in(path) == list(range(1000))


@pytest.mark.root
@pytest.mark.parametrize(("precision", "magic"), [("nano", NANOSECONDS), ("micro", MICROSECONDS)])
def test_file_header_says_the_precision_that_was_asked_for(tmp_path: Path, precision: str, magic: int) -> None:
    path = tmp_path / "out.pcap"
    with path.open("wb") as out:
        process = start(out, "--precision", precision, "-f", "udp dst port 9")
    wait_until_capturing(process)
    finish(process)
    assert struct.unpack("=IHHiIII", path.read_bytes()[:24]) == (magic, 2, 4, 0, 0, 262_144, 1)


@pytest.mark.root
def test_packets_are_in_the_file_while_the_capture_runs(tmp_path: Path) -> None:
    port, path = free_udp_port(), tmp_path / "out.pcap"
    with path.open("wb") as out:
        process = start(out, "-f", f"udp dst port {port}")
    wait_until_capturing(process)
    send_datagrams(port, 3)
    end = time.monotonic() + 5
    while path.stat().st_size < 24 + 3 * (16 + 46) and time.monotonic() < end:
        time.sleep(0.02)
    seen = datagrams_in(path)
    finish(process)
    assert seen == [0, 1, 2]


@pytest.mark.root
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_well(tmp_path: Path, number: int) -> None:
    port, path = free_udp_port(), tmp_path / "out.pcap"
    with path.open("wb") as out:
        process = start(out, "-f", f"udp dst port {port}")
    wait_until_capturing(process)
    send_datagrams(port, 5)
    process.send_signal(number)
    assert finish(process)[-1]["stopped"] is True
    assert datagrams_in(path) == [0, 1, 2, 3, 4]


@pytest.mark.root
def test_ctrl_c_is_left_to_the_program_that_started_it(tmp_path: Path) -> None:
    with (tmp_path / "out.pcap").open("wb") as out:
        process = start(out, "-f", "udp dst port 9")
    wait_until_capturing(process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    assert finish(process)[-1]["stopped"] is True


PARENT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from inspector.capture.live import Recording
recording = Recording(Path(sys.argv[2]), expression=f"udp dst port {sys.argv[3]}")
recording.start()
print(recording._process.pid, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.root
def test_file_is_whole_and_no_process_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    port, path = free_udp_port(), tmp_path / "out.pcap"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", PARENT, str(HELPER.parents[2]), str(path), str(port)]
    parent = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    send_datagrams(port, 50)
    parent.communicate("die\n", timeout=10)
    assert parent.returncode == -signal.SIGKILL
    end = time.monotonic() + 5
    while not is_gone(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert is_gone(pid)
    assert datagrams_in(path) == list(range(50))


@pytest.mark.root
@pytest.mark.parametrize(
    ("options", "kind"),
    [(["-f", "udp prt 9"], "filter"), (["-i", "no-such-interface"], "interface")],
)
def test_mistake_is_one_line_and_nothing_on_standard_output(options: list[str], kind: str) -> None:
    process = start(subprocess.PIPE, *options)
    out, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert out == b""
    assert json.loads(said)["error"] == kind


@pytest.mark.root
def test_missing_right_is_named(tmp_path: Path) -> None:
    process = start(subprocess.PIPE, before=WITHOUT_THE_RIGHT)
    out, said = process.communicate(timeout=10)
    assert (process.returncode, out) == (1, b"")
    assert json.loads(said)["error"] == "permission"


@pytest.mark.root
def test_full_disk_ends_the_capture_with_an_error() -> None:
    with open("/dev/full", "wb") as full:
        process = start(full)
    assert finish(process)[-1]["error"] == "output"
    assert process.returncode == 1


@pytest.mark.root
def test_privilege_is_dropped_and_the_capture_goes_on(tmp_path: Path) -> None:
    port, path = free_udp_port(), tmp_path / "out.pcap"
    with path.open("wb") as out:
        process = start(out, "-f", f"udp dst port {port}", env={"SUDO_UID": "65534", "SUDO_GID": "65533"})
    wait_until_capturing(process)
    status = Path(f"/proc/{process.pid}/status").read_text()
    send_datagrams(port, 2)
    finish(process)
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert lines["Uid"].split() == ["65534"] * 4
    assert lines["Gid"].split() == ["65533"] * 4
    assert lines["Groups"].split() == []
    assert int(lines["CapEff"], 16) == 0
    assert datagrams_in(path) == [0, 1]


@pytest.mark.parametrize(
    ("environment", "account"),
    [
        ({}, None),
        ({"SUDO_GID": "1"}, None),
        ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, Account(1000, 1001)),
        ({"SUDO_UID": "1000"}, Account(1000, 1000)),
    ],
)
def test_account_is_who_called_sudo(environment: dict[str, str], account: Account | None) -> None:
    assert account_to_drop_to(environment) == account


@pytest.mark.parametrize("uid", ["", "-1", "root", "1 0", "0x0"])
def test_account_that_is_no_number_is_an_error(uid: str) -> None:
    with pytest.raises(Failure):
        account_to_drop_to({"SUDO_UID": uid})


def test_current_folder_and_pythonpath_do_not_choose_what_runs(tmp_path: Path) -> None:
    for module in ("scapy", "json", "argparse"):
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'hijacked')!r}, 'w')\n")
    command = [sys.executable, "-I", str(HELPER), "-i", "no-such-interface"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert json.loads(process.communicate(timeout=20)[1])["error"]
    assert not (tmp_path / "hijacked").exists()


def test_helper_loads_little() -> None:
    command = [sys.executable, "-I", "-X", "importtime", str(HELPER), "-i", "no-such-interface"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "scapy.libs.winpcapy" in loaded
    assert not loaded & {"scapy.all", "scapy.config", "scapy.packet", "inspector", "numpy", "textual"}


def test_terminal_is_no_place_for_a_capture() -> None:
    controller, terminal = os.openpty()
    process = start(terminal)
    _, said = process.communicate(timeout=10)
    os.close(terminal)
    os.close(controller)
    assert process.returncode == 1
    assert "terminal" in json.loads(said)["text"]
