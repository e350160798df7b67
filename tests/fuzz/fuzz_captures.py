"""Coverage-guided fuzzing of every reader of capture files, and of saving what they read.

Not a part of `make test`: atheris is large and runs until it is stopped. Once:

    pip install --group fuzz        # or: uv sync --group fuzz
    python -m tests.fuzz.fuzz_captures -max_total_time=600 FOLDER

FOLDER keeps the inputs that reached new code; the bundled captures and made ones are where it starts. Whatever comes in
must be refused in one sentence or read to its end, and what is saved of it must read the same.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["inspector.capture"]):
    from inspector.capture.annex import annex_of
    from inspector.capture.files import CaptureError, CaptureFile, open_capture
    from inspector.capture.write import SaveError, save

from tests.capture.made import packets, pcap, pcapng
from tests.capture.test_files import every_block

MOST = 1 << 22
"""Compressed inputs may become this large: the fuzzer wants many small ones."""

Rows = list[tuple[int, int, bytes]]


def rows(file: CaptureFile) -> Rows:
    """All packets, with all that can be asked about them asked."""
    found: Rows = []
    for batch in file.scan():
        assert len(batch) == len(batch.times) == len(batch.lengths) == len(batch.links)
        found += [(batch.times[i], batch.lengths[i], batch.record(i)) for i in range(len(batch))]
    for number in range(len(found) + 2):
        file.comment(number)
    annex_of(file)
    assert all(damage.text.endswith(".") for damage in file.damages)
    return found


def _is_sentence(text: str) -> None:
    assert text.endswith(".")
    assert text.isprintable()


def look(data: bytes, folder: Path) -> None:
    """One input: refused in a sentence, or read; and what is saved of it reads the same."""
    source, out = folder / "in", folder / "out"
    source.write_bytes(data)
    try:
        file = open_capture(source, most=MOST)
    except CaptureError as error:
        _is_sentence(str(error))
        return
    with file:
        found = rows(file)
        try:
            save(file, out, range(1, len(found) + 1), force=True)
        except SaveError:
            return
    with open_capture(out) as again:
        assert rows(again) == found


def main() -> None:
    made = packets()
    seeds = [
        pcap(made),
        pcap(made, ">", 24),
        pcapng(made),
        every_block("<") + every_block(">"),
        gzip.compress(pcap(made)),
    ]
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as start:
        for number, seed in enumerate(seeds):
            Path(start, str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, "-max_len=4096", start], lambda data: look(data, Path(place)))
        atheris.Fuzz()


if __name__ == "__main__":
    os.umask(0o077)
    main()
