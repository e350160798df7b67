"""Where a new file goes and where not, nothing lost when it goes wrong, and tshark reads it without a word."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Container
from pathlib import Path

import pytest

from inspector.capture import write as write_module
from inspector.capture.files import open_capture
from inspector.capture.write import SaveError, save
from tests.capture.made import (
    expected,
    packets,
    pcap,
    pcapng,
    read_all,
    write,
)
from tests.capture.saving import EVERYTHING, MADE, asked, rich, saved, without_warning


def test_one_record_of_an_unusual_variant_is_refused_because_nobody_could_read_it(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="the chosen packets alone do not tell any more which"):
        saved(write(tmp_path, pcap(MADE, header=24)), {4})
    data, _ = saved(write(tmp_path, pcap(MADE, header=24)), {4}, comments={4: ["x"]})
    assert read_all(tmp_path / "saved")[0] == expected(MADE)[3:4]
    assert data[:4] == b"\x0a\x0d\x0d\x0a"


def test_a_damaged_file_of_which_one_record_is_left_is_refused_too(tmp_path: Path) -> None:
    """The reader tells the variant by records behind the damage, and those are not saved."""
    made = bytearray(pcap(MADE[:2], header=20))
    at = 24 + 20 + len(MADE[0].data)
    with pytest.raises(SaveError, match="the chosen packets alone do not tell any more which"):
        saved(write(tmp_path, bytes(made[: at + 30])))


def test_what_is_saved_is_for_its_owner_only(tmp_path: Path) -> None:
    saved(write(tmp_path, pcap(MADE)))
    assert (tmp_path / "saved").stat().st_mode & 0o777 == 0o600


def refused(source: Path, out: Path | str, force: bool = False) -> str:
    before = sorted(os.listdir(source.parent))
    data = source.read_bytes()
    with open_capture(source) as file, pytest.raises(SaveError) as caught:
        save(file, out, EVERYTHING, force=force)
    assert sorted(os.listdir(source.parent)) == before
    assert source.read_bytes() == data
    said = str(caught.value)
    assert said.endswith(".")
    assert said.isprintable()
    return said


@pytest.mark.parametrize("force", [False, True])
def test_never_over_the_open_capture_by_whatever_name(tmp_path: Path, force: bool) -> None:
    source = write(tmp_path, pcap(MADE))
    (tmp_path / "soft").symlink_to(source)
    os.link(source, tmp_path / "hard")
    (tmp_path / "folder").symlink_to(tmp_path)
    for name in ("made.capture", "soft", "hard", "./made.capture", "folder/made.capture"):
        assert "is the capture that is being read" in refused(source, f"{tmp_path}/{name}", force)


def test_a_compressed_capture_is_not_written_over_either(tmp_path: Path) -> None:
    import gzip

    source = write(tmp_path, gzip.compress(pcap(MADE)))
    assert "is the capture that is being read" in refused(source, source, True)
    assert saved(source)[0] == pcap(MADE)


def test_another_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    source = write(tmp_path, pcap(MADE))
    other = write(tmp_path, b"precious", "other")
    (tmp_path / "link").symlink_to(other)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("other", "link", "dangling"):
        assert "There is a file" in refused(source, tmp_path / name)
    assert other.read_bytes() == b"precious"
    with open_capture(source) as file:
        save(file, tmp_path / "link", EVERYTHING, force=True)
    assert other.read_bytes() == pcap(MADE)
    assert (tmp_path / "link").is_symlink()


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    source = write(tmp_path, pcap(MADE))
    assert "is a directory; name a file" in refused(source, tmp_path, True)
    assert "is no ordinary file" in refused(source, "/dev/null", True)
    assert "No such file or directory" in refused(source, tmp_path / "none" / "out")
    assert "cannot be written: Not a directory" in refused(source, source / "out")
    assert "cannot be written: " in refused(source, "a\0b")


def test_a_file_that_comes_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, pcap(MADE))
    whole = os.fsync

    def meanwhile(descriptor: int) -> None:
        (tmp_path / "out").write_bytes(b"somebody else's")
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with open_capture(source) as file, pytest.raises(SaveError, match=r"There is a file .* now"):
        save(file, tmp_path / "out", EVERYTHING)
    assert sorted(os.listdir(tmp_path)) == ["made.capture", "out"]
    assert (tmp_path / "out").read_bytes() == b"somebody else's"


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", never)
    assert saved(write(tmp_path, pcap(MADE)))[0] == pcap(MADE)


@pytest.mark.root
def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    """A real file system of 64 kB, filled by a capture of 600 kB."""
    source = write(tmp_path, pcap(packets(6000)))
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False).returncode:
        pytest.fail("root may mount a tmpfs")
    try:
        (disk / "other").write_bytes(b"precious")
        for name in ("out", "other"):
            with open_capture(source) as file, pytest.raises(SaveError, match="No space left on device"):
                save(file, disk / name, EVERYTHING, force=True)
        assert os.listdir(disk) == ["other"]
        assert (disk / "other").read_bytes() == b"precious"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_capture_that_shrinks_meanwhile_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, pcap(MADE))
    plan = write_module.plan

    def cut(*arguments: object) -> object:
        found = plan(*arguments)  # type: ignore[arg-type]
        os.truncate(source, 500)
        return found

    monkeypatch.setattr(write_module, "plan", cut)
    with open_capture(source) as file, pytest.raises(SaveError, match="the capture became shorter meanwhile"):
        save(file, tmp_path / "out", EVERYTHING)
    assert os.listdir(tmp_path) == ["made.capture"]


def test_a_broken_off_save_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with open_capture(write(tmp_path, pcap(MADE))) as file, pytest.raises(KeyboardInterrupt):
        save(file, tmp_path / "out", EVERYTHING)
    assert os.listdir(tmp_path) == ["made.capture"]


def test_a_capture_that_grows_is_saved_as_far_as_it_was_chosen(tmp_path: Path) -> None:
    made = pcapng(MADE)
    source = write(tmp_path, pcapng(MADE[:5]))
    with open_capture(source) as file:
        assert sum(map(len, file.scan())) == 5
        source.write_bytes(made)
        save(file, tmp_path / "out", range(1, file.count + 1))
    assert (tmp_path / "out").read_bytes() == pcapng(MADE[:5])


# tshark as judge


@pytest.mark.tshark
@pytest.mark.parametrize("chosen", [EVERYTHING, {2, 4, 5}, set()])
@pytest.mark.parametrize(
    "made",
    [
        pcap(MADE),
        pcap(MADE, ">", 24),
        pcap(MADE, magic=0xA1B23C4D),
        pcapng(MADE),
        pcapng(MADE, ">") + pcapng(MADE),
        b"".join([*rich("<")[:7], *rich("<")[8:]]),
        b"".join([*rich(">")[:7], *rich(">")[8:]]),
    ],
)
@pytest.mark.parametrize("noted", [False, True])
def test_tshark_reads_what_is_saved_without_a_warning(
    tmp_path: Path, made: bytes, chosen: Container[int], noted: bool
) -> None:
    comments = {2: ["a comment"]} if noted and 2 in chosen else {}
    saved(write(tmp_path, made), chosen, comments=comments)
    lines = without_warning(tmp_path / "saved").splitlines()
    found, damages = read_all(tmp_path / "saved")
    lines = [line for line in lines if line.split("\t")[0]]  # custom blocks, which tshark numbers, have no time
    assert ["\t".join(line.split("\t")[:3]) for line in lines] == asked(found)
    assert damages == []
    assert sum("a comment" in line for line in lines) == len(comments)


@pytest.mark.corpus
@pytest.mark.tshark
def test_tshark_says_of_a_saved_file_what_it_says_of_the_first(corpus: Path, tmp_path: Path) -> None:
    sources = sorted(corpus.glob("*.pcap*"))
    assert len(sources) > 10
    for source in sources:
        with open_capture(source) as file:
            save(file, tmp_path / source.name, EVERYTHING)
        assert (tmp_path / source.name).read_bytes() == source.read_bytes()
        with open_capture(tmp_path / source.name) as file:
            count = sum(map(len, file.scan()))
            save(file, tmp_path / f"half-{source.name}", range(1, count + 1, 2))
        without_warning(tmp_path / f"half-{source.name}")
