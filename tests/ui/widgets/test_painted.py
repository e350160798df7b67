"""A widget that draws its own lines knows its style, and knows it anew after the theme has changed."""

from __future__ import annotations

from textual.app import App, ComposeResult

from inspector.ui.themes import DARK, LIGHT
from inspector.ui.widgets.painted import Painted


class Window(App[None]):
    CSS = "Painted { background: $background; overflow-x: hidden; overflow-y: scroll; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield Painted()


async def test_the_ground_changes_with_the_theme() -> None:
    app = Window()
    async with app.run_test() as pilot:
        painted = app.query_one(Painted)
        dark = painted.ground
        assert painted.ground is dark, "worked out once"
        app.theme = LIGHT.name
        await pilot.pause()
        assert painted.ground.bgcolor != dark.bgcolor


async def test_rows_can_be_more_and_fewer_without_a_layout() -> None:
    async with Window().run_test(size=(40, 10)) as pilot:
        painted = pilot.app.query_one(Painted)
        painted.hold(1000)
        assert painted.max_scroll_y == 990
        painted.scroll_to(y=500, animate=False, force=True)
        await pilot.pause()
        painted.hold(2000)
        assert painted.scroll_offset.y == 500
        painted.hold(100)
        await pilot.pause()
        assert painted.scroll_offset.y == 90
        assert painted.vertical_scrollbar.window_virtual_size == 100
