"""How commands end: the status, one sentence on standard error, and quiet pipes."""

from __future__ import annotations

import fcntl
import gzip
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path

import pytest

from inspector.core import resources
from tests.cli.made import CHECKOUT, run, shell, spawn

ECHO = resources.captures() / "websocket-echo.pcap"
COMMANDS = (["list"], ["tree"], ["json"], ["streams"], ["streams", "--json"], ["fields", "-e", "ip.src"])


def one_sentence(text: str) -> bool:
    return text.startswith("inspector: ") and text.count("\n") == 1 and text.endswith("\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("bad", ["missing", "folder", "empty", "text", "device"])
def test_a_bad_file_is_one_sentence_and_status_1(
    command: list[str], bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello\n")
    path = {"folder": tmp_path, "device": Path("/dev/null")}.get(bad, tmp_path / bad)
    found = run(capsys, *command, path)
    assert (found.status, found.out) == (1, "")
    assert one_sentence(found.err)
    assert str(path) in found.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_a_damaged_file_still_holds_is_printed(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(ECHO.read_bytes())
    data[2000:2100] = b"\xff" * 100
    (tmp_path / "damaged.pcap").write_bytes(data[:-10])
    found = run(capsys, *command, tmp_path / "damaged.pcap")
    assert found.status == 1
    assert one_sentence(found.err)
    assert "damaged.pcap" in found.err
    whole = run(capsys, *command, ECHO)
    assert (whole.status, whole.err) == (0, "")
    assert 0 < len(found.out) <= len(whole.out)
    if command == ["list"]:
        assert len(found.out.splitlines()) == len(whole.out.splitlines()) - 2


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "--foo", ECHO],
        ["list", ""],
        ["-x"],
        ["--"],
        ["tree", "--exp", ECHO],
        ["tree", "-n", "0", ECHO],
        ["tree", "-n", "٣", ECHO],
        ["tree", "-n", "9" * 5000, ECHO],
        ["list", "-Y", "no.such", ECHO],
        ["list", "-Y", "ip.ttl ==", ECHO],
        ["fields", ECHO],
        ["fields", ECHO, "-e", "ip.sorce"],
        ["fields", ECHO, "-e", "ip.src", "-E", "header=x"],
        ["follow", ECHO, "x"],
        ["follow", ECHO, ":0"],
        ["follow", ECHO, "9" * 5000],
        ["follow", ECHO, "0", "--as", "gopher"],
        ["explain", "no.such"],
        ["lab", "no-such"],
        ["lab", "-w", "x"],
        ["lits"],
    ],
    ids=lambda words: " ".join(str(word)[-20:] for word in words),
)
def test_a_wrong_command_is_one_sentence_and_status_2(words: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, *words)
    assert (found.status, found.out) == (2, "")
    assert one_sentence(found.err)


@pytest.mark.parametrize("words", [["tree", "-n", "40", ECHO], ["follow", ECHO, "1"], ["follow", ECHO, "udp:0"]])
def test_what_the_capture_does_not_hold_is_status_1(words: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, *words)
    assert (found.status, found.out) == (1, "")
    assert one_sentence(found.err)


def test_the_nearest_name_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean ip.src?" in run(capsys, "fields", ECHO, "-e", "ip.sorce").err
    assert "did you mean `inspector list`?" in run(capsys, "lits").err


def test_a_file_called_like_a_command_is_opened_with_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list").write_bytes(ECHO.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(run(capsys, "./list").out.splitlines()) == 39
    assert run(capsys, "list").status == 2


def test_without_a_terminal_a_file_is_listed_and_nothing_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, ECHO) == run(capsys, "list", ECHO)
    found = run(capsys)
    assert found.status == 0
    assert "follow" in found.out


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_standard_input(packed: bool) -> None:
    data = ECHO.read_bytes()
    found = spawn("list", "-", given=gzip.compress(data) if packed else data)
    assert (found.status, found.err) == (0, "")
    assert len(found.out.splitlines()) == 39


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ('set -o pipefail; "$@" | head -1', 0),
        ('set -o pipefail; "$@" | true', 0),
        ('"$@" >&-', 0),
        ('"$@" 2>&-', 0),
    ],
)
def test_pipes_end_quietly(script: str, status: int) -> None:
    found = shell(script, "tree", resources.captures() / "http-keep-alive.pcap")
    assert (found.status, found.err) == (status, "")


def test_streams_that_are_closed_or_full_are_one_sentence() -> None:
    for script, words in (('"$@" >/dev/full', ["list", ECHO]), ('"$@" <&-', ["list", "-"])):
        found = shell(script, *words)
        assert found.status == 1
        assert one_sentence(found.err)


def test_text_is_utf_8_in_a_pipe_whatever_the_locale() -> None:
    found = spawn("follow", ECHO, "0", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")
    assert (found.status, found.err) == (0, "")
    assert "Grüße, नमस्ते, 👋" in found.out


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keeper = os.open(pipe, os.O_RDWR)
    os.write(keeper, ECHO.read_bytes()[:1000])
    with pipe.open("rb") as given:
        words = [sys.executable, "-m", "inspector", "list", "-"]
        program = subprocess.Popen(
            words,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=CHECKOUT,
            # Who runs the tests in the background ignores Ctrl-C, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    until = time.monotonic() + 30
    while _waiting(keeper) and time.monotonic() < until:
        time.sleep(0.02)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=20)
    os.close(keeper)
    assert (program.returncode, out, err) == (130, b"", b"")


def _waiting(descriptor: int) -> int:
    """How many bytes nobody has read from the pipe yet."""
    count = array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
