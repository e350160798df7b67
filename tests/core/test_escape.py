"""No text that `safe` gives back can steer a terminal, and every harmless text comes back as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies

from inspector.core.escape import safe


@pytest.mark.parametrize(
    "hostile, shown",
    [
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\r\nb\tc\0", "a␍␊b␉c␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "·31m"),
        ("\u202eexe.txt\u2066", "·exe.txt·"),
        ("pay\u200bpal\ufeff", "pay·pal·"),
        ("one\u2028two\u2029", "one·two·"),
        ("\ud83d", "·"),
        ("\U000e0041\U000e0100", "··"),
        ("❤\ufe0f", "❤·"),
    ],
)
def test_each_kind_of_hostile_character_becomes_a_sign(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown


@pytest.mark.parametrize(
    "text", ["", "GET / HTTP/1.1", "[b]no markup[/b]", "Grüße, 世界 🙂", "e\u0301", "a\u00a0b", "·␛"]
)
def test_harmless_text_comes_back_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(strategies.text())
def test_any_text_becomes_one_visible_line_of_the_same_length(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(one) for one in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown.splitlines() in ([], [shown])
    assert safe(shown) == shown
    shown.encode()


def test_all_controls_are_gone_for_every_code_point_that_a_terminal_reads() -> None:
    for code in (*range(32), *range(0x7F, 0xA0)):
        assert safe(chr(code)).isprintable(), hex(code)
