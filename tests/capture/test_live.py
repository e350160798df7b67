"""Recordings: what they leave on the disk, what they count, and the one sentence when something is wrong."""

from __future__ import annotations

import io
import os
import signal
import socket
import stat
from pathlib import Path

import dpkt
import pytest

from inspector.capture.live import CaptureError, Recording

WITHOUT_THE_RIGHT = ("setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-net_raw,-net_admin")
NOTHING = "udp dst port 9"


def exchange_datagrams(count: int) -> tuple[int, list[bytes]]:
    """Send some to a socket of our own on loopback; returns its port and what was sent. To be captured unfiltered."""
    sent = [f"datagram {number}".encode() for number in range(count)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port: int = receiver.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for data in sent:
                sender.sendto(data, ("127.0.0.1", port))
    return port, sent


def kill_helper_and_divide_by_zero(recording: Recording) -> None:
    assert recording._process is not None
    os.kill(recording._process.pid, signal.SIGKILL)
    raise ZeroDivisionError


def packets_in(path: Path) -> list[bytes]:
    data = path.read_bytes()
    packets: list[bytes] = [packet for _, packet in dpkt.pcap.Reader(io.BytesIO(data))]
    assert 24 + sum(16 + len(packet) for packet in packets) == len(data)
    return packets


@pytest.mark.root
def test_recording_holds_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    with Recording(path, expression="udp") as recording:
        assert recording.running
        port, sent = exchange_datagrams(20)
    packets = packets_in(path)
    assert not recording.running
    assert recording.packets == len(packets)
    assert recording.dropped == 0
    ours = [packet[42:] for packet in packets if int.from_bytes(packet[36:38], "big") == port]
    assert ours == sent


@pytest.mark.root
def test_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Recording(tmp_path / "out.pcap", expression=NOTHING) as recording:
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(recording.path.stat().st_mode) == 0o600


@pytest.mark.root
def test_stopping_twice_is_fine(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.pcap", expression=NOTHING)
    recording.start()
    recording.stop()
    recording.stop()


@pytest.mark.root
def test_wrong_filter_is_one_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"^The capture filter 'tcp prt 80' is not one .*\.$"):
        Recording(tmp_path / "out.pcap", expression="tcp prt 80").start()
    assert not list(tmp_path.iterdir())


@pytest.mark.root
def test_unknown_interface_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="'no-such-interface'"):
        Recording(tmp_path / "out.pcap", interface="no-such-interface").start()


@pytest.mark.root
def test_missing_right_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="sudo") as caught:
        Recording(tmp_path / "out.pcap", prefix=WITHOUT_THE_RIGHT).start()
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.root
def test_killed_helper_is_told_and_the_file_stays(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.pcap", expression=NOTHING)
    recording.start()
    assert recording._process is not None
    os.kill(recording._process.pid, signal.SIGKILL)
    with pytest.raises(CaptureError, match="ended by itself after 0 packets"):
        recording.stop()
    assert packets_in(recording.path) == []


@pytest.mark.root
def test_error_inside_the_block_is_the_one_that_is_seen(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.pcap", expression=NOTHING)
    with pytest.raises(ZeroDivisionError), recording:
        kill_helper_and_divide_by_zero(recording)
    assert not recording.running


def test_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    path.write_bytes(b"mine")
    with pytest.raises(CaptureError, match="already there"):
        Recording(path).start()
    assert path.read_bytes() == b"mine"


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "out.pcap").symlink_to(target)
    with pytest.raises(CaptureError, match="already there"):
        Recording(tmp_path / "out.pcap").start()
    assert not target.exists()


def test_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"cannot be made \(No such file or directory\)"):
        Recording(tmp_path / "nowhere" / "out.pcap").start()


def test_program_that_cannot_be_started_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="could not be started"):
        Recording(tmp_path / "out.pcap", prefix=[str(tmp_path / "no-such-sudo")]).start()
    assert not list(tmp_path.iterdir())


def test_words_of_whatever_stood_before_the_helper_are_passed_on(tmp_path: Path) -> None:
    prefix = ["sh", "-c", "echo 'sudo: a password is required' >&2; exit 1"]
    with pytest.raises(CaptureError, match="sudo: a password is required"):
        Recording(tmp_path / "out.pcap", prefix=prefix).start()
