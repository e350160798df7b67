"""Opening: what is a capture and what is not, every byte changed, and what tshark says of the same files."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lz4.frame
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.capture.annex import annex_of
from inspector.capture.files import CaptureError, open_capture
from tests.capture.made import (
    block,
    enhanced,
    expected,
    interface,
    old,
    option,
    packets,
    pcap,
    pcap_header,
    pcapng,
    read_all,
    rows,
    section,
    simple,
    write,
)

MADE = packets()


def refusal(path: Path | str) -> str:
    with pytest.raises(CaptureError) as caught:
        open_capture(path)
    said = str(caught.value)
    assert said.endswith(".")
    assert said.isprintable()
    return said


def test_a_path_may_be_text_or_path(tmp_path: Path) -> None:
    path = write(tmp_path, pcap(MADE))
    for given_path in (path, str(path)):
        with open_capture(given_path) as file:
            assert (file.path, file.size) == (str(path), path.stat().st_size)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == f"There is no file {tmp_path}/none; check the path."
    assert refusal(tmp_path) == f"{tmp_path} is a directory; name a capture file in it."
    assert refusal("/dev/null") == "/dev/null is not an ordinary file but a device; copy what it gives to a file."
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300))
    assert "cannot be opened" in refusal("a\0b")
    write(tmp_path, b"")
    assert "cannot be opened: Not a directory" in refusal(tmp_path / "made.capture" / "x")
    os.mkfifo(tmp_path / "pipe")
    assert "is not an ordinary file but a pipe" in refusal(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert "cannot be opened" in refusal(tmp_path / "socket")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, pcap(MADE))
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", forbidden)
        said = refusal(path)
    assert said == f"{path} may not be read by this user; change its permissions or copy it."


def test_a_disk_that_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = write(tmp_path, pcap(MADE))
    before = len(os.listdir("/dev/fd"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", broken)
        assert refusal(path) == f"{path} cannot be read: Input/output error."
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(
    "start, words",
    [
        (b"", "is empty: a capture file has at least a header of 24 bytes"),
        (b"\x7fELF\x02\x01\x01", "it begins like an ELF program"),
        (b"%PDF-1.7", "it begins like a PDF document"),
        (b"PK\x03\x04", "it begins like a zip archive"),
        (b"\0" * 100, "it begins with zero bytes"),
        (b"\n GET / HTTP/1.1\r\nHost: x\r\n", "it is a text file that begins with “GET / HTTP/1.1”"),
        ("grüße, ".encode() * 90, "it is a text file that begins with “grüße, "),
        (b"\xde\xad\xbe\xef\x01\x02\x03\x04\x05", "it begins with the bytes de ad be ef 01 02 03 04"),
        (b"\xa1\xb2\xc3", "it begins with the bytes a1 b2 c3"),
        (b"\x0a\x0d\x0d\x0a\x1c", "is cut short: the first block of a pcapng file has at least 28 bytes"),
        (pcapng(MADE)[:27], "but the whole file has 27"),
        (pcapng(MADE)[:8] + b"0123" + pcapng(MADE)[12:], "byte-order magic should be 1a 2b 3c 4d"),
        (pcap_header()[:4], "is cut short: the header of a pcap file has 24 bytes, but the whole file has 4"),
        (pcap_header()[:23], "but the whole file has 23"),
        (pcap_header(magic=0x1C0001AC), "the header of a pcap file has 28 bytes, but the whole file has 24"),
    ],
)
def test_what_is_no_capture_is_refused_with_what_it_looks_like(tmp_path: Path, start: bytes, words: str) -> None:
    said = refusal(write(tmp_path, start))
    assert said.startswith(f"{tmp_path}/made.capture ")
    assert words in said


def test_nothing_of_a_refusal_steers_the_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in refusal(write(tmp_path, b"\xff\x1b[2J", "\x1b[31m.pcap"))
    assert "\x1b" not in refusal(write(tmp_path, "text\x9b2J\u202e".encode(), "b"))


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    path = write(tmp_path, b"no capture")
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        refusal(path)
    assert len(os.listdir("/dev/fd")) == before


def look(path: Path) -> None:
    """A file may be anything: it is refused in one sentence or read to its end, at once."""
    began = time.process_time()
    try:
        file = open_capture(path)
    except CaptureError:
        refusal(path)
        return
    with file:
        found = rows(file)
        assert sum(len(row.data) for row in found) <= file.size
        assert rows(file) == []
        assert file.position <= file.size
        annex_of(file)
        for number in range(len(found) + 2):
            assert all(isinstance(comment, str) for comment in file.comment(number))
        # Damage of compressed data has its offset there, and damage of what was in it has it in what was unpacked.
        end = max(file.size, path.stat().st_size)
        assert all(0 <= damage.offset <= end and damage.text.endswith(".") for damage in file.damages)
    assert time.process_time() - began < 1


def every_change(data: bytes, path: Path) -> None:
    for at in range(min(len(data), 4096)):
        changed = bytearray(data)
        changed[at] ^= 0x80 >> at % 8 if at % 3 else 0xFF
        path.write_bytes(changed)
        look(path)


def every_cut(data: bytes, path: Path) -> None:
    for cut in range(min(len(data), 4096)):
        path.write_bytes(data[:cut])
        look(path)


@pytest.mark.parametrize("made", [pcap(MADE), pcap(MADE, ">", 24), pcapng(MADE), pcapng(MADE, ">")])
def test_a_file_with_any_byte_changed_or_cut_anywhere(tmp_path: Path, made: bytes) -> None:
    every_change(made, tmp_path / "changed")
    every_cut(made, tmp_path / "cut")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress, lz4.frame.compress])
@pytest.mark.parametrize("made", [pcap(MADE), pcapng(MADE, ">")])
def test_a_compressed_file_with_any_byte_changed_or_cut_anywhere(
    tmp_path: Path, pack: Callable[[bytes], bytes], made: bytes
) -> None:
    packed = pack(made)
    every_change(packed, tmp_path / "changed")
    every_cut(packed, tmp_path / "cut")


def test_a_file_of_every_block_with_any_byte_changed_or_cut_anywhere(tmp_path: Path) -> None:
    """Names, secrets, statistics, comments, several interfaces, both orders: all of a pcapng file's first bytes."""
    made = every_block("<") + every_block(">")
    every_change(made, tmp_path / "changed")
    every_cut(made, tmp_path / "cut")


def every_block(order: str) -> bytes:
    noted = option(1, b"a comment", order) + option(2, b"\0\0\0\1", order) + option(0, b"", order)
    times = option(9, b"\x09", order) + option(14, bytes(8), order)
    named = option(2, b"eth0", order) + option(3, b"first", order) + option(11, b"\0tcp", order)
    counted = option(2, bytes(8), order) + option(4, bytes(8), order) + option(1, b"counted", order)
    return b"".join(
        [
            section(order, noted + option(4, b"made by hand", order)),
            interface(order, options=named),
            interface(order, link=101, options=times),
            block(4, struct.pack(f"{order}HH", 1, 6) + b"\x7f\0\0\1a\0\0\0" + bytes(4), order),
            enhanced(MADE[0], order, options=noted),
            enhanced(MADE[1], order, number=1, units=10**9),
            block(10, struct.pack(f"{order}II", 0x544C534B, 8) + b"CLIENT_R", order),
            old(MADE[2], order, options=noted),
            simple(MADE[3], order),
            block(0x77, b"unknown!", order),
            block(5, struct.pack(f"{order}III", 1, 1, 2) + counted, order),
        ]
    )


bases = st.sampled_from(
    [pcap(MADE), pcap(MADE, ">"), pcap(MADE, exchanged=True, version=(2, 2)), pcapng(MADE), pcapng(MADE, ">")]
)
splices = st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 60), st.binary(max_size=60)), max_size=6)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=bases, changes=splices)
def test_any_bytes_are_refused_or_read(tmp_path: Path, base: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    data = base
    for at, left_out, instead in changes:
        data = data[:at] + instead + data[at + left_out :]
    look(write(tmp_path, data))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from([pcap_header(), pcap_header(">"), pcapng([]), pcapng([], ">")]), rest=st.binary())
def test_any_bytes_behind_a_right_start_are_read(tmp_path: Path, start: bytes, rest: bytes) -> None:
    look(write(tmp_path, start + rest))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=bases, steps=st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_a_file_that_grows_in_any_steps_gives_the_same(tmp_path: Path, base: bytes, steps: list[int]) -> None:
    at = 30
    path = write(tmp_path, base[:at])
    with open_capture(path) as file:
        found = rows(file)
        for step in [*steps, len(base)]:
            path.open("ab").write(base[at : at + step])
            at += step
            found += rows(file)
        assert found == expected(MADE)
        assert file.damages == []


# tshark leaves the pseudo-header of these link types out of the lengths, or does not know the link type at all, or
# reads a fraction of a second above 2^31 as negative.
NOT_ASKED = {
    "atm-heapoverflow.pcap": "link type 123: tshark counts without the pseudo-header",
    "brcm-tag.pcap": "link type 281 is unknown to tshark",
    "frf16_magic_ie-oobr.pcap": "link type 182 is unknown to tshark",
    "kday6.pcap": "link type 182 is unknown to tshark",
    "vtp_asan-3.pcap": "link type 182 is unknown to tshark",
    "rx_serviceid_oobr.pcap": "a fraction of 4 billion microseconds, negative for tshark",
}


def asked(path: Path) -> list[tuple[int, int, int]]:
    """Time, length and captured length of each packet as tshark prints them; records that are no packets left out.

    tshark numbers pcapng's custom blocks like packets (their protocol is "data", they have no link type).
    """
    program = shutil.which("tshark")
    assert program
    fields = ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type"]
    command = [program, "-n", "-r", str(path), "-T", "fields", *(word for one in fields for word in ("-e", one))]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = [line.split("\t") for line in said.splitlines()]
    return [
        (int(time_epoch.replace(".", "") or 0), int(length), int(kept))
        for time_epoch, length, kept, encapsulation in lines
        if encapsulation
    ]


@pytest.mark.corpus
@pytest.mark.tshark
def test_times_and_lengths_of_the_corpus_are_those_of_tshark(corpus: Path) -> None:
    paths = sorted(one for one in corpus.rglob("*.pcap*") if one.name not in NOT_ASKED)
    compared = 0
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(asked, paths))
    for path, answer in zip(paths, answers):
        found, damages = read_all(path)
        assert [(row.time, row.length, len(row.data)) for row in found] == answer, path.name
        assert damages == [], path.name
        compared += len(found)
    print(f"{compared} packets of {len(paths)} files compared")
    assert compared > 2500


@pytest.mark.corpus
def test_files_that_tshark_is_not_asked_about_open_all_the_same(corpus: Path) -> None:
    for name in NOT_ASKED:
        found, damages = read_all(corpus / "malformed" / name)
        assert found, name
        assert damages == [], name


@pytest.mark.corpus
def test_the_corpus_with_any_byte_changed_or_cut_anywhere(corpus: Path, tmp_path: Path) -> None:
    for name in ("dhcp-nanosecond.pcap", "pcapng-big-endian-difficult.pcapng", "tcp-badsegments.pcap"):
        data = (corpus / name).read_bytes()
        every_change(data, tmp_path / "changed")
        every_cut(data, tmp_path / "cut")


@pytest.mark.tshark
@pytest.mark.parametrize("made", [pcap(MADE), pcapng(MADE), pcapng(MADE, ">")])
def test_a_cut_file_gives_what_tshark_gives(tmp_path: Path, made: bytes) -> None:
    for cut in (len(made) - 1, len(made) - 70, len(made) // 2, 120):
        path = write(tmp_path, made[:cut])
        found, _ = read_all(path)
        assert [(row.time, row.length, len(row.data)) for row in found] == asked(path)
