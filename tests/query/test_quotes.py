"""Escapes in strings and characters."""

from __future__ import annotations

import pytest

from inspector.query.expression import QueryError
from inspector.query.quotes import character, raw, string


@pytest.mark.parametrize(
    "text, data",
    [
        (r'"a\"b"', b'a"b'),
        (r'"\x0d\n\101\0"', b"\r\nA\0"),
        (r'"\xff\xfe"', b"\xff\xfe"),
        (r'"\u00e4\U0001F600ä"', "ä😀ä".encode()),
        (r'r"\d\"\\"', rb"\d\"\\"),
        ('""', b""),
    ],
)
def test_strings(text: str, data: bytes) -> None:
    meaning, end = string(text, 0)
    assert raw(meaning) == data
    assert end == len(text)


@pytest.mark.parametrize("text, data", [("'a'", b"a"), (r"'\x41'", b"A"), (r"'\''", b"'"), (r"'\n'", b"\n")])
def test_characters(text: str, data: bytes) -> None:
    meaning, end = character(text, 0)
    assert raw(meaning) == data
    assert end == len(text)


@pytest.mark.parametrize("text", [r'"\q"', r'"\777"', r'"\x"', r'"\u0041"', r'"\ud800"', '"a', 'r"\\"', '"\\'])
def test_strings_that_are_none(text: str) -> None:
    with pytest.raises(QueryError):
        string(text, 0)


@pytest.mark.parametrize("text", ["''", "'ab'", "'ä'", "'a", r"'\q'", "'"])
def test_characters_that_are_none(text: str) -> None:
    with pytest.raises(QueryError):
        character(text, 0)
