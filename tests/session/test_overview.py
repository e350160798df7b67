"""The file as a whole: capinfos' numbers as judge, and what only blocks tell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inspector.capture.blocks import Section
from inspector.core import resources
from inspector.session.overview import Overview, overview
from inspector.session.session import open_session
from tests.capture.made import START, packets, pcap, write
from tests.capture.test_annex import made_by_hand
from tests.capture.tshark import program

BUNDLED = sorted(Path(str(resources.captures())).glob("*.pcap"))
ALWAYS_THE_SAME = {"eth", "ip", "ipv6", "tcp", "udp", "arp"}
MADE = packets()


def looked_at(path: Path) -> Overview:
    session = open_session(path)
    session.load()
    try:
        return overview(session)
    finally:
        session.close()


@pytest.mark.corpus
@pytest.mark.tshark
def test_the_numbers_are_those_of_capinfos(corpus: Path) -> None:
    for path in sorted(corpus.glob("*.pcap")):
        found = looked_at(path)
        command = [program("capinfos"), "-T", "-M", "-r", "-S", "-c", "-d", "-a", "-e", str(path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\t")
        assert found.first_ns is not None
        assert found.last_ns is not None
        times = [f"{time // 10**9}.{time % 10**9:09d}" for time in (found.first_ns, found.last_ns)]
        told = [said[1], said[2], *(value.strip()[: len(said[3])] for value in said[3:5])]
        ours = [
            str(found.packets),
            str(found.length),
            *(time[: len(value.strip())] for time, value in zip(times, said[3:])),
        ]
        assert told == ours, path.name


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_blocks_tell(tmp_path: Path, order: str) -> None:
    found = looked_at(made_by_hand(tmp_path, order))
    assert [one.interface for one in found.annex.statistics] == [2]
    assert found.sections == [Section(order, "a machine", "an OS", "a program"), Section(order)]
    assert (found.comments, found.packet_comments) == (["second"], [(2, "look")])
    assert found.tally == {1: 1, 2: 2}
    # The simple packet has no time, and the second of the others is the earlier one.
    assert (found.first_ns, found.last_ns) == (START * 10**9 + 5, START * 10**9 + 1005)
    assert (found.duration_ns, found.in_order) == (1000, False)


def test_progress_is_told_and_can_stop(tmp_path: Path) -> None:
    session = open_session(write(tmp_path, pcap(packets(2500))))
    session.load()
    told: list[tuple[int, int]] = []
    overview(session, lambda *at: told.append(at))
    assert told == [(1000, 2500), (2000, 2500)]
    session.close()
