"""The line that asks: it takes an answer, says what is wrong with it, and remembers earlier ones."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

from inspector.ui.widgets.ask_line import AskLine


class Window(App[None]):
    CSS = "AskLine { display: none; height: auto; } AskLine.-open { display: block; }"

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str | None] = []

    def compose(self) -> ComposeResult:
        yield AskLine("Filter", "a hint", id="ask")

    def on_ask_line_entered(self, event: AskLine.Entered) -> None:
        self.answers.append(event.text)

    def on_ask_line_left(self, event: AskLine.Left) -> None:
        self.answers.append(None)


async def test_enter_gives_the_answer_and_escape_none() -> None:
    app = Window()
    async with app.run_test() as pilot:
        line = app.query_one(AskLine)
        assert not line.display
        line.open("tcp")
        await pilot.pause()
        assert line.display
        await pilot.press("space", "enter", "escape")
        assert app.answers == ["tcp", None]
        line.close()
        await pilot.pause()
        assert not line.display


async def test_a_mark_points_at_the_mistake_and_the_text_is_plain() -> None:
    app = Window()
    async with app.run_test() as pilot:
        line = app.query_one(AskLine)
        line.open("")
        line.complain("no field [b]x[/b]\x1b", 4)
        await pilot.pause()
        said = str(line.query_one(".wrong", Static).render())
        assert said.splitlines() == [" " * (len("Filter ") + 4) + "▲", "! no field [b]x[/b]␛"]
        line.complain("")
        assert str(line.query_one(".wrong", Static).render()) == ""


async def test_earlier_answers_come_back_once_each() -> None:
    app = Window()
    async with app.run_test() as pilot:
        line = app.query_one(AskLine)
        for text in ("one", "two", "two"):
            line.open(text)
            await pilot.press("enter")
        assert line.history == ["one", "two"]
        line.open("")
        await pilot.press("up", "up", "up")
        assert line.input.value == "one"
        await pilot.press("down")
        assert line.input.value == "two"
