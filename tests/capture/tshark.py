"""tshark as judge of capture files: each packet's time, lengths, bytes (by their MD5 sum) and comments."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from inspector.capture.files import open_capture

FIELDS = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.md5_hash", "frame.comment", "frame.encap_type")


class Seen(NamedTuple):
    """A packet, as text."""

    time: str
    length: str
    captured: str
    sum: str
    comments: str


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} comes with tshark"
    return found


def run(name: str, *arguments: str | Path) -> None:
    """Run one of Wireshark's programs."""
    done = subprocess.run([program(name), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def by_tshark(path: Path) -> list[Seen]:
    """The packets as tshark sees them; pcapng's custom blocks, which it numbers too, have no link type: left out."""
    command = [program("tshark"), "-n", "-o", "frame.generate_md5_hash:TRUE", "-r", str(path), "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return [Seen(row[0] or "0.000000000", *row[1:5]) for row in rows if row[5]]


def by_us(path: Path) -> list[Seen]:
    """The same from our readers, which may find nothing wrong with the file."""
    found = []
    with open_capture(path) as file:
        for batch in file.scan():
            for i, time in enumerate(batch.times):
                data = batch.record(i)
                comments = ",".join(file.comment(len(found) + 1))
                told = f"{'-' if time < 0 else ''}{abs(time) // 10**9}.{abs(time) % 10**9:09d}"
                found.append(Seen(told, str(batch.lengths[i]), str(len(data)), hashlib.md5(data).hexdigest(), comments))
        assert file.damages == [], path.name
    return found
