"""Options, interface descriptions and the pattern of a block."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.blocks import (
    KNOWN,
    block_pattern,
    comments_in,
    describe_interface,
    options,
    order_of,
    padded,
    resolution_of,
)
from inspector.capture.files import Interface
from tests.capture.made import block, option, section


def test_lengths_are_padded_to_words() -> None:
    assert [padded(length) for length in (0, 1, 3, 4, 5)] == [0, 4, 4, 4, 8]


@pytest.mark.parametrize("order", ["<", ">"])
def test_options_are_read_to_their_end(order: str) -> None:
    data = option(1, b"abcde", order) + option(2, b"", order) + option(0, b"", order) + option(1, b"behind", order)
    assert list(options(data, order)) == [(1, b"abcde"), (2, b"")]
    assert list(options(data[:10], order)) == [(1, b"abcde")]
    assert list(options(data[:8], order)) == []
    assert list(options(b"", order)) == []


@given(st.binary(max_size=200), st.sampled_from("<>"))
def test_options_of_any_bytes_are_read(data: bytes, order: str) -> None:
    assert sum(len(value) + 4 for _, value in options(data, order)) <= len(data)
    assert all(isinstance(comment, str) for comment in comments_in(data, order))
    found, _ = describe_interface(data.ljust(8, b"\0"), order, 0)
    assert len(found.name) <= 255
    assert 0 < found.resolution < 1 << 64


def test_the_unit_of_time_is_a_power_of_ten_or_two() -> None:
    assert [resolution_of(value) for value in (0, 6, 9, 19, 0x80, 0x94, 0xBF)] == [
        1,
        10**6,
        10**9,
        10**19,
        1,
        2**20,
        2**63,
    ]
    assert [resolution_of(value) for value in (20, 127, 0xC0, 0xFF)] == [None] * 4


def test_an_interface_with_options_of_wrong_length_keeps_the_usual() -> None:
    body = struct.pack("<HHI", 1, 0, 96) + option(9, b"\x09\x09") + option(14, b"1") + option(13, b"")
    assert describe_interface(body, "<", 3) == (Interface(1, 96, section=3), None)


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_known_block_fits_the_pattern(order: str) -> None:
    pattern, before = block_pattern(order)
    for kind in KNOWN:
        assert pattern.match(block(kind, bytes(40), order), before)
    assert pattern.match(section("<"), before)
    assert pattern.match(section(">"), before)
    assert not pattern.search(bytes(100) + b"\xff" * 100)


def test_the_byte_order_of_a_section() -> None:
    assert [order_of(one) for one in (section("<"), section(">"), section()[:11], b"")] == ["<", ">", None, None]
