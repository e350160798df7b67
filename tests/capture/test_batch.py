"""A batch gives the same by its shape, for whoever gathers, and by its arrays."""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

import pytest

from inspector.capture.batch import Batch, Damage, Shape
from inspector.capture.files import open_capture
from tests.capture.made import enhanced, expected, interface, option, packets, pcap, section, write

MADE = packets()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("header", [16, 24])
@pytest.mark.parametrize("limit", [5, 100])
def test_the_shape_leads_to_the_numbers_in_the_data(tmp_path: Path, order: str, header: int, limit: int) -> None:
    gathered = []
    with open_capture(write(tmp_path, pcap(MADE, order, header))) as file:
        for batch in file.scan(limit):
            assert batch.shape == Shape(header, order, 10**9, 1000)
            for index, offset in enumerate(batch.offsets):
                start = offset - batch.base - batch.shape.header
                seconds, fraction, kept, length = struct.unpack_from(f"{order}IIII", batch.data, start)
                gathered.append((seconds * 10**9 + fraction * batch.shape.second, length))
                assert kept == batch.captured[index]
            assert batch.times.tolist() == [time for time, _ in gathered][-len(batch) :]
            assert batch.lengths.tolist() == [length for _, length in gathered][-len(batch) :]
            assert batch.link == 1
    assert gathered == [(row.time, row.length) for row in expected(MADE)]


def test_arrays_have_the_types_that_they_promise(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        (batch,) = file.scan()
    arrays = (batch.offsets, batch.captured, batch.lengths, batch.times, batch.links, batch.interfaces)
    assert "".join(one.typecode for one in arrays) == "qIIqHH"
    assert [array(one.typecode).itemsize for one in arrays] == [8, 4, 4, 8, 2, 2]
    assert batch.times is batch.times, "unpacked once"


def test_a_batch_without_shape_must_be_filled() -> None:
    with pytest.raises(ValueError):
        Batch(array("q", [1]), b"abc", 0, (1,)).times  # noqa: B018


def test_a_damage_is_a_sentence_with_its_place() -> None:
    assert str(Damage(7, "It is broken.")) == "At byte 7: It is broken."


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_shape_of_pcapng_leads_to_the_same_numbers(tmp_path: Path, order: str) -> None:
    shift = option(14, struct.pack(f"{order}q", 100), order)
    blocks = [enhanced(one, order, number=1) for one in MADE]
    data = b"".join([section(order), interface(order), interface(order, 101, options=shift), *blocks])
    with open_capture(write(tmp_path, data)) as file:
        (batch,) = file.scan()
    shape = batch.shape
    assert shape == Shape(16, order, 1000 << 32, 1000, 100 * 10**9)
    for index, offset in enumerate(batch.offsets):
        high, low, kept, length = struct.unpack_from(f"{order}IIII", batch.data, offset - batch.base - shape.header)
        assert high * shape.first + low * shape.second + shape.shift == batch.times[index]
        assert (kept, length) == (batch.captured[index], batch.lengths[index])
    assert batch.interfaces.tolist() == [1] * 12
    assert batch.link == 101


def test_a_settled_batch_holds_what_its_shape_described() -> None:
    data = struct.pack("<IIII", 1, 2, 3, 4) + b"abc"
    batch = Batch(array("q"), data, 100, (0, 7))
    shape = Shape(16, "<", 10**9, 1)
    batch.take_shape(shape, 1)
    assert batch.fits(shape, 1)
    assert not batch.fits(shape, 0)
    batch.offsets.append(116)
    for _ in range(2):
        batch.settle()
        assert (batch.shape, batch.record(0)) == (None, b"abc")
        assert (batch.times[0], batch.captured[0], batch.lengths[0], batch.interfaces[0]) == (1_000_000_002, 3, 4, 1)
