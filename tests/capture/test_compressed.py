"""Compressed captures: the same packets, every kind of damage, and bombs."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import lz4.frame
import pytest
import zstandard

from inspector.capture import compressed
from inspector.capture.files import CaptureError, open_capture
from tests.capture.made import expected, packets, pcap, pcapng, read_all, rows, write

MADE = packets(200)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "lz4": lz4.frame.compress,
}
KINDS = list(PACKERS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made", [pcap(MADE), pcapng(MADE, ">")])
def test_the_same_packets_come_out(tmp_path: Path, kind: str, made: bytes) -> None:
    path = write(tmp_path, PACKERS[kind](made))
    assert read_all(path) == (expected(MADE), [])
    with open_capture(path) as file:
        assert file.format.endswith(f"compressed with {kind}")
        assert (file.path, file.size) == (str(path), len(made))


@pytest.mark.parametrize("kind", KINDS)
def test_members_may_follow_each_other_with_padding(tmp_path: Path, kind: str) -> None:
    made = pcap(MADE)
    parts = [PACKERS[kind](made[at : at + 500]) for at in range(0, len(made), 500)]
    assert read_all(write(tmp_path, b"".join(parts))) == (expected(MADE), [])
    assert read_all(write(tmp_path, bytes(3000).join(parts) + bytes(700))) == (expected(MADE), [])


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_bytes_behind_are_said(tmp_path: Path, kind: str) -> None:
    packed = PACKERS[kind](pcap(MADE))
    for tail, start in ((b"behind", 0), (packed[:1], 0), (b"\0" * 2000 + b"x", 2000)):
        found, damages = read_all(write(tmp_path, packed + tail))
        assert found == expected(MADE)
        at = len(packed) + start
        assert damages == [
            f"At byte {at}: The {kind} data is followed by bytes that are none at byte {at} of the compressed file; "
            "packets behind are missing."
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_cut_data_gives_what_is_before_the_cut(tmp_path: Path, kind: str) -> None:
    noise = [one._replace(data=os.urandom(3000), length=0) for one in MADE]
    packed = PACKERS[kind](pcap(noise))
    before = len(os.listdir("/dev/fd"))
    for cut in (400_000, 555_555, len(packed) - 1):
        found, damages = read_all(write(tmp_path, packed[:cut]))
        assert 100 <= len(found) <= 200
        assert found == expected(noise)[: len(found)]
        assert damages[0] == (
            f"At byte {cut}: The {kind} data ends too early at byte {cut} of the compressed file; "
            "packets behind are missing."
        )
    for cut in (4, 5, 6):
        with pytest.raises(CaptureError, match=f"nothing in it to read .The {kind} data ends too early"):
            open_capture(write(tmp_path, packed[:cut]))
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("kind", KINDS)
def test_any_byte_changed_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    packed = PACKERS[kind](pcap(MADE[:20]))
    opened = 0
    for at in range(len(packed)):
        changed = bytearray(packed)
        changed[at] ^= 0x41
        with contextlib.suppress(CaptureError):
            read_all(write(tmp_path, bytes(changed)))
            opened += 1
    assert opened < len(packed), "some changes are refused"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_inside_may_be_no_capture(tmp_path: Path, kind: str) -> None:
    before = len(os.listdir("/dev/fd"))
    for inside, words in ((b"\x7fELF....", "an ELF program"), (gzip.compress(b"x"), "with gzip: it was packed twice")):
        with pytest.raises(CaptureError, match=words):
            open_capture(write(tmp_path, PACKERS[kind](inside)))
    with pytest.raises(CaptureError, match="nothing in it to read"):
        open_capture(write(tmp_path, PACKERS[kind](b"")))
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_stopped_and_what_came_before_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(compressed, "ALWAYS", 1 << 20)
    bomb = write(tmp_path, PACKERS[kind](pcap(MADE) + bytes(60_000_000)))
    if kind == "lz4":
        monkeypatch.setattr(compressed, "TIMES_LARGER", 10)
    most = bomb.stat().st_size * compressed.TIMES_LARGER + (1 << 20)
    with open_capture(bomb) as file:
        found = rows(file)
        assert found[: len(MADE)] == expected(MADE)
        assert file.size == most
        assert file.damages[0].offset <= bomb.stat().st_size
        assert f"it becomes more than {most} bytes; --max-size lets it." in file.damages[0].text


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_of_the_users_own(tmp_path: Path, kind: str) -> None:
    made = pcap(MADE)
    path = write(tmp_path, PACKERS[kind](made))
    with open_capture(path, most=len(made)) as file:
        assert (rows(file), file.damages) == (expected(MADE), [])
    with open_capture(path, most=len(made) - 1) as file:
        assert rows(file) == expected(MADE)[:-1]
        assert [f"more than {len(made) - 1} bytes" in file.damages[0].text, len(file.damages)] == [True, 2]
    with pytest.raises(CaptureError, match=r"nothing in it to read .*--max-size"):
        open_capture(path, most=0)


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = [one._replace(data=os.urandom(30_000), length=0) for one in MADE]
    path = write(tmp_path, gzip.compress(pcap(noise)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=(1 << 30) - 1))
    found, damages = read_all(path)
    assert 30 <= len(found) < 60
    assert found == expected(noise)[: len(found)]
    assert "less than 1 GB would be left" in damages[0]


def test_a_disk_that_takes_no_more_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = [one._replace(data=os.urandom(3000), length=0) for one in MADE]
    path = write(tmp_path, gzip.compress(pcap(noise)))
    whole, room = os.write, [100_000]

    def small(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        done = whole(descriptor, data[: room[0]])
        room[0] -= done
        return done

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", small)
        file = open_capture(path)
    with file:
        assert rows(file) == expected(noise)[:33]
        assert "takes no more (No space left on device); make room there." in file.damages[0].text


def test_progress_is_told_and_can_stop(tmp_path: Path) -> None:
    noise = [one._replace(data=os.urandom(5000)) for one in packets(600)]
    path = write(tmp_path, gzip.compress(pcap(noise), 1))
    told: list[tuple[int, int]] = []
    with open_capture(path, lambda *at: told.append(at)) as file:
        assert len(rows(file)) == 600
    assert [at for at, _ in told] == [1 << 20, 2 << 20]
    assert {size for _, size in told} == {path.stat().st_size}

    class StoppedError(Exception):
        pass

    def stop(*_: int) -> None:
        raise StoppedError

    before = len(os.listdir("/dev/fd"))
    with pytest.raises(StoppedError):
        open_capture(path, stop)
    assert len(os.listdir("/dev/fd")) == before


def test_the_unpacked_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with open_capture(write(tmp_path, gzip.compress(pcap(MADE)))) as file:
        assert list((tmp_path / "temporary").iterdir()) == []
        assert rows(file) == expected(MADE)


def test_a_missing_package_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(CaptureError, match="the Python package zstandard is needed"):
        open_capture(write(tmp_path, PACKERS["zstd"](pcap(MADE))))


def test_what_a_kind_raises_is_what_is_caught() -> None:
    for kind, error in (("gzip", zlib.error), ("zstd", zstandard.ZstdError), ("lz4", RuntimeError)):
        new, caught = compressed._unpackers("x", kind)
        assert caught is error
        with pytest.raises(caught):
            new().decompress(b"no compressed data at all")
