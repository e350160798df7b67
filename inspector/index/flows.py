"""Which conversation each transport header belongs to: Wireshark's stream numbers, and what is known of each stream.

A conversation is a pair of ends (address and port). UDP streams are just that. A TCP pair can be used again: a SYN
whose sequence number is not the one that its side is known to have started with opens a new stream (a SYN,ACK never
does, it corrects the number). TCP and UDP count from 0 each, in the order of first packets.

The surprising thing: only few headers can change what is known of a pair's beginning. They are found as columns (SYNs,
and the first header of a side since the last SYN) and only these are looked at one by one.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np

from inspector.index.options import NO_SHIFT
from inspector.index.table import Array

FIN, SYN, RST, ACK = 1, 2, 4, 16
SCALE_UNKNOWN, SCALE_UNUSED = -1, -2

# tcp.completeness, RFC-less: Wireshark's own bits.
DID_SYN, DID_SYN_ACK, DID_ACK, DID_DATA, DID_FIN, DID_RST = 1, 2, 4, 8, 16, 32

COLUMNS = {
    "client": "u8",
    "server": "u8",
    "packets": "u4",
    "first": "u4",
    "last": "u4",
    "last_head": "i8",
    "start": "i8",
    "end": "i8",
    "client_bytes": "u8",
    "server_bytes": "u8",
    "client_flags": "u2",
    "server_flags": "u2",
    "completeness": "u1",
    "at_first": "u1",
    "retransmissions": "u4",
}


class Sorted(NamedTuple):
    """A chunk's headers sorted by stream: `order` puts them so, `runs` are the positions where a stream begins."""

    order: Array
    runs: Array
    stream: Array
    side: Array


class Placed(NamedTuple):
    """For each header of a chunk: its stream, its side (0 client, 1 server), the header of the stream before it."""

    stream: Array
    side: Array
    before: Array
    sorted: Sorted


class Opening(NamedTuple):
    """A header that opens a stream: its position in the chunk, the stream, whether the pair had one before."""

    position: int
    stream: int
    again: bool


class Flows:
    """The streams of one transport."""

    def __init__(self, tcp: bool) -> None:
        self.tcp = tcp
        self.count = 0
        self.base = array("q")
        """For each side (stream * 2 + side) the raw sequence number that counts as 0; -1 while nothing is known."""
        self.scale = array("b")
        """For each side the window shift, or SCALE_UNKNOWN, or SCALE_UNUSED."""
        self.reused: set[int] = set()
        """The headers that bear the mark tcp.analysis.reused_ports."""
        self.reused_here: list[int] = []
        """Those of the last chunk."""
        self.corrected: dict[int, list[tuple[int, int]]] = {}
        """For sides whose SYN,ACKs contradict each other: the header, and the number from there on."""
        self._answered = array("q")
        self.columns: dict[str, Array] = {name: np.zeros(1024, kind) for name, kind in COLUMNS.items()}
        self._current: dict[int, int] = {}
        self._turned = array("b")

    def place(self, heads: dict[str, Array], packet: Array, time: Array, row: Array) -> Placed:
        """Give each header of a chunk its stream. `row` is the header's number in the index, `packet` its packet's."""
        source, destination = heads["source"], heads["destination"]
        turned = source > destination
        low, high = np.where(turned, destination, source), np.where(turned, source, destination)
        first, inverse = _distinct(low, high)
        order = np.argsort(inverse.astype(np.uint16) if len(first) < 1 << 16 else inverse, kind="stable")
        pairs = inverse[order]
        begins = np.empty(len(order), bool)
        begins[:1] = True
        np.not_equal(pairs[1:], pairs[:-1], out=begins[1:])
        keys = [a << 64 | b for a, b in zip(low[first].tolist(), high[first].tolist())]
        current = [self._current.get(key, -1) for key in keys]
        known = np.array(current, np.int64)
        events = self._events(heads, turned, order, begins, known[pairs]) if self.tcp else np.empty(0, np.int64)
        new = np.flatnonzero(known < 0)
        events = np.unique(np.concatenate((events, first[new])))
        created = self._look_at(events, heads, turned, inverse, current)
        for position in new.tolist():
            self._current[keys[position]] = current[position]
        if created:
            for pair in set(inverse[[position for position, _, _ in created]].tolist()):
                self._current[keys[pair]] = current[pair]
        return self._spread(heads, packet, time, row, turned, order, begins, known[pairs], created)

    def _events(self, heads: dict[str, Array], turned: Array, order: Array, begins: Array, known: Array) -> Array:
        """The headers that can change what is known of a stream's beginning, as positions in the chunk."""
        flags, side = heads["flags"][order], turned[order]
        syn, ack = flags & SYN != 0, flags & ACK != 0
        opening = syn & ~ack
        position = np.arange(len(order))
        since = np.maximum.accumulate(np.where(begins | opening, position, 0))
        found = syn.copy()
        # A stream whose both sides are known already learns nothing but from a SYN.
        bases = np.frombuffer(self.base, np.int64) if len(self.base) else np.full(2, -1)
        settled = (known >= 0) & (bases[2 * known] >= 0) & (bases[2 * known + 1] >= 0)
        open_ = ~settled | (np.maximum.accumulate(np.where(opening, position, -1)) >= since)
        for wanted in (side, ~side, side & ack, ~side & ack):
            last = np.empty(len(order), np.int64)
            last[:1] = -1
            np.maximum.accumulate(np.where(wanted, position, -1)[:-1], out=last[1:])
            found |= wanted & open_ & (last < since)
        events: Array = order[found]
        return events

    def _look_at(
        self, events: Array, heads: dict[str, Array], turned: Array, inverse: Array, current: list[int]
    ) -> list[Opening]:
        """Look at these headers one by one, in the order of the capture; returns those that open a stream."""
        created: list[Opening] = []
        columns = [heads[name][events].tolist() for name in ("flags", "seq", "ack", "shift", "unsized", "row")]
        columns += [column[events].tolist() for column in (turned, inverse)]
        base, scale = self.base, self.scale
        self.reused_here = []
        for position, flags, seq, ack, shift, unsized, row, side, pair in zip(events.tolist(), *columns):
            stream = current[pair]
            opening = flags & (SYN | ACK) == SYN
            if stream < 0:
                stream = current[pair] = self._open(heads, position, flags, side)
                created.append(Opening(position, stream, False))
            elif opening and base[2 * stream + (side ^ self._turned[stream])] not in (-1, seq):
                stream = current[pair] = self._open(heads, position, flags, side)
                created.append(Opening(position, stream, True))
                self.reused_here.append(row)
            own = 2 * stream + (side ^ self._turned[stream])
            if flags & SYN:
                if not opening:
                    self._answer(own, row, seq)
                learn_scale(scale, own, shift, flags)
            if not unsized:
                learn_base(base, own, seq, ack, flags)
        self.reused.update(self.reused_here)
        return created

    def _answer(self, own: int, row: int, seq: int) -> None:
        """A SYN,ACK whose number is not the known one corrects it, from there on."""
        known = self.base[own]
        if known not in (-1, seq):
            answered = self._answered[own]
            first = [(answered, known)] if answered >= 0 else []
            self.corrected.setdefault(own, first).append((row, seq))
            self.base[own] = seq
            self.reused_here.append(row)
        elif self._answered[own] < 0:
            self._answered[own] = row

    def base_at(self, own: int, row: int) -> int:
        """The raw sequence number that counts as 0 for a header: what the last SYN,ACK up to it says, or else the end.

        Nearly always that is one number; only SYN,ACKs that contradict each other make several.
        """
        corrected = self.corrected.get(own)
        if corrected:
            known = [base for answer, base in corrected if answer <= row]
            if known:
                return known[-1]
        return self.base[own]

    def contradicted(self, own: int, row: int) -> bool:
        """Whether a SYN,ACK says another number than what counts until then, seen from the end of the capture."""
        known = self.base[own]
        for answer, base in self.corrected.get(own, ()):
            if answer == row:
                return base != known
            known = base
        return False

    def _open(self, heads: dict[str, Array], position: int, flags: int, side: int) -> int:
        """A new stream. Its client sent the SYN; where that is not in the capture, it is who has the higher port."""
        stream = self.count
        self.count += 1
        source, destination = int(heads["source"][position]), int(heads["destination"][position])
        ports = source & 0xFFFF, destination & 0xFFFF
        if flags & SYN:
            client = not flags & ACK
        else:
            client = ports[0] >= ports[1]
        self._turned.append(side if client else 1 - side)
        self.base.extend((-1, -1))
        self._answered.extend((-1, -1))
        self.scale.extend((SCALE_UNKNOWN, SCALE_UNKNOWN))
        if self.count > len(self.columns["client"]):
            # A new array each time: who reads the old one keeps what he has.
            self.columns = {name: np.concatenate((old, np.zeros_like(old))) for name, old in self.columns.items()}
        self.columns["client"][stream] = source if client else destination
        self.columns["server"][stream] = destination if client else source
        return stream

    def _spread(
        self,
        heads: dict[str, Array],
        packet: Array,
        time: Array,
        row: Array,
        turned: Array,
        order: Array,
        begins: Array,
        known: Array,
        created: list[Opening],
    ) -> Placed:
        """Spread the streams from where they begin to all their headers, and add these up."""
        size = len(order)
        rank = np.empty(size, np.int64)
        rank[order] = np.arange(size)
        stream, runs = known.copy(), begins.copy()
        if created:
            places = rank[[position for position, _, _ in created]]
            stream[places] = [number for _, number, _ in created]
            runs[places] = True
        starts = np.maximum.accumulate(np.where(runs, np.arange(size), 0))
        stream = stream[starts]
        sides = (turned[order] ^ np.frombuffer(self._turned, np.int8)[stream].astype(bool)).astype(np.uint8)
        found = Sorted(order, np.flatnonzero(runs), stream, sides)
        before = self._add_up(found, heads, packet, time, row, created)
        back = Placed(np.empty(size, np.int64), np.empty(size, np.uint8), np.empty(size, np.int64), found)
        back.stream[order], back.side[order], back.before[order] = stream, sides, before
        return back

    def _add_up(
        self, found: Sorted, heads: dict[str, Array], packet: Array, time: Array, row: Array, created: list[Opening]
    ) -> Array:
        """Add a chunk's headers to their streams' sums; returns for each the header before it, or -1."""
        order, runs, columns = found.order, found.runs, self.columns
        if not len(order):
            return np.empty(0, np.int64)
        streams = found.stream[runs]
        ends = np.append(runs[1:], len(order)) - 1
        fresh = columns["packets"][streams] == 0
        rows, packets, times = row[order], packet[order], time[order]
        before = np.empty(len(order), np.int64)
        before[1:] = rows[:-1]
        before[runs] = np.where(fresh, -1, columns["last_head"][streams])
        newest = streams[fresh]
        columns["first"][newest], columns["start"][newest] = packets[runs[fresh]], times[runs[fresh]]
        columns["last_head"][streams], columns["last"][streams] = rows[ends], packets[ends]
        columns["end"][streams] = times[ends]
        columns["packets"][streams] += (ends + 1 - runs).astype(np.uint32)
        length, flags, side = heads["length"][order], heads["flags"][order], found.side
        for number, name in enumerate(("client", "server")):
            mine = side == number
            columns[f"{name}_bytes"][streams] += np.add.reduceat(np.where(mine, length, 0), runs).astype(np.uint64)
            seen = np.bitwise_or.reduceat(np.where(mine, flags, 0), runs)
            columns[f"{name}_flags"][streams] |= seen.astype(np.uint16)
        if self.tcp:
            self._complete(found, heads, created)
        return before

    def _complete(self, found: Sorted, heads: dict[str, Array], created: list[Opening]) -> None:
        """Bring tcp.completeness up to date. What Wireshark shows at a stream's first header is without that header,
        its SYN apart: its second pass has counted it only behind that."""
        columns, streams = self.columns, found.stream[found.runs]
        did = completeness(heads["flags"], heads["length"], created)
        columns["completeness"][streams] |= np.bitwise_or.reduceat(did[found.order], found.runs)
        for position, _, again in created:
            if not again:
                did[position] &= DID_SYN | DID_DATA if heads["flags"][position] & (SYN | ACK) == SYN else 0
        columns["at_first"][streams] |= np.bitwise_or.reduceat(did[found.order], found.runs)


def completeness(flags: Array, length: Array, created: list[Opening]) -> Array:
    """What each header adds to its stream's tcp.completeness."""
    plain, data = flags & (SYN | ACK), length > 0
    did = np.where(plain == SYN | ACK, DID_SYN_ACK, 0)
    did |= np.where(plain == ACK, np.where(data, DID_DATA, DID_ACK), 0)
    did |= np.where(flags & (FIN | ACK) == FIN | ACK, DID_FIN, 0) | np.where(flags & RST != 0, DID_RST, 0)
    did = did.astype(np.uint8)
    for position, _, again in created:
        if plain[position] == SYN:
            did[position] |= DID_SYN | (DID_DATA if data[position] and not again else 0)
    return did


def learn_base(base: array[int], own: int, seq: int, ack: int, flags: int) -> None:
    """The raw number that counts as 0: the SYN's, or what makes the first byte seen number 1; of both sides."""
    if base[own] < 0:
        base[own] = seq if flags & SYN else (seq - 1) & 0xFFFFFFFF
    if flags & ACK and base[own ^ 1] < 0:
        base[own ^ 1] = (ack - 1) & 0xFFFFFFFF


def learn_scale(scale: array[int], own: int, shift: int, flags: int) -> None:
    """What a SYN or SYN,ACK says of the window's scale: used only if both sides sent the option (RFC 7323 2.2)."""
    if shift != NO_SHIFT:
        scale[own] = shift
    if scale[own] == SCALE_UNKNOWN:
        scale[own] = scale[own ^ 1] = SCALE_UNUSED
    elif flags & ACK and scale[own ^ 1] == SCALE_UNUSED:
        scale[own] = SCALE_UNUSED


def _distinct(low: Array, high: Array) -> tuple[Array, Array]:
    """The distinct pairs of two columns: for each where it first stands, and for each row which of them it is."""
    mixed = low * np.uint64(0x9E3779B97F4A7C15) ^ high * np.uint64(0xC2B2AE3D27D4EB4F)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if (low[first][inverse] != low).any() or (high[first][inverse] != high).any():
        # Two pairs with one hash: rare by chance, but a hostile capture can arrange it.
        both = np.stack((low, high), axis=1)
        _, first, inverse = np.unique(both, axis=0, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)
