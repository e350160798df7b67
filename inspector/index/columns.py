"""A whole column of one field, gathered from the file when somebody asks: what filters are evaluated on.

Any field at a fixed place of a header whose start the index knows is read from its declaration alone: the spec says at
which bit it stands, how wide it is and what it is multiplied by. So a column equals the node of the same name in the
tree, and a new field in a header is a new column at once.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from inspector.capture.reader import PIECE, CaptureFile
from inspector.core.field import walk_specs
from inspector.core.spec import Spec
from inspector.engine.registry import registry
from inspector.index.gather import Gather
from inspector.index.table import Array, Table
from inspector.index.walk import ETHERNET, IPV4, IPV6, TCP, UDP

WIDEST = 64
SMALLEST_TYPE = 0x0600
STORED = {"frame.len": "length", "frame.cap_len": "captured", "frame.time_epoch": "time"}
HEADS = {"tcp.stream": "stream", "tcp.len": "length", "udp.stream": "stream"}
KEPT = ((32, 32, "seq"), (64, 32, "ack"), (100, 12, "flags"), (112, 16, "window"))
"""The bits of the TCP header that the index keeps: where, how many, in which column."""
TRANSPORTS = {"tcp": TCP, "udp": UDP}
KINDS = {"ip": IPV4, "ipv6": IPV6}


class Column(NamedTuple):
    """One field of all packets: `values` and, for each, whether the packet has it.

    Addresses of 4 and 6 bytes are numbers, those of 16 bytes void values of 16 bytes; times are nanoseconds. Packets
    whose row says `more` have nothing here: their columns are not the whole truth.
    """

    values: Array
    present: Array


class Place(NamedTuple):
    """Where a field stands: the header's protocol, the first bit in it, the width in bits, the factor."""

    protocol: str
    at: int
    width: int
    times: int
    boolean: bool

    @property
    def kind(self) -> str:
        """The smallest kind of number that holds the value."""
        bits = self.width + (self.times - 1).bit_length()
        return next((f"u{size}" for size in (1, 2, 4, 8) if bits <= size * 8), "V16")


def place_of(name: str) -> Place | None:
    """Where the field of that name always stands; None for a field that moves, that may be absent or occur twice."""
    protocol = registry().protocols.get(name.partition(".")[0])
    if protocol is None or protocol.name not in ("eth", *KINDS, *TRANSPORTS) or name in _second_names():
        return None
    headers = protocol.headers if protocol.name == "eth" else protocol.headers[:1]
    for header in headers:
        for spec in header.specs:
            found = _find(spec, name)
            if found is not None and found.at is not None and isinstance(found.width, int):
                width = found.width * (8 if found.raw else 1)
                fits = width <= WIDEST or width == 128
                return Place(protocol.name, found.at, width, found.times, found.kind == "bool") if fits else None
    return None


@cache
def _second_names() -> frozenset[str]:
    """The names that some field bears besides its own."""
    headers = [header for protocol in registry().protocols.values() for header in protocol.headers]
    return frozenset(other.name for spec in walk_specs(headers) for other in spec.also)


def _find(spec: Spec, name: str) -> Spec | None:
    """The spec, a part or a mark of it, but none of its second names: these occur once for each field that has them."""
    waiting = [spec]
    while waiting:
        one = waiting.pop()
        if one.name == name:
            return one
        waiting.extend((*one.parts, *(mark for _, mark in one.marks)))
    return None


class Columns:
    """The columns of one index, read from its file."""

    def __init__(self, capture: CaptureFile, rows: Table, heads: Table) -> None:
        self._capture, self._rows, self._heads = capture, rows, heads

    def column(self, name: str, start: int, stop: int) -> Column | None:
        """The rows from `start` to `stop` of a column; None if the field is no column."""
        if name in STORED:
            values = self._rows.part(STORED[name], start, stop)
            return Column(values, np.ones(len(values), bool))
        if name in HEADS:
            return self._of_heads(name, start, stop)
        place = place_of(name)
        return None if place is None else self._gathered(name, place, start, stop)

    def _of_heads(self, name: str, start: int, stop: int) -> Column:
        present = self._holds(name.partition(".")[0], start, stop)
        return self._kept(HEADS[name], present, start, stop)

    def _kept(self, column: str, present: Array, start: int, stop: int) -> Column:
        taken = self._heads.take(column, self._rows.part("head", start, stop)[present])
        values = np.zeros(stop - start, taken.dtype)
        values[present] = taken
        return Column(values, present)

    def _holds(self, protocol: str, start: int, stop: int) -> Array:
        """Which packets hold a header of this protocol, and nothing that the columns do not know."""
        rows = self._rows
        plain: Array = ~rows.part("more", start, stop)
        if protocol == "eth":
            plain &= (rows.part("link", start, stop) == ETHERNET) & (rows.part("captured", start, stop) >= 14)
            return plain
        if protocol in KINDS:
            plain &= rows.part("kind", start, stop) == KINDS[protocol]
            return plain
        held = plain
        held &= rows.part("heads", start, stop) > 0
        head = rows.part("head", start, stop)[held]
        held[held] = self._heads.take("transport", head) == TRANSPORTS[protocol]
        return held

    def _gathered(self, name: str, place: Place, start: int, stop: int) -> Column:
        present = self._holds(place.protocol, start, stop)
        for at, width, column in KEPT if place.protocol == "tcp" else ():
            if at <= place.at and place.at + place.width <= at + width:
                kept = self._kept(column, present, start, stop)
                value = kept.values >> (at + width - place.at - place.width) & ((1 << place.width) - 1)
                return Column(value.astype(bool) if place.boolean else value, present)
        chosen = np.flatnonzero(present)
        offsets = self._rows.part("offset", start, stop)[chosen]
        layer = {"eth": None, "ip": "l3", "ipv6": "l3", "tcp": "l4", "udp": "l4"}[place.protocol]
        inside = self._rows.part(layer, start, stop)[chosen].astype(np.int64) if layer else 0
        first, last = place.at >> 3, (place.at + place.width + 7) >> 3
        places = offsets + inside + first
        found = np.zeros(len(chosen), place.kind)
        there = np.zeros(len(chosen), bool)
        edges = [0, *(np.flatnonzero(np.diff(places // PIECE)) + 1).tolist(), len(places)]
        for low, high in pairwise(edges):
            if low == high:
                continue
            base = int(places[low:high].min())
            data = self._capture.read(base, int(places[low:high].max()) + last - first - base)
            gather = Gather(data)
            found[low:high] = _value(gather, places[low:high] - base, place, last - first)
            there[low:high] = places[low:high] - base + last - first <= len(data)
        if name == "eth.type":
            there &= found >= SMALLEST_TYPE
        elif name == "eth.len":
            there &= found < SMALLEST_TYPE
        values = np.zeros(stop - start, found.dtype)
        values[chosen], present[chosen] = found, there
        return Column(values.astype(bool) if place.boolean else values, present)


def _value(gather: Gather, places: Array, place: Place, size: int) -> Array:
    if place.width == 128:
        return gather.block(places, 16)
    value = np.zeros(len(places), np.uint64)
    for index in range(size):
        value = value << np.uint64(8) | gather.u8(places + index).astype(np.uint64)
    shift = -(place.at + place.width) & 7
    mask = (1 << place.width) - 1
    found: Array = (value >> np.uint64(shift) & np.uint64(mask)) * np.uint64(place.times)
    return found
