"""Running a command in the tests of info, save, doctor and completion."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.cli import main
from inspector.core import resources
from tests.capture.made import packets

ECHO = Path(str(resources.captures())) / "websocket-echo.pcap"
MADE = packets()
Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *words: str | Path) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    assert said.err == "" or all(line.startswith("inspector: ") for line in said.err.splitlines())
    return status, said.out, said.err
