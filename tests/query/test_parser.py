"""The grammar: what binds tighter, what is refused, and that no input hangs or overflows it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.query.expression import Comparison, Exists, Logical, Name, Not, QueryError
from inspector.query.parser import DEEPEST, parse

_WORDS = [
    "tcp",
    "tcp.port",
    "80",
    "==",
    "!=",
    "===",
    "!==",
    "~=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "contains",
    "matches",
    "~",
    "and",
    "or",
    "xor",
    "not",
    "!",
    "&&",
    "||",
    "(",
    ")",
    "{",
    "}",
    "[0:2]",
    "[1]",
    "#1",
    "#[1-2]",
    "${tcp.port}",
    '"a"',
    'r"b"',
    "'c'",
    "any",
    "all",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "len(",
    "max(",
    ",",
    "..",
    "10.0.0.0/8",
    "::1",
    "00:11",
    "true",
    ".",
    ":",
    "$",
    "ä",
    "\\",
    "\x00",
]


def test_and_binds_tighter_than_xor_than_or() -> None:
    tree = parse("a or b xor c and d or e")
    assert isinstance(tree, Logical)
    assert tree.operator == "or"
    middle = tree.operands[1]
    assert isinstance(middle, Logical)
    assert middle.operator == "xor"
    assert isinstance(middle.operands[1], Logical)
    assert middle.operands[1].operator == "and"


def test_not_takes_one_relation() -> None:
    tree = parse("not a == b and c")
    assert isinstance(tree, Logical)
    assert isinstance(tree.operands[0], Not)
    assert parse("not not a") == Exists(9, Name(9, "a"))


def test_a_chain_of_comparisons_means_all_of_them() -> None:
    tree = parse("a == b == c")
    assert isinstance(tree, Logical)
    first, second = tree.operands
    assert isinstance(first, Comparison)
    assert isinstance(second, Comparison)
    assert first.right == second.left == Name(6, "b")


@pytest.mark.parametrize(
    "text, column",
    [("", 1), ("a ==", 5), ("a b", 3), ("(a", 3), ("a)", 2), ("any a", 6), ("a in {1", 8), ("a matches b", 11)],
)
def test_the_column_of_what_is_wrong(text: str, column: int) -> None:
    with pytest.raises(QueryError, match=f"^column {column}: ") as caught:
        parse(text)
    assert caught.value.text == text


@pytest.mark.parametrize("opening, inside, closing", [("(", "tcp", ")"), ("{", "tcp", "}"), ("not (", "a", ")")])
def test_nesting_is_bounded(opening: str, inside: str, closing: str) -> None:
    assert parse(opening * DEEPEST + inside + closing * DEEPEST)
    with pytest.raises(QueryError, match="nests at most 200 deep"):
        parse(opening * (DEEPEST + 1) + inside + closing * (DEEPEST + 1))


def test_nesting_of_functions_is_bounded() -> None:
    assert parse("max(" * 50 + "a" + ")" * 50)
    with pytest.raises(QueryError, match="nests at most 200 deep"):
        parse("max(" * 51 + "a" + ")" * 51)


@pytest.mark.parametrize("text", ["a" + " + 1" * 5000, "a" + "[0]" * 5000])
def test_what_would_make_a_deep_tree_is_bounded(text: str) -> None:
    with pytest.raises(QueryError, match="at most 200"):
        parse(text)


def test_a_long_chain_is_flat() -> None:
    tree = parse(" and ".join(["tcp"] * 5000))
    assert isinstance(tree, Logical)
    assert len(tree.operands) == 5000


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_WORDS), max_size=60).map(" ".join)))
def test_nothing_but_query_errors(text: str) -> None:
    began = time.monotonic()
    column = 1
    try:
        parse(text)
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
    assert time.monotonic() - began < 1
