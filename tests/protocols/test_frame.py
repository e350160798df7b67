"""The frame layer: what the file says of a packet, in no byte of it."""

from __future__ import annotations

import pytest

from inspector.core.context import Context
from inspector.core.protocol import Situation
from inspector.core.record import Record
from inspector.core.source import Source
from inspector.engine.dissect import dissect
from inspector.protocols.frame import PROTOCOL
from tests.protocols.wire import ETHER, ETHERNET, ipv4, read, shown, udp

FRAME = ETHER + ipv4(udp(b"hello"))
TIME = 1_732_272_459_215_022_001


def test_what_the_file_says() -> None:
    packet = dissect(Record(7, TIME, 60, ETHERNET, FRAME), strict=True)
    want = {
        "frame.number": "7",
        "frame.time_epoch": "1732272459.215022001",
        "frame.len": "60",
        "frame.cap_len": "47",
        "frame.link": "1",
    }
    assert dict(zip(want, shown(packet, *want))) == want
    assert (packet.number, packet.time_ns, packet.length, packet.captured, packet.link) == (7, TIME, 60, 47, 1)


def test_no_byte_is_the_frames() -> None:
    packet = read(FRAME, ETHERNET)
    assert all(node.at is None for node in packet.layers[0].walk())
    assert packet.layers[0].source is packet.sources[0]


def test_the_protocols_are_listed_from_the_outside_in() -> None:
    names = read(FRAME, ETHERNET).fields("frame.protocols")
    assert names == ["eth:ethertype:ip:udp:data"] or names == ["eth:ip:udp:data"]


def test_times_that_others_decide_come_from_the_context() -> None:
    record = Record(2, TIME, len(FRAME), ETHERNET, FRAME)
    assert dissect(record).fields("frame.time_delta") == []
    context = Context(facts={"frame.time_delta": 1_500_000, "frame.time_relative": -1})
    packet = dissect(record, context, strict=True)
    assert shown(packet, "frame.time_delta", "frame.time_relative") == ["0.001500000", "-0.000000001"]


def test_a_link_type_that_nobody_knows_is_data() -> None:
    packet = read(b"hello", 147)
    assert [layer.name for layer in packet.layers] == ["frame", "data"]


def test_an_empty_record_has_a_frame_only() -> None:
    for link in (ETHERNET, 101, 147):
        packet = read(b"", link, wire=60)
        assert packet.layers[0].name == "frame"
        assert shown(packet, "frame.cap_len", "frame.len") == ["0", "60"]
        assert [leaf for layer in packet.layers for leaf in layer.leaves()] == []


def test_more_captured_than_was_on_the_wire() -> None:
    """Some writers get it wrong; nothing is called cut then."""
    packet = read(FRAME, ETHERNET, wire=20)
    assert not packet.issues
    assert packet.fields("data.data") == [b"hello"]


def test_a_frame_is_described_never_dissected() -> None:
    with pytest.raises(NotImplementedError):
        PROTOCOL.dissect(Source("record", b"").view(), Situation())
