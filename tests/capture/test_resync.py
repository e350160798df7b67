"""The search for a plausible header: every plausible one fits the pattern, and the search ends."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture import resync
from inspector.capture.resync import LONGEST, YEAR, Expected, Found, captured_length, find_record, record_pattern

NOW = 1_732_272_459
words = st.integers(0, 0xFFFFFFFF)


def reader(data: bytes):  # type: ignore[no-untyped-def]
    return lambda offset, length: data[offset : offset + length]


@given(
    order=st.sampled_from("<>"),
    known=st.lists(words, max_size=2),
    shift=st.integers(-YEAR, YEAR),
    resolution=st.sampled_from([10**6, 10**9]),
    most=st.sampled_from([262_144, 65_535, 300_000, 1 << 27]),
    exchanged=st.booleans(),
    data=st.data(),
)
def test_what_is_plausible_fits_the_pattern(
    order: str, known: list[int], shift: int, resolution: int, most: int, exchanged: bool, data: st.DataObject
) -> None:
    seconds = min(max(known[-1] + shift, 0), 0xFFFFFFFF) if known else data.draw(st.integers(1 << 24, 0xFFFFFFFF))
    length = data.draw(st.integers(1, LONGEST))
    lengths = [data.draw(st.integers(0, min(length, most))), length]
    if exchanged and data.draw(st.booleans()):
        lengths.reverse()
    header = struct.pack(f"{order}IIII", seconds, data.draw(st.integers(0, resolution - 1)), *lengths)
    expected = Expected(order, 16, most, resolution, tuple(known), exchanged)
    assert captured_length(header, expected) == min(lengths)
    pattern, before = record_pattern(expected)
    assert pattern.match(header, before)


@pytest.mark.parametrize(
    "header, right",
    [
        ((NOW, 0, 60, 60), True),
        ((NOW + YEAR, 999_999, 0, 1), True),
        ((NOW + YEAR + 1, 0, 60, 60), False),
        ((NOW - YEAR - 1, 0, 60, 60), False),
        ((NOW, 1_000_000, 60, 60), False),
        ((NOW, 0, 61, 60), False),
        ((NOW, 0, 0, 0), False),
        ((NOW, 0, 262_145, 262_145), False),
        ((NOW, 0, 60, LONGEST + 1), False),
    ],
)
def test_what_is_plausible(header: tuple[int, ...], right: bool) -> None:
    expected = Expected("<", 16, 262_144, 1_000_000, (NOW,))
    assert (captured_length(struct.pack("<IIII", *header), expected) is not None) == right


@pytest.mark.parametrize("before", [0, 1, 4095, 4096, 4097, 8185, 1 << 20, (1 << 20) + 4100, 3_000_001])
def test_a_header_is_found_across_the_windows(before: int) -> None:
    record = struct.pack("<IIII", NOW, 5, 20, 20) + b"x" * 20
    data = b"\xff" * before + record + record
    expected = Expected("<", 16, 262_144, 1_000_000, (NOW,))
    assert find_record(reader(data), 0, len(data), expected) == Found(before, False)


def test_a_header_that_nothing_follows_is_none() -> None:
    record = struct.pack("<IIII", NOW, 5, 20, 20) + b"x" * 20
    expected = Expected("<", 16, 262_144, 1_000_000, (NOW,))
    data = record + b"y" * 50
    assert find_record(reader(data), 0, len(data), expected) == Found(None, False)
    assert find_record(reader(record), 0, len(record), expected) == Found(0, False)


def test_the_search_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    record = struct.pack("<IIII", NOW, 5, 20, 20) + b"x" * 20
    data = b"\xff" * 500 + record + record
    expected = Expected("<", 16, 262_144, 1_000_000, (NOW,))
    with monkeypatch.context() as patch:
        patch.setattr(resync, "SEARCHED", 400)
        assert find_record(reader(data), 0, len(data), expected) == Found(None, True)
    lonely = struct.pack("<IIII", NOW, 5, 90, 90)
    with monkeypatch.context() as patch:
        patch.setattr(resync, "CANDIDATES", 10)
        data = lonely * 10 + b"\xff" * 200 + record * 2
        assert find_record(reader(data), 0, len(data), expected) == Found(None, True)
