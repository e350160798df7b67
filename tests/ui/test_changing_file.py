"""The capture file is cut while the window shows it: the window says so and lives on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from inspector.core import resources
from tests.ui.window import ECHO, inspection, opened, press, settle


@pytest.mark.parametrize("left", [0, 24, 900])
async def test_a_file_that_is_cut_under_the_open_window_shows_a_message_and_kills_nothing(
    tmp_path: Path, left: int
) -> None:
    path = Path(shutil.copy(str(resources.captures() / ECHO), tmp_path / "echo.pcap"))
    async with opened(path) as pilot:
        screen = inspection(pilot)
        count = screen.session.count
        assert count > 20
        os.truncate(path, left)
        for key in ("end", "up", "home", "down", "end", "f2", "down", "down", "f3", "down", "f4", "f1", "home"):
            await press(pilot, key)
        await pilot.pause(0.3)
        await settle(pilot)
        assert screen.session.count == count
        told = [note.message for note in pilot.app._notifications]
        assert any("The file became shorter while it was open" in message for message in told)
        assert pilot.app.is_running
        assert not pilot.app._exception
        await press(pilot, "i")
        assert "became shorter" in str(pilot.app.screen.text())  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert inspection(pilot) is screen


async def test_a_file_that_grows_is_followed(tmp_path: Path) -> None:
    whole = (resources.captures() / ECHO).read_bytes()
    path = tmp_path / "growing.pcap"
    path.write_bytes(whole[: len(whole) // 2])
    async with opened(path) as pilot:
        screen = inspection(pilot)
        before = screen.session.count
        assert before
        with path.open("ab") as file:
            file.write(whole[len(whole) // 2 :])
        for _ in range(40):
            await pilot.pause(0.1)
            if screen.packets.count == 39:
                break
        assert before < screen.packets.count == screen.session.count == 39
        assert not screen.session.damages
