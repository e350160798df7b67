"""On a real terminal: no byte of a hostile packet reaches it as a control, from no pane, and it is left as it was."""

from __future__ import annotations

import re
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.core import resources
from tests.ui.hostile import TITLE, Terminal, capture, window
from tests.ui.window import ECHO, inspection, opened, press

F1, F2, F3, F4 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"

# What a terminal program may write: CSI sequences, the few OSC that Textual sends, and text.
CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
OTHER = re.compile(
    r"\x1b[()][0-9A-Z]|\x1b[=>78cDEHM]"  # character sets, keypad modes, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: the clipboard
    r"|\x1b[P_][^\x1b]*\x1b\\"  # DCS and APC: what the terminal can do
)
BIDIRECTIONAL = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.pcap"
    path.write_bytes(capture())
    return path


@pytest.fixture(params=[(80, 24), (160, 50)], ids=["80x24", "160x50"])
def terminal(hostile: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    opened_terminal = Terminal(window(hostile), request.param)
    try:
        yield opened_terminal
    finally:
        opened_terminal.close()


def check_harmless(written: str) -> None:
    """Nothing of a payload steers the terminal: no such sequence, no control, no character that turns text around."""
    assert "PWNED" in written or "␛" in written or "·" in written, "the payload was never shown"
    for found in OTHER.findall(written):
        assert "PWNED" not in found
        assert "UFdORUQ" not in found
    rest = OTHER.sub("", CSI.sub("", written))
    strange = set(re.findall(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", rest))
    assert not strange, f"controls on the terminal: {strange}"
    assert not BIDIRECTIONAL.search(rest)
    assert "\x1b[31mRED" not in written


@pytest.mark.parametrize(
    "written", [TITLE, "␛\x1b]52;c;UFdORUQ=\x07", "␛\x1b[31mRED", "␛\x9b31m", "␛a\x08", "␛\u202e", "␛\u200b", "nothing"]
)
def test_the_check_itself_finds_what_it_should(written: str) -> None:
    with pytest.raises(AssertionError):
        check_harmless(written)


def test_no_pane_lets_a_hostile_packet_steer_the_terminal(terminal: Terminal) -> None:
    written = terminal.read_until("hostile.pcap")
    written += terminal.settle()
    for packet in range(4, 9):
        terminal.press(f"g{packet}\r")
        written += terminal.settle(0.3)
        for pane in (F2, F3, F4, F1):
            terminal.press(pane)
            if pane == F2:
                terminal.press("E")
                written += terminal.settle(0.3)
                terminal.press("\x1b[F")
            written += terminal.settle(0.3)
    assert "␛]0;PWNED␇" in written
    assert "[@click=app.quit]" in written
    check_harmless(written)
    terminal.press("q")
    assert terminal.wait() == 0


def test_quitting_leaves_the_terminal_as_it_was(hostile: Path) -> None:
    terminal = Terminal(window(hostile))
    try:
        terminal.read_until("hostile.pcap")
        terminal.settle(0.3)
        assert termios.tcgetattr(terminal.end)[3] & termios.ICANON == 0, "the window reads single keys"
        terminal.press("q")
        assert terminal.wait() == 0
        assert termios.tcgetattr(terminal.end)[:4] == terminal.modes[:4]
        last = terminal.written.decode("utf-8", "replace")
        for on, off in (("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?25l", "\x1b[?25h"), ("\x1b[?1000h", "\x1b[?1000l")):
            assert last.rfind(off) > last.rfind(on) >= 0
    finally:
        terminal.close()


def test_copying_sends_an_escaped_value(hostile: Path) -> None:
    terminal = Terminal(window(hostile))
    try:
        terminal.read_until("hostile.pcap")
        terminal.settle(0.3)
        terminal.press("g4\r")
        terminal.settle(0.3)
        terminal.press("y")
        written = terminal.settle(0.5)
        sent = re.search(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", written)
        assert sent is not None, "the clipboard is set by one sequence with base64 in it"
        terminal.press("q")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_a_name_of_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b]0;PWNED\x07[@click=app.quit]b.pcap"
    path.write_bytes((resources.captures() / ECHO).read_bytes())
    terminal = Terminal(window(path))
    try:
        written = terminal.read_until("click=app.quit") + terminal.settle(0.5)
        terminal.press("i")
        written += terminal.settle(0.5)
        terminal.press("\x1b")
        written += terminal.settle(0.8)
        terminal.press("o")
        written += terminal.settle(1.0)
        check_harmless(written)
    finally:
        terminal.close()


async def test_markup_of_a_packet_is_no_link_in_any_pane(hostile: Path) -> None:
    """Every cell on the screen is looked at: none bears an action, a link, or any mark but our own."""
    seen = []
    async with opened(hostile, (160, 50)) as pilot:
        for packet in range(4, 10):
            await press(pilot, "g", str(packet), "enter", "f2", "E", "end")
            screen = inspection(pilot)
            for strip in screen._compositor.render_strips():
                for segment in strip:
                    seen.append(segment.text)
                    assert segment.text.isprintable()
                    if segment.style is not None:
                        assert not segment.style.link
                        assert "@click" not in segment.style.meta
                        assert "app." not in repr(segment.style.meta)
    assert "".join(seen).count("[@click=app.quit]") > 1
