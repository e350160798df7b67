"""The program around the screens: opening, leaving, themes, commands, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual_fspicker import FileOpen

from inspector.core import resources
from inspector.ui import app as program
from inspector.ui.app import InspectorApp, run
from inspector.ui.screens.about import About
from inspector.ui.screens.help import Help
from inspector.ui.screens.home import Home
from inspector.ui.screens.inspection import Inspection
from tests.ui.window import DEFLATE, ECHO, MadeUp, inspection, opened, press, settle


def test_a_file_that_cannot_be_opened_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = tmp_path / "no\x1bfile.pcap"
    assert run(str(strange)) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said


def test_a_wrong_filter_is_one_sentence_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(resources.captures() / ECHO), "tcp.prot == 1") == 2
    assert "tcp.prot" in capsys.readouterr().err


def test_quitting_gives_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    class Quick(InspectorApp):
        def run(self, *args: object, **options: object) -> None:
            self._return_code = 0

    monkeypatch.setattr(program, "InspectorApp", Quick)
    assert run(None) == 0


async def test_without_a_file_home_is_shown() -> None:
    app = InspectorApp()
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, Home)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, Inspection)


async def test_another_capture_takes_the_place_of_the_first_which_is_closed() -> None:
    session = MadeUp(10)
    async with opened(session) as pilot:
        app = pilot.app
        assert isinstance(app, InspectorApp)
        assert await app.open(resources.captures() / DEFLATE)
        await settle(pilot)
        assert session.closed
        assert inspection(pilot).session.title == DEFLATE
        await press(pilot, "H")
        assert isinstance(app.screen, Home)
        assert not [one for one in app.screen_stack if isinstance(one, Inspection)]


async def test_a_file_that_is_no_capture_leaves_the_first_open() -> None:
    async with opened(ECHO) as pilot:
        app = pilot.app
        assert isinstance(app, InspectorApp)
        assert not await app.open(resources.captures() / "README.md")
        await settle(pilot)
        assert inspection(pilot).session.title == ECHO
        assert [one.severity for one in app._notifications] == ["error"]


async def test_the_dialog_opens_what_is_chosen_in_it(tmp_path: Path) -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "o")
        await pilot.pause(0.1)
        dialog = pilot.app.screen
        assert isinstance(dialog, FileOpen)
        dialog.dismiss(resources.captures() / DEFLATE)
        await pilot.pause(0.2)
        await settle(pilot)
        assert inspection(pilot).session.title == DEFLATE
        await press(pilot, "o")
        await pilot.pause(0.1)
        await press(pilot, "escape")
        assert inspection(pilot).session.title == DEFLATE


async def test_the_theme_goes_from_dark_to_light_and_back() -> None:
    async with opened(ECHO) as pilot:
        assert pilot.app.current_theme.dark
        before = inspection(pilot).packets.ground
        await press(pilot, "D")
        assert not pilot.app.current_theme.dark
        assert inspection(pilot).packets.ground != before
        await press(pilot, "D")
        assert inspection(pilot).packets.ground == before


async def test_windows_over_the_panes_open_and_close() -> None:
    async with opened(ECHO) as pilot:
        for key, window in (("question_mark", Help), ("i", About)):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, window)
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, Inspection)


async def test_the_palette_offers_the_commands_of_the_screen() -> None:
    async with opened(ECHO) as pilot:
        app = pilot.app
        names = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Open", "Filter", "Go to packet", "Copy value", "To the origin", "Dark or light", "Quit"} <= names
        await press(pilot, "H")
        assert "Filter" not in {command.title for command in app.get_system_commands(app.screen)}


async def test_quitting_closes_the_file() -> None:
    session = MadeUp(10, loads=True)
    async with opened(session) as pilot:
        await press(pilot, "q")
        assert session.closed
        assert pilot.app.return_code == 0
