"""What can be typed."""

from __future__ import annotations

import pytest

from inspector.cli import commands
from inspector.cli.arguments import COMMANDS, parser
from inspector.cli.output import Failure


def test_every_command_has_its_function_and_its_help() -> None:
    page = parser().format_help()
    for command in COMMANDS:
        assert callable(getattr(commands, f"run_{command}"))
        assert f"    {command} " in page or f"    {command}\n" in page


def test_options_are_read() -> None:
    found = parser().parse_args(["tree", "x", "-n", "7", "--explain", "-Y", "tcp", "--max-size", "5K"])
    assert (found.file, found.number, found.explain, found.filter, found.max_size) == ("x", 7, True, "tcp", 5120)
    found = parser().parse_args(["lab", "x", "--port", "http=3001", "--port", "proxy=3002"])
    assert found.ports == [("http", 3001), ("proxy", 3002)]
    assert parser().parse_args(["fields", "x", "-e", "a", "-e", "b"]).names == ["a", "b"]


@pytest.mark.parametrize("words", [["list"], ["list", "x", "--max", "1"], ["tree", "x", "-n", "²"], ["json", "x", "y"]])
def test_what_is_wrong_is_one_line(words: list[str]) -> None:
    with pytest.raises(Failure) as caught:
        parser().parse_args(words)
    assert caught.value.status == 2
    assert "\n" not in str(caught.value)
    assert "--help`" in str(caught.value)
