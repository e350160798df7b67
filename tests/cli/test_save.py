"""`inspector save` as it is typed: what is saved, what is refused, and what is said."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.capture.made import pcapng, write
from tests.capture.saving import rich, without_warning
from tests.cli.running import ECHO, MADE, Captured, run


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


def test_info_and_save_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    for data in (ECHO.read_bytes(), gzip.compress(ECHO.read_bytes())):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        assert run(capsys, "save", "-", "--force", tmp_path / "out")[0] == 0
        assert (tmp_path / "out").read_bytes() == ECHO.read_bytes()
