"""Sources know where their bytes came from, through every step between."""

from __future__ import annotations

from inspector.core.source import Origin, Place, Source


def segments() -> Source:
    """Ten bytes out of two records: 4 from packet 3 at byte 54, 6 from packet 5 at byte 66."""
    return Source("Reassembled TCP", b"0123456789", [Origin(0, 4, None, 3, 54, 4), Origin(4, 6, None, 5, 66, 6)])


def test_a_record_is_its_own_origin() -> None:
    record = Source("record", b"abc", packet=7)
    assert record.trace(1, 2) == [Place(7, 1, 2)]
    assert record.packets == (7,)


def test_each_byte_is_followed_to_its_record() -> None:
    source = segments()
    assert source.trace(0, 1) == [Place(3, 54, 1)]
    assert source.trace(3, 2) == [Place(3, 57, 1), Place(5, 66, 1)]
    assert source.packets == (3, 5)


def test_unmasked_bytes_go_byte_by_byte_through_what_they_were_made_of() -> None:
    unmasked = Source("Unmasked", b"xyz", [Origin(0, 3, segments(), 0, 2, 3)])
    assert unmasked.trace(0, 1) == [Place(3, 56, 1)]
    assert unmasked.trace(2, 1) == [Place(5, 66, 1)]


def test_inflated_bytes_go_to_the_whole_of_what_was_inflated() -> None:
    inflated = Source("Inflated", b"a" * 100, [Origin(0, 100, segments(), 0, 2, 5)])
    assert inflated.trace(50, 1) == [Place(3, 56, 2), Place(5, 66, 3)]


def test_views_are_cut_to_what_is_there_and_remember_what_was_said() -> None:
    view = Source("record", b"abcdef").view()
    short = view.first(10, "ip.len")
    assert (short.size, short.said, short.missing) == (6, "ip.len", 4)
    assert view.after(2).data == b"cdef"
    assert view.after(99).size == 0
