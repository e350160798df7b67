"""Damaged packets in one capture: index, streams and dissection hold together, and the rows agree with the tree.

A damaged packet alone is easy; one that claims to belong to a stream of others is not: its sequence number may lie, its
message may be cut, its neighbours may be copies.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from inspector.core.layer import Packet
from inspector.session.session import open_session
from tests.capture import made
from tests.properties.captures import BUNDLED, records
from tests.properties.damage import damaged
from tests.properties.tiles import assert_tiles

COUNT = 500


def capture_of_damage(path: Path, source: Path, seed: int) -> None:
    """The packets of a capture in their order, every other one damaged, several times over."""
    good = [record for record in records(source) if len(record.data) < 2000]
    spoilt = list(damaged(good, COUNT, seed))
    packets = []
    for i in range(COUNT):
        record = spoilt[i] if i % 2 else good[i % len(good)]
        length = max(record.length, len(record.data))
        packets.append(made.Packet(made.START + i, i, record.data, length))
    path.write_bytes(made.pcap(packets))


def first_transport(packet: Packet) -> int:
    found = [{"tcp": 6, "udp": 17}.get(layer.name, 0) for layer in packet.layers]
    return next((number for number in found if number), 0)


@pytest.mark.parametrize("source", BUNDLED, ids=lambda path: path.stem)
def test_a_capture_of_damaged_packets(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "damaged.pcap"
    capture_of_damage(path, source, seed=len(source.stem))
    session = open_session(path)
    leaves, slowest, agreed = 0, 0.0, 0
    try:
        assert session.load()
        assert session.count == COUNT
        for number in range(1, COUNT + 1):
            before = time.process_time()
            packet = session.packet(number)
            slowest = max(slowest, time.process_time() - before)
            leaves += assert_tiles(packet)
            assert [issue.text for _, issue in packet.issues if issue.kind == "bug"] == []
            assert session.summary(number).number == number
            row = session.index.row(number)
            assert row.captured == packet.captured
            if row.transport:
                assert row.transport == first_transport(packet), f"packet {number}"
                name = "tcp.stream" if row.transport == 6 else "udp.stream"
                if not row.more:
                    assert packet.fields(name)[:1] == [row.stream], f"packet {number}"
                agreed += 1
    finally:
        session.close()
    with capsys.disabled():
        print(f"\n{source.stem}: {COUNT} packets, {leaves} leaves tile, {agreed} rows agree, slowest {slowest:.3f} s")
    assert slowest < 1
    assert agreed > COUNT // 4 or source.stem.startswith("arp")
