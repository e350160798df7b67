"""The filter line: an input for an expression, and below it what is wrong with it and where."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from inspector.ui.text import NEWLINE, join

LABEL = "Filter "
POINTED_AT_MOST = 60
"""Columns up to which a mistake is pointed at; further on the input has scrolled."""


class FilterLine(Vertical):
    """Hidden until it is asked for. Enter applies, Escape leaves it, up and down bring back earlier filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False, id="filter.leave"),
        Binding("up", "earlier(-1)", "Earlier filter", show=False, id="filter.earlier"),
        Binding("down", "earlier(1)", "Later filter", show=False, id="filter.later"),
    ]

    class Entered(Message):
        """The user wants this filter; empty for none."""

        def __init__(self, line: FilterLine, text: str) -> None:
            super().__init__()
            self.line, self.text = line, text

        @property
        def control(self) -> Widget:
            return self.line

    class Left(Message):
        """The user is done with the line."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.history: list[str] = []
        self.place = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(LABEL), markup=False)
            yield Input(placeholder='for example  tcp.port == 80  or  http contains "chat"', compact=True)
        yield Static(Content(""), classes="wrong", markup=False)

    @property
    def input(self) -> Input:
        return self.query_one(Input)

    def open(self, text: str) -> None:
        self.add_class("-open")
        self.complain("")
        self.input.value = text
        self.place = len(self.history)
        self.input.focus()

    def close(self) -> None:
        self.remove_class("-open")

    def complain(self, text: str, column: int | None = None) -> None:
        """Say in a line below what is wrong; `column` counts from 0, and a mark points at it."""
        wrong = self.query_one(".wrong", Static)
        wrong.set_class(bool(text), "-shown")
        said = join(("! " + text, "bold $text-error")) if text else Content("")
        if column is not None and 0 <= column < POINTED_AT_MOST:
            said = Content(" " * (len(LABEL) + column) + "▲") + NEWLINE + said
        wrong.update(said)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if text and self.history[-1:] != [text]:
            self.history.append(text)
        self.post_message(self.Entered(self, text))

    def on_click(self, event: events.Click) -> None:
        event.stop()

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_earlier(self, step: int) -> None:
        self.place = max(0, min(self.place + step, len(self.history)))
        self.input.value = self.history[self.place] if self.place < len(self.history) else ""
        self.input.cursor_position = len(self.input.value)
