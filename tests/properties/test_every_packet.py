"""Every packet that we have, whole and cut at every byte: nothing raises, every leaf tiles.

What is checked here is what every protocol owes, so it is checked without a context (the record alone) and in a
session, with all that the rest of the capture says.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from inspector.core.context import ALONE, Context
from inspector.core.layer import Packet
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from inspector.engine.registry import known_fields, registry
from inspector.session.session import open_session
from tests.properties.captures import BUNDLED, bundled, public, records
from tests.properties.tiles import assert_tiles

SHORTER_STEPS_FROM = 2048
"""Records longer than this are cut at every byte up to here and then at every 61st: heads are what prefixes try."""


def whole(record: Record, context: Context = ALONE) -> Packet:
    return dissect(record, context, strict=True)


def check(found: Iterable[Record]) -> tuple[int, int]:
    packets = count = 0
    for record in found:
        packet = whole(record)
        count += assert_tiles(packet)
        assert_texts(packet)
        packets += 1
    return packets, count


def assert_texts(packet: Packet) -> None:
    """Every node can be shown, bears a known name, and every issue says something about bits that exist."""
    known = known_fields()
    for layer, node in packet.walk():
        assert isinstance(node.show, str)
        assert isinstance(node.text, str)
        assert node.spec.name in known or node.spec in _holders(), node
        assert layer.info or not layer.listed or layer.name == "frame" or layer.issues, layer.name
    sizes = {id(source): len(source.data) * 8 for source in packet.sources}
    for layer, issue in packet.issues:
        assert issue.kind in ("truncated", "malformed", "checksum", "guess", "bug"), issue
        assert issue.text
        assert "\n" not in issue.text
        assert 0 <= issue.at <= issue.at + issue.width <= sizes[id(layer.source)], issue


@cache
def _holders() -> frozenset[object]:
    """The specs of headers that stand inside another as one node (an option)."""
    return frozenset(header.spec for protocol in registry().protocols.values() for header in protocol.headers)


def test_every_bundled_packet_tiles(capsys: pytest.CaptureFixture[str]) -> None:
    packets, count = check(bundled())
    with capsys.disabled():
        print(f"\n{packets} packets of captures/, {count} leaves tile")
    assert len(BUNDLED) >= 3
    assert packets >= 150
    assert count >= packets * 30


@pytest.mark.corpus
def test_every_public_packet_tiles(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = public(corpus)
    packets, count = check(record for each in found.values() for record in each)
    damaged = sum(len(each) for name, each in found.items() if name.startswith("malformed"))
    with capsys.disabled():
        print(f"\n{packets} packets of {len(found)} public captures ({damaged} malformed), {count} leaves tile")
    assert len(found) >= 60
    assert packets >= 3000
    assert damaged >= 100
    assert count >= packets * 10


def check_session(path: Path) -> tuple[int, int]:
    """With the context of the whole capture: streams, reassembled messages, unmasked and inflated bytes."""
    session = open_session(path)
    packets = count = 0
    try:
        session.load()
        for number in range(1, session.count + 1):
            packet = session.packet(number)
            count += assert_tiles(packet)
            assert_texts(packet)
            assert [issue for _, issue in packet.issues if issue.kind == "bug"] == []
            packets += 1
    finally:
        session.close()
    return packets, count


def test_every_bundled_packet_tiles_in_its_session(capsys: pytest.CaptureFixture[str]) -> None:
    found = [check_session(path) for path in BUNDLED]
    packets, count = (sum(each) for each in zip(*found, strict=True))
    with capsys.disabled():
        print(f"\n{packets} packets of captures/ in their sessions, {count} leaves tile")
    assert packets == len(bundled())
    assert count > 15_000


@pytest.mark.corpus
def test_every_public_packet_tiles_in_its_session(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [corpus / name for name, found in public(corpus).items() if found]
    found = [check_session(path) for path in paths]
    packets, count = (sum(each) for each in zip(*found, strict=True))
    with capsys.disabled():
        print(f"\n{packets} packets of {len(paths)} public captures in their sessions, {count} leaves tile")
    assert packets == sum(len(each) for each in public(corpus).values())
    assert count > packets * 10


def _cuts(size: int) -> list[int]:
    return [*range(min(size, SHORTER_STEPS_FROM)), *range(SHORTER_STEPS_FROM, size, 61)]


def _placed(packet: Packet) -> dict[tuple[str, int, int], object]:
    """The fields as their headers list them: a group counts as one, its parts are only there with all of it."""
    return {
        (node.name, node.at, node.width): node.value
        for layer in packet.layers
        for node in layer.nodes
        if node.at is not None and node.tiles
    }


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_prefix_of_every_packet(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Packets of the same size differ in values, not in form: each size is cut at every byte once per capture."""
    sizes: dict[tuple[int, bytes], Record] = {}
    for record in records(path):
        sizes.setdefault((len(record.data), record.data[46:48]), record)
    prefixes = count = 0
    for record in sizes.values():
        for end in _cuts(len(record.data)):
            cut = record._replace(data=record.data[:end])
            count += assert_tiles(whole(cut))
            prefixes += 1
    with capsys.disabled():
        print(f"\n{path.stem}: {prefixes} prefixes of {len(sizes)} packets, {count} leaves tile")
    assert prefixes > 1000


def test_a_prefix_keeps_the_whole_fields_of_the_headers() -> None:
    """Whatever stands wholly inside the cut is the same as without the cut, for the layers up to TCP."""
    compared = 0
    for record in [records(path)[i] for path in BUNDLED for i in (0, 3, 5)]:
        header = 14 + 20 + 60
        full = {
            key: value
            for key, value in _placed(whole(record)).items()
            if key[0].startswith(("eth.", "ip.", "tcp.")) and key[1] + key[2] <= header * 8
        }
        for end in range(min(header, len(record.data))):
            cut = _placed(whole(record._replace(data=record.data[:end])))
            for (name, at, width), value in full.items():
                if at + width <= end * 8:
                    assert cut.get((name, at, width)) == value, f"{name} at {at} in the first {end} bytes"
                    compared += 1
    assert compared > 6_000
