"""pcapng: blocks of all kinds, sections, interfaces, units of time, comments, and every kind of damage."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from inspector.capture import pcapng as pcapng_module
from inspector.capture.blocks import Block
from inspector.capture.files import Interface, open_capture
from inspector.capture.pcapng import PcapngFile
from tests.capture.made import (
    START,
    Packet,
    Row,
    block,
    enhanced,
    expected,
    interface,
    old,
    option,
    packets,
    pcapng,
    read_all,
    rows,
    section,
    simple,
    write,
)

MADE = packets()
ORDERS = ("<", ">")
HEAD = section() + interface()
COMMENT = 1


def opened(path: Path) -> PcapngFile:
    file = open_capture(path)
    assert isinstance(file, PcapngFile)
    return file


@pytest.mark.parametrize("order", ORDERS)
def test_both_byte_orders(tmp_path: Path, order: str) -> None:
    path = write(tmp_path, pcapng(MADE, order))
    assert read_all(path) == (expected(MADE), [])
    with open_capture(path) as file:
        assert file.format == f"pcapng, {'little' if order == '<' else 'big'}-endian"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("make", [enhanced, old])
def test_packets_of_both_kinds(tmp_path: Path, order: str, make: object) -> None:
    blocks = [make(one, order) for one in MADE]  # type: ignore[operator]
    data = b"".join([section(order), interface(order), *blocks])
    assert read_all(write(tmp_path, data)) == (expected(MADE), [])


@pytest.mark.parametrize("order", ORDERS)
def test_a_simple_packet_has_no_time_and_what_the_snap_length_leaves(tmp_path: Path, order: str) -> None:
    made = [Packet(0, 0, b"abc"), Packet(0, 0, b"0123456789", 70), Packet(0, 0, b"")]
    data = b"".join([section(order), interface(order, snaplen=10), *(simple(one, order) for one in made)])
    assert read_all(write(tmp_path, data)) == (expected(made), [])
    unlimited = section(order) + interface(order, snaplen=0) + simple(made[0], order)
    assert read_all(write(tmp_path, unlimited)) == (expected(made[:1]), [])


@pytest.mark.parametrize(
    "tsresol, units",
    [(0, 1), (3, 10**3), (6, 10**6), (7, 10**7), (9, 10**9), (12, 10**12), (0x80, 1), (0x8A, 2**10), (0x9E, 2**30)],
)
def test_units_of_time(tmp_path: Path, tsresol: int, units: int) -> None:
    one = Packet(START if units < 2**30 else 1_000_000, units // 2, b"abc")
    data = section() + interface(options=option(9, bytes([tsresol])))
    data += enhanced(one, units=units) * 3
    found, damages = read_all(write(tmp_path, data))
    assert {row.time for row in found} == {one.seconds * 10**9 + (units // 2) * 10**9 // units}
    assert (len(found), damages) == (3, [])


@pytest.mark.parametrize("order", ORDERS)
def test_an_offset_is_added_to_each_time(tmp_path: Path, order: str) -> None:
    shift = option(14, struct.pack(f"{order}q", -3600), order)
    data = section(order) + interface(order, options=shift) + b"".join(enhanced(one, order) for one in MADE)
    assert [row.time for row in read_all(write(tmp_path, data))[0]] == [
        row.time - 3600 * 10**9 for row in expected(MADE)
    ]


def test_a_unit_that_is_too_small_is_said(tmp_path: Path) -> None:
    data = section() + interface(options=option(9, b"\xff")) + enhanced(MADE[0])
    found, damages = read_all(write(tmp_path, data))
    assert found == expected(MADE[:1])
    assert damages == [
        "At byte 28: An interface counts time in a unit that is too small (0xff); microseconds are used."
    ]


def test_times_that_no_64_bits_hold_are_the_last_that_do(tmp_path: Path) -> None:
    late = Packet(2**43, 0, b"abc")
    data = HEAD + enhanced(MADE[0]) + enhanced(late) + enhanced(late) + enhanced(MADE[1])
    found, damages = read_all(write(tmp_path, data))
    assert [row.time for row in found[1:3]] == [2**63 - 1] * 2
    assert [found[0], found[3]] == expected(MADE[:2])
    assert len(damages) == 1
    assert "2262" in damages[0]


def test_interfaces_say_name_link_and_checksum_length(tmp_path: Path) -> None:
    named = interface(link=113, snaplen=96, options=option(2, b"lo\0") + option(13, b"\x04") + option(9, b"\x09"))
    path = write(tmp_path, HEAD + named + enhanced(MADE[0], number=1, units=10**9) + enhanced(MADE[1], number=0))
    with opened(path) as file:
        found = rows(file)
        assert file.interfaces == [
            Interface(1, 262144, resolution=1_000_000),
            Interface(113, 96, "lo", 10**9, fcs=4),
        ]
    assert found == expected(MADE[:1], 1, 113) + expected(MADE[1:2])


def test_alternating_interfaces_share_batches(tmp_path: Path) -> None:
    data = HEAD + interface(link=0) + b"".join(enhanced(one, number=at % 2) for at, one in enumerate(MADE))
    with opened(write(tmp_path, data)) as file:
        (batch,) = file.scan()
        assert batch.interfaces.tolist() == [0, 1] * 6
        assert batch.links.tolist() == [1, 0] * 6
        assert batch.link is None


def test_sections_of_different_order_have_their_own_interfaces(tmp_path: Path) -> None:
    data = pcapng(MADE[:3], "<") + section(">") + interface(">", link=101) + enhanced(MADE[3], ">") + pcapng(MADE[4:])
    path = write(tmp_path, data)
    made = expected(MADE)
    made[3] = made[3]._replace(link=101)
    assert read_all(path) == (made, [])
    assert read_all(path, limit=2) == (made, [])
    with opened(path) as file:
        assert len(rows(file)) == 12
        assert [one.section for one in file.interfaces] == [0, 1, 2]


def test_other_blocks_are_stepped_over_and_some_remembered(tmp_path: Path) -> None:
    between = [block(kind, os.urandom(40)) for kind in (4, 5, 9, 10, 0xBAD, 0x40000BAD, 0x77, 0x80000001)]
    data = HEAD + enhanced(MADE[0]) + b"".join(between) + enhanced(MADE[1])
    with opened(write(tmp_path, data)) as file:
        assert rows(file) == expected(MADE[:2])
        start = len(HEAD + enhanced(MADE[0]))
        kinds = (4, 5, 9, 10, 0xBAD, 0x40000BAD)
        assert file.blocks == [Block(kind, start + 52 * at, 52) for at, kind in enumerate(kinds)]
        assert file.damages == []


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("make", [enhanced, old])
@pytest.mark.parametrize("limit", [1, 2, 65536])
def test_comments_of_packets(tmp_path: Path, order: str, make: object, limit: int) -> None:
    two = option(COMMENT, "früh\x1b[2J".encode(), order) + option(2, b"\0\0\0\0", order) + option(COMMENT, b"", order)
    flags = option(2, b"\0\0\0\1", order) + option(0, b"", order)
    extras = [b"", two, flags, option(COMMENT, b"late", order)]
    blocks = [make(one, order, options=extra) for one, extra in zip(MADE, extras)]  # type: ignore[operator]
    with opened(write(tmp_path, b"".join([section(order), interface(order), *blocks]))) as file:
        assert rows(file, limit) == expected(MADE[:4])
        assert file.commented.tolist() == [2, 4]
        assert [file.comment(number) for number in range(6)] == [[], [], ["früh\x1b[2J", ""], [], ["late"], []]


def test_comments_of_sections(tmp_path: Path) -> None:
    data = section(options=option(COMMENT, b"made by hand")) + section(">", option(COMMENT, b"\xff", ">"))
    with opened(write(tmp_path, data)) as file:
        assert rows(file) == []
        assert file.comments == ["made by hand", "\ufffd"]


@pytest.mark.parametrize("piece", [1, 40, 100, 333, 1000])
@pytest.mark.parametrize("limit", [1, 5, 65536])
def test_pieces_and_limits_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, limit: int
) -> None:
    monkeypatch.setattr(pcapng_module, "PIECE", piece)
    data = pcapng(MADE[:6]) + block(5, b"statistics..") + pcapng(MADE[6:], ">")
    assert read_all(write(tmp_path, data), limit) == (expected(MADE), [])


def test_a_file_cut_anywhere_gives_all_packets_before_the_cut(tmp_path: Path) -> None:
    secrets = block(10, bytes(50), ">")
    data = pcapng(MADE[:4], ">") + secrets + pcapng(MADE[4:])
    ends = []
    at = 0
    for part in (*pcapng_parts(MADE[:4], ">"), secrets, *pcapng_parts(MADE[4:], "<")):
        at += len(part)
        ends.append((at, struct.unpack_from("<I", part)[0] in (6, 6 << 24)))
    for cut in range(28, len(data)):
        found, damages = read_all(write(tmp_path, data[:cut]))
        whole = [packet for end, packet in ends if end <= cut]
        assert found == expected(MADE[: sum(whole)])
        if cut in {end for end, _ in ends}:
            assert damages == []
            continue
        (damage,) = damages
        start = max((end for end, _ in ends if end <= cut), default=0)
        assert damage.startswith(
            f"At byte {start}: The file ends in the middle of a block, behind packet {sum(whole)}: {cut - start} of "
        )


def pcapng_parts(made: list[Packet], order: str) -> list[bytes]:
    return [section(order), interface(order), *(enhanced(one, order) for one in made)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("value", [0, 4, 11, 30, 61, 64, 500, 100_000, 0x7FFFFFF0, 0xFFFFFFFF])
@pytest.mark.parametrize("index", [2, 7, 13])
def test_a_wrong_block_length_costs_one_packet(tmp_path: Path, order: str, value: int, index: int) -> None:
    parts = pcapng_parts(MADE, order)
    start = sum(map(len, parts[:index]))
    data = bytearray(b"".join(parts))
    struct.pack_into(f"{order}I", data, start + 4, value)
    found, damages = read_all(write(tmp_path, bytes(data)))
    assert found == expected(MADE[: index - 2] + MADE[index - 1 :])
    assert len(damages) == 1
    assert damages[0].startswith(f"At byte {start}: ")


@pytest.mark.parametrize("order", ORDERS)
def test_a_wrong_length_at_the_end_of_a_block_costs_nothing(tmp_path: Path, order: str) -> None:
    parts = pcapng_parts(MADE, order)
    start, end = sum(map(len, parts[:5])), sum(map(len, parts[:6]))
    data = bytearray(b"".join(parts))
    data[end - 1] ^= 0x55
    assert read_all(write(tmp_path, bytes(data))) == (
        expected(MADE),
        [f"At byte {start}: A block says at its start that it has {end - start} bytes, and at its end another number."],
    )


@pytest.mark.parametrize("make", [enhanced, old])
def test_a_packet_larger_than_its_block_is_left_out(tmp_path: Path, make: object) -> None:
    parts = [section(), interface(), *(make(one) for one in MADE)]  # type: ignore[operator]
    start = sum(map(len, parts[:5]))
    data = bytearray(b"".join(parts))
    room = len(parts[5]) - 32
    struct.pack_into("<I", data, start + 20, room + 1)
    found, damages = read_all(write(tmp_path, bytes(data)))
    assert found == expected(MADE[:3] + MADE[4:])
    assert damages == [
        f"At byte {start}: A packet claims {room + 1} captured bytes, but its block has room for {room}; "
        "it is left out."
    ]


def test_blocks_too_short_for_what_they_are(tmp_path: Path) -> None:
    short = block(6, b"12345678") + block(2, b"") + block(3, b"") + block(1, b"abcd")
    found, damages = read_all(write(tmp_path, HEAD + short + enhanced(MADE[0])))
    assert found == expected(MADE[:1])
    assert len(damages) == 4
    assert all("too short" in damage for damage in damages)


def test_an_interface_that_nobody_described_is_said_once(tmp_path: Path) -> None:
    data = section() + enhanced(MADE[0], number=3) + interface() + enhanced(MADE[1], number=3) + enhanced(MADE[2])
    found, damages = read_all(write(tmp_path, data + section() + simple(MADE[0]) + simple(MADE[1])))
    assert found == expected(MADE[2:3])
    assert len(damages) == 2
    assert damages[0] == (
        "At byte 28: A packet names interface 3, which no block before it describes; "
        "packets of that interface are left out."
    )


def test_foreign_bytes_in_the_middle_are_left_out(tmp_path: Path) -> None:
    for order in ORDERS:
        parts = pcapng_parts(MADE, order)
        for garbage in (b"\0" * 7, b"\xff" * 99, b"\0" * 5000, os.urandom(3000), b"text" * 2000, b"\0\0\0\1" * 99):
            data = b"".join([*parts[:7], garbage, *parts[7:]])
            found, damages = read_all(write(tmp_path, data))
            assert found == expected(MADE)
            assert len(damages) == 1


def test_a_damaged_section_header_in_the_middle(tmp_path: Path) -> None:
    first = pcapng(MADE[:3])
    data = bytearray(first + pcapng(MADE[3:]))
    data[len(first) + 8] ^= 1
    found, damages = read_all(write(tmp_path, bytes(data)))
    assert found == expected(MADE)
    assert len(damages) == 1


def test_another_version_is_read_and_said(tmp_path: Path) -> None:
    data = section(version=2) + pcapng(MADE)[28:]
    assert read_all(write(tmp_path, data)) == (
        expected(MADE),
        ["At byte 12: A section says it is version 2 of pcapng; it is read as version 1."],
    )


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    data = pcapng(MADE[:5]) + pcapng(MADE[5:], ">")
    path = write(tmp_path, data[:30])
    found: list[Row] = []
    with open_capture(path) as file, path.open("ab") as writer:
        for at in range(30, len(data), 41):
            writer.write(data[at : at + 41])
            writer.flush()
            found += rows(file, limit=2)
            assert all("ends in the middle" in one.text for one in file.damages)
        assert found == expected(MADE)
        assert (file.damages, file.position) == ([], len(data))


def test_a_scan_can_be_left_and_taken_up_again(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcapng(MADE))) as file:
        for batch in file.scan(5):
            assert len(batch) == 5
            break
        assert rows(file) == expected(MADE)[5:]


def test_a_file_that_becomes_shorter_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng_module, "PIECE", 200)
    path = write(tmp_path, pcapng(MADE))
    with open_capture(path) as file:
        walk = file.scan(2)
        given = len(next(walk))
        os.truncate(path, len(HEAD) + 100)
        given += sum(map(len, walk))
        assert given <= 2
        assert "became shorter" in file.damages[-1].text


def test_hostile_files_take_a_bounded_time(tmp_path: Path) -> None:
    for order in ORDERS:
        start = pcapng(MADE[:2], order)
        nothing = block(6, bytes(20), order)[:-4]  # a block whose end does not agree
        for tail in (bytes(20_000_000), struct.pack(f"{order}III", 6, 32, 9) * 2_000_000, nothing * 300_000):
            began = time.process_time()
            found, _ = read_all(write(tmp_path, start + b"\xff" * 16 + tail))
            assert time.process_time() - began < 3
            assert found == expected(MADE[:2])


def test_many_interfaces_stay_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng_module, "MOST_INTERFACES", 3)
    with open_capture(write(tmp_path, section() + interface() * 5 + enhanced(MADE[0]))) as file:
        assert rows(file) == expected(MADE[:1])
        assert len(file.interfaces) == 3
        assert len(file.damages) == 2
