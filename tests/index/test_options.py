"""The options that other packets depend on, read as columns and one by one."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.index.gather import Gather
from inspector.index.options import NO_SHIFT, sack_bytes, window_shifts


def shift_of(options: bytes) -> int:
    return int(window_shifts(Gather(options), np.array([0]), np.array([len(options)]), np.array([True]))[0])


@pytest.mark.parametrize(
    "options, shift",
    [
        (b"", NO_SHIFT),
        (b"\3\3\7", 7),
        (b"\2\4\5\xb4\4\2\x08\x0a" + b"\0" * 8 + b"\1\3\3\x09", 9),
        (b"\1\1\1\3\3\0", 0),
        (b"\3\3\x0f", 14),  # RFC 7323 section 2.3
        (b"\3\3\2\3\3\4", 4),
        (b"\0\3\3\7", NO_SHIFT),  # behind the end of the list
        (b"\3\3", NO_SHIFT),
        (b"\3\4\7\1", NO_SHIFT),
        (b"\2\0\3\3\7", NO_SHIFT),  # a length of 0 ends the walk
        (b"\2\xff\3\3\7", NO_SHIFT),
    ],
)
def test_window_shift(options: bytes, shift: int) -> None:
    assert shift_of(options) == shift


def test_only_headers_with_syn_are_looked_at() -> None:
    places = np.array([0, 0]), np.array([3, 3])
    assert window_shifts(Gather(b"\3\3\7"), *places, np.array([True, False])).tolist() == [7, NO_SHIFT]


@given(st.binary(max_size=40))
def test_any_bytes_end_the_walk(options: bytes) -> None:
    assert shift_of(options) in (*range(15), NO_SHIFT)
    assert 0 <= sack_bytes(options) <= 0xFFFFFFFF


@pytest.mark.parametrize("ranges, covered", [(0, 0), (1, 10), (2, 20), (3, 30), (4, 30)])
def test_sack_ranges(ranges: int, covered: int) -> None:
    edges = b"".join(struct.pack(">II", 100 * i, 100 * i + 10) for i in range(ranges))
    assert sack_bytes(b"\1\1\5" + bytes((2 + 8 * ranges,)) + edges) == covered


def test_sack_range_over_the_wrap() -> None:
    assert sack_bytes(b"\5\x0a" + struct.pack(">II", 0xFFFFFFFE, 3)) == 5
