"""What a pcapng file holds besides packets: statistics, names, and kinds of secrets."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from inspector.capture import annex
from inspector.capture.annex import Annex, Secrets, Statistics, annex_of
from inspector.capture.files import open_capture
from tests.capture.made import START, block, enhanced, interface, option, packets, pcap, section, simple, write

MADE = packets()


def made_by_hand(tmp_path: Path, order: str) -> Path:
    counts = b"".join(option(code, struct.pack(f"{order}Q", code * 100), order) for code in (4, 5, 6, 7, 8))
    time = START * 10**9 + 7
    halves = struct.pack(f"{order}II", time >> 32, time & 0xFFFFFFFF)
    counted = counts + option(2, halves, order) + option(3, halves, order) + option(1, b"all well", order)
    named = struct.pack(f"{order}HH", 1, 11) + b"\x7f\0\0\1a.b\0cd\0\0"
    named += struct.pack(f"{order}HH", 9, 4) + b"????" + struct.pack(f"{order}HH", 2, 18) + bytes(15) + b"\1x\0\0\0"
    parts = [
        section(order, option(2, b"a machine", order) + option(3, b"an OS", order) + option(4, b"a program", order)),
        interface(order),
        section(order, option(1, b"second", order)),
        interface(order),
        interface(order, options=option(2, b"eth7", order) + option(9, b"\x09", order)),
        simple(MADE[0], order),
        enhanced(MADE[1], order, number=1, units=10**9, options=option(1, b"look", order)),
        enhanced(MADE[0], order, number=1, units=10**9),
        block(5, struct.pack(f"{order}I", 1) + halves + counted, order),
        block(10, struct.pack(f"{order}II", 0x544C534B, 8) + b"CLIENT_R", order),
        block(10, struct.pack(f"{order}II", 0x12345678, 4) + b"????", order),
        block(4, named + bytes(4), order),
    ]
    return write(tmp_path, b"".join(parts))


@pytest.mark.parametrize("order", ["<", ">"])
def test_statistics_secrets_and_names(tmp_path: Path, order: str) -> None:
    time = START * 10**9 + 7
    counts = {"received": 400, "dropped": 500, "accepted": 600, "dropped_by_system": 700, "delivered": 800}
    with open_capture(made_by_hand(tmp_path, order)) as file:
        list(file.scan())
        assert annex_of(file) == Annex(
            [Statistics(2, time, time, time, counts, ["all well"])],
            [Secrets("TLS key log", 8), Secrets("secrets of the unknown kind 0x12345678", 4)],
            [("127.0.0.1", "a.b"), ("127.0.0.1", "cd"), ("::1", "x")],
        )


def test_plain_pcap_has_none(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        list(file.scan())
        assert annex_of(file) == Annex([], [], [])


def test_blocks_that_lie_give_nothing(tmp_path: Path) -> None:
    lies = [
        block(5, b"short"),
        block(10, b"no"),
        block(4, struct.pack("<HH", 1, 60000) + b"xxxx"),
        block(4, struct.pack("<HH", 1, 4) + b"\x7f\0\0\1"),
        block(5, struct.pack("<III", 99, 0, 0) + option(4, b"four") + option(2, b"x")),
    ]
    with open_capture(write(tmp_path, section() + interface() + b"".join(lies))) as file:
        list(file.scan())
        assert annex_of(file) == Annex([Statistics(99, 0, None, None, {}, [])], [], [])


def test_names_stay_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annex, "MOST_NAMES", 3)
    record = struct.pack("<HH", 1, 6) + b"\x7f\0\0\1a\0\0\0"
    with open_capture(write(tmp_path, section() + interface() + block(4, record * 9) * 2)) as file:
        list(file.scan())
        assert annex_of(file).names == [("127.0.0.1", "a")] * 3
