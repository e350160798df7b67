"""`inspector info` as it is typed, and the other commands on what it shows."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.capture.made import START, enhanced, interface, option, packets, pcap, section, write
from tests.capture.saving import rich
from tests.cli.running import MADE, Captured, run


def test_info_for_people(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, b"".join(rich("<")))
    status, out, err = run(capsys, "info", source)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "Format     pcapng, little-endian" in lines
    assert "Packets    5" in lines
    assert "Made by    a test" in lines
    assert (
        "Interface  0 eth0: 4 packets, link type EN10MB (1), at most 80 bytes of each, times in microseconds" in lines
    )
    assert "Interface  1: 1 packet, link type RAW (101), at most 262,144 bytes of each, times in nanoseconds" in lines
    assert "Comment    of a section" in lines
    assert "Comment    packet 1: early" in lines
    assert "Secrets    TLS key log, 8 bytes" in lines
    assert "First      2024-11-22 10:47:39.000001005 UTC" in lines
    assert lines[-1] == "Damage     none found"
    assert "CLIENT_R" not in out


def test_info_for_programs(tmp_path: Path, capsys: Captured) -> None:
    status, out, err = run(capsys, "info", "--json", write(tmp_path, b"".join(rich(">"))))
    assert (status, err) == (0, "")
    assert out.count("\n") == 1
    found = json.loads(out)
    assert (found["packets"], found["first"], found["format"]) == (5, f"{START}.000001005", "pcapng, big-endian")
    assert found["interfaces"][0]["name"] == "eth0"
    assert [one["packets"] for one in found["interfaces"]] == [4, 1]
    assert found["secrets"] == [{"kind": "TLS key log", "size": 8}]
    assert found["packet_comments"] == [{"packet": 1, "text": "early"}]
    assert found["statistics"][0]["received"] == 0
    assert found["damages"] == []
    assert found["hierarchy"][0] == {"depth": 0, "name": "eth", "packets": 4, "bytes": found["hierarchy"][0]["bytes"]}


def test_info_of_a_damaged_file_says_all_that_was_read_and_exits_1(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, pcap(MADE)[:-1])
    status, out, err = run(capsys, "info", source)
    assert status == 1
    assert "Packets    11" in out
    assert "Damage     at byte " in out
    assert "The file ends in the middle of packet 12" in err
    status, out, _ = run(capsys, "info", "--json", source)
    assert (status, json.loads(out)["damages"][0]["text"][:8]) == (1, "The file")


def test_nothing_of_a_file_steers_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    evil = "\x1b]0;evil\x07\u202e".encode()
    head = section(options=option(1, evil) + option(4, evil)) + interface(options=option(2, evil) + option(3, evil))
    source = write(tmp_path, head + enhanced(MADE[0], options=option(1, evil)))
    for words in (["info"], ["info", "--json"], ["tree"], ["json"], ["fields", "-e", "frame.comment"]):
        status, out, _ = run(capsys, words[0], source, *words[1:])
        assert status == 0
        assert "evil" in out
        assert not set(out) & set("\x1b\x07\u202e")


def test_comments_are_a_field(tmp_path: Path, capsys: Captured) -> None:
    noted = option(1, "früh".encode()) + option(1, b"again")
    blocks = [enhanced(one, options=noted if number == 2 else b"") for number, one in enumerate(MADE)]
    source = write(tmp_path, section() + interface() + b"".join(blocks))
    chosen = ("-Y", 'frame.comment == "again"', "-e", "frame.number", "-e", "frame.comment")
    assert run(capsys, "fields", source, *chosen) == (0, "3\tfrüh,again\n", "")


def test_a_limit_of_what_is_unpacked(tmp_path: Path, capsys: Captured) -> None:
    source = write(tmp_path, gzip.compress(pcap(packets(100))))
    assert run(capsys, "info", source, "--max-size", "1G")[0] == 0
    status, out, err = run(capsys, "info", source, "--max-size", "4K")
    assert status == 1
    assert "Size       4,096 bytes" in out
    assert "it becomes more than 4096 bytes; --max-size lets it." in err
