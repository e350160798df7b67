"""Two things that the options of a TCP header tell about the whole connection: the window's scale and SACK ranges.

Everything else in the options is shown by the protocol's own file; here only what other packets depend on is read.
"""

from __future__ import annotations

import numpy as np

from inspector.index.gather import Gather
from inspector.index.table import Array

END, NO_OPERATION, WINDOW_SCALE, SACK = 0, 1, 3, 5
NO_SHIFT = 255
LARGEST_SHIFT = 14  # RFC 7323 section 2.3: a larger one counts as 14
RANGES_AT_MOST = 3  # as many of an option's ranges as Wireshark remembers


def window_shifts(gather: Gather, start: Array, stop: Array, syn: Array) -> Array:
    """The shift count of each header whose `syn` is set; NO_SHIFT where there is no such option."""
    shifts = np.full(len(start), NO_SHIFT, np.uint8)
    chosen = np.flatnonzero(syn & (start < stop))
    place, stop = start[chosen], stop[chosen]
    while len(chosen):
        kind, length = gather.u8(place), gather.u8(place + 1)
        scaled = (kind == WINDOW_SCALE) & (length == 3) & (place + 3 <= stop)
        shifts[chosen[scaled]] = np.minimum(gather.u8(place[scaled] + 2), LARGEST_SHIFT)
        step = np.where(kind == NO_OPERATION, 1, length)
        place = place + step
        going = (kind != END) & ((kind == NO_OPERATION) | (length >= 2)) & (place < stop)
        chosen, place, stop = chosen[going], place[going], stop[going]
    return shifts


def sack_bytes(options: bytes) -> int:
    """How many bytes the SACK ranges in a header's options cover, modulo 2^32; of each option the first three count."""
    place, total = 0, 0
    while place + 1 < len(options):
        kind, length = options[place], options[place + 1]
        if kind == END:
            break
        if kind == NO_OPERATION:
            place += 1
            continue
        if length < 2:
            break
        if kind == SACK:
            content = options[place + 2 : place + length]
            total = 0
            for at in range(0, min(len(content) - 7, RANGES_AT_MOST * 8), 8):
                total += int.from_bytes(content[at + 4 : at + 8], "big") - int.from_bytes(content[at : at + 4], "big")
        place += length
    return total & 0xFFFFFFFF
