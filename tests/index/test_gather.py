"""Gathering numbers: any place, both byte orders, and never beyond the bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.index.gather import Gather


@given(st.binary(min_size=4, max_size=50), st.data())
def test_numbers_are_those_of_the_bytes(data: bytes, draw: st.DataObject) -> None:
    places = draw.draw(st.lists(st.integers(0, len(data) - 4), min_size=1, max_size=5))
    gather, at = Gather(data), np.array(places)
    assert gather.u8(at).tolist() == [data[place] for place in places]
    assert gather.u16(at).tolist() == [int.from_bytes(data[place : place + 2]) for place in places]
    assert gather.u32(at).tolist() == [int.from_bytes(data[place : place + 4]) for place in places]
    assert gather.u32(at, "<").tolist() == [int.from_bytes(data[place : place + 4], "little") for place in places]
    assert [bytes(block) for block in gather.block(at, 3)] == [data[place : place + 3] for place in places]


@pytest.mark.parametrize("data", [b"", b"a", b"abc"])
def test_places_outside_give_some_number(data: bytes) -> None:
    far = np.array([-5, 0, 2, 1 << 40])
    gather = Gather(data)
    assert len(gather.u8(far)) == len(gather.u16(far)) == len(gather.u32(far)) == len(gather.block(far, 16)) == 4
