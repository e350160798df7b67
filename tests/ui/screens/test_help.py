"""Help tells of every key that there is, and of none that there is not."""

from __future__ import annotations

from textual.binding import Binding

from inspector.ui.app import InspectorApp
from inspector.ui.screens.help import KEYS, text
from inspector.ui.screens.inspection import Inspection
from inspector.ui.widgets.explanation import ExplanationPane
from inspector.ui.widgets.layers import LayerTree
from inspector.ui.widgets.lines import Lines
from inspector.ui.widgets.octets import Octets
from inspector.ui.widgets.packets import PacketList

SIGNS = {
    "Tab": "tab", "Shift+Tab": "shift+tab", "/": "slash", ":": "colon", "Backspace": "backspace", "↑": "up",
    "↓": "down", "→": "right", "←": "left", "Enter": "enter", "[": "left_square_bracket",
    "]": "right_square_bracket", "Ctrl+P": "ctrl+p", "arrows": "up", "?": "question_mark",
}  # fmt: skip
WITHOUT_BINDING = {"Ctrl+click", "ctrl+p", "or"}


def bound() -> dict[str, set[str]]:
    """The keys that each part of the window answers to."""
    parts = {"everywhere": (InspectorApp, Inspection), "lines": (Lines, LayerTree, PacketList), "bytes": (Octets,),
             "explanation": (ExplanationPane,)}  # fmt: skip
    return {
        part: {
            key
            for one in classes
            for binding in one.BINDINGS
            if isinstance(binding, Binding)
            for key in binding.key.split(",")
        }
        for part, classes in parts.items()
    }


def told() -> list[set[str]]:
    """The keys that each section of the help page names."""
    return [
        {
            SIGNS.get(key, key.lower() if len(key) == 2 else key)
            for keys, _ in section
            for key in keys.replace(",", "").split()
        }
        - WITHOUT_BINDING
        for _, section in KEYS
    ]


def test_every_key_that_is_told_is_bound() -> None:
    scrolls = {"up", "down"}
    for section, part in zip(told(), ("everywhere", "lines", "bytes", "explanation")):
        missing = section - bound()[part] - (scrolls if part == "explanation" else set())
        assert not missing


def test_every_key_that_is_bound_is_told() -> None:
    page = set().union(*told())
    untold = {"escape", "ctrl+q", "space", "pageup", "pagedown", "home", "end", "ctrl+b", "ctrl+f", "G",
              "shift+left", "shift+right", "question_mark"}  # fmt: skip
    assert set().union(*bound().values()) - page <= untold


def test_the_page_explains_the_marks() -> None:
    plain = text().plain
    for mark in ("▶", "!", "•", "[0a 0b]"):
        assert mark in plain
