"""Comments in packets of every kind, and pcap files that become pcapng for them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from inspector.capture.files import open_capture
from inspector.capture.write import SaveError
from tests.capture.made import (
    enhanced,
    expected,
    interface,
    option,
    pcap,
    pcapng,
    read_all,
    section,
    write,
)
from tests.capture.saving import MADE, ORDERS, PACKETS_IN_RICH, blocks, rich, saved


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
