"""About the capture: the file's facts and every damage, in plain text."""

from __future__ import annotations

from typing import NamedTuple

from inspector.ui.screens.about import About
from tests.ui.window import MadeUp


class Damage(NamedTuple):
    offset: int
    text: str


def test_a_whole_file() -> None:
    said = About(MadeUp(12)).text().plain  # type: ignore[arg-type]
    assert "12 packets" in said
    assert "read to its end" in said
    assert "none found" in said


def test_every_damage_has_its_place() -> None:
    session = MadeUp(12, loads=True)
    session.damages = [Damage(5000, "the file ends \x1b[31m inside"), Damage(9000, "and [b]again[/b]")]
    said = About(session).text().plain  # type: ignore[arg-type]
    assert "50% read so far" in said
    assert "at byte 5,000: the file ends ␛[31m inside" in said
    assert "at byte 9,000: and [b]again[/b]" in said


def test_thousands_of_damages_do_not_fill_the_window() -> None:
    session = MadeUp(12)
    session.damages = [Damage(number, "x") for number in range(5000)]
    lines = About(session).text().plain.splitlines()  # type: ignore[arg-type]
    assert len(lines) < 250
    assert lines[-1] == "and 4,800 more"
