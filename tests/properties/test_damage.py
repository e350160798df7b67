"""20,000 damaged packets: no exception, none over a second, all tile, and memory stays small.

The seed is fixed, so a failure comes again. `test_a_wrong_byte_changes_nothing_before_it` is the other half: a reader
of headers may not look ahead, or a wrong byte would change what stands before it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from inspector.core.layer import Packet
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from tests.properties.captures import BUNDLED, bundled, records
from tests.properties.damage import damaged
from tests.properties.tiles import assert_tiles, leaves

COUNT = 20_000
SEED = 793
LONG = 2000


def short(found: list[Record]) -> list[Record]:
    """One long packet in ten: the damage is in the heads."""
    return [record for i, record in enumerate(found) if len(record.data) < LONG or i % 10 == 0]


def test_damaged_packets(capsys: pytest.CaptureFixture[str]) -> None:
    count, slowest, issues, most = 0, 0.0, 0, 0
    for record in damaged(short(bundled()), COUNT, SEED):
        before = time.process_time()
        packet = dissect(record, strict=True)
        slowest = max(slowest, time.process_time() - before)
        count += assert_tiles(packet)
        issues += bool(packet.issues)
        most = max(most, len(packet.layers))
    with capsys.disabled():
        print(f"\n{COUNT} damaged packets: {count} leaves tile, {issues} with issues, slowest {slowest * 1000:.0f} ms")
    assert slowest < 1
    assert count > COUNT * 20
    assert issues > COUNT // 2, "the damage did not reach the headers"


MEASURE = """
import sys
from tests.properties.captures import bundled
from tests.properties.damage import damaged
from tests.properties.test_damage import short
from inspector.engine.dissect import dissect
for record in damaged(short(bundled()), 3000, 5):
    dissect(record, strict=True)
status = open("/proc/self/status").read()
print(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the anonymous memory apart")
def test_memory_stays_small() -> None:
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", MEASURE], cwd=root, capture_output=True, text=True, check=True)
    assert 5_000 < int(said.stdout) < 300_000


def _until(packet: Packet, bit: int) -> list[tuple[str, int, int, str]]:
    """The placed nodes of the record that end at or before a bit: those that stand where they do by their own."""
    return [
        (leaf.name, leaf.at, leaf.width, leaf.show)
        for leaf in leaves(packet)
        if leaf.source is packet.sources[0] and leaf.at is not None and leaf.at + leaf.width <= bit
    ]


TEXTS = ("http.", "json.")


def _settled(found: list[tuple[str, int, int, str]], bit: int) -> list[tuple[str, int, int, str]]:
    """Without the texts whose separator (at most CR LF and a blank) could be the wrong byte."""
    return [each for each in found if not each[0].startswith(TEXTS) or each[1] + each[2] <= bit - 24]


def test_a_wrong_byte_changes_nothing_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Leaves of the record that end before the wrong byte are the same in name, place and value.

    A text ends where its separator stands, so the separator counts as its last bytes: a wrong line end makes the line
    longer. What is placed by its bits alone must stay to the very byte.
    """
    chance = Random(SEED)
    compared = 0
    for record in [record for path in BUNDLED for record in records(path)[:60] if len(record.data) < LONG]:
        good = dissect(record, strict=True)
        for _ in range(12):
            at = chance.randrange(len(record.data))
            data = bytearray(record.data)
            data[at] ^= chance.randint(1, 255)
            bad = dissect(record._replace(data=bytes(data)), strict=True)
            want, got = _until(good, at * 8), _until(bad, at * 8)
            if want != got and any(name.startswith(TEXTS) for name, *_ in want[-1:]):
                want, got = _settled(want, at * 8), _settled(got, at * 8)
            assert got == want, f"packet {record.number} of {len(data)} bytes, byte {at} was changed"
            compared += len(want)
    with capsys.disabled():
        print(f"\n{compared} leaves before a wrong byte are as before")
    assert compared > 20_000
