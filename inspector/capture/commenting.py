"""Writing comments into captures: an option more in a packet's block, and the blocks that a pcap file lacks.

Only pcapng has a place for comments (opt_comment, draft-ietf-opsawg-pcapng section 3.5). A plain pcap file therefore
becomes pcapng: one section, one interface, and each record an enhanced packet block with the same bytes, time and
lengths, as `editcap -a` does it. The surprising thing: a simple packet block has no place for options either. It
becomes an enhanced one, whose time is 0, because it never had any.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from inspector.capture.batch import Interface
from inspector.capture.blocks import (
    COMMENT,
    END_OF_OPTIONS,
    IF_FCSLEN,
    IF_NAME,
    IF_TSRESOL,
    INTERFACE,
    MAGIC,
    PACKET,
    SECTION,
    SIMPLE,
    padded,
)

HEADER = 28
LONGEST_COMMENT = 65_535
"""In bytes of UTF-8: an option's length has 16 bits."""


def option(code: int, value: bytes, order: str) -> bytes:
    """An option, filled up to whole words."""
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(padded(len(value)) - len(value))


def block(kind: int, body: bytes, order: str) -> bytes:
    """A block around a body of whole words."""
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def commented(packet: bytes, order: str, texts: Sequence[str], captured: int = 0) -> bytes:
    """A packet's block with comments behind the options that it has. All other bytes stay as they are.

    `captured` is needed for simple packet blocks only, which do not say it themselves.
    """
    (kind,) = struct.unpack_from(f"{order}I", packet)
    if kind == SIMPLE:
        kind, packet = PACKET, _enhanced(packet, order, captured)
    (kept,) = struct.unpack_from(f"{order}I", packet, 20)
    start = HEADER + padded(kept)
    at = _end_of_options(packet, start, order)
    rest = packet[at:-4] or _end(order)
    body = packet[8:at] + b"".join(_comment(text, order) for text in texts) + rest
    return block(kind, body, order)


def _end_of_options(packet: bytes, at: int, order: str) -> int:
    """Where the list of options ends: at its end mark, at the end of the block, or where it makes no sense any more."""
    last = len(packet) - 4
    while at + 4 <= last:
        code, length = struct.unpack_from(f"{order}HH", packet, at)
        if code == END_OF_OPTIONS or at + 4 + padded(length) > last:
            break
        at += 4 + padded(length)
    return at


def _enhanced(packet: bytes, order: str, captured: int) -> bytes:
    """A simple packet block as an enhanced one of the section's first interface, with the time 0."""
    (length,) = struct.unpack_from(f"{order}I", packet, 8)
    data = packet[12 : 12 + captured]
    head = struct.pack(f"{order}IIIII", 0, 0, 0, captured, length)
    return block(PACKET, head + data + bytes(padded(captured) - captured), order)


def _comment(text: str, order: str) -> bytes:
    return option(COMMENT, text.encode("utf-8", "replace"), order)


def _end(order: str) -> bytes:
    return option(END_OF_OPTIONS, b"", order)


def section_block(order: str) -> bytes:
    """A section header of unknown length."""
    return block(SECTION, struct.pack(f"{order}IHHq", MAGIC, 1, 0, -1), order)


def interface_block(order: str, interface: Interface) -> bytes:
    """The description of a pcap file's one interface. Its unit of time is a power of ten."""
    digits = len(str(interface.resolution)) - 1
    said = option(IF_TSRESOL, bytes((digits,)), order)
    if interface.fcs is not None:
        said += option(IF_FCSLEN, bytes((interface.fcs,)), order)
    if interface.name:
        said += option(IF_NAME, interface.name.encode(), order)
    body = struct.pack(f"{order}HHI", interface.link, 0, interface.snaplen) + said + _end(order)
    return block(INTERFACE, body, order)


def packet_block(order: str, captured: int, length: int, time: int, texts: Sequence[str]) -> tuple[bytes, bytes]:
    """What stands before and behind the captured bytes in an enhanced packet block; `time` in the interface's units."""
    options = b"".join(_comment(text, order) for text in texts) + _end(order) if texts else b""
    size = HEADER + padded(captured) + len(options) + 4
    front = struct.pack(f"{order}IIIIIII", PACKET, size, 0, time >> 32, time & 0xFFFFFFFF, captured, length)
    return front, bytes(padded(captured) - captured) + options + struct.pack(f"{order}I", size)
