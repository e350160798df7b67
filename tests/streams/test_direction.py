"""A direction's table of pieces: whatever the segments do, each byte stands where it first came from."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from inspector.streams.direction import Direction
from inspector.streams.segments import ACK, FIN, SYN, Segments

ISN = 0xFFFFFFF0


def direction(*rows: tuple[int, int], opened: bool = True, captured: int = 1 << 30) -> Direction:
    """Segments of one side as (offset, length), packets numbered from 1; the SYN is packet 100."""
    found = [(100, 0, ISN, 0, 0, 0, SYN, 0)] if opened else []
    for number, (offset, length) in enumerate(rows, 1):
        seq = (ISN + 1 + offset) & 0xFFFFFFFF
        found.append((number, 0, seq, length, min(length, captured), 54, ACK, 0))
    return Direction(Segments.of(found), 0)


def pieces(table: Direction) -> list[tuple[int, int, int]]:
    return list(zip(table.starts.tolist(), table.stops.tolist(), table.packets.tolist()))


def test_in_order_across_the_wrap_of_sequence_numbers() -> None:
    table = direction((0, 10), (10, 20), (30, 5))
    assert pieces(table) == [(0, 10, 1), (10, 30, 2), (30, 35, 3)]
    assert table.frontiers.tolist() == [1, 2, 3]
    assert table.shifts.tolist() == [54, 44, 24]
    assert table.extent == 35


def test_reordered_bytes_are_complete_when_the_hole_closes() -> None:
    table = direction((0, 10), (20, 10), (30, 10), (10, 10))
    assert pieces(table) == [(0, 10, 1), (10, 20, 4), (20, 30, 2), (30, 40, 3)]
    assert table.frontiers.tolist() == [1, 4, 4, 4]
    assert table.completed(4) == (10, 40)
    assert table.completed(2) == (-1, -1)
    assert table.ranges(2) == [(20, 30)]


def test_the_first_copy_wins() -> None:
    table = direction((0, 10), (5, 10), (0, 20))
    assert pieces(table) == [(0, 10, 1), (10, 15, 2), (15, 20, 3)]
    assert [(found.start, found.length, found.first, found.again) for found in table.overlaps()] == [
        (5, 5, 1, 2),
        (0, 10, 1, 3),
        (10, 5, 2, 3),
    ]


def test_one_late_segment_fills_two_gaps() -> None:
    table = direction((0, 4), (8, 4), (16, 4), (2, 16))
    assert pieces(table) == [(0, 4, 1), (4, 8, 4), (8, 12, 2), (12, 16, 4), (16, 20, 3)]


def test_a_hole_stays_a_hole() -> None:
    table = direction((0, 10), (20, 10))
    assert table.runs.tolist() == [0, 1]
    assert table.bytes == 20
    assert table.extent == 30


def test_bytes_that_the_capture_cut_off_are_holes() -> None:
    table = direction((0, 100), (100, 50), captured=60)
    assert pieces(table) == [(0, 60, 1), (100, 150, 2)]
    assert table.extent == 150


def test_without_a_syn_the_first_segment_is_the_beginning_or_one_that_joins_it() -> None:
    assert pieces(direction((50, 10), (40, 10), (60, 10), opened=False)) == [(0, 10, 2), (10, 20, 1), (20, 30, 3)]
    assert pieces(direction((50, 10), (10, 10), (60, 10), opened=False)) == [(0, 10, 1), (10, 20, 3)]


def test_a_keep_alive_byte_is_no_overlap_worth_telling() -> None:
    table = direction((0, 10), (9, 1), (10, 5))
    assert pieces(table) == [(0, 10, 1), (10, 15, 3)]
    assert table.overlaps() == []


def test_data_on_the_syn_counts_from_offset_zero() -> None:
    rows = [(1, 0, ISN, 5, 5, 54, SYN, 0), (2, 0, ISN + 6, 5, 5, 54, ACK, 0)]
    assert pieces(Direction(Segments.of(rows), 0)) == [(0, 5, 1), (5, 10, 2)]


def test_the_fin_says_where_the_direction_ends() -> None:
    rows = [(1, 0, 100, 0, 0, 54, SYN, 0), (2, 0, 101, 5, 5, 54, ACK | FIN, 0)]
    table = Direction(Segments.of(rows), 0)
    assert (table.fin_at, table.fin_packet, table.extent) == (5, 2, 5)


def test_no_segments_at_all() -> None:
    table = Direction(Segments.of([]), 0)
    assert pieces(table) == []
    assert table.extent == 0
    assert table.completed(1) == (-1, -1)
    assert table.ranges(1) == []


@given(st.lists(st.tuples(st.integers(-20, 200), st.integers(1, 30)), min_size=1, max_size=40), st.booleans())
def test_every_byte_belongs_to_the_first_segment_that_brought_it(rows: list[tuple[int, int]], opened: bool) -> None:
    table = direction(*rows, opened=opened)
    base = 0 if opened else (table.base - ISN - 1 + (1 << 31)) % (1 << 32) - (1 << 31)
    wanted: dict[int, int] = {}
    for number, (offset, length) in enumerate(rows, 1):
        for at in range(offset, offset + length):
            if at >= base:
                wanted.setdefault(at - base, number)
    found = {at: packet for start, stop, packet in pieces(table) for at in range(start, stop)}
    assert found == wanted
    assert table.starts.tolist() == sorted(table.starts.tolist())


def test_a_hundred_thousand_segments_out_of_order_are_sorted() -> None:
    chance = random.Random(1)
    order = sorted(range(100_000), key=lambda index: index + chance.uniform(0, 3))
    table = direction(*((index * 10, 10) for index in order))
    assert len(table.starts) == 100_000
    assert table.bytes == 1_000_000
    assert table.runs[-1] == 0
