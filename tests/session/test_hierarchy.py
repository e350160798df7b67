"""The protocol hierarchy: tshark is the judge, and hostile packets do not make it grow."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inspector.core import resources
from inspector.core.layer import Layer, Packet
from inspector.core.source import Source
from inspector.session import hierarchy as hierarchy_module
from inspector.session.hierarchy import Hierarchy
from inspector.session.overview import Overview, overview
from inspector.session.session import open_session
from tests.capture.made import packets, pcap, write
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


def test_a_capture_without_packets(tmp_path: Path) -> None:
    found = looked_at(write(tmp_path, pcap([])))
    assert (found.packets, found.first_ns, found.last_ns, found.duration_ns) == (0, None, None, 0)
    assert list(found.hierarchy.walk()) == []


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
