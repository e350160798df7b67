"""Saving a selection: every byte of what is kept, and nothing lost when it goes wrong."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Container, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.capture import write as write_module
from inspector.capture.files import open_capture
from inspector.capture.write import Saved, SaveError, save
from tests.capture.made import (
    Packet,
    Row,
    block,
    enhanced,
    expected,
    interface,
    old,
    option,
    packets,
    pcap,
    pcapng,
    read_all,
    section,
    simple,
    write,
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


@pytest.mark.parametrize("made", [pcap(MADE), pcap(MADE, ">", 24), pcap(MADE, magic=0xA1B23C4D), pcap([])])
def test_all_of_a_pcap_file_is_the_same_file(tmp_path: Path, made: bytes) -> None:
    data, said = saved(write(tmp_path, made))
    assert data == made
    assert said == Saved(len(read_all(tmp_path / "saved")[0]), 0, len(made), False)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("header", [16, 20, 24])
def test_chosen_records_keep_their_bytes(tmp_path: Path, order: str, header: int) -> None:
    made = pcap(MADE, order, header)
    start = 24
    records = []
    for one in MADE:
        records.append(made[start : start + header + len(one.data)])
        start += len(records[-1])
    for chosen in ({1, 2, 3}, {2, 5, 6, 12}, set(range(1, 13, 2)), set()):
        data, said = saved(write(tmp_path, made), chosen)
        assert data == made[:24] + b"".join(records[number - 1] for number in sorted(chosen))
        assert said.packets == len(chosen)
        assert read_all(tmp_path / "saved")[0] == [expected(MADE)[number - 1] for number in sorted(chosen)]


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


def test_all_of_a_pcapng_file_is_the_same_file(tmp_path: Path) -> None:
    made = b"".join(rich("<") + rich(">"))
    data, said = saved(write(tmp_path, made))
    assert (data, said) == (made, Saved(10, 2, len(made), False))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(st.sampled_from(ORDERS), min_size=1, max_size=3), data=st.data())
def test_a_selection_takes_out_packets_and_nothing_else(tmp_path: Path, orders: list[str], data: st.DataObject) -> None:
    parts = [part for order in orders for part in rich(order)]
    places = [13 * i + at for i in range(len(orders)) for at in PACKETS_IN_RICH]
    chosen = data.draw(st.sets(st.integers(1, len(places))))
    secrets = data.draw(st.booleans())
    gone = {place for number, place in enumerate(places, 1) if number not in chosen}
    if not secrets:
        gone |= {13 * i + 4 for i in range(len(orders))}
    source = write(tmp_path, b"".join(parts))
    found, said = saved(source, chosen, secrets=secrets)
    assert blocks(found) == [part for at, part in enumerate(parts) if at not in gone]
    assert (said.packets, said.secrets) == (len(chosen), len(orders) if secrets else 0)
    all_rows, _ = read_all(source)
    assert read_all(tmp_path / "saved") == ([all_rows[number - 1] for number in sorted(chosen)], [])
    again, _ = saved(write(tmp_path, found, "again"))
    assert again == found


@pytest.mark.parametrize("order", ORDERS)
def test_a_section_that_says_its_length_says_the_new_one(tmp_path: Path, order: str) -> None:
    body = [interface(order), *(enhanced(one, order) for one in MADE)]
    length = len(b"".join(body))
    head = bytearray(section(order))
    head[16:24] = struct.pack(f"{order}q", length)
    made = bytes(head) + b"".join(body)
    two = made + b"".join(rich(order))
    assert saved(write(tmp_path, two))[0] == two
    found, _ = saved(write(tmp_path, two), set(range(3, 18)))
    assert struct.unpack_from(f"{order}q", found, 16) == (length - len(body[1]) - len(body[2]),)
    assert blocks(found)[1:] == [body[0], *body[3:], *rich(order)]


def test_damaged_places_are_left_out_and_lengths_mended(tmp_path: Path) -> None:
    parts = rich("<")
    uneven = bytearray(parts[11])
    uneven[-4:] = b"\x01\x02\x03\x04"
    made = b"".join([*parts[:9], b"\xff" * 30, *parts[9:11], bytes(uneven), parts[12], parts[6][:40]])
    found, _ = saved(write(tmp_path, made))
    assert blocks(found) == parts
    records = pcap(MADE)
    second = 24 + 16 + len(MADE[0].data)
    broken = records[:second] + b"\xff" * 50 + records[second:] + b"rest"
    assert saved(write(tmp_path, broken))[0] == records


@pytest.mark.parametrize("order", ORDERS)
def test_comments_are_added_to_packets_of_every_kind(tmp_path: Path, order: str) -> None:
    source = write(tmp_path, b"".join(rich(order)))
    comments = {number: [f"{number}: grüß \x1b", "second"] for number in range(1, 6)}
    found, said = saved(source, comments=comments)
    before, after = rich(order), blocks(found)
    assert [after[at] for at in range(13) if at not in PACKETS_IN_RICH] == [
        before[at] for at in range(13) if at not in PACKETS_IN_RICH
    ]
    assert said.converted is False
    assert read_all(tmp_path / "saved") == read_all(source)
    with open_capture(tmp_path / "saved") as file:
        list(file.scan())
        assert [file.comment(number) for number in range(1, 6)] == [
            [*(["early"] if number == 1 else []), *comments[number]] for number in range(1, 6)
        ]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic, unit", [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_a_pcap_file_with_a_comment_becomes_pcapng(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    source = write(tmp_path, pcap(MADE, order, magic=magic, network=0x1400_0071))
    data, said = saved(source, {1, 3, 7}, comments={3: ["three"]})
    assert said.converted is True
    chosen = [expected(MADE, unit, 113)[number - 1] for number in (1, 3, 7)]
    assert read_all(tmp_path / "saved") == (chosen, [])
    with open_capture(tmp_path / "saved") as file, open_capture(source) as before:
        list(file.scan())
        assert file.comment(2) == ["three"]
        assert file.interfaces == before.interfaces
        assert file.interfaces[0].fcs == 2
    assert len(blocks(data)) == 5


def test_comments_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path, pcapng(MADE))
    with pytest.raises(SaveError, match=r"The comment for packet 2 has 65536 bytes"):
        saved(source, comments={2: ["x" * 65536]})
    with pytest.raises(SaveError, match=r"Packet 2 is to get a comment but is not among those"):
        saved(source, {1}, comments={2: ["x"]})
    saved(source, comments={2: ["ü" * 32767]})
    with open_capture(tmp_path / "saved") as file:
        list(file.scan())
        assert file.comment(2) == ["ü" * 32767]


def test_options_that_make_no_sense_stay_behind_the_comment(tmp_path: Path) -> None:
    odd = option(2, b"\0\0\0\1") + struct.pack("<HH", 77, 60000) + b"rest"
    source = write(tmp_path, section() + interface() + enhanced(MADE[0], options=odd))
    found, _ = saved(source, comments={1: ["new"]})
    assert odd[8:] in found
    with open_capture(tmp_path / "saved") as file:
        list(file.scan())
        assert file.comment(1) == ["new"]


SAID_OF_A_WHOLE_FILE = ("too small", "2262", "is version")
bases = st.sampled_from(
    [pcap(MADE), pcap(MADE, ">", magic=0xA1B23C4D), pcapng(MADE), b"".join(rich("<") + rich(">")), pcapng(MADE, ">")]
)
splices = st.lists(st.tuples(st.integers(28, 1500), st.integers(0, 60), st.binary(max_size=60)), max_size=4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=bases, changes=splices)
def test_what_is_saved_of_a_damaged_file_is_whole(
    tmp_path: Path, base: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    data = base
    for at, left_out, instead in changes:
        data = data[:at] + instead + data[at + left_out :]
    source = write(tmp_path, data)
    found, _ = read_all(source)
    first, _ = saved(source)
    again, damages = read_all(tmp_path / "saved")
    assert again == found
    assert [damage for damage in damages if not any(words in damage for words in SAID_OF_A_WHOLE_FILE)] == []
    assert saved(write(tmp_path, first, "first"))[0] == first


# Where the new file goes


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


def asked(rows: Sequence[Row]) -> list[str]:
    return [f"{row.time // 10**9}.{row.time % 10**9:09d}\t{row.length}\t{len(row.data)}" for row in rows]


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
