"""Captures from standard input: whole, compressed, too large, none, and gone afterwards."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from inspector.capture.files import CaptureError
from inspector.capture.write import SaveError, save
from inspector.session import spool
from inspector.session.spool import spooled
from tests.capture.made import packets, pcap, pcapng, write

MADE = packets(40)


def piped(data: bytes) -> BinaryIO:
    """The reading end of a real pipe into which somebody writes the data."""
    reader, writer = os.pipe()

    def fill() -> None:
        with os.fdopen(writer, "wb") as stream:
            stream.write(data)

    threading.Thread(target=fill, daemon=True).start()
    return os.fdopen(reader, "rb")


@pytest.mark.parametrize(
    "data", [pcap(MADE), pcapng(MADE, ">"), gzip.compress(pcap(MADE)), gzip.compress(pcapng(MADE))]
)
def test_a_pipe_is_a_capture_like_any_other(data: bytes) -> None:
    with piped(data) as stream:
        session = spooled(stream)
    assert session.load()
    assert (session.title, session.count, session.damages) == ("standard input", 40, [])
    assert [session.packet(number).sources[0].data for number in range(1, 41)] == [one.data for one in MADE]
    session.close()


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    session = spooled(io.BytesIO(pcap(MADE)))
    assert os.listdir(tmp_path) == []
    before = len(os.listdir("/dev/fd"))
    session.close()
    assert len(os.listdir("/dev/fd")) == before - 1


def test_what_is_no_capture_is_refused_without_the_name_of_our_own_file() -> None:
    with pytest.raises(CaptureError, match=r"^Standard input is empty; pipe a capture into it\.$"):
        spooled(io.BytesIO(b""))
    with pytest.raises(CaptureError, match=r"^Standard input is no capture file: it begins like an ELF program"):
        spooled(io.BytesIO(b"\x7fELF" + bytes(100)))


def test_a_limit_keeps_what_came_before_it() -> None:
    data = pcap(MADE)
    session = spooled(io.BytesIO(data), most=len(data) - 1)
    assert session.load()
    assert session.count == 39
    assert str(session.damages[0]) == (
        f"At byte {len(data) - 1}: Standard input was read up to here only: it has more than {len(data) - 1} bytes; "
        "--max-size lets it."
    )
    with pytest.raises(CaptureError, match=r"Nothing of standard input could be kept: .*--max-size lets it\.$"):
        spooled(io.BytesIO(data), most=0)


def test_a_disk_without_room_keeps_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "PIECE", 1000)
    free = iter([1 << 40, 1 << 40, 1 << 30])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    session = spooled(io.BytesIO(pcap(MADE)))
    session.load()
    assert 15 < session.count < 30
    assert "less than 1 GB would be left" in session.damages[0].text


def test_a_disk_that_takes_no_more_keeps_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, room = os.write, [1500]

    def small(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        done = whole(descriptor, data[: room[0]])
        room[0] -= done
        return done

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", small)
        session = spooled(io.BytesIO(pcap(MADE)))
    session.load()
    assert 10 < session.count < 20
    assert str(session.damages[0]).startswith("At byte 1500: Standard input was read up to here only: ")


def test_nothing_is_saved_over_the_file_that_standard_input_is(tmp_path: Path) -> None:
    source = write(tmp_path, pcap(MADE))
    with source.open("rb") as stream:
        session = spooled(stream)
    session.load()
    assert session.damages == []
    with pytest.raises(SaveError, match="is the capture that is being read"):
        save(session.capture, source, range(1, 41), force=True)
    assert source.read_bytes() == pcap(MADE)
