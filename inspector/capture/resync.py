"""Finding the way back into a damaged pcap file: the next place where a plausible record header stands.

A pcap record has no mark, only four words: seconds, fraction, captured length, length on the wire. A place is taken for
a record when all four make sense together (a fraction below one second, a captured length that is at most the length
on the wire, a time within a year of the packets before) and another such header, or the end of the file, follows
exactly where the record ends. Random bytes pass the first test about once in 10^10 places.

The search costs a bounded time whatever the file holds: a regular expression over the bytes finds the candidates, and
after 64 MB without a packet, or 100,000 candidates that lead nowhere, it gives up.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

WORDS = 16
WINDOW = 1024 * 1024
SEARCHED = 64 * 1024 * 1024
CANDIDATES = 100_000
YEAR = 31_557_600

# No link has packets of 16 MB; a larger length on the wire is a wrong one.
LONGEST = (1 << 24) - 1


class Expected(NamedTuple):
    """What a record of this file looks like.

    `order` is "<" or ">", `header` the length of a record's header, `most` the largest captured length, `resolution`
    the units of the fraction in a second, `seconds` the times of known packets (none: any time will do), and
    `exchanged` says that the length on the wire may stand first.
    """

    order: str
    header: int
    most: int
    resolution: int
    seconds: tuple[int, ...]
    exchanged: bool = False


def captured_length(words: bytes, expected: Expected) -> int | None:
    """The captured length that 16 bytes give if they are a plausible record header, else None."""
    if len(words) < WORDS:
        return None
    seconds, fraction, captured, length = struct.unpack(f"{expected.order}IIII", words[:WORDS])
    if expected.exchanged and captured > length:
        captured, length = length, captured
    near = not expected.seconds or any(abs(seconds - known) <= YEAR for known in expected.seconds)
    right = near and fraction < expected.resolution and captured <= min(length, expected.most)
    return captured if right and 0 < length <= LONGEST else None


def find(read: Callable[[int, int], bytes], start: int, end: int, expected: Expected) -> int | None:
    """The file offset of the first record header at or behind `start`, or None if there is none to be found."""
    candidates = 0
    for offset, words in _candidates(read, start, min(end, start + SEARCHED), expected):
        captured = captured_length(words, expected)
        if captured is None:
            continue
        candidates += 1
        if followed(read, offset + expected.header + captured, end, expected):
            return offset
        if candidates == CANDIDATES:
            return None
    return None


def gave_up(start: int, end: int) -> bool:
    """Whether a search from `start` stops before the end of the file."""
    return end - start > SEARCHED


def followed(read: Callable[[int, int], bytes], offset: int, end: int, expected: Expected) -> bool:
    """Whether a record that ends at `offset` is followed by a plausible one, or by the end of the file."""
    if offset > end:
        return False
    if end - offset < WORDS:
        return True
    return captured_length(read(offset, WORDS), expected) is not None


def _candidates(
    read: Callable[[int, int], bytes], start: int, end: int, expected: Expected
) -> Iterator[tuple[int, bytes]]:
    """Every place whose bytes could be a header as far as each byte alone can tell, with the 16 bytes there."""
    pattern, before = _pattern(expected)
    while end - start >= WORDS:
        window = read(start, min(WINDOW, end - start))
        if len(window) < WORDS:
            return
        for match in pattern.finditer(window, before):
            at = match.start() - before
            if at + WORDS <= len(window):
                yield start + at, window[at : at + WORDS]
        start += len(window) - WORDS + 1


def _pattern(expected: Expected) -> tuple[re.Pattern[bytes], int]:
    """A pattern for the 16 bytes that starts at the top byte of the seconds, and how far that is from the start.

    The top byte of a time is the same for half a year, so a search for it skips nearly everything at once.
    """
    tops = sorted({max(0, known + shift) >> 24 & 0xFF for known in expected.seconds for shift in (-YEAR, 0, YEAR)})
    spread = range(tops[0], tops[-1] + 1) if len(expected.seconds) == 1 else tops
    top = b"[" + b"".join(re.escape(bytes([value])) for value in spread) + b"]" if tops else b"."
    lengths = max(LONGEST, expected.most) if expected.exchanged else LONGEST
    most = lengths if expected.exchanged else expected.most
    rest = [_word(expected.order, value) for value in (expected.resolution - 1, most, lengths)]
    if expected.order == "<":
        return re.compile(top + b"(?=" + b"".join(rest) + b")", re.DOTALL), 3
    return re.compile(top + b"(?=..." + b"".join(rest) + b")", re.DOTALL), 0


def _word(order: str, most: int) -> bytes:
    """A pattern for the four bytes of a number that is at most `most`, by its upper two bytes."""
    top, second = most >> 24, most >> 16 & 0xFF
    upper = [_up_to(top), _up_to(second) if top == 0 else b"."]
    return b"".join([*upper, b".."] if order == ">" else [b"..", *reversed(upper)])


def _up_to(value: int) -> bytes:
    return b"[\\x00-" + b"\\x%02x" % value + b"]"
