"""tshark as judge: names, values and places of every field of our protocols, over all captures that there are.

What differs must stand in `exceptions` with its reason, and what stands there must still differ. The test prints how
much it compared: a program that dissects nothing would be found out by the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.core import resources
from tests.oracle.comparison import Comparison
from tests.oracle.exceptions import DIFFERENT, NOT_ASKED, UNKNOWN

NAMES_KNOWN = 0.98
VALUES_EQUAL = 0.995
VALUES_EQUAL_OF_EACH = 0.95
PACKETS_AT_LEAST = {"captures": 150, "corpus": 2800}
OCCURRENCES_AT_LEAST = {"captures": 30_000, "corpus": 230_000}
PLACES_AT_LEAST = {"captures": 13_000, "corpus": 180_000}

pytestmark = pytest.mark.tshark


@pytest.fixture(scope="module")
def ours() -> Comparison:
    folder = Path(str(resources.captures()))
    return compared(sorted(folder.glob("*.pcap")))


def compared(paths: list[Path]) -> Comparison:
    comparison = Comparison()
    for path in paths:
        if path.name not in NOT_ASKED:
            comparison.compare(path)
    return comparison


def judge(comparison: Comparison, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n  tshark over {where}: {comparison.report()}")
    assert comparison.packets >= PACKETS_AT_LEAST[where]
    assert comparison.occurrences.total() >= OCCURRENCES_AT_LEAST[where]
    assert sorted(set(comparison.unknown) - set(UNKNOWN)) == [], "names that are neither known nor excused"
    total = comparison.occurrences.total()
    assert (total - comparison.unknown.total()) / total >= NAMES_KNOWN
    assert list(unexcused(comparison)) == []
    equal, differ = comparison.equal.total(), comparison.differ.total()
    assert equal / (equal + differ) >= VALUES_EQUAL
    assert list(weak_names(comparison)) == []
    assert comparison.places.total() >= PLACES_AT_LEAST[where]
    assert comparison.misplaced == Counter(), comparison.examples


def unexcused(comparison: Comparison) -> Iterator[str]:
    """Values that differ without a row that says why."""
    for file, name in comparison.where:
        if (file, name) not in DIFFERENT:
            yield f"{file}: {name}: {comparison.examples[name]}"


def weak_names(comparison: Comparison) -> Iterator[str]:
    """Names of which too few values are equal, those excused in every file that has them left out."""
    for name, differ in comparison.differ.items():
        excused = sum(count for (file, other), count in comparison.where.items() if other == name)
        counted = comparison.equal[name] + differ - excused
        if counted and comparison.equal[name] / counted < VALUES_EQUAL_OF_EACH:
            yield f"{name}: {comparison.equal[name]} of {counted}"


def test_captures_agree_with_tshark(ours: Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    judge(ours, "captures", capsys)


@pytest.mark.corpus
def test_the_corpus_agrees_with_tshark_and_no_exception_is_stale(
    ours: Comparison, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = compared([path for path in sorted(corpus.iterdir()) if path.suffix in (".pcap", ".pcapng")])
    judge(theirs, "corpus", capsys)
    seen = set(ours.where) | set(theirs.where)
    assert sorted(set(DIFFERENT) - seen) == [], "rows of DIFFERENT that no longer occur"
    assert sorted(set(UNKNOWN) - set(ours.unknown) - set(theirs.unknown)) == [], "rows of UNKNOWN that no longer occur"
