"""The file as a whole: tshark's hierarchy and capinfos' numbers as judges, and what only blocks tell."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from inspector.capture.annex import Annex, Secrets, Statistics
from inspector.capture.blocks import Section
from inspector.core import resources
from inspector.core.layer import Layer, Packet
from inspector.core.source import Source
from inspector.session import hierarchy as hierarchy_module
from inspector.session.hierarchy import Hierarchy
from inspector.session.overview import Overview, overview
from inspector.session.session import open_session
from tests.capture.made import START, block, enhanced, interface, option, packets, pcap, section, simple, write
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


Chains = dict[tuple[str, ...], tuple[int, int]]


def by_us(found: Overview) -> Chains:
    chains: Chains = {}
    at: list[str] = []
    for depth, level in found.hierarchy.walk():
        at[depth:] = [level.name]
        chains[tuple(at)] = level.packets, level.bytes
    return chains


def by_tshark(path: Path) -> Chains:
    command = [program("tshark"), "-2", "-n", "-r", str(path), "-q", "-z", "io,phs"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    chains: Chains = {}
    at: list[str] = []
    for line in said.splitlines():
        name, frames, counted = line.partition(" frames:")
        if not frames:
            continue
        numbers = counted.split()
        at[(len(name) - len(name.lstrip())) // 2 :] = [name.strip()]
        chains[tuple(at)] = int(numbers[0]), int(numbers[1].removeprefix("bytes:"))
    return chains


def known(chains: Chains, names: set[str]) -> Chains:
    return {chain: counts for chain, counts in chains.items() if set(chain) <= names}


@pytest.mark.tshark
@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_the_hierarchy_is_that_of_tshark(path: Path) -> None:
    names = ALWAYS_THE_SAME | {"http"}
    theirs = known(by_tshark(path), names)
    assert theirs
    assert known(by_us(looked_at(path)), names) == theirs


@pytest.mark.corpus
@pytest.mark.tshark
@pytest.mark.parametrize("name", ["http-packets.pcap", "DnsPackets.pcap", "tls12-dsb.pcapng", "websocket-basic.pcap"])
def test_the_hierarchy_of_the_corpus_is_that_of_tshark(corpus: Path, name: str) -> None:
    theirs = known(by_tshark(corpus / name), ALWAYS_THE_SAME)
    assert theirs
    assert known(by_us(looked_at(corpus / name)), ALWAYS_THE_SAME) == theirs


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


def made_by_hand(tmp_path: Path, order: str) -> Path:
    counts = b"".join(option(code, struct.pack(f"{order}Q", code * 100), order) for code in (4, 5, 6, 7, 8))
    time = START * 10**9 + 7
    halves = struct.pack(f"{order}II", time >> 32, time & 0xFFFFFFFF)
    counted = counts + option(2, halves, order) + option(3, halves, order) + option(1, b"all well", order)
    named = struct.pack(f"{order}HH", 1, 11) + b"\x7f\0\0\1a.b\0cd\0\0"
    named += struct.pack(f"{order}HH", 9, 4) + b"????" + struct.pack(f"{order}HH", 2, 18) + bytes(15) + b"\1x\0\0\0"
    parts = [
        section(order, option(2, b"a machine", order) + option(3, b"an OS", order) + option(4, b"a program", order)),
        interface(order),
        section(order, option(1, b"second", order)),
        interface(order),
        interface(order, options=option(2, b"eth7", order) + option(9, b"\x09", order)),
        simple(MADE[0], order),
        enhanced(MADE[1], order, number=1, units=10**9, options=option(1, b"look", order)),
        enhanced(MADE[0], order, number=1, units=10**9),
        block(5, struct.pack(f"{order}I", 1) + halves + counted, order),
        block(10, struct.pack(f"{order}II", 0x544C534B, 8) + b"CLIENT_R", order),
        block(10, struct.pack(f"{order}II", 0x12345678, 4) + b"????", order),
        block(4, named + bytes(4), order),
    ]
    return write(tmp_path, b"".join(parts))


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_blocks_tell(tmp_path: Path, order: str) -> None:
    found = looked_at(made_by_hand(tmp_path, order))
    time = START * 10**9 + 7
    counts = {"received": 400, "dropped": 500, "accepted": 600, "dropped_by_system": 700, "delivered": 800}
    assert found.annex == Annex(
        [Statistics(2, time, time, time, counts, ["all well"])],
        [Secrets("TLS key log", 8), Secrets("secrets of the unknown kind 0x12345678", 4)],
        [("127.0.0.1", "a.b"), ("127.0.0.1", "cd"), ("::1", "x")],
    )
    assert found.sections == [Section(order, "a machine", "an OS", "a program"), Section(order)]
    assert (found.comments, found.packet_comments) == (["second"], [(2, "look")])
    assert found.tally == {1: 1, 2: 2}
    # The simple packet has no time, and the second of the others is the earlier one.
    assert (found.first_ns, found.last_ns) == (START * 10**9 + 5, START * 10**9 + 1005)
    assert (found.duration_ns, found.in_order) == (1000, False)


def test_a_capture_without_packets(tmp_path: Path) -> None:
    found = looked_at(write(tmp_path, pcap([])))
    assert (found.packets, found.first_ns, found.last_ns, found.duration_ns) == (0, None, None, 0)
    assert list(found.hierarchy.walk()) == []


def test_progress_is_told_and_can_stop(tmp_path: Path) -> None:
    session = open_session(write(tmp_path, pcap(packets(2500))))
    session.load()
    told: list[tuple[int, int]] = []
    overview(session, lambda *at: told.append(at))
    assert told == [(1000, 2500), (2000, 2500)]
    session.close()


def packet_of(names: list[str]) -> Packet:
    source = Source("record", b"")
    layers = [Layer(name, name, source, 0, 0) for name in ("frame", *names)]
    return Packet(1, 0, 100, 0, 1, [source], layers)


def test_the_hierarchy_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = Hierarchy()
    deep.add(packet_of(["websocket"] * 20_000))
    assert (len(list(deep.walk())), deep.cut) == (hierarchy_module.DEEPEST, 1)
    monkeypatch.setattr(hierarchy_module, "MOST_CHAINS", 5)
    wide = Hierarchy()
    for number in range(9):
        wide.add(packet_of([f"p{number}"]))
    assert (len(list(wide.walk())), wide.cut) == (5, 4)
