"""Transport headers that only dissection finds: quoted in errors, or in packets that lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core.record import Record
from inspector.index.dissected import heads_of
from tests.index.judge import indexed
from tests.index.made import ACK, BEGIN, SYN, ip, ipv6, tcp, udp, written

ONE, TWO = b"\x0a\0\0\1", b"\x0a\0\0\2"
SIX = b"\xfe\x80" + b"\0" * 13 + b"\1", b"\xfe\x80" + b"\0" * 13 + b"\2"


def record(data: bytes) -> Record:
    return Record(1, BEGIN, len(data), 101, data)


@pytest.mark.parametrize(
    "wrap, ends", [(lambda data: ip(ONE, TWO, data), (ONE, TWO)), (lambda data: ipv6(*SIX, data), SIX)]
)
def test_head_is_what_the_columns_hold(wrap, ends: tuple[bytes, bytes]) -> None:
    data = wrap(tcp(40_000, 80, 7, 8, SYN | ACK, 512, b"hello", b"\3\3\x0f"))
    (head,) = heads_of(record(data))
    assert (head.source, head.destination) == ((ends[0], 40_000), (ends[1], 80))
    assert (head.transport, head.seq, head.ack, head.flags, head.window) == (6, 7, 8, SYN | ACK, 512)
    assert (head.length, head.captured, head.offset, head.shift, head.unsized) == (5, 5, len(data) - 5, 14, False)


def test_columns_and_dissection_say_the_same(tmp_path: Path) -> None:
    """The two ways to a head must not differ for a packet that both can read."""
    for data in (ip(ONE, TWO, tcp(1, 2, 3, 4, ACK, 5, b"six")), ip(ONE, TWO, udp(7, 8, b"nine"), 17)):
        (head,) = heads_of(record(data))
        index = indexed(written(tmp_path / "made.pcap", [(BEGIN, data)]))
        for name in ("transport", "seq", "ack", "flags", "window", "length", "captured", "offset", "shift", "unsized"):
            assert index.heads.at(name, 0) == getattr(head, name), name


def test_quoted_header_belongs_to_its_own_stream(tmp_path: Path) -> None:
    sent = ip(ONE, TWO, udp(4000, 53, b"probe"), 17)
    error = ip(TWO, ONE, b"\3\3\0\0" + b"\0" * 4 + sent, 1)
    other = ip(TWO, ONE, b"\3\3\0\0" + b"\0" * 4 + ip(ONE, TWO, udp(4001, 53, b"probe"), 17), 1)
    index = indexed(
        written(tmp_path / "made.pcap", [(BEGIN, sent), (BEGIN + 5, error), (BEGIN + 6, other), (BEGIN + 9, sent)])
    )
    assert [index.row(number).stream for number in range(1, 5)] == [0, 0, 1, 0]
    assert index.facts(2)[1][0].facts == {"udp.stream": 0}
    assert index.facts(4)[1][0].facts["udp.time_delta"] == 9
    assert index.stream("udp", 0).client_bytes == 10  # what is quoted was not sent again


@pytest.mark.parametrize("data", [b"", b"\x45", ip(ONE, TWO, b"\1\2"), ip(ONE, TWO, tcp(1, 2, 3, 4, ACK)[:13])])
def test_header_that_is_not_there_is_no_head(data: bytes) -> None:
    assert heads_of(record(data)) == []
