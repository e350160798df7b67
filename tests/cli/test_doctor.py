"""What works here: always an answer of one line each, always a good end."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from inspector.cli import doctor
from tests.cli.running import Captured, run


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
