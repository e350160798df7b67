"""The marks made while walking are those that judging every segment one by one makes, however the chunks fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.index import marker
from inspector.index.index import TCP, Index
from inspector.index.marks import Judge
from tests.index.judge import indexed
from tests.index.made import calm, nasty, written

CAPTURES = sorted((Path(__file__).resolve().parent.parent.parent / "captures").glob("*.pcap"))
COLUMNS = ("packet", "time", "side", "seq", "ack", "flags", "window", "length", "shift", "unsized")


def walked(index: Index) -> list[int]:
    return index.heads.part("marks", 0, index.heads.count).tolist()


def judged(index: Index) -> list[int]:
    """All marks by a judge for each stream, without any columns."""
    heads, judges, found = index.heads, {}, []
    for row in range(heads.count):
        if heads.at("transport", row) != TCP:
            found.append(0)
            continue
        judge = judges.setdefault(heads.at("stream", row), Judge())
        found.append(judge.take(*heads.row(row, *COLUMNS), row in index.flows[TCP].reused))
    return found


@pytest.mark.parametrize("chunk", [65_536, 100, 7])
@pytest.mark.parametrize("make", [calm, nasty])
def test_marks_are_the_judges(tmp_path: Path, make, chunk: int) -> None:
    for seed in range(8):
        index = indexed(written(tmp_path / "made.pcap", make(seed)), chunk)
        assert walked(index) == judged(index), seed


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_marks_are_the_judges_in_our_captures(path: Path) -> None:
    index = indexed(path)
    assert walked(index) == judged(index)


@pytest.mark.corpus
@pytest.mark.parametrize("chunk", [65_536, 50])
def test_marks_are_the_judges_in_the_corpus(corpus: Path, chunk: int) -> None:
    for path in sorted(corpus.glob("*.pcap*")):
        index = indexed(path, chunk)
        assert walked(index) == judged(index), path.name


def test_calm_stretches_are_told_as_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests above would compare the judge with itself."""
    seen = []
    take = marker.Judge.take
    monkeypatch.setattr(marker.Judge, "take", lambda judge, *segment: seen.append(1) or take(judge, *segment))
    index = indexed(written(tmp_path / "made.pcap", calm(1, 2000)), 20)
    assert 0 < len(seen) < index.count * 0.7


def test_retransmissions_are_counted_by_stream(tmp_path: Path) -> None:
    index = indexed(written(tmp_path / "made.pcap", nasty(4)), 37)
    marks = index.heads.part("marks", 0, index.heads.count)
    streams = index.heads.part("stream", 0, index.heads.count)
    for row in index.streams():
        again = marks[streams == row.number] & (marker.RETRANSMISSIONS) != 0
        assert row.retransmissions == int(again.sum())
    assert sum(row.retransmissions for row in index.streams())
