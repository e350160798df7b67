"""The selected bytes in binary: the field's bits marked, a click on a bit gives that bit."""

from __future__ import annotations

from textual.app import App, ComposeResult

from inspector.core.source import Source
from inspector.ui.themes import DARK
from inspector.ui.widgets.bits import BitRow

SOURCE = Source("record", bytes([0x50, 0x18, 0xFF, 0x00]))


class Window(App[None]):
    CSS_PATH = "../../../inspector/ui/widgets/widgets.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.pointed: list[int] = []

    def compose(self) -> ComposeResult:
        yield BitRow()

    def on_bit_row_pointed(self, event: BitRow.Pointed) -> None:
        self.pointed.append(event.bit)


async def test_each_selected_bit_has_a_mark_below_it() -> None:
    async with Window().run_test(size=(60, 5)) as pilot:
        row = pilot.app.query_one(BitRow)
        row.show(SOURCE, (4, 16), 4, "")
        assert row.render_line(0).text.rstrip() == "0000   0101 0000 0001 1000"
        assert row.render_line(1).text.rstrip() == "            ▔▔▔▔ ▔▔▔▔ ▔▔▔▔"
        assert row.render_line(2).text.rstrip() == "12 bits"
        row.show(SOURCE, (13, 14), 13, "byte 1 ← packet 3, byte 9")
        assert row.render_line(0).text.rstrip() == "0001   0001 1000"
        assert row.render_line(1).text.rstrip() == "             ▔"
        assert row.render_line(2).text.rstrip() == "byte 1 ← packet 3, byte 9"


async def test_a_long_field_shows_the_part_around_the_cursor() -> None:
    async with Window().run_test(size=(29, 5)) as pilot:
        row = pilot.app.query_one(BitRow)
        row.show(SOURCE, (0, 32), 0, "")
        assert row.render_line(0).text.rstrip() == "0000   0101 0000 0001 1000 …"
        row.show(SOURCE, (0, 32), 31, "")
        assert row.render_line(0).text.rstrip() == "0002   1111 1111 0000 0000"


async def test_a_click_on_a_bit_gives_that_bit() -> None:
    app = Window()
    async with app.run_test(size=(60, 5)) as pilot:
        row = app.query_one(BitRow)
        row.show(SOURCE, (8, 16), 8, "")
        line = row.render_line(0).text
        for x, sign in enumerate(line):
            if x >= 7 and sign in "01":
                await pilot.click(BitRow, offset=(x, 0))
        assert app.pointed == list(range(8, 16))
        await pilot.click(BitRow, offset=(11, 0))
        assert len(app.pointed) == 8, "the gap between the halves is no bit"


async def test_without_a_field_the_cursors_byte_is_shown_unmarked() -> None:
    async with Window().run_test(size=(60, 5)) as pilot:
        row = pilot.app.query_one(BitRow)
        row.show(SOURCE, (0, 0), 17, "")
        assert row.render_line(0).text.rstrip() == "0002   1111 1111"
        assert row.render_line(1).text.strip() == ""
        row.show(None, (0, 0), 0, "")
        assert row.render_line(0).text.strip() == ""
