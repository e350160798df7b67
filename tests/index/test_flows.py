"""Stream numbers, who is the client, where numbers begin, whose windows are scaled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inspector.index.flows import SCALE_UNKNOWN, SCALE_UNUSED, _distinct
from inspector.index.index import TCP, Index
from tests.index.judge import indexed
from tests.index.made import ACK, RST, SYN, Talk, ip, udp, written


def streams_of(index: Index) -> list[int]:
    return [index.row(number).stream for number in range(1, index.count + 1)]


def test_streams_are_numbered_by_first_packet_and_transport(tmp_path: Path) -> None:
    one, two = Talk(ports=(1111, 80)), Talk(ports=(1110, 80))
    one.handshake()
    two.handshake()
    datagram = one.time, ip(b"\1\2\3\4", b"\5\6\7\x08", udp(9, 8), 17)
    packets = [two.packets[0], datagram, one.packets[0], two.packets[1], datagram]
    index = indexed(written(tmp_path / "made.pcap", packets))
    assert streams_of(index) == [0, 0, 1, 0, 0]


def test_syn_with_another_number_opens_a_stream_and_a_syn_ack_does_not(tmp_path: Path) -> None:
    talk = Talk()
    talk.send(0, flags=SYN, seq=100)
    talk.send(0, flags=SYN, seq=100)
    talk.send(1, flags=SYN | ACK, seq=700)
    talk.send(1, flags=SYN | ACK, seq=800)
    talk.send(0, flags=SYN, seq=200)
    talk.send(0, flags=SYN, seq=100)
    index = indexed(written(tmp_path / "made.pcap", talk.packets))
    assert streams_of(index) == [0, 0, 0, 0, 1, 2]
    marked = [n for n in range(1, 7) if "tcp.analysis.reused_ports" in index.facts(n)[1][0].facts]
    assert marked == [3, 4, 5, 6]  # 3 too: seen from the end it is not what the side began with
    assert [index.facts(n)[1][0].facts["tcp.seq"] for n in (3, 4)] == [0, 0]


@pytest.mark.parametrize(
    "flags, ports, client_port",
    [(SYN, (80, 50_000), 80), (SYN | ACK, (50_000, 80), 80), (ACK, (80, 50_000), 50_000), (ACK, (7, 7), 7)],
)
def test_client(tmp_path: Path, flags: int, ports: tuple[int, int], client_port: int) -> None:
    talk = Talk(ports=ports)
    talk.send(0, flags=flags)
    index = indexed(written(tmp_path / "made.pcap", talk.packets))
    row = index.stream("tcp", 0)
    assert row.client[1] == client_port
    if ports[0] == ports[1]:
        assert row.client[0] == b"\x0a\0\0\1"  # who was first


@pytest.mark.parametrize(
    "options, scales",
    [
        ((b"\3\3\2", b"\3\3\7"), [2, 7]),
        ((b"\3\3\2", b""), [SCALE_UNUSED, SCALE_UNUSED]),
        ((b"", b"\3\3\7"), [SCALE_UNUSED, SCALE_UNUSED]),
        ((b"", b""), [SCALE_UNUSED, SCALE_UNUSED]),
    ],
)
def test_scale_needs_both_sides(tmp_path: Path, options: tuple[bytes, bytes], scales: list[int]) -> None:
    talk = Talk()
    talk.send(0, flags=SYN, options=options[0])
    talk.send(1, flags=SYN | ACK, options=options[1])
    talk.send(0, window=100)
    index = indexed(written(tmp_path / "made.pcap", talk.packets))
    assert list(index.flows[TCP].scale) == scales
    facts = index.facts(3)[1][0].facts
    assert facts["tcp.window_size"] == 100 << max(scales[0], 0)
    assert facts["tcp.window_size_scalefactor"] == (1 << scales[0] if scales[0] >= 0 else scales[0])
    assert "tcp.window_size_scalefactor" not in index.facts(1)[1][0].facts


def test_scale_is_unknown_without_handshake(tmp_path: Path) -> None:
    talk = Talk()
    talk.send(0, b"x")
    facts = indexed(written(tmp_path / "made.pcap", talk.packets)).facts(1)[1][0].facts
    assert facts["tcp.window_size_scalefactor"] == SCALE_UNKNOWN
    assert (facts["tcp.seq"], facts["tcp.ack"], facts["tcp.nxtseq"]) == (1, 1, 2)


def test_completeness_of_an_opening(tmp_path: Path) -> None:
    talk = Talk()
    talk.send(0, flags=SYN)
    talk.send(1, flags=RST | ACK)
    index = indexed(written(tmp_path / "made.pcap", talk.packets))
    assert index.stream("tcp", 0).completeness == 1 | 4 | 32


def test_pairs_with_one_hash_are_kept_apart() -> None:
    """The hash is a sum with known factors, so that anybody can make two pairs meet."""
    first, second = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
    low = np.array([0, second, 0, second], np.uint64)
    high = np.array([first * second % 2**64 * pow(second, -1, 2**64) % 2**64, 0, 5, 0], np.uint64)
    mixed = low * np.uint64(first) ^ high * np.uint64(second)
    assert mixed[0] == mixed[1]
    where, inverse = _distinct(low, high)
    assert len(where) == 3
    assert inverse[1] == inverse[3]
    assert len({int(inverse[0]), int(inverse[1]), int(inverse[2])}) == 3


def test_many_streams_grow_the_columns(tmp_path: Path) -> None:
    packets = []
    for port in range(3000):
        talk = Talk(ports=(10_000 + port, 80))
        talk.send(0, flags=SYN)
        packets += talk.packets
    index = indexed(written(tmp_path / "made.pcap", packets), 500)
    assert [row.client[1] for row in index.streams()] == [10_000 + port for port in range(3000)]
