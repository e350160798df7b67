"""Rows are drawn when they are seen, and the cursor moves no further than there are rows."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Size

from inspector.ui.widgets.lines import Lines, cell


class Numbers(Lines):
    """A hundred rows that say their number."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []

    @property
    def count(self) -> int:
        return 100

    def draw(self, row: int, width: int) -> list[Segment]:
        self.drawn.append(row)
        return [cell(f"row {row}", width, self.rich_style)]


class Window(App[None]):
    CSS = "Numbers { overflow-x: hidden; }"

    def compose(self) -> ComposeResult:
        yield Numbers()


async def test_keys_move_the_cursor_between_the_ends() -> None:
    async with Window().run_test(size=(40, 10)) as pilot:
        lines = pilot.app.query_one(Numbers)
        lines.focus()
        for keys, row in (
            (["up"], 0),
            (["down", "j", "k"], 1),
            (["pagedown"], 10),
            (["end"], 99),
            (["down"], 99),
            (["pageup"], 90),
            (["home"], 0),
        ):
            await pilot.press(*keys)
            assert lines.cursor == row
            assert lines.scroll_offset.y <= row < lines.scroll_offset.y + lines.page
        assert max(lines.drawn) <= 99


async def test_only_rows_on_the_screen_are_drawn() -> None:
    async with Window().run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert set(pilot.app.query_one(Numbers).drawn) <= set(range(10))


async def test_a_smaller_window_still_shows_the_cursor() -> None:
    async with Window().run_test(size=(40, 30)) as pilot:
        lines = pilot.app.query_one(Numbers)
        lines.move_to(25)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert lines.size == Size(40, 10)
        assert lines.scroll_offset.y <= 25 < lines.scroll_offset.y + 10


def test_a_cell_is_safe_and_exact() -> None:
    assert cell("a\x1b[31mbc", 5, Style()).text == "a␛[3…"
