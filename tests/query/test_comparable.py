"""Comparing lists of values gives what comparing all pairs gives."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.query.comparable import MOST, comparable, compare, sum_of
from inspector.query.expression import Network

_OPERATORS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = st.lists(st.integers(-3, 3), max_size=4)


@given(st.sampled_from(sorted(_OPERATORS)), _NUMBERS, _NUMBERS)
def test_any_and_all_are_over_all_pairs(name: str, left: list[int], right: list[int]) -> None:
    pairs = [_OPERATORS[name](one, other) for one in left for other in right]
    assert compare(name, left, right, "any") == any(pairs)
    assert compare(name, left, right, "all") == (bool(pairs) and all(pairs))


def test_order_of_bytes_and_text() -> None:
    assert compare("<", [b"\xff"], [b"\0\0"], "any"), "the longer one is greater"
    assert compare("<", ["\ud7ff"], ["\U00010000"], "any")


def test_networks() -> None:
    assert compare("==", [0x0A010203], [Network(0x0A000000, 8, 32)], "any")
    assert not compare("<", [0x0A010203], [Network(0x0A000000, 8, 32)], "any")


@pytest.mark.parametrize(
    "name, left, right, result",
    [
        ("/", [-7], [2], [-3]),
        ("%", [-7], [2], [-1]),
        ("/", [1], [0], []),
        ("%", [1], [0], []),
        ("&", [b"\xff\1"], [b"\x0f"], [b"\x0f"]),
    ],
)
def test_arithmetic_is_that_of_c(name: str, left: list[object], right: list[object], result: list[object]) -> None:
    assert sum_of(name, None, left, right) == result


def test_a_hostile_packet_makes_no_million_sums() -> None:
    assert len(sum_of("+", "uint", range(5000), range(0, 5_000_000, 1000))) <= MOST


def test_values_of_another_kind_are_left_out() -> None:
    assert comparable("ipv4", ["10.0.0.1", "x", None]) == [0x0A000001]
    assert comparable("uint", [None, 1, "2"]) == [1]
    assert comparable("time", [1, 1.5]) == [1, 1_500_000_000]
