"""The Internet checksum of IP, TCP and UDP, and what can be said about one that was found.

RFC 1071: the one's complement of the one's complement sum of all 16-bit words. The surprising thing: a checksum that
looks wrong is mostly just not filled in yet. On loopback, and wherever the network card does the sum, the field holds
the sum of the pseudo-header alone, and that is the state `UNFINISHED`.
"""

from __future__ import annotations

import sys
from array import array
from enum import IntEnum


class State(IntEnum):
    """The five states; 0 to 3 as Wireshark's `*.checksum.status` numbers them, 4 is ours."""

    WRONG = 0
    RIGHT = 1
    UNCHECKED = 2
    ABSENT = 3
    UNFINISHED = 4


STATES = {
    State.WRONG: "Wrong",
    State.RIGHT: "Right",
    State.UNCHECKED: "Cannot be checked",
    State.ABSENT: "Absent",
    State.UNFINISHED: "Unfinished (the pseudo-header's sum alone, as offloading leaves it)",
}


def add_words(data: bytes) -> int:
    """The one's complement sum of big-endian 16-bit words, folded to 16 bits; an odd last byte is padded with 0."""
    if len(data) % 2:
        data += b"\0"
    words = array("H", data)
    if sys.byteorder == "little":
        words.byteswap()
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def internet_checksum(data: bytes) -> int:
    """What the checksum field of these bytes should hold, if the field itself counts as 0 in them (RFC 1071)."""
    return ~add_words(data) & 0xFFFF


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """The bytes that TCP and UDP sum in front of their own.

    IPv4's form is RFC 9293 3.1, IPv6's RFC 8200 8.1; told apart by the length of the addresses.
    """
    if len(source) == 4:
        return source + destination + bytes((0, protocol)) + length.to_bytes(2, "big")
    return source + destination + length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))


def judge(found: int, pseudo: bytes, segment: bytes) -> tuple[State, int]:
    """The state of a TCP or UDP checksum, and the value that would be right.

    `segment` is the header and payload as captured, the checksum field included. A sum over everything of 0xffff is
    right. A field equal to the pseudo-header's own sum is unfinished.
    """
    partial = add_words(pseudo)
    total = add_words(pseudo + segment)
    right = ~(total - found if total > found else total - found + 0xFFFF) & 0xFFFF
    if total == 0xFFFF:
        return State.RIGHT, found
    if found == partial:
        return State.UNFINISHED, right
    return State.WRONG, right
