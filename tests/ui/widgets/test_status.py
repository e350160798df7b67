"""The status line: file, packets, progress, damage and filter, each safe and only when there is something to say."""

from __future__ import annotations

from inspector.ui.widgets.status import StatusLine
from tests.ui.screens.test_about import Damage
from tests.ui.window import MadeUp


def said(session: MadeUp, wanted: str = "", shown: int = 0, searching: bool = False) -> str:
    line = StatusLine()
    line.say(session, wanted, shown, searching)
    return line.said.plain


def test_a_whole_file_says_its_name_and_size() -> None:
    assert said(MadeUp(1)) == "made-up.pcap  1 packet, 1,000.0 kB"


def test_a_file_that_is_being_read_says_how_far() -> None:
    assert "loading 50%" in said(MadeUp(1200, loads=True))


def test_damage_and_filter_are_said() -> None:
    session = MadeUp(12)
    session.damages = [Damage(5000, "it ends early\x1b"), Damage(6000, "x")]
    line = said(session, 'http.host == "[b]"', 3, searching=True)
    assert "! damaged at 5,000: it ends early␛ and 1 more (i)" in line
    assert line.endswith('filter http.host == "[b]" 3 shown …')
