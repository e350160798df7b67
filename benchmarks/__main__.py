"""`make bench`: this program and tshark on the same large capture, in turns, in one run; writes RESULTS.md.

    python -m benchmarks                      1.2 million packets, 3 runs each
    python -m benchmarks --packets 100000 --runs 5

Only ratios mean something: the machine is what it is, and both programs are asked in turns so that its moods hit
both. Times are of whole processes, from the shell's point of view; the median of the runs counts.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.weave import weave
from inspector.core import resources
from inspector.session.session import open_session

RESULTS = Path(__file__).parent / "RESULTS.md"
SOURCES = ("websocket-deflate.pcap", "websocket-stomp.pcap")
SMALL = 20_000
"""Packets of the capture for what takes long for both programs."""


class Row(NamedTuple):
    """One line of the table: medians in seconds, and how many times faster ours is."""

    work: str
    packets: int
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


def main() -> int:
    """Weave, measure, write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--packets", type=int, default=1_200_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    captures = Path(str(resources.captures()))
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large.pcap", Path(folder) / "small.pcap"
        sources = [captures / name for name in SOURCES]
        weave(large, sources, options.packets)
        weave(small, sources, SMALL)
        many, few = packets_of(large), packets_of(small)
        rows = [
            compare(
                "streams", many, options.runs, inspector("streams", large), tshark(large, "-2", "-q", "-z", "conv,tcp")
            ),
            compare("json, all fields", few, options.runs, inspector("json", small), tshark(small, "-T", "json")),
            compare(
                "fields", few, options.runs, inspector("fields", small, *FIELDS), tshark(small, "-T", "fields", *FIELDS)
            ),
        ]
        facts = opening(large)
    RESULTS.write_text(report(rows, facts, options.runs), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


FIELDS = ("-e", "frame.number", "-e", "tcp.seq", "-e", "websocket.payload.text")


def packets_of(file: Path) -> int:
    """How many packets a capture holds: weaving ends with a whole round of copies, so a few more than asked for."""
    session = open_session(file)
    session.load()
    session.close()
    return session.count


def inspector(command: str, file: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "inspector", command, str(file), *words]


def tshark(file: Path, *words: str) -> list[str]:
    return ["tshark", "-n", "-r", str(file), *words]


def compare(work: str, packets: int, runs: int, ours: list[str], theirs: list[str]) -> Row:
    """Run both in turns, and take the median of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for command, found in zip((ours, theirs), times, strict=True):
            found.append(timed(lambda command=command: run(command)))
    row = Row(work, packets, statistics.median(times[0]), statistics.median(times[1]))
    print(f"{work}: {row.ours:.2f} s against {row.theirs:.2f} s, {row.ratio:.1f} times", file=sys.stderr)
    return row


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def opening(file: Path) -> list[str]:
    """What opening the large capture costs in this process: time, the first slice, memory."""
    session = open_session(file)
    first = timed(lambda: session.load(0.05))
    there = session.count
    rest = timed(session.load)
    found = [
        f"{session.count:,} packets, {os.path.getsize(file) / 1e6:.0f} MB",
        f"first {there:,} packets indexed after {first * 1000:.0f} ms, all after {first + rest:.2f} s",
        f"anonymous memory {anonymous_bytes() / session.count:.0f} bytes a packet, the whole process counted",
    ]
    session.close()
    return found


def anonymous_bytes() -> int:
    """This process's anonymous memory, as Linux counts it."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 if found else 0


def version(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def report(rows: list[Row], facts: list[str], runs: int) -> str:
    """The page."""
    lines = [
        "# Results",
        "",
        "Written by `make bench`. Whole processes, both programs in turns in one run on one machine, median of "
        f"{runs}. Ratios are what counts.",
        "",
        f"Python {platform.python_version()}, {version(['tshark', '--version'])}, {os.cpu_count()} cores.",
        "",
        "| work | packets | inspector | tshark | times faster |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.work} | {row.packets:,} | {row.ours:.2f} s | {row.theirs:.2f} s | {row.ratio:.1f} |" for row in rows
    ]
    lines += ["", "Opening the large capture:", ""]
    lines += [f"- {fact}" for fact in facts]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
