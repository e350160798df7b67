"""A column equals the node of the same name in the tree, for every packet and every field that can be a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core.node import Node
from inspector.engine.dissect import dissect
from inspector.engine.registry import known_fields
from inspector.index.columns import HEADS, STORED, place_of
from inspector.index.index import Index
from tests.index.judge import indexed
from tests.index.made import BEGIN, ip, ipv6, nasty, tcp, udp, written

CAPTURES = sorted((Path(__file__).resolve().parent.parent.parent / "captures").glob("*.pcap"))
PLACED = [name for name in known_fields() if place_of(name) is not None]


def compared(index: Index) -> int:
    """Compare all columns with all trees; returns how many values there were."""
    columns = {name: index.column(name) for name in PLACED}
    count = 0
    for number in range(1, index.count + 1):
        if index.row(number).more:
            continue
        nodes: dict[str, list[Node]] = {}
        for _, node in dissect(index.record(number)).walk():
            nodes.setdefault(node.spec.name, []).append(node)
        for name, column in columns.items():
            assert column is not None
            found = nodes.get(name, [])
            assert len(found) == int(column.present[number - 1]), (number, name)
            for node in found:
                value = column.values[number - 1]
                if node.spec.raw:
                    mine = value.tobytes() if column.values.dtype.kind == "V" else int(value).to_bytes(node.width // 8)
                    assert mine == node.raw, (number, name)
                else:
                    assert value == node.value, (number, name)
                count += 1
    return count


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_columns_equal_nodes(path: Path) -> None:
    assert compared(indexed(path)) > 1000


def test_columns_equal_nodes_of_odd_packets(tmp_path: Path) -> None:
    six = b"\xfe\x80" + b"\0" * 13 + b"\1", b"\xfe\x80" + b"\0" * 13 + b"\2"
    packets = [
        *nasty(1),
        (BEGIN, ipv6(*six, tcp(1, 2, 3, 4, 5))),
        (BEGIN, ipv6(*six, udp(1, 2, b"x"), 17)),
        (BEGIN, ip(b"\1\2\3\4", b"\5\6\7\x08", udp(1, 2, b"x"), 17, options=b"\1\1\1\0")),
    ]
    assert compared(indexed(written(tmp_path / "made.pcap", packets))) > 10_000


@pytest.mark.corpus
def test_columns_equal_nodes_in_the_corpus(corpus: Path) -> None:
    for name in ("VlanPackets.pcap", "DnsPackets.pcap", "websocket-basic.pcap", "pfcp-big-endian.pcap"):
        compared(indexed(corpus / name))


def test_stored_columns() -> None:
    index = indexed(CAPTURES[0])
    for name in STORED:
        column = index.column(name)
        assert column is not None
        assert column.present.all()
    assert index.column("frame.len").values.tolist() == [index.row(n).length for n in range(1, index.count + 1)]


@pytest.mark.parametrize("name", HEADS)
def test_columns_of_streams_are_the_facts(tmp_path: Path, name: str) -> None:
    index = indexed(written(tmp_path / "made.pcap", nasty(3)))
    column = index.column(name)
    assert column is not None
    assert column.present.all() == name.startswith("tcp")
    if name == "tcp.stream":
        assert column.values.tolist() == [index.row(n).stream for n in range(1, index.count + 1)]


@pytest.mark.parametrize("name", ["tcp.port", "ip.addr", "ip.version", "tcp.options.mss_val", "http.host", "no.such"])
def test_fields_that_are_no_column(name: str) -> None:
    assert indexed(CAPTURES[0]).column(name) is None


def test_columns_grow_with_the_index(tmp_path: Path) -> None:
    path = written(tmp_path / "made.pcap", nasty(5, 50))
    index = indexed(path)
    assert len(index.column("ip.ttl").values) == 50
    more = written(tmp_path / "more.pcap", nasty(6, 30)).read_bytes()[24:]
    with path.open("ab") as file:
        file.write(more)
    assert index.extend()
    assert len(index.column("ip.ttl").values) == 80
    assert set(index.column("ip.ttl").values.tolist()) == {64}
    assert index.column("tcp.flags.syn").values.tolist() == [
        bool(dissect(index.record(n)).node("tcp.flags.syn").value) for n in range(1, 81)
    ]
