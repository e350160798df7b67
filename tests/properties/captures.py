"""Every packet of the bundled captures and of the corpus, as records."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from inspector.capture.files import CaptureError, open_capture
from inspector.core.record import Record
from inspector.core.resources import captures

BUNDLED = sorted(captures().glob("*.pcap*"))


@cache
def records(path: Path) -> tuple[Record, ...]:
    """All packets that the file gives; none if it is no capture at all."""
    try:
        capture = open_capture(path)
    except CaptureError:
        return ()
    found: list[Record] = []
    with capture:
        for batch in capture.scan():
            for i in range(len(batch)):
                number = len(found) + 1
                found.append(Record(number, batch.times[i], batch.lengths[i], batch.links[i], batch.record(i)))
    return tuple(found)


def bundled() -> list[Record]:
    """All packets of captures/."""
    return [record for path in BUNDLED for record in records(path)]


def public(corpus: Path) -> dict[str, tuple[Record, ...]]:
    """All packets of the corpus, malformed/ too, by the file's path inside it."""
    paths = sorted(path for path in corpus.rglob("*.pcap*") if path.is_file())
    return {str(path.relative_to(corpus)): records(path) for path in paths}
