"""Go to packet: a small window that asks for a number."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from inspector.ui.text import count, plain


class AskNumber(ModalScreen[int | None]):
    """Gives the number of a packet that there is, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave")]

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog small"):
            yield Static(Content(f"Go to packet (1 to {self.last:,})"), classes="title", markup=False)
            yield Input(restrict=r"[0-9]*", max_length=12, compact=True)
            yield Static(Content(""), classes="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        number = int(event.value or 0)
        if 1 <= number <= self.last:
            self.dismiss(number)
            return
        said = f"! The capture has {count(self.last, 'packet')} so far: enter a number from 1 to {self.last}."
        self.query_one(".wrong", Static).update(plain(said, "bold $text-error"))
