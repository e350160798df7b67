"""Progress: for a person who waits over a second, and for nobody else."""

from __future__ import annotations

import io

import pytest

from inspector.cli import loading


class Slow:
    """A session that takes some slices to load."""

    def __init__(self, slices: int) -> None:
        self.left = slices
        self.count = 0
        self.asked: list[float] = []

    @property
    def progress(self) -> float:
        return self.count / 1000

    def load(self, seconds: float) -> bool:
        self.asked.append(seconds)
        self.left -= 1
        self.count += 100
        return seconds == float("inf") or self.left <= 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def loaded(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, slices: int) -> Slow:
    clock = iter(range(100))
    monkeypatch.setattr(loading, "monotonic", lambda: next(clock) * 0.4)
    monkeypatch.setattr("sys.stderr", stream)
    session = Slow(slices)
    loading.load(session)  # type: ignore[arg-type]
    return session


def test_a_person_is_told_after_a_second_and_the_line_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    session = loaded(monkeypatch, stream, 5)
    assert len(session.asked) == 5
    told = stream.getvalue().split(loading.ERASE)
    assert told == ["", "300 packets, 30 % of the file", "400 packets, 40 % of the file", ""]


def test_nothing_is_said_below_a_second_or_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, slices in ((Terminal(), 2), (io.StringIO(), 50)):
        loaded(monkeypatch, stream, slices)
        assert stream.getvalue() == ""
