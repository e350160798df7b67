"""`inspector streams`: the table, the objects, and large captures."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.cli import streams_text
from inspector.core import resources
from inspector.session.session import Session
from tests.cli.made import OPENING, run, tcp, write

ECHO = resources.captures() / "websocket-echo.pcap"


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    head, row = run(capsys, "streams", ECHO).out.splitlines()
    assert head.split("  ")[0] == "stream"
    assert row.split() == [
        "tcp:0", "127.0.0.1:39402", "127.0.0.1:8080", "39", "70728", "70731", "0.206137", "closed",
        "http", "websocket", "json",
    ]  # fmt: skip


def test_a_capture_with_many_streams_is_not_dissected_for_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [frame for port in range(streams_text.LOOKED_INTO + 1) for frame in tcp(OPENING, 1000 + port)]
    path = write(tmp_path / "x.pcap", frames)
    assert len(run(capsys, "streams", path, "--json").objects) == streams_text.LOOKED_INTO + 1
    monkeypatch.setattr(Session, "packet", None)
    monkeypatch.setattr(Session, "reader", None)
    lines = run(capsys, "streams", path).out.splitlines()
    assert len(lines) == streams_text.LOOKED_INTO + 2
    assert "carries" not in lines[0]
    assert lines[1].endswith("open")
