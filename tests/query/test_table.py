"""The table of expressions against tshark: accepted or refused alike, and the same packets selected.

`expressions.txt` holds the table. DIFFERENCES lists every expression on which the two do not agree, with the reason;
one that begins to agree must be taken out of it.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

import pytest

from inspector.query.expression import QueryError
from inspector.query.filter import Filter, compile_filter
from tests.query.judge import COMMAND, judge, known

HERE = Path(__file__).parent
CAPTURES = sorted((HERE.parent.parent / "captures").glob("*.pcap*"))
CORPUS = (
    "DnsPackets.pcap",
    "VlanPackets.pcap",
    "dhcp-nanosecond.pcap",
    "http-ooo.pcap",
    "ip4_fragments.pcap",
    "ipv4-websocket-segmented.pcap",
    "pcapng-big-endian-difficult.pcapng",
    "tcp-badsegments.pcap",
    "tls12-dsb.pcapng",
    "websocket-basic.pcap",
    "websocket-compressed.pcap",
)

_XOR = "xor is ours; tshark 4.0 has no word for it"
_WRAPS = "beside an unsigned field tshark makes a negative number a huge one; ours is below zero"
DIFFERENCES = {
    "frame.number == 1 xor tcp": _XOR,
    "udp.srcport == 53 xor udp.dstport == 53": _XOR,
    "websocket.opcode == text": "tshark has a protocol called text, which is none of ours: here it is the value's name",
    'websocket.fin == "Set"': "the tree says Set for every bit that has no names of its own, so a filter may",
    "http.host == '\\n'": "tshark knows escapes in characters only by number; C knows this one",
    "tcp.port > -1": _WRAPS,
    "ipv6.src & ffff:: == fe80::": "tshark 4.0 masks no IPv6 address: it selects every packet that has one",
    "tcp.option_len in {-1..10}": _WRAPS,
}


@functools.cache
def table() -> tuple[str, ...]:
    lines = (HERE / "expressions.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@functools.cache
def compiled() -> dict[str, Filter | QueryError]:
    found: dict[str, Filter | QueryError] = {}
    for text in table():
        try:
            found[text] = compile_filter(text, known())
        except QueryError as error:
            found[text] = error
    return found


def compare(capture: Path, folder: Path) -> tuple[list[str], set[str]]:
    """What the two disagree on over one capture, and the listed expressions that showed their difference."""
    filters = {text: each for text, each in compiled().items() if isinstance(each, Filter)}
    names = {name for each in filters.values() for name in each.names}
    said = judge(capture, table(), names, folder)
    assert said.packets, f"tshark printed no packets of {capture.name}"
    wrong: dict[str, str] = {}
    for text, ours in compiled().items():
        if (text in filters) != (text in said.selected):
            wrong[text] = f"ours {ours}; tshark {said.refused.get(text, 'accepts')}"
        elif isinstance(ours, Filter):
            selected = {number for number, values in said.packets.items() if ours.matches(values)}
            if selected != said.selected[text]:
                wrong[text] = f"packets {sorted(selected ^ said.selected[text])[:10]}"
    unexpected = [f"{text}: {why}" for text, why in wrong.items() if text not in DIFFERENCES]
    return unexpected, wrong.keys() & DIFFERENCES.keys()


def test_the_table_is_long_enough() -> None:
    assert len(table()) >= 300
    assert len(set(table())) == len(table())
    assert DIFFERENCES.keys() <= set(table())


@pytest.mark.tshark
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_selects_what_tshark_selects(capture: Path, tmp_path: Path) -> None:
    wrong, _ = compare(capture, tmp_path)
    assert not wrong


@pytest.mark.tshark
@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPUS)
def test_selects_what_tshark_selects_in_the_corpus(name: str, corpus: Path, tmp_path: Path) -> None:
    wrong, _ = compare(corpus / name, tmp_path)
    assert not wrong


@pytest.mark.tshark
def test_each_listed_difference_is_one(tmp_path: Path) -> None:
    shown: set[str] = set()
    for capture in CAPTURES:
        shown |= compare(capture, tmp_path)[1]
    assert shown == DIFFERENCES.keys()


@pytest.mark.tshark
@pytest.mark.parametrize(
    "text",
    [
        "tcp.port != 80",
        "!(tcp.port == 80)",
        "frame.number == 1 or frame.number == 2 and frame.number == 3",
        'websocket.opcode == "Text"',
        'tcp contains "GET"',
        "tcp.port-1 == 79",
        "tcp.port == 70000",
        "tcp.prot == 1",
    ],
)
def test_the_judge_says_what_the_command_line_says(text: str, tmp_path: Path) -> None:
    capture = CAPTURES[0]
    said = judge(capture, [text], [], tmp_path)
    command = [*COMMAND, "-r", str(capture), "-Y", text, "-T", "fields", "-e", "frame.number"]
    ran = subprocess.run(command, env=os.environ | {"TZ": "UTC"}, capture_output=True, text=True, check=False)
    if text in said.refused:
        assert ran.returncode != 0
    else:
        assert {int(line) for line in ran.stdout.split()} == said.selected[text]
