"""Captures written for the command line's tests, and the command itself, run in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import dpkt
import pytest

from inspector.cli.main import main

CHECKOUT = Path(__file__).resolve().parents[2]
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = (bytes((10, 0, 0, 1)), 40000), (bytes((10, 0, 0, 2)), 80)
START = (1000, 5000)

Step = tuple[int, int, bytes]
"""Who sends (0 client, 1 server), the flags, the payload."""

OPENING: list[Step] = [(0, SYN, b""), (1, SYN | ACK, b""), (0, ACK, b"")]
CLOSING: list[Step] = [(0, FIN | ACK, b""), (1, FIN | ACK, b""), (0, ACK, b"")]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def tcp(steps: Iterable[Step], server_port: int = 80) -> list[bytes]:
    """The Ethernet frames of one conversation, numbers and all."""
    ends = (CLIENT, (SERVER[0], server_port))
    at = list(START)
    frames = []
    for side, flags, data in steps:
        (source, sport), (destination, dport) = ends[side], ends[1 - side]
        at[side] = START[side] if flags & SYN else at[side]  # a SYN that is sent again is the same
        ack = at[1 - side] if flags & ACK else 0
        segment = dpkt.tcp.TCP(sport=sport, dport=dport, seq=at[side], ack=ack, flags=flags, data=data)
        packet = dpkt.ip.IP(src=source, dst=destination, p=6, data=segment)
        frames.append(bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\4" * 6, type=0x0800, data=packet)))
        at[side] += len(data) + bool(flags & (SYN | FIN))
    return frames


def write(path: Path, frames: Iterable[bytes]) -> Path:
    """A pcap file with a frame each millisecond."""
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, frame in enumerate(frames):
            writer.writepkt(frame, 1_700_000_000 + number / 1000)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Outcome:
    """The command in this process."""
    status = main([str(word) for word in words])
    captured = capsys.readouterr()
    return Outcome(status, captured.out, captured.err)


def spawn(*words: object, given: bytes = b"", **environment: str) -> Outcome:
    """The command in a process of its own, with this on its standard input."""
    found = subprocess.run(
        [sys.executable, "-m", "inspector", *map(str, words)],
        input=given,
        capture_output=True,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )
    return Outcome(found.returncode, found.stdout.decode(), found.stderr.decode())


def shell(script: str, *words: object) -> Outcome:
    """A line of shell, in which "$@" is the command with these words."""
    command = ["bash", "-c", script, "bash", sys.executable, "-m", "inspector", *map(str, words)]
    found = subprocess.run(command, capture_output=True, cwd=CHECKOUT, check=False, timeout=60)
    return Outcome(found.returncode, found.stdout.decode(), found.stderr.decode())
