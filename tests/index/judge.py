"""What tshark says of a capture, asked as the project agreed, beside what the index says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from inspector.capture.files import open_capture
from inspector.core.node import Value
from inspector.core.spec import seconds
from inspector.engine.registry import known_fields
from inspector.index.index import Index

ANALYSIS = (
    "acks_frame", "ack_rtt", "initial_rtt", "bytes_in_flight", "push_bytes_sent", "duplicate_ack_num",
    "duplicate_ack_frame", "rto", "rto_frame", "retransmission", "fast_retransmission", "spurious_retransmission",
    "out_of_order", "lost_segment", "ack_lost_segment", "duplicate_ack", "window_update", "window_full", "zero_window",
    "zero_window_probe", "zero_window_probe_ack", "keep_alive", "keep_alive_ack", "reused_ports",
)  # fmt: skip
FIELDS = (
    "frame.time_delta", "frame.time_delta_displayed", "frame.time_relative", "tcp.stream", "udp.stream", "tcp.seq",
    "tcp.ack", "tcp.nxtseq", "tcp.window_size", "tcp.window_size_scalefactor", "tcp.completeness", "tcp.time_relative",
    "tcp.time_delta", "udp.time_relative", "udp.time_delta", *(f"tcp.analysis.{name}" for name in ANALYSIS),
)  # fmt: skip


class Difference(NamedTuple):
    packet: int
    field: str
    tshark: str
    ours: str


def indexed(path: Path, chunk: int = 65_536) -> Index:
    """A capture, walked to its end. Its file stays open as long as the index lives."""
    index = Index(open_capture(path), chunk)
    assert index.extend()
    return index


def asked(path: Path) -> list[dict[str, str]]:
    """For each packet the fields' texts, all occurrences."""
    wanted = [part for name in FIELDS for part in ("-e", name)]
    command = ["tshark", "-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", str(path), "-T", "fields", *wanted]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ, TZ="UTC"))
    return [dict(zip(FIELDS, line.split("\t"))) for line in run.stdout.splitlines()]


def said(index: Index, number: int) -> dict[str, str]:
    """The same of the index."""
    frame, transports = index.facts(number)
    found: dict[str, list[str]] = {}
    for facts in (frame, *(transport.facts for transport in transports)):
        for name, value in facts.items():
            found.setdefault(name, []).append(_text(name, value))
    return {name: ",".join(texts) for name, texts in found.items()}


def _text(name: str, value: Value) -> str:
    if known_fields()[name].kind == "time":
        assert isinstance(value, int)
        return seconds(value)
    return "1" if value is True else str(value)


def differences(index: Index, told: list[dict[str, str]]) -> tuple[int, list[Difference]]:
    """How many values were compared, and those that differ."""
    compared, found = 0, []
    for number, wanted in enumerate(told, 1):
        ours = said(index, number)
        assert not ours.keys() - set(FIELDS)
        for name in FIELDS:
            theirs, mine = wanted[name], ours.get(name, "")
            if name == "tcp.analysis.duplicate_ack":
                theirs = ",".join(theirs.split(",")[::2])  # tshark has two fields of this name and prints both
            compared += bool(theirs or mine)
            if theirs != mine:
                found.append(Difference(number, name, theirs, mine))
    return compared, found
