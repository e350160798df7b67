"""A pane: its frame says which it is, its line says the most important thing, and both are plain text."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input, Static

from inspector.ui.widgets.pane import Pane


class Window(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Pane("F1", "Packets", Input(), id="one")

    def on_pane_wanted(self, event: Pane.Wanted) -> None:
        self.wanted.append(str(event.pane.id))


async def test_what_it_says_is_plain_text() -> None:
    async with Window().run_test() as pilot:
        pane = pilot.app.query_one(Pane)
        pane.say("[@click=app.quit]x[/] \x1b]0;x")
        pane.subtitle("[/b]\x1b")
        assert str(pane.query_one(".strip", Static).render()) == "F1 Packets  [@click=app.quit]x[/] ␛]0;x"
        assert pane._border_subtitle is not None
        assert pane._border_subtitle.plain == "[/b]␛"
        assert pane._border_title is not None
        assert pane._border_title.plain == "F1 Packets"


async def test_a_click_on_it_says_that_it_is_wanted() -> None:
    app = Window()
    async with app.run_test() as pilot:
        await pilot.click(Pane, offset=(2, 0))
        assert app.wanted == ["one"]
