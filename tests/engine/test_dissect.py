"""The one function: layers in order, bugs contained, gaps filled, surplus given to whom it belongs."""

from __future__ import annotations

import pytest

from inspector.core.context import Context, Conversation
from inspector.core.field import Header, u8, u16
from inspector.core.layer import Claim, Handover, Layer, Packet
from inspector.core.node import Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.record import Record
from inspector.core.source import Origin, Source, View
from inspector.core.spec import Spec
from inspector.engine.dissect import DEPTH_AT_MOST, LAYERS_AT_MOST, dissect
from inspector.engine.registry import Registry
from inspector.protocols import data as data_protocol
from inspector.protocols import frame as frame_protocol
from tests.properties.tiles import assert_tiles


class Outer(Header, name="outer"):
    """A length, a kind, and what it carries."""

    length = u8("Length")
    kind = u8("Kind")


class Inner(Header, name="inner"):
    number = u16("Number")


FILLING = Spec("outer.filling", "Filling", "bytes", key="filling")


def dissect_outer(view: View, situation: Situation) -> Layer:
    outer = Outer(view)
    layer = Layer("outer", "Outer", view.source, view.start * 8, outer.size * 8, outer.nodes)
    if outer.issue is not None:
        layer.issues.append(outer.issue)
        return layer
    layer.adopts = lambda rest: [Node(FILLING, rest.source, rest.start * 8, rest.size * 8, rest.data)]
    layer.surplus = outer.rest.after(outer.length)
    inside = outer.rest.first(outer.length, "outer.length")
    layer.carries.append(Handover(inside, (Claim("outer.kind", outer.kind),), {"told": outer.kind}))
    return layer


def dissect_inner(view: View, situation: Situation) -> Layer:
    inner = Inner(view)
    layer = Layer("inner", "Inner", view.source, view.start * 8, inner.size * 8, inner.nodes)
    layer.facts["told"] = situation.facts.get("told")
    layer.facts["conversation"] = situation.conversation
    if inner.rest.size and inner.issue is None:
        layer.carries.append(Handover(inner.rest, (Claim("outer.kind", 1),), fallback=False))
    return layer


def dissect_broken(view: View, situation: Situation) -> Layer:
    raise ZeroDivisionError("as bugs do")


def dissect_copy(view: View, situation: Situation) -> Layer:
    origin = Origin(0, view.size, view.source, 0, view.start, view.size)
    copy = Source("Turned around", view.data[::-1], [origin])
    layer = Layer("copy", "Copy", copy, 0, 8, [Node(FILLING, copy, 0, 8, copy.data[:1])])
    layer.nodes.append(Node(FILLING, view.source, view.start * 8, view.size * 8, view.data))
    return layer


def dissect_loop(view: View, situation: Situation) -> Layer:
    carries = [Handover(view, (Claim("outer.kind", 4),))]
    return Layer("loop", "Loop", view.source, view.start * 8, 0, carries=carries)


def dissect_many(view: View, situation: Situation) -> Layer:
    carries = [Handover(view.after(2), (Claim("outer.kind", 1),), fallback=False)] * (LAYERS_AT_MOST + 5)
    return Layer("many", "Many", view.source, view.start * 8, 0, carries=carries)


KINDS = Registry(
    [
        Protocol(
            "outer", "Outer", dissect_outer, headers=(Outer,), claims=(Claim("frame.link", 1), Claim("outer.kind", 9))
        ),
        Protocol("inner", "Inner", dissect_inner, headers=(Inner,), claims=(Claim("outer.kind", 1),), transport=True),
        Protocol("broken", "Broken", dissect_broken, claims=(Claim("outer.kind", 2),)),
        Protocol("copy", "Copy", dissect_copy, claims=(Claim("outer.kind", 3),)),
        Protocol("many", "Many", dissect_many, claims=(Claim("outer.kind", 5),)),
        Protocol("loop", "Loop", dissect_loop, claims=(Claim("outer.kind", 4),)),
        Protocol("guess", "Guess", dissect_inner, guess=lambda first: first[:1] == b"?", guess_in="outer.kind"),
        data_protocol.PROTOCOL,
        frame_protocol.PROTOCOL,
    ]
)


def run(data: bytes, context: Context | None = None, *, strict: bool = True) -> Packet:
    packet = dissect(Record(1, 0, len(data), 1, data), context or Context(), strict=strict, using=KINDS)
    assert_tiles(packet)
    return packet


def names(packet: Packet) -> list[str]:
    return [layer.name for layer in packet.layers]


def test_each_layer_hands_on_bytes_and_facts() -> None:
    packet = run(b"\x02\x01\xab\xcd")
    assert names(packet) == ["frame", "outer", "inner"]
    assert packet.fields("inner.number") == [0xABCD]
    assert packet.layers[2].facts["told"] == 1


def test_unclaimed_bytes_are_data_or_guessed() -> None:
    assert names(run(b"\x02\x07\xab\xcd")) == ["frame", "outer", "data"]
    assert run(b"\x02\x07?!").layers[2].label == "Inner"


def test_a_handover_without_fallback_leaves_the_bytes_alone() -> None:
    packet = run(b"\x05\x01\0\0\1\2\3")
    assert names(packet) == ["frame", "outer", "inner", "inner", "inner"]
    assert packet.fields("inner.number") == [0, 0x0102]
    assert packet.fields("data.gap") == [b"\3"]


def test_a_dissector_that_hands_on_what_it_got_comes_to_an_end() -> None:
    packet = run(b"\x02\x04ab")
    assert len(packet.layers) == DEPTH_AT_MOST + 2, "the frame, the layers, and the bytes that are left"
    assert packet.layers[-1].name == "data"
    assert "inside each other" in packet.issues[0][1].text


def test_many_layers_side_by_side_are_read_up_to_the_bound() -> None:
    packet = run(b"\x02\x05ab")
    assert len(packet.layers) == LAYERS_AT_MOST


def test_surplus_goes_to_the_layer_that_set_the_length_and_adopts() -> None:
    packet = run(b"\x02\x01\xab\xcdzz")
    assert packet.fields("outer.filling") == [b"zz"]
    assert packet.layers[1].nodes[-1].spec is FILLING


def test_surplus_of_an_inner_length_stays_inside() -> None:
    """The inner `outer` has bytes behind its length: they are its own, not the frame's."""
    packet = run(b"\x06\x09\x02\x01\xab\xcdzzQ")
    assert names(packet) == ["frame", "outer", "outer", "inner"]
    assert [layer.value("outer.filling") for layer in packet.layers[1:3]] == [b"Q", b"zz"]


def test_a_bug_becomes_an_issue_and_dissection_goes_on() -> None:
    data = b"\x02\x02\xab\xcdzz"
    packet = run(data, strict=False)
    assert names(packet) == ["frame", "outer", "data"]
    layer, issue = packet.issues[0]
    assert (layer.name, issue.kind, issue.field) == ("data", "bug", "broken")
    assert (issue.at, issue.width) == (16, 16)
    assert "ZeroDivisionError" in issue.text
    assert "please report" in issue.text
    with pytest.raises(ZeroDivisionError):
        run(data, strict=True)


def test_derived_sources_are_listed_once() -> None:
    packet = run(b"\x02\x03ab")
    assert [source.name for source in packet.sources] == ["record", "Turned around"]
    assert packet.sources[1].data == b"ba"
    assert packet.layers[-1].nodes[-1].spec is data_protocol.GAP, "a byte of the new source that no field covers"


def test_conversations_go_to_transport_headers_in_order() -> None:
    first, second = Conversation("inner", 1), Conversation("inner", 2)
    packet = run(b"\x04\x01\0\1\0\2", Context(conversations=(first, second)))
    found = [layer.facts["conversation"] for layer in packet.layers if layer.name == "inner"]
    assert found == [first, second]
    assert run(b"\x02\x01\0\1").layers[2].facts["conversation"] is None


@pytest.mark.parametrize("end", range(6))
def test_any_prefix_tiles(end: int) -> None:
    run(b"\x02\x01\xab\xcdzz"[:end])
