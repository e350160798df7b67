"""Help: what the panes are and which keys do what. `KEYS` is what is shown; a test holds it against the bindings."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from inspector.ui.text import NEWLINE, join

INTRODUCTION = """\
A capture is a recording of what went over a network, packet by packet. The list shows the packets. The layers show
what one packet is made of: each layer is a header that some program put around what it had to send. The bytes are the
packet itself, and the explanation says what the selected field means in this very packet.
All four always show the same field: select it in any of them, with the keys or the mouse."""

KEYS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Everywhere",
        (
            ("Tab, Shift+Tab", "next and previous pane"),
            ("F1 F2 F3 F4", "packets, layers, bytes, explanation"),
            ("z", "the pane large, and back"),
            ("n p", "next and previous packet, with the same field selected"),
            ("g", "go to a packet by its number"),
            ("/ or F5", "filter, for example  tcp.port == 80"),
            ("t T", "next and previous tab of the bytes"),
            ("f", "from a derived byte to the packet and byte it came from"),
            ("Backspace", "back to where you were"),
            ("y Y", "copy the value, or the filter that finds it"),
            ("i", "about the capture: file, damage"),
            ("o H", "open another capture, or the first screen"),
            ("D", "dark or light"),
            (": or Ctrl+P", "all commands"),
            ("q", "quit"),
        ),
    ),
    (
        "Packets and layers",
        (
            ("↑ ↓ or k j", "up and down; also PgUp PgDn Home End"),
            ("→ ← or l h", "packets: more of the info; layers: open and close"),
            ("Enter", "layers: open or close"),
            ("E C", "layers: open or close all"),
        ),
    ),
    (
        "Bytes",
        (
            ("arrows or h j k l", "byte by byte"),
            ("[ ]", "bit by bit"),
            ("Enter", "the next field at this byte; so does a second click"),
            ("Ctrl+click", "on a derived byte: where it came from"),
        ),
    ),
    ("Explanation", (("↑ ↓ or k j", "scroll"), ("→ ← or l h", "next and previous link"), ("Enter", "follow the link"))),
)

MARKS = (
    ("▶", "the selected packet; a layer or field that can be opened"),
    ("!", "something is wrong here"),
    ("•", "bytes of this packet are part of the selected field"),
    ("[0a 0b]", "the selected field; underlined: what it was made of"),
    ("[text]", "in the layers: worked out, stands in no byte"),
)


class Help(ModalScreen[None]):
    """Closed by the key that opened it, by Escape and by q."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark", "dismiss(None)", "Leave"),
        Binding("j", "scroll_text(1)", show=False),
        Binding("k", "scroll_text(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(text(), markup=False)

    def action_scroll_text(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def text() -> Content:
    """The whole page."""
    lines = [join(("Stack Inspector", "bold $text-accent")), join(INTRODUCTION.replace("\n", " "))]
    for title, keys in (*KEYS, ("Marks", MARKS)):
        lines += [Content(""), join((title, "bold $text-primary"))]
        lines += [join((f"  {key:<18} ", "bold"), said) for key, said in keys]
    return NEWLINE.join(lines)
