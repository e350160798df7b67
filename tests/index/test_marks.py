"""The rules one by one, without tshark (test_index.py asks it about thousands of segments)."""

from __future__ import annotations

import pytest

from inspector.index import marks
from inspector.index.marks import Judge
from tests.index.made import ACK, FIN, RST, SYN

MS = 1_000_000


class Court:
    """A judge and a clock. `say` is one segment: side, seq, ack, length, and what else is special."""

    def __init__(self, handshake: bool = True) -> None:
        self.judge, self.time, self.packet = Judge(), 10**18, 0
        if handshake:
            self.say(0, 1000, 0, flags=SYN)
            self.say(1, 5000, 1001, flags=SYN | ACK)
            self.say(0, 1001, 5001)

    def say(
        self, side: int, seq: int, ack: int, length: int = 0, flags: int = ACK, window: int = 1000, after: int = MS
    ) -> int:
        self.time += after
        self.packet += 1
        return self.judge.take(self.packet, self.time, side, seq, ack, flags, window, length, 255, False, False)


def test_handshake_and_data_bear_no_mark() -> None:
    court = Court()
    assert court.judge.initial_rtt == 2 * MS
    assert court.say(0, 1001, 5001, 100) == 0
    assert court.say(1, 5001, 1101) == 0


def test_hole_and_what_fills_it() -> None:
    court = Court()
    assert court.say(0, 1101, 5001, 100) == marks.LOST_SEGMENT
    assert court.say(0, 1001, 5001, 100) == marks.OUT_OF_ORDER
    court = Court()
    court.say(0, 1101, 5001, 100)
    assert court.say(0, 1001, 5001, 100, after=50 * MS) == marks.RETRANSMISSION


def test_duplicate_acks_and_the_fast_retransmission() -> None:
    court = Court()
    court.say(0, 1101, 5001, 100)
    court.say(1, 5001, 1001, window=1001)
    for _ in range(2):
        assert court.say(1, 5001, 1001, window=1001) == marks.DUPLICATE_ACK
    assert court.judge.sides[1].repeats == 2
    assert court.say(0, 1001, 5001, 100) == marks.FAST_RETRANSMISSION


def test_spurious_retransmission() -> None:
    court = Court()
    court.say(0, 1001, 5001, 100)
    court.say(1, 5001, 1101)
    assert court.say(0, 1001, 5001, 100) == marks.SPURIOUS_RETRANSMISSION


def test_zero_window_probe_and_its_answer() -> None:
    court = Court()
    court.say(0, 1001, 5001, 100)
    assert court.say(1, 5001, 1101, window=0) == marks.ZERO_WINDOW
    assert court.say(0, 1101, 5001, 1) == marks.ZERO_WINDOW_PROBE
    assert court.say(1, 5001, 1101, window=0) == marks.ZERO_WINDOW | marks.ZERO_WINDOW_PROBE_ACK
    assert court.say(1, 5001, 1101, window=500) == marks.WINDOW_UPDATE
    assert court.say(0, 1101, 5001, 1) == 0  # the probe did not move the number


def test_keep_alive_and_its_answer() -> None:
    court = Court()
    court.say(0, 1001, 5001, 100)
    court.say(1, 5001, 1101)
    assert court.say(0, 1100, 5001) == marks.KEEP_ALIVE
    assert court.say(1, 5001, 1101) == marks.KEEP_ALIVE_ACK


def test_window_full() -> None:
    court = Court()
    assert court.say(0, 1001, 5001, 1000) == marks.WINDOW_FULL


def test_ack_of_unseen_is_said_once() -> None:
    court = Court()
    assert court.say(1, 5001, 2000) == marks.ACK_LOST_SEGMENT
    assert court.say(1, 5001, 2500) == marks.LOOKED_AT


@pytest.mark.parametrize("flags", [FIN | ACK, RST | ACK, SYN])
def test_closed_window_is_no_news_with_these_flags(flags: int) -> None:
    assert not Court().say(0, 1001, 5001, flags=flags, window=0) & marks.ZERO_WINDOW


def test_numbers_wrap() -> None:
    court = Court(handshake=False)
    court.say(0, 0xFFFFFF00, 1, 0x80)
    assert court.say(0, 0xFFFFFF80, 1, 0x100) == 0
    assert court.say(0, 0x80, 1, 10) == 0
    assert court.say(0, 0xFFFFFF80, 1, 0x40) & (marks.OUT_OF_ORDER | marks.RETRANSMISSION)


def test_time_that_runs_back_counts_as_very_long() -> None:
    court = Court()
    court.say(0, 1101, 5001, 100)
    assert court.say(0, 1001, 5001, 100, after=-MS) == marks.RETRANSMISSION
