"""Bytes in rows: what is lit, which byte a click means, where the keyboard's cursor goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.style import Style
from textual.app import App, ComposeResult

from inspector.core.source import Source
from inspector.ui.themes import DARK
from inspector.ui.widgets.octets import BYTE, NARROW, WIDE, Lit, Octets

DATA = bytes(range(64)) + b"GET / HTTP/1.1\r\n\x1b]0;x\x07"


class Window(App[None]):
    AUTO_FOCUS = None
    CSS_PATH = "../../../inspector/ui/widgets/widgets.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.pointed: list[tuple[int, int, bool]] = []
        self.followed = 0

    def compose(self) -> ComposeResult:
        yield Octets()

    def on_octets_pointed(self, event: Octets.Pointed) -> None:
        self.pointed.append((event.start, event.stop_bit, event.again))

    def on_octets_followed(self, event: Octets.Followed) -> None:
        self.followed += 1


@asynccontextmanager
async def window(width: int = 80, height: int = 12) -> AsyncIterator[tuple[Window, Octets, object]]:
    app = Window()
    async with app.run_test(size=(width, height)) as pilot:
        octets = app.query_one(Octets)
        octets.show(Source("record", DATA), Lit())
        await pilot.pause()
        yield app, octets, pilot


def lit_text(octets: Octets, row: int, name: str) -> str:
    """What stands in a row in the style of one component."""
    wanted: Style = octets.get_component_rich_style(f"octets--{name}")
    return "".join(segment.text for segment in octets.render_line(row) if segment.style == wanted)


async def test_rows_show_offset_hex_and_text() -> None:
    async with window() as (_, octets, _):
        assert octets.per_row == WIDE
        row = octets.render_line(4).text
        assert row.split() == [
            "0040",
            *["47", "45", "54", "20", "2f", "20", "48", "54", "54", "50", "2f", "31", "2e", "31", "0d", "0a"],
            "GET",
            "/",
            "HTTP/1.1··",
        ]
        assert "\x1b" not in octets.render_line(5).text
    async with window(width=60) as (_, octets, _):
        assert octets.per_row == NARROW


async def test_a_field_is_lit_in_brackets_in_hex_and_text() -> None:
    async with window() as (_, octets, _):
        octets.show(octets.source, Lit((65 * BYTE, 68 * BYTE), (), (64 * BYTE, 80 * BYTE)))
        assert " 47[45 54 20]2f" in octets.render_line(4).text
        assert lit_text(octets, 4, "field") == "45 54 20ET "
        assert "47" in lit_text(octets, 4, "layer")
        assert "00" in lit_text(octets, 0, "dim")


async def test_a_field_of_half_a_byte_lights_half_of_the_hex() -> None:
    async with window() as (_, octets, _):
        octets.show(octets.source, Lit((64 * BYTE + 4, 65 * BYTE)))
        assert lit_text(octets, 4, "field") == "7G"
        octets.show(octets.source, Lit((64 * BYTE, 64 * BYTE + 1)))
        assert lit_text(octets, 4, "field") == "4G"


async def test_bytes_that_a_field_was_made_of_are_underlined() -> None:
    async with window() as (_, octets, _):
        octets.show(octets.source, Lit(made_of=((2, 4), (7, 8))))
        assert lit_text(octets, 0, "made-of").replace(" ", "") == "020307···"
        assert octets.get_component_rich_style("octets--made-of").underline


@pytest.mark.parametrize("width", [60, 80])
async def test_the_byte_under_a_place_is_the_one_drawn_there(width: int) -> None:
    async with window(width) as (_, octets, _):
        for row in range(5):
            line = octets.render_line(row).text
            start = row * octets.per_row
            for index, byte in enumerate(DATA[start : start + octets.per_row]):
                middle = 1 if octets.per_row == WIDE and index >= NARROW else 0
                x = octets.digits + 3 * index + 1 + middle
                assert line[x : x + 2] == f"{byte:02x}"
                assert octets.byte_at(x, row) == octets.byte_at(x + 1, row) == start + index
                text = octets.digits + 3 * octets.per_row + (2 if octets.per_row == NARROW else 3) + index
                assert octets.byte_at(text, row) == start + index
        assert octets.byte_at(0, 0) is None
        assert octets.byte_at(width - 2, 0) is None


async def test_keys_move_by_bytes_rows_and_bits() -> None:
    async with window() as (app, octets, pilot):
        octets.focus()
        for key, place in (
            ("right", (8, 16)),
            ("down", (136, 144)),
            ("up", (8, 16)),
            ("l", (16, 24)),
            ("right_square_bracket", (17, 18)),
            ("left_square_bracket", (16, 17)),
            ("end", ((len(DATA) - 1) * 8, len(DATA) * 8)),
            ("home", (0, 8)),
        ):
            await pilot.press(key)  # type: ignore[attr-defined]
            assert app.pointed[-1][:2] == place
        told = len(app.pointed)
        await pilot.press("left", "up")  # type: ignore[attr-defined]
        assert len(app.pointed) == told, "there is nothing before the first byte"


async def test_a_click_points_and_a_second_one_points_again() -> None:
    async with window() as (app, octets, pilot):
        await pilot.click(Octets, offset=(octets.digits + 4, 1))  # type: ignore[attr-defined]
        await pilot.click(Octets, offset=(octets.digits + 4, 1))  # type: ignore[attr-defined]
        assert app.pointed == [(17 * 8, 18 * 8, False), (17 * 8, 18 * 8, True)]
        await pilot.click(Octets, offset=(octets.digits + 4, 1), control=True)  # type: ignore[attr-defined]
        assert app.followed == 1


async def test_the_first_lit_byte_comes_on_the_screen_and_an_empty_source_is_no_trouble() -> None:
    async with window(height=3) as (_, octets, pilot):
        octets.show(octets.source, Lit((70 * BYTE, 86 * BYTE)))
        await pilot.pause()  # type: ignore[attr-defined]
        assert octets.scroll_offset.y <= 4 < octets.scroll_offset.y + 3
        octets.show(Source("empty", b""), Lit())
        octets.action_edge(True)
        assert octets.render_line(0).text.strip() == ""
