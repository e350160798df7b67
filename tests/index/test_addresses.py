"""Addresses as numbers, and back."""

from __future__ import annotations

import numpy as np

from inspector.index.addresses import FIRST_IPV6, Addresses
from inspector.index.gather import Gather
from tests.index.made import ip, ipv6

SIX = [b"\xfe\x80" + b"\0" * 13 + bytes((n,)) for n in range(3)]  # the first ends with zero bytes


def test_numbers_are_kept() -> None:
    addresses = Addresses()
    assert addresses.number(b"\x0a\0\0\1") == 0x0A000001
    assert [addresses.number(one) for one in (SIX[0], SIX[1], SIX[0])] == [FIRST_IPV6, FIRST_IPV6 + 1, FIRST_IPV6]
    assert [addresses.address(FIRST_IPV6 + n) for n in (0, 1)] == SIX[:2]
    assert addresses.address(0x0A000001) == b"\x0a\0\0\1"


def test_mapped_address_is_not_the_plain_one() -> None:
    addresses = Addresses()
    assert addresses.number(b"\0" * 10 + b"\xff\xff\x0a\0\0\1") != addresses.number(b"\x0a\0\0\1")


def test_pairs_of_both_versions() -> None:
    four, six = ip(b"\1\2\3\4", b"\5\6\7\x08", b""), ipv6(SIX[0], SIX[2], b"")
    addresses = Addresses()
    places = np.array([0, 20, 60])
    source, destination = addresses.pairs(Gather(four + six + six), places, np.array([False, True, True]))
    assert [addresses.address(int(n)) for n in source] == [b"\1\2\3\4", SIX[0], SIX[0]]
    assert [addresses.address(int(n)) for n in destination] == [b"\5\6\7\x08", SIX[2], SIX[2]]
