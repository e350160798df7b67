"""Saving in tests: a file with blocks of every kind, what a save writes of it, and tshark reading that."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Container, Sequence
from pathlib import Path

from inspector.capture.files import open_capture
from inspector.capture.write import Saved, save
from tests.capture.made import (
    Packet,
    Row,
    block,
    enhanced,
    interface,
    old,
    option,
    packets,
    section,
    simple,
)

MADE = packets()
EVERYTHING = range(1, 1_000_000)
ORDERS = ("<", ">")


def saved(source: Path, chosen: Container[int] = EVERYTHING, **options: object) -> tuple[bytes, Saved]:
    """The bytes that a save writes, and what it says of them; nothing else may be left in the folder."""
    out = source.parent / "saved"
    out.unlink(missing_ok=True)
    before = set(os.listdir(source.parent))
    with open_capture(source) as file:
        said = save(file, out, chosen, **options)  # type: ignore[arg-type]
    assert set(os.listdir(source.parent)) - before == {"saved"}
    data = out.read_bytes()
    assert said.size == len(data)
    return data, said


def blocks(data: bytes) -> list[bytes]:
    """A sound pcapng file taken apart."""
    found = []
    order, at = "<", 0
    while at < len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        (size,) = struct.unpack_from(f"{order}I", data, at + 4)
        assert data[at + size - 4 : at + size] == struct.pack(f"{order}I", size)
        found.append(data[at : at + size])
        at += size
    assert at == len(data)
    return found


def without_warning(path: Path) -> str:
    """What tshark prints of a file that it reads without a word on standard error."""
    program = shutil.which("tshark")
    assert program
    fields = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.comment")
    command = [program, "-n", "-r", str(path), "-T", "fields", *(word for one in fields for word in ("-e", one))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "This could be dangerous" not in line]
    assert (done.returncode, said) == (0, [])
    return done.stdout


def rich(order: str) -> list[bytes]:
    """A section with every kind of block, packets of all three kinds and of two interfaces."""
    return [
        section(order, option(4, b"a test", order) + option(1, b"of a section", order)),
        interface(order, snaplen=80, options=option(2, b"eth0", order)),
        block(4, struct.pack(f"{order}HH4sHH", 1, 8, b"\x7f\0\0\1", 0, 0), order),
        enhanced(MADE[0], order, options=option(1, b"early", order)),
        block(10, struct.pack(f"{order}II", 0x544C534B, 8) + b"CLIENT_R", order),
        interface(order, link=101, options=option(9, b"\x09", order)),
        enhanced(MADE[1], order, number=1, units=10**9),
        simple(Packet(0, 0, b"simple", 0), order),
        block(0x77, b"unknown!", order),
        old(MADE[2], order),
        block(0xBAD, struct.pack(f"{order}I", 32473) + b"custom..", order),
        enhanced(MADE[3], order),
        block(5, struct.pack(f"{order}III", 0, 1, 2) + option(4, bytes(8), order), order),
    ]


PACKETS_IN_RICH = (3, 6, 7, 9, 11)


def asked(rows: Sequence[Row]) -> list[str]:
    return [f"{row.time // 10**9}.{row.time % 10**9:09d}\t{row.length}\t{len(row.data)}" for row in rows]
