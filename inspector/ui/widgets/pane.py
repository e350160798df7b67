"""A pane: a frame with a title around a widget, which can shrink to a single line that says the most important thing.

On a small terminal one pane is large and the others are such lines; a click on one makes it large.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from inspector.ui.text import join


class Pane(Vertical):
    """One of the panes, in a frame; `target` is the widget in it that takes the keyboard."""

    class Wanted(Message):
        """The user clicked on the pane's line and wants to see all of it."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> Widget:
            return self.pane

    def __init__(self, key: str, title: str, target: Widget, *others: Widget, id: str) -> None:
        super().__init__(id=id)
        self.key, self.heading, self.target = key, title, target
        self.parts = others
        self.position = ""
        self.border_title = Content(f"{key} {title}")

    def compose(self) -> ComposeResult:
        yield Static(Content(""), classes="strip", markup=False)
        with Vertical(classes="inside"):
            yield from self.parts or (self.target,)

    def say(self, text: str) -> None:
        """What the line says while the pane is shrunk."""
        line = join((f"{self.key} {self.heading}", "bold"), "  ", text)
        self.query_one(".strip", Static).update(line, layout=False)

    def subtitle(self, text: str) -> None:
        """A short word at the lower edge of the frame."""
        self.border_subtitle = join(text)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Wanted(self))
