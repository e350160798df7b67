"""Addresses as numbers of one size, so that a conversation's two ends can be compared and sorted as columns.

An IPv4 address is its own number. An IPv6 address gets the next free number above 2^40 when it is first seen: a capture
has few of them, and sixteen bytes do not fit into a column's number.
"""

from __future__ import annotations

import numpy as np

from inspector.index.gather import Gather
from inspector.index.table import Array

FIRST_IPV6 = 1 << 40


class Addresses:
    """The numbers of all addresses seen so far."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._known: list[bytes] = []

    def number(self, address: bytes) -> int:
        """The number of an address of 4 or 16 bytes (0 bytes: a transport without IP has no address)."""
        if len(address) <= 4:
            return int.from_bytes(address, "big")
        found = self._numbers.get(address)
        if found is None:
            found = FIRST_IPV6 + len(self._known)
            self._known.append(address)
            self._numbers[address] = found
        return found

    def address(self, number: int) -> bytes:
        """The address behind a number."""
        return self._known[number - FIRST_IPV6] if number >= FIRST_IPV6 else number.to_bytes(4, "big")

    def pairs(self, gather: Gather, l3: Array, v6: Array) -> tuple[Array, Array]:
        """The source and destination numbers of IP headers at these places; `v6` tells which are IPv6."""
        source = gather.u32(l3 + 12).astype(np.uint64)
        destination = gather.u32(l3 + 16).astype(np.uint64)
        wide = np.flatnonzero(v6)
        if len(wide):
            both = gather.block(np.concatenate((l3[wide] + 8, l3[wide] + 24)), 16)
            distinct, inverse = np.unique(both, return_inverse=True)
            # bytes() of a void value keeps the zero bytes at its end.
            numbers = np.array([self.number(bytes(address)) for address in distinct], np.uint64)[inverse]
            source[wide], destination[wide] = numbers[: len(wide)], numbers[len(wide) :]
        return source, destination
