"""Where words end, and what is refused before any grammar."""

from __future__ import annotations

import pytest

from inspector.query.expression import QueryError, Span
from inspector.query.scanner import LONGEST, scan


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("tcp.port-1", ["tcp.port-1"]),
        ("tcp.port/2", ["tcp.port", "/", "2"]),
        ("10.0.0.0..10.0.0.9", ["10.0.0.0", "..", "10.0.0.9"]),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        ("fe80::/10", ["fe80::/10"]),
        ("::ffff:1.2.3.4", ["::ffff:1.2.3.4"]),
        ("00:11:22:33:44:55", ["00:11:22:33:44:55"]),
        ("47:4554", ["47:45", "54"]),
        ("a===b!==c", ["a", "===", "b", "!==", "c"]),
        ("a and(b)", ["a", "and", "(", "b", ")"]),
        ('r"a\\"b"', ['r"a\\"b"']),
    ],
)
def test_the_longest_match_wins(text: str, pieces: list[str]) -> None:
    assert [token.written for token in scan(text)[:-1]] == pieces


@pytest.mark.parametrize(
    "text, spans",
    [
        ("[2]", (Span(2, 3),)),
        ("[-1]", (Span(-1, None),)),
        ("[1:3]", (Span(1, 4),)),
        ("[1-3]", (Span(1, 4),)),
        ("[:3]", (Span(0, 3),)),
        ("[3:]", (Span(3, None),)),
        ("[-3--2]", (Span(-3, -1),)),
        ("[-2:5]", (Span(-2, None),)),
        ("[0x10, 010]", (Span(16, 17), Span(8, 9))),
    ],
)
def test_slices(text: str, spans: tuple[Span, ...]) -> None:
    assert scan(text)[0].spans == spans


@pytest.mark.parametrize(
    "text, column",
    [
        ("a = b", 3),
        ("a | b", 3),
        ("ä", 1),
        ('a == "b', 6),
        ("a == 'b", 6),
        ("a[1", 2),
        ("a[1,3-2]", 5),
        ("a[0:0]", 3),
        ("a#b", 3),
        ("${a b}", 1),
        ("a == \ud800", 1),
    ],
)
def test_the_column_of_what_is_wrong(text: str, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        scan(text)
    assert caught.value.column == column


def test_the_length_is_bounded() -> None:
    with pytest.raises(QueryError, match="65536"):
        scan("a" * (LONGEST + 1))
