"""A record is a plain tuple: packets by the hundred thousand are made of it."""

from __future__ import annotations

from inspector.core.record import Record


def test_what_a_record_holds() -> None:
    record = Record(1, 2_000_000_000, 60, 1, b"abc")
    assert (record.number, record.time_ns, record.length, record.link, record.data) == (1, 2_000_000_000, 60, 1, b"abc")
    assert record._replace(data=b"ab").length == 60, "the length on the wire is not the length captured"
