"""info, save, doctor, --print-completion and --max-size, as they are typed."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from inspector.cli import doctor, main
from inspector.cli.arguments import COMMANDS
from inspector.core import resources
from tests.capture.made import START, enhanced, interface, option, packets, pcap, pcapng, section, write
from tests.capture.test_write import rich, without_warning

ECHO = Path(str(resources.captures())) / "websocket-echo.pcap"
MADE = packets()
Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *words: str | Path) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    assert said.err == "" or all(line.startswith("inspector: ") for line in said.err.splitlines())
    return status, said.out, said.err


# info


def test_info_for_people(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, b"".join(rich("<")))
    status, out, err = run(capsys, "info", source)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "Format     pcapng, little-endian" in lines
    assert "Packets    5" in lines
    assert "Made by    a test" in lines
    assert (
        "Interface  0 eth0: 4 packets, link type EN10MB (1), at most 80 bytes of each, times in microseconds" in lines
    )
    assert "Interface  1: 1 packet, link type RAW (101), at most 262,144 bytes of each, times in nanoseconds" in lines
    assert "Comment    of a section" in lines
    assert "Comment    packet 1: early" in lines
    assert "Secrets    TLS key log, 8 bytes" in lines
    assert "First      2024-11-22 10:47:39.000001005 UTC" in lines
    assert lines[-1] == "Damage     none found"
    assert "CLIENT_R" not in out


def test_info_for_programs(tmp_path: Path, capsys: Captured) -> None:
    status, out, err = run(capsys, "info", "--json", write(tmp_path, b"".join(rich(">"))))
    assert (status, err) == (0, "")
    assert out.count("\n") == 1
    found = json.loads(out)
    assert (found["packets"], found["first"], found["format"]) == (5, f"{START}.000001005", "pcapng, big-endian")
    assert found["interfaces"][0]["name"] == "eth0"
    assert [one["packets"] for one in found["interfaces"]] == [4, 1]
    assert found["secrets"] == [{"kind": "TLS key log", "size": 8}]
    assert found["packet_comments"] == [{"packet": 1, "text": "early"}]
    assert found["statistics"][0]["received"] == 0
    assert found["damages"] == []
    assert found["hierarchy"][0] == {"depth": 0, "name": "eth", "packets": 4, "bytes": found["hierarchy"][0]["bytes"]}


def test_info_of_a_damaged_file_says_all_that_was_read_and_exits_1(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, pcap(MADE)[:-1])
    status, out, err = run(capsys, "info", source)
    assert status == 1
    assert "Packets    11" in out
    assert "Damage     at byte " in out
    assert "The file ends in the middle of packet 12" in err
    status, out, _ = run(capsys, "info", "--json", source)
    assert (status, json.loads(out)["damages"][0]["text"][:8]) == (1, "The file")


def test_nothing_of_a_file_steers_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    evil = "\x1b]0;evil\x07\u202e".encode()
    head = section(options=option(1, evil) + option(4, evil)) + interface(options=option(2, evil) + option(3, evil))
    source = write(tmp_path, head + enhanced(MADE[0], options=option(1, evil)))
    for words in (["info"], ["info", "--json"], ["tree"], ["json"], ["fields", "-e", "frame.comment"]):
        status, out, _ = run(capsys, words[0], source, *words[1:])
        assert status == 0
        assert "evil" in out
        assert not set(out) & set("\x1b\x07\u202e")


# comments


def test_comments_are_a_field(tmp_path: Path, capsys: Captured) -> None:
    noted = option(1, "früh".encode()) + option(1, b"again")
    blocks = [enhanced(one, options=noted if number == 2 else b"") for number, one in enumerate(MADE)]
    source = write(tmp_path, section() + interface() + b"".join(blocks))
    chosen = ("-Y", 'frame.comment == "again"', "-e", "frame.number", "-e", "frame.comment")
    assert run(capsys, "fields", source, *chosen) == (0, "3\tfrüh,again\n", "")


# save


def test_save_a_selection(tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.pcap"
    status, said, err = run(capsys, "save", ECHO, "-Y", "websocket", out)
    assert (status, err) == (0, "")
    assert said.startswith(f"{out}: 21 of 39 packets, ")
    _, numbers, _ = run(capsys, "fields", out, "-e", "frame.len")
    _, expected, _ = run(capsys, "fields", ECHO, "-Y", "websocket", "-e", "frame.len")
    assert numbers == expected


def test_saving_twice_and_looking_in_between_changes_nothing(tmp_path: Path, capsys: Captured) -> None:
    made = b"".join(rich("<") + rich(">"))
    source, first, second = write(tmp_path, made), tmp_path / "first", tmp_path / "second"
    assert run(capsys, "save", source, first)[0] == 0
    _, before, _ = run(capsys, "info", "--json", source)
    _, after, _ = run(capsys, "info", "--json", first)
    assert {**json.loads(after), "file": ""} == {**json.loads(before), "file": ""}
    assert run(capsys, "save", first, second)[0] == 0
    assert made == first.read_bytes() == second.read_bytes()


def test_secrets_stay_with_a_warning_or_are_taken_out(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, b"".join(rich("<")))
    status, _, err = run(capsys, "save", source, tmp_path / "with")
    assert (status, err.count("\n")) == (0, 1)
    assert "holds the decryption secrets" in err
    assert b"CLIENT_R" in (tmp_path / "with").read_bytes()
    assert run(capsys, "save", "--no-secrets", source, tmp_path / "without")[2] == ""
    assert b"CLIENT_R" not in (tmp_path / "without").read_bytes()


def test_comments_are_written(tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out"
    status, said, _ = run(capsys, "save", ECHO, out, "--comment", "3=a = b", "--comment", "3=zwei", "--comment", "9=x")
    assert status == 0
    assert said.rstrip().endswith("as pcapng because pcap has no place for comments")
    wanted = ("-Y", "frame.comment", "-e", "frame.number", "-e", "frame.comment")
    assert run(capsys, "fields", out, *wanted)[1] == "3\ta = b,zwei\n9\tx\n"


@pytest.mark.tshark
def test_tshark_reads_the_comments(tmp_path: Path, capsys: Captured) -> None:
    run(capsys, "save", ECHO, tmp_path / "out", "--comment", "3=drei", "--comment", "3=und mehr")
    lines = [line.split("\t") for line in without_warning(tmp_path / "out").splitlines()]
    assert (len(lines), lines[2][3]) == (39, "drei,und mehr")


@pytest.mark.parametrize(
    "words, status, said",
    [
        (["save", ECHO, ECHO], 1, "is the capture that is being read and would be destroyed; choose another name."),
        (["save", ECHO, ECHO, "--force"], 1, "is the capture that is being read"),
        (["save", ECHO, "/"], 1, "/ is a directory"),
        (["save", ECHO, "x", "--comment", "40=x"], 1, "Packet 40 is to get a comment but is not among those"),
        (["save", ECHO, "x", "--comment", "x"], 2, "expected is a packet's number and a text"),
        (["save", ECHO, "x", "-Y", "nonsense =="], 2, "The filter cannot be used"),
        (["info", ECHO, "--max-size", "much"], 2, "expected is a number of bytes"),
    ],
)
def test_what_cannot_be_saved_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, words: list[str | Path], status: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = ECHO.read_bytes()
    found = run(capsys, *words)
    assert found[:2] == (status, "")
    assert said in found[2]
    assert found[2].count("\n") == 1
    assert os.listdir(tmp_path) == []
    assert ECHO.read_bytes() == before


def test_what_is_saved_of_a_damaged_file_is_whole_and_the_damage_is_said(tmp_path: Path, capsys: Captured) -> None:
    status, out, err = run(capsys, "save", write(tmp_path, pcapng(MADE)[:-3]), tmp_path / "out")
    assert (status, out.split(": ")[1][:20]) == (1, "11 of 11 packets, 12")
    assert "The file ends in the middle" in err
    assert (tmp_path / "out").read_bytes() == pcapng(MADE[:-1])


# --max-size and standard input


def test_a_limit_of_what_is_unpacked(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, gzip.compress(pcap(packets(100))))
    assert run(capsys, "info", source, "--max-size", "1G")[0] == 0
    status, out, err = run(capsys, "info", source, "--max-size", "4K")
    assert status == 1
    assert "Size       4,096 bytes" in out
    assert "it becomes more than 4096 bytes; --max-size lets it." in err


def test_info_and_save_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    for data in (ECHO.read_bytes(), gzip.compress(ECHO.read_bytes())):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        assert run(capsys, "save", "-", "--force", tmp_path / "out")[0] == 0
        assert (tmp_path / "out").read_bytes() == ECHO.read_bytes()


# doctor


def test_doctor_always_ends_well(capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (os.environ["PATH"], str(tmp_path)):
        monkeypatch.setenv("PATH", path)
        status, out, err = run(capsys, "doctor")
        assert (status, err) == (0, "")
        for line in out.splitlines():
            assert line[:4] in ("ok  ", "no  ")
            assert line[:2] == "ok" or " -> " in line
        assert {"Python", "libpcap", "capture", "dumpcap", "tshark", "terminal", "zstandard"} <= {
            line.split()[1] for line in out.splitlines()
        }


@pytest.mark.parametrize(
    "environment, works, words",
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True, "16 million"),
        ({"TERM": "xterm-256color"}, True, "256"),
        ({"TERM": "linux"}, True, "16 (TERM is linux)"),
        ({"TERM": "dumb"}, False, "TERM is dumb"),
        ({}, False, "TERM is not set"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, "NO_COLOR"),
    ],
)
def test_the_colours_of_a_terminal(environment: dict[str, str], works: bool, words: str) -> None:
    found = doctor._colours(environment)
    assert (found.works, words in found.found) == (works, True)


@pytest.mark.parametrize("size, works", [((79, 24), False), ((80, 23), False), ((80, 24), True), ((120, 40), True)])
def test_the_size_of_a_terminal(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], works: bool) -> None:
    monkeypatch.setattr(doctor.shutil, "get_terminal_size", lambda: os.terminal_size(size))
    assert doctor._size().works is works


@pytest.mark.parametrize("encoding, works", [("utf-8", True), ("UTF8", True), ("ascii", False), (None, False)])
def test_the_encoding_of_a_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str | None, works: bool) -> None:
    monkeypatch.setattr(doctor.sys, "stdout", SimpleNamespace(encoding=encoding))
    assert doctor._encoding().works is works


# completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_commands(shell: str, capsys: Captured) -> None:
    status, out, err = run(capsys, "--print-completion", shell)
    assert (status, err) == (0, "")
    assert all(command in out for command in COMMANDS)
    assert "no-secrets" in out


def test_bash_completes_commands_options_and_files(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path, pcap(MADE), "shop.pcap")
    script = write(tmp_path, run(capsys, "--print-completion", "bash")[1].encode(), "completion")

    def completed(*words: str) -> list[str]:
        typed = " ".join(f"'{word}'" for word in ("inspector", *words))
        function = (
            subprocess.run(
                ["bash", "-c", f"source {script}; complete -p inspector"], capture_output=True, text=True, check=True
            )
            .stdout.split(" -F ")[1]
            .split()[0]
        )
        state = f"COMP_WORDS=({typed}); COMP_CWORD={len(words)}"
        ask = f"source {script}; {state}; {function}; printf '%s\\n' ${{COMPREPLY[@]}}"
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True, cwd=tmp_path)
        return done.stdout.split()

    assert completed("doc") == ["doctor"]
    assert completed("save", "--no") == ["--no-secrets"]
    assert completed("info", "sho") == ["shop.pcap"]
