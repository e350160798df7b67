"""The line of keys: what fits is drawn whole, and a click does what the key does."""

from __future__ import annotations

from textual.app import App, ComposeResult

from inspector.ui.screens import home, inspection
from inspector.ui.themes import DARK
from inspector.ui.widgets.key_line import Key, KeyLine
from tests.ui.window import ECHO, opened, settle
from tests.ui.window import inspection as screen_of


class Window(App[None]):
    CSS_PATH = "../../../inspector/ui/app.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyLine([Key("a", "First", "app.note('a')"), Key("b", "Second", "app.note('b')")])

    def action_note(self, key: str) -> None:
        self.done.append(key)


async def test_a_click_does_what_the_key_does() -> None:
    app = Window()
    async with app.run_test(size=(40, 5)) as pilot:
        line = app.query_one(KeyLine)
        text = line.render_line(0).text
        assert text.rstrip() == " a First  b Second"
        await pilot.click(KeyLine, offset=(text.index("Second"), 0))
        await pilot.click(KeyLine, offset=(1, 0))
        await pilot.click(KeyLine, offset=(35, 0))
        assert app.done == ["b", "a"]


async def test_keys_that_do_not_fit_are_left_out() -> None:
    async with Window().run_test(size=(12, 5)) as pilot:
        assert pilot.app.query_one(KeyLine).render_line(0).text.rstrip() == " a First"


async def test_every_action_of_the_lines_exists() -> None:
    async with opened(ECHO) as pilot:
        for key in (*inspection.KEYS, *home.KEYS):
            namespace, name = key.action.partition("(")[0].split(".")
            target = {"app": pilot.app, "screen": screen_of(pilot)}[namespace]
            assert hasattr(target, f"action_{name}")
        await pilot.click(KeyLine, offset=(10, 0))
        await settle(pilot)
        assert screen_of(pilot).current == inspection.PANES[1]
