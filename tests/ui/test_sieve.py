"""The last gate lets no control character through, and leaves harmless lines alone."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from inspector.ui.sieve import Sieve

GROUND = Color(0, 0, 0)


def test_hostile_text_becomes_signs() -> None:
    style = Style(bold=True)
    assert Sieve().apply([Segment("a\x1b]0;x\x07", style), Segment("ok")], GROUND) == [
        Segment("a␛]0;x␇", style),
        Segment("ok"),
    ]


def test_a_harmless_line_is_the_same_object() -> None:
    line = [Segment("Grüße"), Segment("▶ [x]")]
    assert Sieve().apply(line, GROUND) is line
