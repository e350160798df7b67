"""TCP: the header in its bits, every option, lengths that lie, and the checksum's states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.checksum import State
from inspector.core.context import Context, Conversation, Pdu
from inspector.core.layer import Packet
from inspector.core.record import Record
from inspector.core.source import Origin, Source
from inspector.engine.dissect import dissect
from tests.properties.tiles import assert_tiles
from tests.protocols.wire import (
    ipv4,
    ipv6,
    issues,
    layer_of,
    places,
    pseudo,
    read,
    shown,
    tcp,
    the_issue,
    with_checksum,
    words_sum,
)

START = 20
SYN_OPTIONS = bytes.fromhex("020405b4 0402 080a 11223344 55667788 01 030307")


def segment(payload: bytes = b"", *, options: bytes = b"", flags: int = 0x018, words: int | None = None) -> Packet:
    """A segment in IPv4 with the right checksum."""
    return read(whole(payload, options=options, flags=flags, words=words))


def whole(payload: bytes = b"", *, options: bytes = b"", flags: int = 0x018, words: int | None = None) -> bytes:
    bare = tcp(payload, options=options, flags=flags, words=words)
    return ipv4(with_checksum(bare, 16, ipv4(bare, 6), 6), 6)


def test_a_header() -> None:
    packet = segment(b"hello", flags=0x1FF)
    want = {
        "tcp.srcport": "50000", "tcp.dstport": "9", "tcp.seq_raw": "16909060", "tcp.ack_raw": "168496141",
        "tcp.hdr_len": "20", "tcp.flags": "0x01ff", "tcp.flags.res": "0", "tcp.flags.ae": "1", "tcp.flags.cwr": "1",
        "tcp.flags.ece": "1", "tcp.flags.urg": "1", "tcp.flags.ack": "1", "tcp.flags.push": "1", "tcp.flags.reset": "1",
        "tcp.flags.syn": "1", "tcp.flags.fin": "1", "tcp.flags.str": "···ACEUAPRSF", "tcp.window_size_value": "8192",
        "tcp.urgent_pointer": "7", "tcp.checksum.status": "1", "tcp.len": "5", "tcp.payload": "68656c6c6f",
    }  # fmt: skip
    assert dict(zip(want, shown(packet, *want))) == want
    assert packet.fields("tcp.port") == [50000, 9]
    assert not packet.issues


def test_places_to_the_bit() -> None:
    found = places(segment(b"hello"), "tcp")
    want = {
        "tcp.srcport": (0, 16), "tcp.dstport": (16, 16), "tcp.seq_raw": (32, 32), "tcp.ack_raw": (64, 32),
        "tcp.hdr_len": (96, 4), "tcp.flags": (100, 12), "tcp.flags.res": (100, 3), "tcp.flags.ae": (103, 1),
        "tcp.flags.cwr": (104, 1), "tcp.flags.ece": (105, 1), "tcp.flags.urg": (106, 1), "tcp.flags.ack": (107, 1),
        "tcp.flags.push": (108, 1), "tcp.flags.reset": (109, 1), "tcp.flags.syn": (110, 1), "tcp.flags.fin": (111, 1),
        "tcp.window_size_value": (112, 16), "tcp.checksum": (128, 16), "tcp.urgent_pointer": (144, 16),
        "tcp.payload": (160, 40),
    }  # fmt: skip
    assert {name: found[name] for name in want} == want


@pytest.mark.parametrize(
    "bit, name", list(enumerate(("fin", "syn", "reset", "push", "ack", "urg", "ece", "cwr", "ae")))
)
def test_one_flag_at_a_time(bit: int, name: str) -> None:
    packet = segment(flags=1 << bit)
    flags = ("fin", "syn", "reset", "push", "ack", "urg", "ece", "cwr", "ae")
    assert [each for each in flags if packet.fields(f"tcp.flags.{each}") == [True]] == [name]


@pytest.mark.parametrize("end", range(20))
def test_a_cut_header_is_truncated(end: int) -> None:
    data = whole(b"hello")
    found = issues(read(data[: START + end], wire=len(data)))
    assert {issue.kind for issue in found} == {"truncated"}
    stops = {
        2: "srcport",
        4: "dstport",
        8: "seq_raw",
        12: "ack_raw",
        13: "hdr_len",
        14: "flags",
        16: "window_size_value",
    }
    stops |= {18: "checksum", 20: "urgent_pointer"}
    if end:
        name = next(name for stop, name in stops.items() if end < stop)
        # The flags begin in the byte of the header length.
        assert found[-1].field == ("tcp.flags" if end == 13 else f"tcp.{name}")


def test_a_header_that_ip_leaves_no_room_for_is_malformed() -> None:
    found = issues(read(ipv4(tcp()[:12], 6)))
    assert [(issue.kind, issue.field) for issue in found] == [("malformed", "tcp.hdr_len")]
    assert "ip.len leaves 0 bytes" in found[0].text


@pytest.mark.parametrize("words", range(5))
def test_a_data_offset_below_5(words: int) -> None:
    packet = segment(b"hello", words=words)
    issue = the_issue(packet, "tcp.hdr_len")
    assert (issue.kind, issue.at, issue.width) == ("malformed", (START + 12) * 8, 4)
    assert f"says {words * 4}" in issue.text
    info = f"bogus TCP header length ({words * 4}, must be at least 20)"
    assert layer_of(packet, "tcp").info.endswith(info)


def test_a_data_offset_beyond_the_segment() -> None:
    packet = segment(b"\1\1\1\1", words=15)
    found = issues(packet)
    assert (found[0].kind, found[0].field) == ("malformed", "tcp.hdr_len")
    assert found[0].text == "the header length says 60, but ip.len leaves 24"
    assert packet.fields("tcp.options") == [b"\1\1\1\1"]
    assert packet.fields("tcp.len") == [0]


def test_the_options_of_a_syn() -> None:
    packet = segment(options=SYN_OPTIONS, flags=0x002)
    assert packet.fields("tcp.option_kind") == [2, 4, 8, 1, 3]
    assert packet.fields("tcp.option_len") == [4, 2, 10, 3]
    want = {
        "tcp.options.mss_val": "1460",
        "tcp.options.wscale.shift": "7",
        "tcp.options.wscale.multiplier": "128",
        "tcp.options.timestamp.tsval": str(0x11223344),
        "tcp.options.timestamp.tsecr": str(0x55667788),
    }
    assert dict(zip(want, shown(packet, *want))) == want
    assert layer_of(packet, "tcp").info == (
        "50000 → 9 [SYN] Seq=16909060 Win=8192 Len=0 MSS=1460 SACK_PERM TSval=287454020 TSecr=1432778632 WS=128"
    )
    assert layer_of(packet, "tcp").width == 40 * 8


@pytest.mark.parametrize(
    "option, values",
    [
        ("0204ffc3", {"tcp.options.mss_val": [65475]}),
        ("03030e", {"tcp.options.wscale.shift": [14], "tcp.options.wscale.multiplier": [16384]}),
        ("0303ff", {"tcp.options.wscale.shift": [255], "tcp.options.wscale.multiplier": [16384]}),
        ("0402", {"tcp.option_kind": [4]}),
        (
            "050a0000000100000002",
            {"tcp.options.sack.dsack_le": [1], "tcp.options.sack.dsack_re": [2], "tcp.options.sack.count": [1]},
        ),
        (
            "0512 00000001 00000002 fffffffe ffffffff",
            {
                "tcp.options.sack.dsack_le": [1],
                "tcp.options.sack_le": [0xFFFFFFFE],
                "tcp.options.sack_re": [0xFFFFFFFF],
            },
        ),
        ("080a0000000100000000", {"tcp.options.timestamp.tsval": [1], "tcp.options.timestamp.tsecr": [0]}),
        ("1312" + "ab" * 16, {"tcp.options.md5.digest": [b"\xab" * 16]}),
        ("1c048005", {"tcp.options.user_to_granularity": [True], "tcp.options.user_to_val": [5]}),
        ("1c040005", {"tcp.options.user_to_granularity": [False], "tcp.options.user_to_val": [5]}),
        (
            "1d10 0102" + "cd" * 12,
            {"tcp.options.ao.keyid": [1], "tcp.options.ao.rnextkeyid": [2], "tcp.options.ao.mac": [b"\xcd" * 12]},
        ),
        ("1e0c 0081 0102030405060708", {"tcp.options.mptcp.subtype": [0]}),
        ("1e0c 1081 0102030405060708", {"tcp.options.mptcp.subtype": [1]}),
        ("2202", {"tcp.options.tfo.request": [None], "tcp.options.tfo.cookie": []}),
        ("220a 0102030405060708", {"tcp.options.tfo.cookie": [bytes(range(1, 9))], "tcp.options.tfo.request": []}),
        ("fd06 f989 0102", {"tcp.options.experimental.exid": [0xF989], "tcp.options.experimental.data": [b"\1\2"]}),
        ("fe04 e2d4", {"tcp.options.experimental.exid": [0xE2D4], "tcp.option_kind": [254]}),
        ("4204 beef", {"tcp.option_kind": [0x42], "tcp.options.unknown.payload": [b"\xbe\xef"]}),
    ],
)
def test_each_option(option: str, values: dict[str, list[object]]) -> None:
    data = bytes.fromhex(option)
    packet = segment(options=b"\1" * (-len(data) % 4) + data)
    assert not packet.issues
    for name, want in values.items():
        found = packet.fields(name)
        assert (found[-1:] if name == "tcp.option_kind" else found) == want, name
    node = packet.node("tcp.options")
    assert node is not None
    option_node = node.children[-1]
    assert (option_node.at, option_node.width) == ((START + 20 + -len(data) % 4) * 8, len(data) * 8)
    assert "gap" not in {node.spec.key for node in layer_of(packet, "tcp").walk()}, "every byte has a name"


@pytest.mark.parametrize("option", ["0204", "0303", "080a", "050a", "1312", "1c04", "1d10", "1e0c", "220a", "fd06"])
def test_each_option_with_every_length(option: str) -> None:
    """A length that the option's own fields do not fit: what fits is kept, and the length is blamed."""
    kind, right = bytes.fromhex(option)
    for size in range(41):
        options = (bytes((kind, size)) + bytes(max(size - 2, 2))).ljust(40, b"\1")[:40]
        packet = segment(options=options)
        assert packet.fields("tcp.options") == [options]
        if size < 2:
            assert "would not even hold" in issues(packet)[0].text
        elif kind in (2, 3, 8, 19, 28) and size < right:
            assert issues(packet)[0].kind == "malformed"
            assert "length leaves" in issues(packet)[0].text
        elif size == right:
            assert not packet.issues


@pytest.mark.parametrize("end", range(20, 40))
def test_options_cut_by_the_capture_are_truncated(end: int) -> None:
    data = whole(options=SYN_OPTIONS, flags=2)
    packet = read(data[: START + end], wire=len(data))
    assert {issue.kind for issue in issues(packet)} == {"truncated"}
    assert packet.fields("tcp.checksum.status") == [State.UNCHECKED]
    assert packet.fields("tcp.len") == [0]


def test_what_stands_behind_the_end_of_the_list_is_padding() -> None:
    packet = segment(options=b"\1\0\7\7")
    assert packet.fields("tcp.option_kind") == [1, 0]
    assert packet.fields("tcp.options.padding") == [b"\7\7"]


@given(st.binary(max_size=40), st.binary(max_size=10))
def test_options_of_any_bytes(options: bytes, payload: bytes) -> None:
    padded = options + bytes(-len(options) % 4)
    packet = segment(payload, options=padded)
    assert packet.fields("tcp.payload") == ([payload] if payload else [])
    assert packet.fields("tcp.options") == ([padded] if padded else [])


def test_a_right_checksum_over_ipv6() -> None:
    bare = tcp(b"hello")
    packet = read(ipv6(with_checksum(bare, 16, ipv6(bare, 6), 6), 6))
    assert packet.fields("tcp.checksum.status") == [State.RIGHT]


def test_a_wrong_checksum_shows_the_right_one() -> None:
    packet = read(ipv4(tcp(b"hello", checksum=0x1234), 6))
    right = words_sum(pseudo(ipv4(b""), 6, 25) + tcp(b"hello"))
    assert shown(packet, "tcp.checksum.status", "tcp.checksum_calculated") == ["0", f"0x{right:04x}"]
    issue = the_issue(packet, "tcp.checksum")
    assert (issue.kind, issue.at, issue.width) == ("checksum", (START + 16) * 8, 16)


def test_an_unfinished_checksum_is_no_fault() -> None:
    partial = 0xFFFF - words_sum(pseudo(ipv4(b""), 6, 25))
    packet = read(ipv4(tcp(b"hello", checksum=partial), 6))
    assert packet.fields("tcp.checksum.status") == [State.UNFINISHED]
    assert not packet.issues


def test_a_checksum_over_bytes_that_are_not_there_cannot_be_checked() -> None:
    data = whole(b"hello")
    assert read(data[:-1], wire=len(data)).fields("tcp.checksum.status") == [State.UNCHECKED]


def test_there_is_no_absent_checksum() -> None:
    assert read(ipv4(tcp(b"hello", checksum=0), 6)).fields("tcp.checksum.status") == [State.WRONG]


def test_the_length_is_the_wires_not_the_captures() -> None:
    data = whole(b"hello" * 10)
    packet = read(data[:60], wire=len(data))
    assert packet.fields("tcp.len") == [50]
    assert layer_of(packet, "tcp").info.endswith("Len=50")


def context(**more: object) -> Context:
    facts = {"tcp.stream": 3, "tcp.seq": 1, "tcp.ack": 1, "tcp.window_size": 65536, "tcp.window_size_scalefactor": 8}
    return Context(conversations=(Conversation("tcp", 3, facts, **more),))  # type: ignore[arg-type]


def test_the_context_brings_relative_numbers_beside_the_raw_ones() -> None:
    data = whole(b"hello")
    packet = dissect(Record(9, 0, len(data), 101, data), context(), strict=True)
    assert_tiles(packet)
    assert packet.fields("tcp.stream") == [3]
    found = places(packet, "tcp")
    assert found["tcp.seq"] == found["tcp.seq_raw"]
    assert found["tcp.window_size"] == found["tcp.window_size_value"]
    assert layer_of(packet, "tcp").info == "50000 → 9 [PSH, ACK] Seq=1 Ack=1 Win=65536 Len=5"


def test_bytes_of_a_longer_message_are_named_as_such() -> None:
    data = whole(b"hello")
    packet = dissect(Record(9, 0, len(data), 101, data), context(segment=True, reassembled_in=12), strict=True)
    assert_tiles(packet)
    assert packet.fields("tcp.segment_data") == [b"hello"]
    assert packet.fields("tcp.reassembled_in") == [12]
    assert packet.layers[-1].name == "tcp"


def test_a_message_from_two_segments_brings_its_source() -> None:
    data = whole(b"world")
    joined = Source("Reassembled TCP", b"helloworld", [Origin(0, 5, None, 8, 40, 5), Origin(5, 5, None, 9, 40, 5)])
    pdu = Pdu("data", joined.view())
    packet = dissect(Record(9, 0, len(data), 101, data), context(pdus=(pdu,)), strict=True)
    assert_tiles(packet)
    assert packet.sources[1] is joined
    assert packet.fields("tcp.segment") == [8, 9]
    assert packet.fields("tcp.segment.count") == [2]
    assert packet.fields("data.data") == [b"helloworld"]
    assert packet.fields("tcp.segment_data") == [b"world"]


def test_a_message_in_one_piece_is_read_from_the_record() -> None:
    data = whole(b"xxhelloyy")
    own = Source("record", data, packet=9)
    pdu = Pdu("data", own.view(42, 47))
    packet = dissect(Record(9, 0, len(data), 101, data), context(pdus=(pdu,), segment=True), strict=True)
    assert_tiles(packet)
    assert len(packet.sources) == 1
    assert packet.fields("tcp.segment_data") == [b"xx", b"yy"]
    assert packet.fields("data.data") == [b"hello"]


def test_analysis_is_told_in_the_list() -> None:
    data = whole(b"hello")
    facts = {"tcp.stream": 0, "tcp.seq": 1, "tcp.analysis.retransmission": None, "tcp.analysis.rto": 200_000_000}
    found = Context(conversations=(Conversation("tcp", 0, facts),))
    packet = dissect(Record(9, 0, len(data), 101, data), found, strict=True)
    assert layer_of(packet, "tcp").info.startswith("[TCP Retransmission] 50000 → 9")
    assert shown(packet, "tcp.analysis.rto", "tcp.analysis.retransmission") == ["0.200000000", "1"]
