"""A line below the status that asks for something: a filter, the number of a packet. Hidden until it is needed.

It is part of the screen from the start, not a window of its own, because a window takes a moment to appear and keys
typed ahead (`/tcp`, `g42`) would be lost meanwhile.
"""

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

POINTED_AT_MOST = 60
"""Columns up to which a mistake is pointed at; further on the input has scrolled."""


class AskLine(Vertical):
    """Enter gives the answer, Escape leaves, up and down bring back earlier answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", show=False, id="ask.leave"),
        Binding("up", "earlier(-1)", "Earlier answer", show=False, id="ask.earlier"),
        Binding("down", "earlier(1)", "Later answer", show=False, id="ask.later"),
    ]

    class Entered(Message):
        """The user's answer, without blanks around it; it may be empty."""

        def __init__(self, line: AskLine, text: str) -> None:
            super().__init__()
            self.line, self.text = line, text

        @property
        def control(self) -> Widget:
            return self.line

    class Left(Message):
        """The user gives no answer."""

        def __init__(self, line: AskLine) -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> Widget:
            return self.line

    def __init__(self, label: str, hint: str, *, id: str) -> None:
        super().__init__(id=id)
        self.label, self.hint = label, hint
        self.history: list[str] = []
        self.place = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.label + " "), markup=False)
            yield Input(placeholder=self.hint, compact=True)
        yield Static(Content(""), classes="wrong", markup=False)

    @property
    def input(self) -> Input:
        return self.query_one(Input)

    def open(self, text: str = "") -> None:
        """Show the line with this text in it; the next key goes there."""
        self.add_class("-open")
        self.complain("")
        self.input.value = text
        self.input.cursor_position = len(text)
        self.place = len(self.history)
        self.screen.set_focus(self.input)

    def close(self) -> None:
        self.remove_class("-open")

    def complain(self, text: str, column: int | None = None) -> None:
        """Say in a line below what is wrong; `column` counts from 0, and a mark points at it."""
        wrong = self.query_one(".wrong", Static)
        wrong.set_class(bool(text), "-shown")
        said = join(("! " + text, "bold $text-error")) if text else Content("")
        if column is not None and 0 <= column < POINTED_AT_MOST:
            said = Content(" " * (len(self.label) + 1 + column) + "▲") + NEWLINE + said
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
        self.post_message(self.Left(self))

    def action_earlier(self, step: int) -> None:
        self.place = max(0, min(self.place + step, len(self.history)))
        self.input.value = self.history[self.place] if self.place < len(self.history) else ""
        self.input.cursor_position = len(self.input.value)
