"""Text is always safe, always plain, and fills exactly the cells that it is given."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies
from rich.cells import cell_len

from inspector.ui.text import clip, count, fit, join, plain, size


@given(strategies.text(max_size=60), strategies.integers(0, 40))
def test_any_text_fills_exactly_its_cells(text: str, width: int) -> None:
    shown = fit(text, width)
    assert cell_len(shown) == width
    assert "\x1b" not in shown
    assert "\n" not in shown


def test_text_that_is_cut_says_so() -> None:
    assert fit("abcdef", 4) == "abc…"
    assert fit("abcd", 4) == "abcd"
    assert fit("7", 4, right=True) == "   7"
    assert fit("世界世界", 5) == "世界…"


def test_clip_adds_no_blanks() -> None:
    assert clip("abc", 10) == "abc"
    assert clip("abcdefghijkl", 10) == "abcdefghi…"


def test_markup_stays_text() -> None:
    shown = join("[b]one[/b]", (" [@click=app.quit]two[/]", "bold"), plain(" [/x]"))
    assert shown.plain == "[b]one[/b] [@click=app.quit]two[/] [/x]"
    assert [span.style for span in shown.spans] == ["bold"]


def test_a_line_break_of_a_packet_becomes_a_sign() -> None:
    assert join("one\ntwo").plain == "one␊two"


@pytest.mark.parametrize("number, said", [(1, "1 packet"), (0, "0 packets"), (1234567, "1,234,567 packets")])
def test_numbers_have_their_noun(number: int, said: str) -> None:
    assert count(number, "packet") == said


@pytest.mark.parametrize(
    "number, said", [(1, "1 byte"), (9_999, "9,999 bytes"), (12_345, "12.3 kB"), (921_078_624, "921.1 MB")]
)
def test_sizes_are_for_persons(number: int, said: str) -> None:
    assert size(number) == said
