"""The Internet checksum against worked examples, scapy and dpkt, and the five states."""

from __future__ import annotations

import dpkt
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.checksum import State, add_words, internet_checksum, judge, pseudo_header

# RFC 1071 section 3 adds these words up to ddf2.
RFC_WORDS = bytes.fromhex("0001f203f4f5f6f7")
LOOPBACK = bytes((127, 0, 0, 1))


def test_the_sum_of_rfc_1071() -> None:
    assert add_words(RFC_WORDS) == 0xDDF2
    assert internet_checksum(RFC_WORDS) == 0xFFFF - 0xDDF2


@given(st.binary(max_size=200))
def test_dpkt_and_scapy_agree(data: bytes) -> None:
    from scapy.utils import checksum

    assert internet_checksum(data) == checksum(data)
    if len(data) % 2 == 0:
        assert internet_checksum(data) == dpkt.in_cksum(data)


@given(st.binary(min_size=8, max_size=80))
def test_a_filled_in_checksum_is_right_and_another_is_wrong(data: bytes) -> None:
    pseudo = pseudo_header(LOOPBACK, LOOPBACK, 17, len(data))
    empty = data[:6] + b"\0\0" + data[8:]
    right = internet_checksum(pseudo + empty)
    filled = empty[:6] + right.to_bytes(2, "big") + empty[8:]
    assert judge(right, pseudo, filled)[0] is State.RIGHT
    other = right ^ 0x0101
    state, computed = judge(other, pseudo, empty[:6] + other.to_bytes(2, "big") + empty[8:])
    if other == add_words(pseudo):
        assert state is State.UNFINISHED
    else:
        assert state is State.WRONG
        assert computed in (right, 0xFFFF - right if right in (0, 0xFFFF) else right)


def test_offloaded_checksums_hold_the_pseudo_header_alone() -> None:
    segment = bytearray(20)
    pseudo = pseudo_header(LOOPBACK, LOOPBACK, 6, 20)
    segment[16:18] = add_words(pseudo).to_bytes(2, "big")
    segment[13] = 2
    assert judge(add_words(pseudo), pseudo, bytes(segment))[0] is State.UNFINISHED


def test_pseudo_header_of_ipv6() -> None:
    address = bytes(15) + b"\1"
    assert pseudo_header(address, address, 6, 40) == address * 2 + bytes.fromhex("00000028 00000006")
