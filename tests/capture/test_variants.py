"""Every form of capture file that Wireshark writes or reads, made by its own programs and by script; tshark judges.

Compared are number, time, both lengths, bytes and comments of every packet.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from inspector.capture.files import open_capture
from inspector.core import resources
from tests.capture.made import (
    START,
    Packet,
    block,
    enhanced,
    interface,
    old,
    option,
    packets,
    pcap,
    pcapng,
    section,
    simple,
    write,
)
from tests.capture.tshark import by_tshark, by_us, run

pytestmark = pytest.mark.tshark

MADE = packets()
ORDERS = ("<", ">")
WIRESHARK_FORMS = ("pcap", "nsecpcap", "pcapng", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap")
BUNDLED = sorted(path for path in Path(str(resources.captures())).glob("*.pcap"))[:3]


def agree(path: Path, least: int = 1) -> None:
    theirs = by_tshark(path)
    assert len(theirs) >= least
    assert by_us(path) == theirs, path.name


@pytest.mark.parametrize("form", WIRESHARK_FORMS)
@pytest.mark.parametrize("source", BUNDLED, ids=lambda path: path.stem)
def test_every_form_that_editcap_writes(tmp_path: Path, source: Path, form: str) -> None:
    run("editcap", "-F", form, source, tmp_path / form)
    agree(tmp_path / form, 4)


@pytest.mark.parametrize("form", WIRESHARK_FORMS)
@pytest.mark.parametrize("snaplen", ["20", "70"])
def test_cut_packets_in_every_form(tmp_path: Path, form: str, snaplen: str) -> None:
    run("editcap", "-F", form, "-s", snaplen, BUNDLED[0], tmp_path / form)
    agree(tmp_path / form, 4)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress, lz4.frame.compress])
@pytest.mark.parametrize("made", [pcap(MADE, ">"), pcapng(MADE) + pcapng(MADE, ">")])
def test_compressed(tmp_path: Path, pack: Callable[[bytes], bytes], made: bytes) -> None:
    agree(write(tmp_path, pack(made)), len(MADE))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_pcap_in_both_orders_and_units(tmp_path: Path, order: str, magic: int) -> None:
    agree(write(tmp_path, pcap(MADE, order, magic=magic)), len(MADE))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("tsresol", [0, 1, 3, 6, 7, 9, 10, 12, 0x80, 0x88, 0x8A, 0x94, 0x9E])
def test_every_unit_of_time(tmp_path: Path, order: str, tsresol: int) -> None:
    units = 2 ** (tsresol & 0x7F) if tsresol & 0x80 else 10**tsresol
    start = START if units <= 10**9 else 1_000_000
    # tshark 4.0.17 multiplies the units of the fraction by 10^9 in 64 bits, so larger fractions overflow there.
    made = [Packet(start + i, min(units, 10**10) * i // 7, b"0123456789") for i in range(7)]
    data = section(order) + interface(order, options=option(9, bytes((tsresol,)), order))
    agree(write(tmp_path, data + b"".join(enhanced(one, order, units=units) for one in made)), 7)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shift", [1, 3600, 86_400 * 365, -3600])
def test_offsets_of_time(tmp_path: Path, order: str, shift: int) -> None:
    options = option(9, b"\x09", order) + option(14, struct.pack(f"{order}q", shift), order)
    data = section(order) + interface(order, options=options)
    agree(write(tmp_path, data + b"".join(enhanced(one, order, units=10**9) for one in MADE)), len(MADE))


@pytest.mark.parametrize("order", ORDERS)
def test_packets_of_all_kinds_with_comments(tmp_path: Path, order: str) -> None:
    comments = option(1, "grüße".encode(), order) + option(2, b"\0\0\0\0", order) + option(1, b"again", order)
    parts = [
        section(order, option(1, b"of the file", order)),
        interface(order, options=option(1, b"of the interface", order)),
        enhanced(MADE[0], order, options=comments),
        enhanced(MADE[1], order),
        old(MADE[2], order, options=option(1, b"obsolete", order)),
        simple(MADE[3], order),
        block(0x77, b"unknown.", order),
        enhanced(MADE[4], order, options=option(1, b"last", order) + option(0, b"", order)),
    ]
    agree(write(tmp_path, b"".join(parts)), 5)


def test_sections_of_both_orders_with_several_interfaces(tmp_path: Path) -> None:
    parts = []
    for order in (*ORDERS, *ORDERS):
        parts += [section(order), interface(order), interface(order, options=option(9, b"\x09", order))]
        for i, one in enumerate(MADE):
            parts.append(enhanced(one, order, number=i % 2, units=10 ** (9 if i % 2 else 6)))
    agree(write(tmp_path, b"".join(parts)), 48)


@pytest.mark.parametrize("how", [["-a"], []])
def test_link_types_mixed_by_mergecap(tmp_path: Path, how: list[str]) -> None:
    """Ethernet, raw IP and loopback of BSD in one file; the bundled packets bring their times."""
    raw = [Packet(START + i, i, bytes.fromhex("4500001400010000401166a00a0000010a000002")) for i in range(5)]
    null = [one._replace(data=b"\x02\0\0\0" + one.data) for one in raw]
    sources = [
        BUNDLED[0],
        write(tmp_path, pcap(raw, network=101), "raw"),
        write(tmp_path, pcap(null, network=0), "null"),
        write(tmp_path, pcap(MADE, ">", magic=0xA1B23C4D), "nano"),
    ]
    run("mergecap", *how, "-F", "pcapng", "-w", tmp_path / "mixed", *sources)
    agree(tmp_path / "mixed", 26)
    with open_capture(tmp_path / "mixed") as file:
        links = {link for batch in file.scan() for link in batch.links}
    assert links == {0, 1, 101}


def test_comments_of_editcap(tmp_path: Path) -> None:
    words = ["-a", "2:a comment", "-a", "4:zwei, drei"]
    run("editcap", "--capture-comment", "of the file", *words, BUNDLED[0], tmp_path / "noted")
    agree(tmp_path / "noted", 4)
    with open_capture(tmp_path / "noted") as file:
        list(file.scan())
        assert (file.comments, file.comment(2), file.comment(4)) == (["of the file"], ["a comment"], ["zwei, drei"])


@pytest.mark.corpus
@pytest.mark.parametrize("form", ["pcap", "nsecpcap", "pcapng"])
def test_the_corpus_in_other_forms(corpus: Path, tmp_path: Path, form: str) -> None:
    compared = 0
    for source in sorted(corpus.glob("*.pcap*")):
        if source.suffix == ".pcapng" and form != "pcapng":
            continue  # a pcap file cannot hold several link types
        run("editcap", "-F", form, source, tmp_path / "converted")
        theirs = by_tshark(tmp_path / "converted")
        assert by_us(tmp_path / "converted") == theirs, source.name
        compared += len(theirs)
    assert compared > 2500


@pytest.mark.corpus
def test_bytes_and_comments_of_the_corpus(corpus: Path) -> None:
    for source in sorted(corpus.glob("*.pcap*")):
        agree(source)
