"""Finding the way back into a damaged file: the next place where a plausible record, or block, stands.

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
FIRST_WINDOW = 4096
WINDOW = 1024 * 1024
SEARCHED = 64 * 1024 * 1024
CANDIDATES = 100_000
YEAR = 31_557_600

# No link has packets of 16 MB; a larger length on the wire is a wrong one.
LONGEST = (1 << 24) - 1

Read = Callable[[int, int], bytes]


class Expected(NamedTuple):
    """What a pcap record of this file looks like.

    `order` is "<" or ">", `header` the length of a record's header, `most` the largest captured length, `resolution`
    the units of the fraction in a second, `seconds` the times of known packets (none: any time since July 1970), and
    `exchanged` says that the length on the wire may stand first.
    """

    order: str
    header: int
    most: int
    resolution: int
    seconds: tuple[int, ...]
    exchanged: bool = False


class Pattern(NamedTuple):
    """What the bytes of a header may be, each by itself; the pattern begins `before` bytes behind its start."""

    pattern: re.Pattern[bytes]
    before: int


class Found(NamedTuple):
    """Where the search ended: at the header `offset`, or with None, and then whether it gave up before the end."""

    offset: int | None
    gave_up: bool


def captured_length(words: bytes, expected: Expected, loose: bool = False) -> int | None:
    """The captured length that 16 bytes give if they are a plausible record header, else None.

    `loose` lets it be larger than the length on the wire: there are programs that write such files.
    """
    if len(words) < WORDS:
        return None
    seconds, fraction, captured, length = struct.unpack(f"{expected.order}IIII", words[:WORDS])
    if expected.exchanged and captured > length:
        captured, length = length, captured
    near = not expected.seconds or any(abs(seconds - known) <= YEAR for known in expected.seconds)
    most = expected.most if loose else min(length, expected.most)
    right = near and fraction < expected.resolution and captured <= most
    return captured if right and 0 < length <= LONGEST else None


def followed(read: Read, offset: int, end: int, expected: Expected, loose: bool = False) -> bool:
    """Whether a record that ends at `offset` is followed by a plausible one, or by the end of the file."""
    if offset > end:
        return False
    if end - offset < WORDS:
        return True
    return captured_length(read(offset, WORDS), expected, loose) is not None


def find_record(read: Read, start: int, end: int, expected: Expected) -> Found:
    """Look for the first plausible pcap record header at or behind `start`."""

    def stands(offset: int, words: bytes) -> bool:
        captured = captured_length(words, expected)
        return captured is not None and followed(read, offset + expected.header + captured, end, expected)

    return find(read, start, end, record_pattern(expected), stands)


def find(read: Read, start: int, end: int, pattern: Pattern, stands: Callable[[int, bytes], bool]) -> Found:
    """The first place that fits the pattern and of which `stands(offset, its first 16 bytes)` is true."""
    stop = min(end, start + SEARCHED)
    for count, (offset, words) in enumerate(_candidates(read, start, stop, pattern), 1):
        if stands(offset, words):
            return Found(offset, False)
        if count == CANDIDATES:
            return Found(None, True)
    return Found(None, stop < end)


def _candidates(read: Read, start: int, end: int, pattern: Pattern) -> Iterator[tuple[int, bytes]]:
    """Every place whose bytes could be a header as far as each byte alone can tell, with the 16 bytes there."""
    size = FIRST_WINDOW
    while end - start >= WORDS:
        window = read(start, min(size, end - start))
        if len(window) < WORDS:
            return
        for match in pattern.pattern.finditer(window, pattern.before):
            at = match.start() - pattern.before
            if at + WORDS <= len(window):
                yield start + at, window[at : at + WORDS]
        start += len(window) - WORDS + 1
        size = min(size * 4, WINDOW)


def record_pattern(expected: Expected) -> Pattern:
    """The pattern of a pcap record header, from the top byte of its seconds on.

    The top byte of a time is the same for half a year, so a search for it skips nearly everything at once.
    """
    known = {max(0, second + shift) >> 24 & 0xFF for second in expected.seconds for shift in (-YEAR, -YEAR // 2, 0)}
    tops = known | {min(second + shift, 0xFFFFFFFF) >> 24 for second in expected.seconds for shift in (YEAR // 2, YEAR)}
    top = b"[" + b"".join(b"\\x%02x" % value for value in sorted(tops)) + b"]" if tops else b"[\\x01-\\xff]"
    lengths = max(LONGEST, expected.most) if expected.exchanged else LONGEST
    most = lengths if expected.exchanged else expected.most
    rest = b"".join(_word(expected.order, value) for value in (expected.resolution - 1, most, lengths))
    if expected.order == "<":
        return Pattern(re.compile(top + b"(?=" + rest + b")", re.DOTALL), 3)
    return Pattern(re.compile(top + b"(?=..." + rest + b")", re.DOTALL), 0)


def _word(order: str, most: int) -> bytes:
    """A pattern for the four bytes of a number that is at most `most`, by its upper two bytes."""
    top, second = most >> 24, most >> 16 & 0xFF
    upper = [_up_to(top), _up_to(second) if top == 0 else b"."]
    return b"".join([*upper, b".."] if order == ">" else [b"..", *reversed(upper)])


def _up_to(value: int) -> bytes:
    return b"[\\x00-\\x%02x]" % value
