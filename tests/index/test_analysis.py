"""What stands beside the marks: acknowledged packets, round trips, bytes in flight, timers."""

from __future__ import annotations

import struct
from pathlib import Path

from inspector.core.node import Value
from inspector.index.analysis import UNACKED_AT_MOST, Flight
from tests.index.judge import indexed
from tests.index.made import ACK, PSH, Talk, written


def said(tmp_path: Path, talk: Talk) -> list[dict[str, Value]]:
    index = indexed(written(tmp_path / "made.pcap", talk.packets))
    facts = [index.facts(number)[1][0].facts for number in range(1, index.count + 1)]
    start = len("tcp.analysis.")
    return [{name[start:]: value for name, value in one.items() if name.startswith("tcp.analysis.")} for one in facts]


def test_acknowledgment_and_round_trips(tmp_path: Path) -> None:
    talk = Talk()
    talk.handshake()
    talk.send(0, b"x" * 100, ACK | PSH)
    talk.send(1, after=7_000_000)
    found = said(tmp_path, talk)
    assert found[0] == {}
    assert found[1] == {"acks_frame": 1, "ack_rtt": 1_000_000, "initial_rtt": 2_000_000}
    assert found[3] == {"bytes_in_flight": 100, "push_bytes_sent": 100, "initial_rtt": 2_000_000}
    assert found[4] == {"acks_frame": 4, "ack_rtt": 7_000_000, "initial_rtt": 2_000_000}


def test_bytes_in_flight_shrink_by_what_sack_covers(tmp_path: Path) -> None:
    talk = Talk()
    talk.handshake()
    for _ in range(3):
        talk.send(0, b"x" * 100)
    sack = b"\1\1\5\x0a" + struct.pack(">II", 1101, 1301)
    talk.send(1, ack=1001, options=sack)
    talk.send(0, b"y" * 100)
    found = said(tmp_path, talk)
    assert [one.get("bytes_in_flight") for one in found[3:]] == [100, 200, 300, None, 200]
    assert [one.get("push_bytes_sent") for one in found[3:6]] == [100, 200, 300]


def test_timer_of_a_retransmission(tmp_path: Path) -> None:
    talk = Talk()
    talk.handshake()
    talk.send(0, b"x" * 100)
    talk.send(0, b"x" * 100)
    talk.send(0, b"x" * 100, seq=1001, after=300_000_000)
    found = said(tmp_path, talk)[-1]
    assert found["retransmission"] is True
    assert (found["rto"], found["rto_frame"]) == (301_000_000, 4)


def test_duplicate_acks_are_counted(tmp_path: Path) -> None:
    talk = Talk()
    talk.handshake()
    talk.send(1, window=900)
    for _ in range(3):
        talk.send(1, window=900)
    found = said(tmp_path, talk)
    assert [one.get("duplicate_ack_num") for one in found[3:]] == [None, 1, 2, 3]
    assert {one["duplicate_ack_frame"] for one in found[4:]} == {2}


def test_list_of_unacknowledged_segments_is_bounded() -> None:
    flight = Flight()
    for number in range(UNACKED_AT_MOST + 50):
        flight.send(number, number, number, number + 1, 0)
    assert len(flight.segments) == UNACKED_AT_MOST
    assert flight.size(0) == UNACKED_AT_MOST


def test_acknowledging_a_part_leaves_the_rest() -> None:
    flight = Flight()
    flight.send(1, 0, 100, 200, 0)
    flight.send(2, 0, 200, 300, 0)
    assert flight.acknowledge(250) is None
    assert [(one.seq, one.end) for one in flight.segments] == [(250, 300)]
    exact = flight.acknowledge(300)
    assert exact is not None
    assert exact.packet == 2
    assert not flight.segments
