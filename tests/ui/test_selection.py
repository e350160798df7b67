"""A selection finds the field at any bits, says where it stands, and finds it again in the next packet."""

from __future__ import annotations

import pytest

from inspector.core.layer import Packet
from inspector.ui.selection import Selection, again, fields_at, first, named, place
from tests.ui.window import DATAGRAM, DEFLATE, ECHO, packet_of


@pytest.fixture(scope="module")
def syn() -> Packet:
    return packet_of(ECHO, 1)


@pytest.fixture(scope="module")
def frame() -> Packet:
    return packet_of(DEFLATE, 8)


def names(found: list[Selection]) -> list[str]:
    return [one.node.name for one in found]


def test_a_byte_gives_its_field_first_then_what_is_around_it(syn: Packet) -> None:
    found = names(fields_at(syn, syn.sources[0], 34 * 8, 35 * 8))
    assert found[0] == "tcp.srcport"
    assert found[-1] == "tcp"
    assert "tcp.port" not in found, "second names have no line in the tree"


def test_a_byte_of_flags_gives_each_flag_and_then_all_flags(syn: Packet) -> None:
    found = names(fields_at(syn, syn.sources[0], 47 * 8, 48 * 8))
    flags = ["cwr", "ece", "urg", "ack", "push", "reset", "syn", "fin"]
    assert found[:8] == [f"tcp.flags.{flag}" for flag in flags]
    assert "tcp.flags" in found[8:]


def test_every_byte_of_every_source_belongs_to_a_field(frame: Packet) -> None:
    assert len(frame.sources) == 3
    for source in frame.sources:
        for byte in range(len(source.data)):
            best = fields_at(frame, source, byte * 8, byte * 8 + 8)[0]
            assert best.source is source
            assert best.bits[0] < byte * 8 + 8
            assert best.bits[1] > byte * 8


@pytest.mark.parametrize(
    "name, said",
    [
        ("tcp.srcport", "bytes 34 to 35"),
        ("ip.ttl", "byte 22"),
        ("tcp.flags.syn", "byte 47, bit 6"),
        ("ip.hdr_len", "byte 14, bit 4 to bit 7"),
        ("tcp.flags", "byte 46 bit 4 to byte 47 bit 7"),
        ("tcp.stream", "worked out, stands in no byte"),
        ("tcp", "bytes 34 to 73"),
    ],
)
def test_places_are_said_in_words(syn: Packet, name: str, said: str) -> None:
    found = named(syn, name)
    assert found is not None
    assert place(found) == said


def test_first_is_the_innermost_layer(syn: Packet, frame: Packet) -> None:
    assert first(syn).node.name == "tcp"
    assert first(frame).node.name == "json"


def test_the_same_field_is_found_in_the_next_packet(syn: Packet) -> None:
    syn_flag, answer = named(syn, "tcp.flags.syn"), packet_of(ECHO, 2)
    assert syn_flag is not None
    found = again(syn_flag, answer)
    assert found.packet is answer
    assert [node.name for node in found.way] == ["tcp.flags", "tcp.flags.syn"]


def test_a_field_that_is_missing_gives_what_it_would_stand_in(syn: Packet, frame: Packet) -> None:
    scale = named(syn, "tcp.options.wscale.shift")
    assert scale is not None
    assert again(scale, frame).node.name == "tcp.options"
    opcode = named(frame, "websocket.opcode")
    assert opcode is not None
    assert again(opcode, syn).node.name == "tcp", "without the layer, what a first look shows"


def test_named_prefers_the_layer_that_is_near(frame: Packet) -> None:
    assert named(frame, "no.such.field") is None
    assert named(frame, "tcp.port") is None
    found = named(frame, "websocket.opcode", frame.layers[0])
    assert found is not None
    assert found.layer.name == "websocket"


def test_a_datagram_of_no_known_protocol_shows_udp() -> None:
    assert DATAGRAM.endswith(b"hi")
    assert first(packet_of(DATAGRAM, 1)).node.name == "udp"
