"""All that Wireshark's analysis says of one TCP stream, worked out segment by segment when somebody looks at it.

The marks are `marks.judge`'s. What stands beside them needs the list of segments that were sent and not yet
acknowledged: which packet an ACK acknowledges and after what time, how many bytes are in flight, which packet's timer
a retransmission ran out on.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable
from typing import NamedTuple

from inspector.core.node import Value
from inspector.index.flows import ACK, FIN, SYN, learn_base
from inspector.index.marks import (
    DUPLICATE_ACK,
    HALF,
    LOST_SEGMENT,
    MOD,
    NAMES,
    RETRANSMISSION,
    Judge,
)

PUSH = 8
UNACKED_AT_MOST = 10_000
PLAUSIBLE_FLIGHT = 2_000_000_000

COLUMNS = {
    "marks": "H", "known": "B", "acks_frame": "I", "ack_rtt": "q", "bytes_in_flight": "I", "push_bytes_sent": "I",
    "duplicate_ack_num": "I", "duplicate_ack_frame": "I", "rto": "q", "rto_frame": "I",
}  # fmt: skip
VALUES = tuple(name for name in COLUMNS if name not in ("marks", "known"))


class Segment(NamedTuple):
    """One TCP header, as the analysis sees it. `head` is its number in the index."""

    head: int
    packet: int
    time: int
    side: int
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    shift: int
    unsized: bool


class Unacked:
    """A segment that was sent and not acknowledged."""

    __slots__ = ("end", "packet", "seq", "time")

    def __init__(self, packet: int, time: int, seq: int, end: int) -> None:
        self.packet, self.time, self.seq, self.end = packet, time, seq, end


class Flight:
    """What one side has sent that the other has not acknowledged, from the oldest to the newest."""

    def __init__(self) -> None:
        self.segments: list[Unacked] = []
        self.trusted = True
        """False from a lost segment on, until the other side acknowledges anything."""
        self.since_push = 0
        self.pushed_last = False
        self.last_head = -1
        self._edges: tuple[int, int] | None = None

    def send(self, packet: int, time: int, seq: int, end: int, base: int) -> None:
        if len(self.segments) >= UNACKED_AT_MOST:
            return
        self.segments.append(Unacked(packet, time, seq, end))
        if self._edges is not None:
            low, high = self._edges
            self._edges = min(low, seq - base & MOD), max(high, end - base & MOD)

    def rebase(self) -> None:
        """The number that counts as 0 has changed."""
        self._edges = None

    def acknowledge(self, ack: int) -> Unacked | None:
        """Take away what an ACK covers; returns the segment that it is exactly the end of."""
        segments = self.segments
        if not segments:
            return None
        exact, kept = None, []
        for segment in reversed(segments):
            if ack == segment.end:
                exact = segment
                continue
            if (segment.seq - ack) & MOD >= HALF and (ack - segment.end - 1) & MOD >= HALF:
                segment.seq = ack
            if (ack - segment.end) & MOD >= HALF:
                kept.append(segment)
        if len(kept) != len(segments):
            self.segments = kept[::-1]
        self._edges = None
        return exact

    def size(self, base: int) -> int:
        """The bytes from the lowest to the highest number in the list."""
        if self._edges is None:
            low = min(segment.seq - base & MOD for segment in self.segments)
            high = max(segment.end - base & MOD for segment in self.segments)
            self._edges = low, high
        low, high = self._edges
        return high - low & MOD

    def push(self, length: int, flags: int) -> int:
        """Bytes sent since the last PSH flag, this segment's with it."""
        self.since_push = length if self.pushed_last else self.since_push + length
        self.pushed_last = bool(flags & PUSH)
        return self.since_push


class Analysis:
    """One stream's analysis, as far as its segments have been taken.

    `reused` are the heads that reuse the ports; `sacked` tells how many bytes the SACK ranges of a head cover.
    """

    def __init__(self, reused: Container[int], sacked: Callable[[int], int]) -> None:
        self.taken = 0
        self._reused, self._sacked = reused, sacked
        self._flights = Flight(), Flight()
        self._base = array("q", (-1, -1))
        self._judge = Judge()
        self._columns = {name: array(kind) for name, kind in COLUMNS.items()}

    def take(self, segments: Iterable[Segment]) -> None:
        """Take further segments, in the order of the capture."""
        for segment in segments:
            for column in self._columns.values():
                column.append(0)
            self._take(segment)
            self._flights[segment.side].last_head = segment.head
            self.taken += 1

    def facts(self, position: int, later: int = 0) -> dict[str, Value]:
        """What is said of the stream's segment at a position, by field name; `later` are marks that came afterwards."""
        columns = self._columns
        marks = columns["marks"][position] | later
        if not marks and not columns["known"][position]:
            return {}
        found: dict[str, Value] = {}
        for name in VALUES:
            if columns[name][position]:
                found[f"tcp.analysis.{name}"] = columns[name][position]
        if marks & DUPLICATE_ACK:
            found["tcp.analysis.duplicate_ack_frame"] = columns["duplicate_ack_frame"][position]
        if self._judge.initial_rtt:
            found["tcp.analysis.initial_rtt"] = self._judge.initial_rtt
        found.update({name: True for bits, name in NAMES.items() if marks & bits})
        return found

    def marks(self, position: int) -> int:
        return self._columns["marks"][position]

    def _take(self, segment: Segment) -> None:
        head, packet, time, side, seq, ack, flags, window, length, shift, unsized = segment
        own, flight, others = self._judge.sides[side], self._flights[side], self._flights[1 - side]
        moved = own.next_packet, own.next_time
        marks = self._judge.take(
            packet, time, side, seq, ack, flags, window, length, shift, unsized, head in self._reused
        )
        columns = self._columns
        columns["marks"][-1] = marks
        if unsized:
            return
        if flags & (SYN | ACK) == SYN | ACK and self._base[side] not in (-1, seq):
            self._base[side] = seq
            flight.rebase()
        learn_base(self._base, side, seq, ack, flags)
        if flags & ACK:
            others.trusted = True
        if marks & LOST_SEGMENT:
            flight.trusted = False
        if marks & DUPLICATE_ACK:
            columns["duplicate_ack_num"][-1], columns["duplicate_ack_frame"][-1] = own.repeats, own.first_ack
        if marks & RETRANSMISSION:
            self._timer(flight, time, moved)
        phantom = 1 if flags & (SYN | FIN) else 0
        base = self._base[side]
        if length or phantom:
            flight.send(packet, time, seq, seq + length + phantom & MOD, base)
        exact = others.acknowledge(ack)
        if exact is not None:
            columns["known"][-1] = 1
            columns["acks_frame"][-1], columns["ack_rtt"][-1] = exact.packet, time - exact.time
        if length and flight.segments and flight.trusted:
            self._fly(flight, others, base, length, flags, phantom)

    def _timer(self, flight: Flight, time: int, moved: tuple[int, int]) -> None:
        """Since when the retransmission timer ran: since the oldest segment that is not acknowledged."""
        packet, since = moved
        if flight.segments:
            packet, since = flight.segments[0].packet, flight.segments[0].time
        self._columns["rto"][-1] = time - since
        self._columns["rto_frame"][-1] = packet if time != since else 0

    def _fly(self, flight: Flight, others: Flight, base: int, length: int, flags: int, phantom: int) -> None:
        size = flight.size(base)
        if others.last_head >= 0:
            size = size - self._sacked(others.last_head) & MOD
        columns = self._columns
        columns["known"][-1] = 1
        pushed = flight.push(length, flags)
        if 0 < size < PLAUSIBLE_FLIGHT and size > phantom:
            columns["bytes_in_flight"][-1], columns["push_bytes_sent"][-1] = size - phantom, pushed
