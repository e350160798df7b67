"""Wireshark's judgement of one TCP segment, to the letter: retransmission, out of order, duplicate ACK and the rest.

The rules are those of the User's Guide, chapter "TCP Analysis", in the order in which Wireshark 4.0 asks them; a rule
that looks odd here is odd there. They see one segment and a few numbers of each direction, which makes them blind to
much that a person would see: what we ourselves think of a segment is a verdict, not a mark.

Sequence numbers are compared as signed 32-bit differences, so that they may wrap (RFC 9293 section 3.4); 0 stands for
"not known yet", which is Wireshark's choice, and wrong once in four billion segments.
"""

from __future__ import annotations

from array import array

from inspector.index.flows import ACK, FIN, RST, SCALE_UNKNOWN, SYN, learn_scale

MOD = 0xFFFFFFFF
HALF = 0x80000000
EARLIER = (1 << 64) - 1
"""Time differences are compared as unsigned numbers: one below 0 counts as very long."""

RETRANSMISSION = 0x0001
LOST_SEGMENT = 0x0002
ACK_LOST_SEGMENT = 0x0004
KEEP_ALIVE = 0x0008
DUPLICATE_ACK = 0x0010
ZERO_WINDOW = 0x0020
ZERO_WINDOW_PROBE = 0x0040
ZERO_WINDOW_PROBE_ACK = 0x0080
KEEP_ALIVE_ACK = 0x0100
OUT_OF_ORDER = 0x0200
FAST_RETRANSMISSION = 0x0400
WINDOW_UPDATE = 0x0800
WINDOW_FULL = 0x1000
REUSED_PORTS = 0x2000
SPURIOUS_RETRANSMISSION = 0x4000

LOOKED_AT = 0x8000
"""No mark: it only says that Wireshark has looked closer, which makes it show the fields that need no mark."""

RETRANSMISSIONS = RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION

NAMES = {
    RETRANSMISSIONS: "tcp.analysis.retransmission",  # Wireshark sets this name for all three
    FAST_RETRANSMISSION: "tcp.analysis.fast_retransmission",
    SPURIOUS_RETRANSMISSION: "tcp.analysis.spurious_retransmission",
    OUT_OF_ORDER: "tcp.analysis.out_of_order",
    LOST_SEGMENT: "tcp.analysis.lost_segment",
    ACK_LOST_SEGMENT: "tcp.analysis.ack_lost_segment",
    DUPLICATE_ACK: "tcp.analysis.duplicate_ack",
    WINDOW_UPDATE: "tcp.analysis.window_update",
    WINDOW_FULL: "tcp.analysis.window_full",
    ZERO_WINDOW: "tcp.analysis.zero_window",
    ZERO_WINDOW_PROBE: "tcp.analysis.zero_window_probe",
    ZERO_WINDOW_PROBE_ACK: "tcp.analysis.zero_window_probe_ack",
    KEEP_ALIVE: "tcp.analysis.keep_alive",
    KEEP_ALIVE_ACK: "tcp.analysis.keep_alive_ack",
    REUSED_PORTS: "tcp.analysis.reused_ports",
}

FAST_WITHIN = 20_000_000
"""A fast retransmission comes within 20 ms of the last duplicate ACK."""
REORDERED_WITHIN = 3_000_000
"""Out of order is what comes within the first round-trip time, or this many nanoseconds where it is not known."""


class Side:
    """What is remembered of one direction. Sequence numbers are raw, times nanoseconds since the epoch.

    `next` is the highest next sequence number, with the packet and the time that moved it; `most` the highest one that
    could be acknowledged without a hole before it; `ack`, `ack_time`, `window` and `marks` are the last segment's;
    `repeats` counts duplicate ACKs since `first_ack` (-1: neutralized by an unseen segment). `unscaled` while no ACK
    followed the SYN: its window is as it stands.
    """

    __slots__ = (
        "ack",
        "ack_time",
        "first_ack",
        "marks",
        "most",
        "next",
        "next_packet",
        "next_time",
        "repeats",
        "scale",
        "unscaled",
        "window",
    )

    def __init__(self) -> None:
        self.next = self.next_packet = self.next_time = 0
        self.most = self.ack = self.ack_time = self.marks = 0
        self.window = MOD
        self.repeats = self.first_ack = 0
        self.scale = SCALE_UNKNOWN
        self.unscaled = False


def judge(
    own: Side,
    other: Side,
    packet: int,
    time: int,
    seq: int,
    ack: int,
    flags: int,
    window: int,
    length: int,
    reordered_within: int,
    marks: int = 0,
) -> int:
    """The marks of one segment that `own` sends; both sides are brought up to date. `marks` are set beforehand."""
    expected = own.next
    if length == 1 and seq == expected and other.window == 0:
        marks |= ZERO_WINDOW_PROBE
    else:
        if expected and not flags & RST and (expected - seq) & MOD >= HALF:
            marks |= LOST_SEGMENT
        if not flags & (SYN | FIN | RST):
            marks |= _plain(own, other, seq, ack, window, length)
    if ack != own.ack:
        own.first_ack, own.repeats = packet, 0
    if other.most and flags & ACK and (other.most - ack) & MOD >= HALF:
        marks |= _ack_of_unseen(other)
    phantom = 1 if flags & (SYN | FIN) else 0
    if (length or phantom) and not marks & KEEP_ALIVE:
        marks |= _sent_again(own, other, time, seq, length, phantom, reordered_within)
    _remember(own, packet, time, seq, seq + length + phantom & MOD, marks)
    own.window, own.ack, own.ack_time, own.marks = window, ack, time, marks
    return marks


def _plain(own: Side, other: Side, seq: int, ack: int, window: int, length: int) -> int:
    """The rules for segments without SYN, FIN or RST that look at windows and repetition."""
    marks = 0 if window else ZERO_WINDOW
    if length <= 1 and seq == own.next - 1 & MOD:
        marks |= KEEP_ALIVE
    if length:
        if other.scale != SCALE_UNKNOWN:
            shift = 0 if other.unscaled or other.scale < 0 else other.scale
            if seq + length & MOD == other.ack + (other.window << shift) & MOD:
                marks |= WINDOW_FULL
    elif seq == own.next and ack == own.ack:
        if window != own.window:
            marks |= WINDOW_UPDATE if window else 0
        elif window and other.marks & KEEP_ALIVE:
            marks |= KEEP_ALIVE_ACK
        elif window:
            own.repeats = 1 if own.repeats < 0 else own.repeats + 1
            marks |= DUPLICATE_ACK
        elif other.marks & ZERO_WINDOW_PROBE:
            marks |= ZERO_WINDOW_PROBE_ACK
    return marks


def _ack_of_unseen(other: Side) -> int:
    """An ACK of more than was seen of the other side: said once, not again for each ACK of the same hole."""
    if (other.most - other.next) & MOD >= HALF:
        other.most = other.next
        return ACK_LOST_SEGMENT
    first = other.repeats == 0
    other.repeats = -1
    return ACK_LOST_SEGMENT if first else LOOKED_AT


def _sent_again(own: Side, other: Side, time: int, seq: int, length: int, phantom: int, reordered_within: int) -> int:
    """Which kind of retransmission a segment is that does not advance: spurious, fast, merely out of order, plain."""
    expected = own.next
    behind = expected and (seq - expected) & MOD >= HALF
    if length > 1 and seq == expected - 1 & MOD:
        behind = False  # behind a zero-window probe
    if length and other.ack and (seq + length - other.ack - 1) & MOD >= HALF:
        return SPURIOUS_RETRANSMISSION
    if not behind:
        return 0
    if (other.repeats >= 2 or other.repeats < 0) and other.ack == seq and 0 <= time - other.ack_time < FAST_WITHIN:
        return FAST_RETRANSMISSION
    soon = time - own.next_time & EARLIER < reordered_within & EARLIER
    if soon and seq + length + phantom & MOD != expected:
        return OUT_OF_ORDER
    return RETRANSMISSION


def _remember(own: Side, packet: int, time: int, seq: int, end: int, marks: int) -> None:
    """Move what was seen of this side: the highest next number, and the highest without a hole."""
    if not marks & ZERO_WINDOW_PROBE:
        if not own.next or (own.next - end) & MOD >= HALF:
            own.next, own.next_packet, own.next_time = end, packet, time
        if not own.most or seq == own.most:
            own.most = own.next


class Judge:
    """One stream's segments, judged in the order of the capture."""

    __slots__ = ("initial_rtt", "scale", "sides", "syn_time")

    def __init__(self) -> None:
        self.sides = Side(), Side()
        self.scale = array("b", (SCALE_UNKNOWN, SCALE_UNKNOWN))
        self.initial_rtt = 0
        self.syn_time = 0  # 0 is not known; so is a SYN's at the epoch itself, as in Wireshark

    def take(
        self,
        packet: int,
        time: int,
        side: int,
        seq: int,
        ack: int,
        flags: int,
        window: int,
        length: int,
        shift: int,
        unsized: bool,
        reused: bool,
    ) -> int:
        """The marks of the next segment. `unsized`: its length is not known, so that only its flags count."""
        own, other = self.sides[side], self.sides[1 - side]
        marks = REUSED_PORTS if reused else 0
        if not unsized:
            if flags & (SYN | ACK) == SYN:
                own.next = own.most  # the same SYN once more, perhaps behind a RST that moved the number
            within = self.initial_rtt or REORDERED_WITHIN
            marks = judge(own, other, packet, time, seq, ack, flags, window, length, within, marks)
        if flags & SYN:
            own.unscaled = True
            if not flags & ACK:
                self.syn_time = time
            learn_scale(self.scale, side, shift, flags)
            self.sides[0].scale, self.sides[1].scale = self.scale
        elif flags & ACK:
            if self.syn_time and not self.initial_rtt:
                self.initial_rtt = time - self.syn_time
            own.unscaled = False
        return marks
