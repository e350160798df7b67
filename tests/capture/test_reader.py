"""What all formats share: reading at a place, damages, closing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inspector.capture.files import open_capture
from inspector.capture.reader import CaptureFile
from tests.capture.made import packets, pcap, write

MADE = packets()


def test_a_read_goes_on_where_the_system_gave_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.pread
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        (batch,) = file.scan()
        monkeypatch.setattr(os, "pread", lambda fd, length, offset: whole(fd, min(length, 7), offset))
        assert file.read(batch.offsets[4], batch.captured[4]) == MADE[4].data
        assert file.damages == []


def test_plain_files_have_no_comments(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        assert list(file.scan())
        assert (file.comment(1), file.comments) == ([], [])


def test_closing_twice_is_fine_and_closes(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    file = open_capture(write(tmp_path, pcap(MADE)))
    file.close()
    file.close()
    assert len(os.listdir("/dev/fd")) == before


def test_a_format_must_say_how_it_is_walked() -> None:
    bare = CaptureFile("x", -1, 0)
    with pytest.raises(NotImplementedError):
        next(iter(bare.scan()))
    with pytest.raises(NotImplementedError):
        print(bare.position)
