"""How commands speak."""

from __future__ import annotations

import io
import json

import pytest

from inspector.cli.output import complain, on_terminal, say, say_columns, say_json


def test_all_that_is_said_is_safe(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b", "b\nc")
    complain("x\x9b\ny")
    say_columns([["name", "1"], ["a\x1b\u202e", "22"]], "<>")
    found = capsys.readouterr()
    assert found.out == "a␛ b␊c\nname   1\na␛·   22\n"
    assert found.err == "inspector: x·␊y\n"


def test_json_is_one_line_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"ü\x1b": ["\x7f\u202e\n", "👋", 2**64, None]}
    say_json(value)
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert "👋" in line
    assert json.loads(line) == value


def test_a_terminal_without_unicode_gets_escapes_that_json_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    say_json(["ü👋\u202e"])
    assert json.loads(written.getvalue().decode("ascii")) == ["ü👋\u202e"]


def test_complaints_without_standard_error_are_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    complain("x")


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    assert not on_terminal(stream)
    stream.close()
    assert not on_terminal(stream)
    assert not on_terminal(None)
