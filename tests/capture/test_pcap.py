"""Plain pcap: every variant, and every kind of damage."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

import pytest

from inspector.capture import pcap as pcap_module
from inspector.capture.files import open_capture
from tests.capture.made import Packet, expected, packets, pcap, pcap_header, pcap_record, read_all, rows, write

MADE = packets()
RECORDS = [pcap_record(one) for one in MADE]
ORDERS = ("<", ">")


def starts() -> list[int]:
    """Where each record of the plain file begins, and where the file ends."""
    found = [24]
    for record in RECORDS:
        found.append(found[-1] + len(record))
    return found


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic, unit", [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_both_byte_orders_and_resolutions(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    path = write(tmp_path, pcap(MADE, order, magic=magic))
    assert read_all(path) == (expected(MADE, unit), [])
    with open_capture(path) as file:
        words = ("little" if order == "<" else "big", "micro" if unit == 1000 else "nano")
        assert file.format == "pcap, {}-endian, {}seconds".format(*words)
        assert file.interfaces[0].resolution == 10**9 // unit


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic, header", [(0xA1B2C3D4, 20), (0xA1B2C3D4, 24), (0xA1B2CD34, 24), (0xA1B2CD34, 28)])
@pytest.mark.parametrize("count", [2, 3, 12])
def test_longer_record_headers_are_found_out(tmp_path: Path, order: str, magic: int, header: int, count: int) -> None:
    path = write(tmp_path, pcap(MADE[:count], order, header, magic=magic))
    assert read_all(path) == (expected(MADE[:count]), [])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic", [0x1C0001AB, 0x1C0001AC])
def test_ixia_says_the_size_of_all_records_behind_the_header(tmp_path: Path, order: str, magic: int) -> None:
    data = pcap(MADE, order, magic=magic)
    size = struct.pack(f"{order}I", len(data) - 24)
    assert read_all(write(tmp_path, data[:24] + size + data[24:])) == (expected(MADE), [])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("version", [(2, 2), (2, 3), (543, 0)])
def test_old_versions_have_the_lengths_the_other_way_round(
    tmp_path: Path, order: str, version: tuple[int, int]
) -> None:
    path = write(tmp_path, pcap(MADE, order, exchanged=True, version=version))
    assert read_all(path) == (expected(MADE), [])
    assert read_all(path, limit=5) == (expected(MADE), [])


def test_version_2_3_comes_both_ways(tmp_path: Path) -> None:
    assert read_all(write(tmp_path, pcap(MADE, version=(2, 3)))) == (expected(MADE), [])


@pytest.mark.parametrize("network, link", [(6, 1), (9, 6), (15, 10), (24, 0)])
def test_aix_has_its_own_link_types_and_nanoseconds(tmp_path: Path, network: int, link: int) -> None:
    path = write(tmp_path, pcap(MADE, ">", exchanged=True, version=(2, 2), network=network))
    assert read_all(path) == (expected(MADE, 1, link), [])


def test_upper_bits_of_the_network_say_checksum_length_and_class(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE, network=0x2624_0071))) as file:
        assert file.interfaces[0][:2] == (113, 262144)
        assert (file.interfaces[0].fcs, file.interfaces[0].link_class) == (4, 0x224)
        assert rows(file) == expected(MADE, link=113)
    with open_capture(write(tmp_path, pcap(MADE, network=0x2000_0071))) as file:
        assert file.interfaces[0].fcs is None


def test_an_unknown_version_is_read_and_said(tmp_path: Path) -> None:
    found, damages = read_all(write(tmp_path, pcap(MADE, version=(7, 4))))
    assert found == expected(MADE)
    assert damages == ["At byte 4: The file says it is version 7.4 of pcap; it is read as version 2.4."]


@pytest.mark.parametrize("piece", [1, 16, 100, 333, 1000])
@pytest.mark.parametrize("limit", [1, 5, 65536])
def test_pieces_and_limits_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, limit: int
) -> None:
    monkeypatch.setattr(pcap_module, "PIECE", piece)
    for data in (pcap(MADE), pcap(MADE, exchanged=True, version=(2, 2))):
        assert read_all(write(tmp_path, data), limit) == (expected(MADE), [])


def test_a_limit_of_packets_makes_batches_of_that_many(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        batches = list(file.scan(5))
    assert [len(batch) for batch in batches] == [5, 5, 2]
    assert batches[0].data is batches[2].data, "the piece is read once"


def test_a_header_alone_is_a_capture_without_packets(tmp_path: Path) -> None:
    assert read_all(write(tmp_path, pcap_header())) == ([], [])


def test_packets_without_bytes_are_packets(tmp_path: Path) -> None:
    made = [Packet(1, 2, b"", 0), Packet(1, 3, b"", 40)]
    assert read_all(write(tmp_path, pcap(made))) == (expected(made), [])


def test_a_snap_length_above_the_usual_is_believed_within_reason(tmp_path: Path) -> None:
    made = [Packet(9, 9, bytes(300_000)), Packet(9, 9, b"after")]
    assert read_all(write(tmp_path, pcap(made, snaplen=400_000))) == (expected(made), [])
    found, damages = read_all(write(tmp_path, pcap(MADE + made + MADE)))
    assert found == expected([*MADE, made[1], *MADE])[:12] + expected(MADE), "the small one has no time near the others"
    assert len(damages) == 1


def test_a_file_cut_anywhere_gives_all_packets_before_the_cut(tmp_path: Path) -> None:
    data = pcap(MADE)
    for cut in range(24, len(data)):
        found, damages = read_all(write(tmp_path, data[:cut]))
        whole = sum(start <= cut for start in starts()) - 1
        assert found == expected(MADE[:whole])
        if cut in starts():
            assert damages == []
            continue
        (damage,) = damages
        assert damage.startswith(f"At byte {starts()[whole]}: The file ends in the middle of packet {whole + 1}: ")


def test_a_cut_names_how_much_is_there(tmp_path: Path) -> None:
    data = pcap(MADE)
    assert read_all(write(tmp_path, data[:30]))[1] == [
        "At byte 24: The file ends in the middle of packet 1: 6 of the 16 bytes of its header are there; "
        "the packet is left out."
    ]
    assert read_all(write(tmp_path, data[:50]))[1] == [
        "At byte 24: The file ends in the middle of packet 1: 10 of its 60 captured bytes are there; "
        "the packet is left out."
    ]


def damage(index: int, word: int, value: int, order: str = "<") -> bytes:
    """The file with one word of one record's header changed: 0 seconds, 1 fraction, 2 captured, 3 length."""
    data = bytearray(pcap(MADE, order))
    struct.pack_into(f"{order}I", data, starts()[index] + 4 * word, value)
    return bytes(data)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("index", [0, 1, 5, 10])
@pytest.mark.parametrize("value", [0x7FFFFFFF, 0xFFFFFFFF, 262_145, 200_000, 5_000, 1_500])
def test_a_captured_length_that_is_too_large_costs_one_packet(
    tmp_path: Path, order: str, index: int, value: int
) -> None:
    found, damages = read_all(write(tmp_path, damage(index, 2, value, order)))
    assert found == expected(MADE[:index] + MADE[index + 1 :])
    start, after = starts()[index : index + 2]
    assert damages == [
        f"At byte {start}: The header of packet {index + 1} has impossible lengths; {after - start} bytes were left "
        f"out up to the next packet, at byte {after}."
    ]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("value", [0, 1, 3, 16, 40])
def test_a_captured_length_that_is_too_small_costs_the_end_of_a_packet(tmp_path: Path, order: str, value: int) -> None:
    found, damages = read_all(write(tmp_path, damage(5, 2, value, order)))
    cut = Packet(MADE[5].seconds, MADE[5].fraction, MADE[5].data[:value], MADE[5].wire)
    assert found == expected([*MADE[:5], cut, *MADE[6:]])
    assert len(damages) == 1
    assert damages[0].startswith(f"At byte {starts()[5] + 16 + value}: ")


def test_the_last_length_in_the_file_has_nothing_behind_it(tmp_path: Path) -> None:
    found, damages = read_all(write(tmp_path, damage(11, 2, 0x7FFFFFFF)))
    assert found == expected(MADE[:11])
    rest = len(RECORDS[11])
    assert damages == [
        f"At byte {starts()[11]}: The header of packet 12 has impossible lengths, and no packet can be found in "
        f"the last {rest} bytes of the file."
    ]


@pytest.mark.parametrize(
    "garbage", [b"\0" * 7, b"\xff" * 99, b"\0" * 5000 + b"\xff", os.urandom(3000), b"text " * 2000]
)
def test_foreign_bytes_in_the_middle_are_left_out(tmp_path: Path, garbage: bytes) -> None:
    at = starts()[6]
    data = pcap(MADE)
    found, damages = read_all(write(tmp_path, data[:at] + garbage + data[at:]))
    found = [row for row in found if row.time > 0]  # zero bytes are empty packets of 1970, for tshark too
    assert found == expected(MADE)
    assert len(damages) == 1


def test_lengths_of_a_writer_that_is_always_wrong_are_believed(tmp_path: Path) -> None:
    made = [one._replace(length=len(one.data) - 4) for one in MADE]
    found, damages = read_all(write(tmp_path, pcap(made)))
    assert (found, damages) == (expected(made), [])


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    data = pcap(MADE)
    path = write(tmp_path, data[:24])
    found = []
    with open_capture(path) as file, path.open("ab") as writer:
        for at in range(24, len(data), 41):
            writer.write(data[at : at + 41])
            writer.flush()
            found += rows(file)
            assert file.size == min(at + 41, len(data))
            assert all("ends in the middle" in one.text for one in file.damages)
        assert found == expected(MADE)
        assert (file.damages, file.position) == ([], len(data))
        assert list(file.scan()) == []


def test_a_scan_can_be_left_and_taken_up_again(tmp_path: Path) -> None:
    with open_capture(write(tmp_path, pcap(MADE))) as file:
        for batch in file.scan(4):
            assert len(batch) == 4
            break
        assert rows(file) == expected(MADE)[4:]


def test_a_file_that_becomes_shorter_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, pcap(MADE))
    with open_capture(path) as file:
        batch = next(file.scan())
        whole = file.size
        os.truncate(path, batch.offsets[3] + 10)
        assert file.read(batch.offsets[2], batch.captured[2]) == MADE[2].data
        assert file.damages == []
        assert file.read(batch.offsets[3], batch.captured[3]) == MADE[3].data[:10]
        assert file.read(batch.offsets[9], batch.captured[9]) == b""
        (damage,) = file.damages
        assert damage.offset == batch.offsets[3] + 10
        assert f"it had {whole} bytes and has {damage.offset} now" in damage.text
        assert rows(file) == []


def test_a_file_that_becomes_shorter_before_it_is_walked_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcap_module, "PIECE", 100)
    path = write(tmp_path, pcap(MADE))
    with open_capture(path) as file:
        walk = file.scan(2)
        given = len(next(walk))
        os.truncate(path, starts()[3])
        given += sum(map(len, walk))
        assert "became shorter" in file.damages[-1].text
        assert given + len(rows(file)) == 3, "three packets are whole"
        assert rows(file) == []


def test_the_list_of_damages_ends_somewhere(tmp_path: Path) -> None:
    bad = bytearray(RECORDS[0])
    struct.pack_into("<I", bad, 8, 0xFFFFFFFF)
    with open_capture(write(tmp_path, pcap_header() + (RECORDS[0] + RECORDS[1] + bytes(bad)) * 1500)) as file:
        assert sum(map(len, file.scan())) == 3000
        assert len(file.damages) == 1002
        assert file.damages[-2].text == "499 more damaged places follow that are not listed."


@pytest.mark.parametrize("order", ORDERS)
def test_hostile_files_take_a_bounded_time(tmp_path: Path, order: str) -> None:
    near = struct.pack(f"{order}I", MADE[0].seconds)
    start = pcap_header(order) + pcap_record(MADE[0], order)
    no_chain = pcap_record(Packet(MADE[0].seconds, 1, b"", 1_000), order)[:8] + struct.pack(f"{order}II", 9, 99)
    for tail in (bytes([255]) * 30_000_000, near * 4_000_000, no_chain * 500_000):
        began = time.process_time()
        found, damages = read_all(write(tmp_path, start + b"\xff" * 16 + tail + b"\xff" * 16))
        assert time.process_time() - began < 3
        assert len(damages) >= 1
        assert found[:1] == expected(MADE[:1])


def test_captured_lengths_that_lie_everywhere_cost_linear_time(tmp_path: Path) -> None:
    suspect = pcap_record(Packet(MADE[0].seconds, 1, b"x" * 20, 10))
    began = time.process_time()
    read_all(write(tmp_path, pcap_header() + (suspect * 100 + b"\xff" * 16) * 200))
    assert time.process_time() - began < 3


@pytest.mark.tshark
@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap", "pcapng"])
def test_what_editcap_writes(tmp_path: Path, kind: str) -> None:
    editcap = shutil.which("editcap")
    assert editcap
    path = write(tmp_path, pcap(MADE))
    out = tmp_path / kind
    subprocess.run([editcap, "-F", kind, path, out], check=True)
    assert read_all(out) == (expected(MADE), [])
