"""Tabs: numbered where names repeat, a window around the active one where there are too many."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from inspector.core.source import Source
from inspector.ui.themes import DARK
from inspector.ui.widgets.tabs import SourceTabs, titles


class Window(App[None]):
    CSS_PATH = "../../../inspector/ui/widgets/widgets.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield SourceTabs()

    def on_source_tabs_chosen(self, event: SourceTabs.Chosen) -> None:
        self.chosen.append(event.index)


def sources(number: int) -> list[Source]:
    return [Source("record", bytes(1500)), *(Source("Unmasked", bytes(5)) for _ in range(number))]


def test_names_that_repeat_are_numbered() -> None:
    assert titles(sources(1)) == ["Record 1,500", "Unmasked 5"]
    assert titles(sources(2)) == ["Record 1,500", "Unmasked 1 5", "Unmasked 2 5"]


def test_a_hostile_name_is_safe() -> None:
    assert titles([Source("\x1b]0;x", b"")]) == ["␛]0;x 0"]


async def test_a_click_gives_the_tab_under_it() -> None:
    app = Window()
    async with app.run_test(size=(80, 3)) as pilot:
        tabs = app.query_one(SourceTabs)
        tabs.show(sources(2), 1)
        await pilot.pause()
        line = tabs.render_line(0).text
        assert "[Unmasked 1 5]" in line
        for index, title in enumerate(titles(sources(2))):
            await pilot.click(SourceTabs, offset=(line.index(title), 0))
            assert app.chosen[-1] == index


@pytest.mark.parametrize("active", [0, 1, 150, 299, 300])
async def test_of_many_tabs_the_active_one_is_always_seen(active: int) -> None:
    app = Window()
    async with app.run_test(size=(60, 3)) as pilot:
        tabs = app.query_one(SourceTabs)
        tabs.show(sources(300), active)
        await pilot.pause()
        line = tabs.render_line(0).text
        assert f"[{tabs.titles[active]}]" in line
        if active:
            assert line.startswith("‹")
            await pilot.click(SourceTabs, offset=(0, 0))
            assert app.chosen[-1] < active
        if tabs.titles[300] not in line:
            assert line.rstrip().endswith("›")
            await pilot.click(SourceTabs, offset=(len(line.rstrip()) - 1, 0))
            assert app.chosen[-1] > active
