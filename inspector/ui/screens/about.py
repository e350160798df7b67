"""About the capture: the file, what is in it, and every damage with its place."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from inspector.session.session import Session
from inspector.ui.text import NEWLINE, count, join, size

DAMAGES_AT_MOST = 200


class About(ModalScreen[None]):
    """Read only; any of the keys for leaving closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,i", "dismiss(None)", "Leave")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(self.text(), markup=False)

    def text(self) -> Content:
        """All lines of the window."""
        session = self.session
        read = "read to its end" if session.complete else f"{session.progress:.0%} read so far"
        lines = [
            join((session.title, "bold")),
            Content(""),
            join(("File     ", "$text-muted"), str(session.path)),
            join(("Format   ", "$text-muted"), f"{session.format}, {size(session.size)}, {read}"),
            join(("Packets  ", "$text-muted"), count(session.count, "packet")),
        ]
        if session.damages:
            lines += [Content(""), join(("! What is wrong with the file", "bold $text-error"))]
            lines += [join(f"at byte {one.offset:,}: ", one.text) for one in session.damages[:DAMAGES_AT_MOST]]
            if len(session.damages) > DAMAGES_AT_MOST:
                lines.append(join(f"and {len(session.damages) - DAMAGES_AT_MOST:,} more"))
        else:
            lines.append(join(("Damage   ", "$text-muted"), "none found"))
        return NEWLINE.join(lines)
