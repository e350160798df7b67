"""`inspector list`, `tree` and `explain` as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core import resources
from inspector.session.session import Session
from tests.cli.made import ACK, OPENING, run, tcp, write

ECHO = resources.captures() / "websocket-echo.pcap"


def test_a_line_for_each_packet_dissects_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "x.pcap", tcp([*OPENING, (0, ACK, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")]))
    monkeypatch.setattr(Session, "summary", None)
    lines = run(capsys, "list", path).out.splitlines()
    assert lines[0].startswith("1   0.000000000 10.0.0.1 → 10.0.0.2")
    assert lines[3].split()[-3:] == ["GET", "/a", "HTTP/1.1"]


def test_a_tree_has_places_values_and_names(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "tree", ECHO, "-n", "1").out.splitlines()
    assert lines[0] == "Packet 1: 74 bytes on the wire, 74 captured"
    assert "Internet Protocol Version 4 (ip), bytes 14 to 34" in lines
    assert "  22+1         Time to Live: 64  [ip.ttl]" in lines
    assert "  14.0+4b      Version: 4  [ip.version]" in lines
    assert any(line.startswith("  -  ") and line.endswith("[tcp.stream]") for line in lines)


def test_explained_trees_say_what_each_value_means(capsys: pytest.CaptureFixture[str]) -> None:
    plain = run(capsys, "tree", ECHO, "-n", "1").out.splitlines()
    explained = run(capsys, "tree", ECHO, "-n", "1", "--explain").out.splitlines()
    assert [line for line in explained if "» " not in line] == plain
    assert sum("» " in line for line in explained) > 40


def test_an_unknown_name_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "explain", "tcp.windw_size")
    assert (found.status, "did you mean tcp.window_size" in found.err) == (2, True)
