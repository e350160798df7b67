"""Options walked: good ones, lists that end, and lengths that lie."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.core.source import Source
from inspector.core.tlv import walk_options
from inspector.protocols.tcp.options import OPTIONS, Unknown


def walk(data: bytes):
    return walk_options(Source("record", data).view(), OPTIONS, Unknown)


def test_the_options_of_a_syn() -> None:
    walked = walk(bytes.fromhex("020405b4 0402 080a 00000001 00000000 01 030307"))
    assert [node.name for node in walked.nodes] == [
        "tcp.options.mss",
        "tcp.options.sack_perm",
        "tcp.options.timestamp",
        "tcp.options.nop",
        "tcp.options.wscale",
    ]
    assert not walked.issues


def test_the_list_ends_where_it_says() -> None:
    walked = walk(bytes.fromhex("01 00 020405b4"))
    assert [node.name for node in walked.nodes] == ["tcp.options.nop", "tcp.options.eol"]


def test_a_length_of_zero_does_not_loop() -> None:
    walked = walk(bytes.fromhex("0200 0000"))
    assert len(walked.nodes) == 1
    assert walked.issues[0].kind == "malformed"


def test_a_length_beyond_the_end_is_named() -> None:
    walked = walk(bytes.fromhex("080a 0000"))
    assert "10" in walked.issues[0].text
    assert "4" in walked.issues[0].text


@given(st.binary(max_size=40))
def test_never_raises_and_stays_inside(data: bytes) -> None:
    walked = walk(data)
    for node in walked.nodes:
        assert node.at is not None
        assert node.at + node.width <= len(data) * 8
