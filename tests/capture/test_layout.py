"""What a copy consists of: every byte of what is kept, and nothing of what is damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.capture.write import Saved
from tests.capture.made import (
    enhanced,
    expected,
    interface,
    pcap,
    pcapng,
    read_all,
    section,
    write,
)
from tests.capture.saving import MADE, ORDERS, PACKETS_IN_RICH, blocks, rich, saved


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
