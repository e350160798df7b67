"""The marks of all TCP segments while a capture is walked: as columns where nothing happens, one by one where it does.

Most streams are in order: each segment goes on where the one before it ended, nothing is acknowledged that was not
sent, no ACK comes twice. Then Wireshark's rules have nothing to say but of windows, and what is remembered behind such
a stretch is simple; both can be told for all streams of a chunk at once. Where a stream does anything else in a chunk,
its segments there are given to `marks.Judge`. So this file holds no second version of the rules, only the one question
whether they could have anything to say; what it lets pass must be what the judge lets pass (a test compares them).

What is remembered between chunks is a few numbers a side, in columns, whoever worked them out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inspector.index.flows import ACK, FIN, RST, SCALE_UNKNOWN, SYN, Flows, Placed
from inspector.index.marks import (
    KEEP_ALIVE,
    MOD,
    RETRANSMISSIONS,
    REUSED_PORTS,
    WINDOW_FULL,
    WINDOW_UPDATE,
    ZERO_WINDOW_PROBE,
    Judge,
)
from inspector.index.table import Array

LONGEST = 1 << 30
BIT31 = np.uint32(0x80000000)
LASTING = KEEP_ALIVE | ZERO_WINDOW_PROBE
"""The marks that the rules ask for in the other side's next segment."""

# What is remembered of each side, as in `marks.Side`; `seen`: it has sent something. Of each stream: `restless` if the
# judge left something behind that the question of this file does not ask for.
SIDE = {
    "seen": "?", "next": "u4", "next_time": "i8", "most": "u4", "ack": "u4", "ack_time": "i8", "marks": "u2",
    "window": "u4", "repeats": "i4", "unscaled": "?", "scale": "i1",
}  # fmt: skip
KEPT = tuple(name for name in SIDE if name != "seen")
STREAM = {"restless": "?", "syn_time": "i8", "initial_rtt": "i8"}


class _Chunk(NamedTuple):
    """One chunk's segments in the order of their streams. `own` is the side's place in the columns of sides; `before`
    and `across` are the last segment before this one of its own side and of the other, -1 if there is none in the
    chunk; `latest` the last segment of each side up to each place; `runs` and `ends` where a stream begins and ends."""

    order: Array
    runs: Array
    ends: Array
    stream: Array
    side: Array
    own: Array
    before: Array
    across: Array
    latest: tuple[Array, Array]
    columns: dict[str, Array]


class Marker:
    """Marks the segments of a capture chunk by chunk."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows
        self._sides: dict[str, Array] = {name: np.zeros(0, kind) for name, kind in SIDE.items()}
        self._streams: dict[str, Array] = {name: np.zeros(0, kind) for name, kind in STREAM.items()}

    def mark(self, placed: Placed, heads: dict[str, Array], packet: Array, time: Array) -> Array:
        """The marks of a chunk's segments, in the order of the chunk."""
        if not len(packet):
            return np.empty(0, np.uint16)
        self._grow()
        chunk = self._sort(placed, heads, packet, time)
        marks, odd = self._look(chunk)
        streams = chunk.stream[chunk.runs]
        slow = np.logical_or.reduceat(odd, chunk.runs) | self._streams["restless"][streams]
        judged = np.flatnonzero(slow).tolist()
        judges = [
            self._judge(int(streams[run]), chunk, int(chunk.runs[run]), int(chunk.ends[run]), marks) for run in judged
        ]
        self._remember(chunk)
        for run, judge in zip(judged, judges):
            self._keep(int(streams[run]), judge)
        again = (marks & RETRANSMISSIONS) != 0
        self._flows.columns["retransmissions"][streams] += np.add.reduceat(again, chunk.runs, dtype=np.uint32)
        back = np.empty(len(packet), np.uint16)
        back[chunk.order] = marks
        return back

    def _grow(self) -> None:
        have, need = len(self._streams["restless"]), self._flows.count
        if need <= have:
            return
        room = max(2 * have, need, 1024)
        for columns, per_stream in ((self._streams, 1), (self._sides, 2)):
            for name, old in columns.items():
                columns[name] = np.zeros(room * per_stream, old.dtype)
                columns[name][: len(old)] = old
        self._sides["window"][2 * have :] = MOD
        self._sides["scale"][2 * have :] = SCALE_UNKNOWN

    def _sort(self, placed: Placed, heads: dict[str, Array], packet: Array, time: Array) -> _Chunk:
        order, runs, stream, side = placed.sorted
        position = np.arange(len(order))
        starts = np.zeros(len(order), np.int64)
        starts[runs] = runs
        starts = np.maximum.accumulate(starts)
        client = side == 0
        latest, last = [], []
        for mine in (client, ~client):
            latest.append(np.maximum.accumulate(np.where(mine, position, -1)))
            before = np.empty(len(order), np.int64)
            before[0], before[1:] = -1, latest[-1][:-1]
            last.append(np.where(before < starts, -1, before))
        before, across = np.where(client, last[0], last[1]), np.where(client, last[1], last[0])
        names = ("seq", "ack", "flags", "window", "length", "shift", "unsized", "row")
        columns = {name: heads[name][order] for name in names}
        columns["packet"], columns["time"] = packet[order], time[order]
        columns["fresh"] = placed.before[order] < 0
        for name in ("seq", "ack", "window", "length"):
            columns[name] = columns[name].astype(np.uint32)
        ends = np.append(runs[1:], len(order))
        return _Chunk(
            order, runs, ends, stream, side, 2 * stream + side, before, across, (latest[0], latest[1]), columns
        )

    def _look(self, chunk: _Chunk) -> tuple[Array, Array]:
        """The marks of quiet segments, and which segments are not quiet."""
        columns, sides = chunk.columns, self._sides
        seq, ack, flags = columns["seq"], columns["ack"], columns["flags"]
        window, length = columns["window"], columns["length"]
        own, across = chunk.own, chunk.own ^ 1
        phantom = (flags & (SYN | FIN)) != 0
        end = seq + length + phantom
        known = (chunk.before >= 0) | sides["seen"][own]
        other_known = (chunk.across >= 0) | sides["seen"][across]

        def previous(name: str, values: Array) -> Array:
            return np.where(chunk.before >= 0, values[chunk.before], sides[name][own])

        def other(name: str, values: Array) -> Array:
            return np.where(chunk.across >= 0, values[chunk.across], sides[name][across])

        other_ack, other_window, other_next = other("ack", ack), other("window", window), other("next", end)
        plain, syn = (flags & (SYN | FIN | RST)) == 0, (flags & SYN) != 0
        data = length > 0
        odd = np.where(known, seq != previous("next", end), plain & ((seq == 0) | (seq == MOD)))
        odd |= (end == 0) | (columns["length"] >= LONGEST) | columns["unsized"]
        odd |= (window == 0) & plain
        odd |= (length == 1) & (other_window == 0)
        odd |= other_known & ((flags & ACK) != 0) & (other_next - ack >= BIT31)
        odd |= data & other_known & (other_ack != 0) & (seq + length - other_ack - np.uint32(1) >= BIT31)
        full, guessed = self._fills(chunk, seq + length - other_ack, other_window, other_known)
        odd |= data & plain & guessed
        repeats = known & plain & ~data & (ack == previous("ack", ack))
        changes = window != previous("window", window)
        odd |= repeats & ~changes
        # A SYN is quiet as the first segment of its stream, a SYN,ACK as the first of its side.
        opening = syn & ((flags & ACK) == 0)
        odd |= syn & (known | data | np.where(opening, ~columns["fresh"], False))
        reused = np.isin(columns["row"], np.array(self._flows.reused_here, np.int64))
        odd |= reused & ~(opening & columns["fresh"])
        marks = np.where(repeats & changes, WINDOW_UPDATE, 0) | np.where(reused, REUSED_PORTS, 0)
        marks |= np.where(data & plain & full, WINDOW_FULL, 0)
        return marks.astype(np.uint16), odd

    def _fills(self, chunk: _Chunk, reach: Array, window: Array, other_known: Array) -> tuple[Array, Array]:
        """Which segments reach the edge of the other side's window, and of which that cannot be told here.

        A window is not scaled while its side has sent nothing but a SYN. What the scale was is certain once both sides
        have been seen.
        """
        scale = np.frombuffer(self._flows.scale, np.int8)[chunk.own ^ 1]
        shift = np.maximum(scale, 0).astype(np.uint32)
        flags = chunk.columns["flags"]
        latest = flags[chunk.across]
        here = chunk.across >= 0
        unscaled = np.where(here, (latest & SYN) != 0, self._sides["unscaled"][chunk.own ^ 1])
        known = scale != SCALE_UNKNOWN
        full = known & other_known & (reach == np.where(unscaled, window, window << shift))
        guessed = known & (~other_known | (here & ((latest & (SYN | ACK)) == 0)))
        return full, guessed

    def _judge(self, stream: int, chunk: _Chunk, start: int, stop: int, marks: Array) -> Judge:
        """Judge a stream's segments one by one."""
        judge = Judge()
        for number, side in enumerate(judge.sides):
            for name in KEPT:
                setattr(side, name, self._sides[name][2 * stream + number].item())
            judge.scale[number] = side.scale
        judge.syn_time = int(self._streams["syn_time"][stream])
        judge.initial_rtt = int(self._streams["initial_rtt"][stream])
        part = slice(start, stop)
        columns = {name: column[part].tolist() for name, column in chunk.columns.items()}
        names = ("seq", "ack", "flags", "window", "length", "shift", "unsized")
        reused = [row in self._flows.reused for row in columns["row"]]
        sides = chunk.side[part].tolist()
        rows = (columns["packet"], columns["time"], sides, *(columns[name] for name in names), reused)
        marks[part] = list(map(judge.take, *rows))
        return judge

    def _keep(self, stream: int, judge: Judge) -> None:
        """Carry what the judge remembers to the next chunk."""
        restless = False
        for number, side in enumerate(judge.sides):
            for name in KEPT:
                self._sides[name][2 * stream + number] = getattr(side, name)
            seen = self._sides["seen"][2 * stream + number]
            restless |= bool(seen and (not side.next or side.most != side.next or side.repeats or side.marks & LASTING))
        self._streams["restless"][stream] = restless
        self._streams["syn_time"][stream] = judge.syn_time
        self._streams["initial_rtt"][stream] = judge.initial_rtt

    def _remember(self, chunk: _Chunk) -> None:
        """Carry what is known behind quiet segments to the next chunk."""
        columns, sides = chunk.columns, self._sides
        flags, time, runs, ends = columns["flags"], columns["time"], chunk.runs, chunk.ends
        syn = (flags & SYN) != 0
        answers = ((flags & ACK) != 0) & ~syn
        self._remember_handshakes(chunk, syn, answers)
        moves = (
            (columns["length"] > 0) | ((flags & (SYN | FIN)) != 0) | ((chunk.before < 0) & ~sides["seen"][chunk.own])
        )
        sides["next_time"][chunk.own[moves]] = time[moves]  # of equal places the last one stays
        sides["unscaled"][chunk.own[syn]] = True
        sides["unscaled"][chunk.own[answers]] = False
        scale = np.frombuffer(self._flows.scale, np.int8)
        for number in (0, 1):
            last = chunk.latest[number][ends - 1]
            there = last >= runs
            own, at = 2 * chunk.stream[runs] + number, last[there]
            sides["scale"][own] = scale[own]
            own = own[there]
            phantom = (flags[at] & (SYN | FIN)) != 0
            sides["next"][own] = sides["most"][own] = columns["seq"][at] + columns["length"][at] + phantom
            for name in ("ack", "window"):
                sides[name][own] = columns[name][at]
            sides["ack_time"][own], sides["seen"][own], sides["marks"][own] = time[at], True, 0

    def _remember_handshakes(self, chunk: _Chunk, syn: Array, answers: Array) -> None:
        """When a stream's SYN came, and how long the first ACK behind it took."""
        streams, time, runs = chunk.stream[chunk.runs], chunk.columns["time"], chunk.runs
        opened = syn[runs] & chunk.columns["fresh"][runs] & ((chunk.columns["flags"][runs] & ACK) == 0)
        self._streams["syn_time"][streams[opened]] = time[runs[opened]]
        since = self._streams["syn_time"][chunk.stream]
        first = np.where(answers & (time != since), np.arange(len(time)), len(time))
        first = np.minimum.reduceat(first, runs)
        begun = self._streams["syn_time"][streams]
        new = (first < len(time)) & (begun != 0) & (self._streams["initial_rtt"][streams] == 0)
        self._streams["initial_rtt"][streams[new]] = time[first[new]] - begun[new]
