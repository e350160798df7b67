"""The blocks of pcapng and their options: numbers, names, and what an interface description says.

draft-ietf-opsawg-pcapng sections 3 and 4. Options are (code, length, value), padded to four bytes, in the byte order of
their section. The surprising one is if_tsresol: one byte, whose top bit chooses between powers of ten and of two.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from inspector.capture.batch import Interface
from inspector.capture.resync import Pattern

SECTION = 0x0A0D0D0A
SECTION_BYTES = b"\x0a\x0d\x0d\x0a"  # the same in both byte orders
INTERFACE, OLD_PACKET, SIMPLE, NAMES, STATISTICS, PACKET, JOURNAL, SECRETS = 1, 2, 3, 4, 5, 6, 9, 10
CUSTOM, CUSTOM_NOT_COPIED = 0x0BAD, 0x40000BAD

PACKETS = frozenset({OLD_PACKET, SIMPLE, PACKET})
REMEMBERED = frozenset({NAMES, STATISTICS, JOURNAL, SECRETS, CUSTOM, CUSTOM_NOT_COPIED})
KNOWN = frozenset({SECTION, INTERFACE}) | PACKETS | REMEMBERED

MAGIC = 0x1A2B3C4D
ORDERS = {"<": "little-endian", ">": "big-endian"}

END_OF_OPTIONS, COMMENT = 0, 1
HARDWARE, SYSTEM, APPLICATION = 2, 3, 4
IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_FILTER, IF_OS, IF_FCSLEN, IF_TSOFFSET, IF_HARDWARE = 2, 3, 9, 11, 12, 13, 14, 15

MICROSECONDS = 1_000_000
LONGEST_NAME = 255
LONGEST_TEXT = 1000


class Block(NamedTuple):
    """A block by its type, the file offset where it begins, and its size in bytes with both lengths.

    `order` is the byte order of its section, `interface` the position in the file's list of its section's first one.
    """

    kind: int
    offset: int
    size: int
    order: str = "<"
    interface: int = 0


class Section(NamedTuple):
    """What a section header says: byte order, and the hardware, operating system and program that made the section."""

    order: str
    hardware: str = ""
    os: str = ""
    application: str = ""


def padded(length: int) -> int:
    """A length rounded up to whole 32-bit words."""
    return (length + 3) & ~3


def order_of(start: bytes) -> str | None:
    """The byte order, "<" or ">", that a section header block says in its ninth to twelfth byte; None if it is none."""
    for order in ORDERS:
        if start[8:12] == struct.pack(f"{order}I", MAGIC):
            return order
    return None


def options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """The options in the bytes behind a block's fixed part; one that is cut ends the list."""
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(f"{order}HH", data, at)
        if code == END_OF_OPTIONS or at + 4 + length > len(data):
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + padded(length)


def text_of(value: bytes) -> str:
    """Text in an option is UTF-8; some writers end it with a zero byte."""
    return value.rstrip(b"\0").decode("utf-8", "replace")


def comments_in(data: bytes, order: str) -> list[str]:
    """All comments among the options of a block."""
    return [text_of(value) for code, value in options(data, order) if code == COMMENT]


def describe_section(body: bytes, order: str) -> Section:
    """What a section header block says; `body` is what stands behind its type and length."""
    found = {code: text_of(value[:LONGEST_TEXT]) for code, value in options(body[16:], order)}
    return Section(order, found.get(HARDWARE, ""), found.get(SYSTEM, ""), found.get(APPLICATION, ""))


def describe_interface(body: bytes, order: str, section: int) -> tuple[Interface, str | None]:
    """What an interface description block says, and what is wrong with it, if anything.

    `body` is what stands behind the block's type and length: link type, two reserved bytes, snap length, options.
    """
    link, snaplen = struct.unpack_from(f"{order}HxxI", body)
    found = Interface(link, snaplen, section=section)
    wrong = None
    for code, value in options(body[8:], order):
        if code == IF_NAME:
            found = found._replace(name=text_of(value[:LONGEST_NAME]))
        elif code == IF_DESCRIPTION:
            found = found._replace(description=text_of(value[:LONGEST_TEXT]))
        elif code == IF_FILTER and value[:1] == b"\0":  # 0: a text for libpcap follows; 1: the compiled program
            found = found._replace(filter=text_of(value[1:LONGEST_TEXT]))
        elif code == IF_OS:
            found = found._replace(os=text_of(value[:LONGEST_TEXT]))
        elif code == IF_HARDWARE:
            found = found._replace(hardware=text_of(value[:LONGEST_TEXT]))
        elif code == IF_TSRESOL and len(value) == 1:
            resolution = resolution_of(value[0])
            if resolution is None:
                wrong = (
                    f"An interface counts time in a unit that is too small ({value[0]:#04x}); microseconds are used."
                )
            found = found._replace(resolution=resolution or MICROSECONDS)
        elif code == IF_TSOFFSET and len(value) == 8:
            found = found._replace(offset=struct.unpack(f"{order}q", value)[0])
        elif code == IF_FCSLEN and len(value) == 1:
            found = found._replace(fcs=value[0])
    return found, wrong


def resolution_of(value: int) -> int | None:
    """The units in a second that if_tsresol gives, None if they do not fit into 64 bits."""
    units: int = 2 ** (value & 0x7F) if value & 0x80 else 10**value
    return units if units < 1 << 64 else None


def block_pattern(order: str) -> Pattern:
    """The pattern of a block's type and the upper half of its length, from the last byte that tells most.

    Sections may be of any byte order, so their header, which reads the same both ways, is looked for in any case.
    """
    if order == "<":
        small = rb"[\x01-\x06\x09\x0a\xad](?:(?=\0\0\0...\0)|(?=\x0d\x0d\x0a)|(?=\x0b\0[\0\x40]))"
        return Pattern(re.compile(small, re.DOTALL), 0)
    large = rb"[\x01-\x06\x09\x0a\xad](?:(?<=\0\0\0.)(?=\0)|(?<=\x0a\x0d\x0d\x0a)|(?<=[\0\x40]\0\x0b\xad))"
    return Pattern(re.compile(large, re.DOTALL), 3)
