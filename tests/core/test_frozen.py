"""The frozen types between the rooms, pinned: every room is written against these names and their order.

A change here is deliberate: it is made together with the rooms that it concerns, and in the same commit as this list.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from inspector.core import context, field, layer, node, protocol, record, source, spec
from inspector.engine.dissect import dissect
from inspector.engine.registry import Registry, known_fields, registry
from inspector.index import index
from inspector.session import session

TUPLES: dict[type[Any], str] = {
    source.Place: "packet start length",
    source.Origin: "start length parent packet offset span",
    source.View: "source start end said wire_end",
    node.Issue: "kind field at width text",
    layer.Claim: "table key",
    layer.Handover: "view claims facts fallback node",
    record.Record: "number time_ns length link data",
    protocol.Piece: "start stop shift data packet frontier",
    protocol.Cut: "protocol side start stop packet before after complete becomes offsets facts",
    protocol.Step: "after",
    index.Row: "time_ns length captured link l3 l4 transport stream side more",
    index.TransportFacts: "transport stream facts",
    index.StreamRow: (
        "number transport client server packets first last client_bytes server_bytes start_ns duration_ns "
        "completeness retransmissions client_flags server_flags"
    ),
}
DATACLASSES: dict[type[Any], str] = {
    layer.Layer: "name label source at width nodes issues carries info protocol listed surplus adopts facts",
    layer.Packet: "number time_ns length captured link sources layers",
    context.Pdu: "protocol view facts",
    context.Conversation: "transport stream facts pdus segment reassembled_in pending claimed",
    context.Context: "facts conversations comments",
    protocol.Situation: "facts context conversation number time_ns",
    protocol.Protocol: "name label dissect headers fields claims guess guess_in guess_talk transport grammar",
}
SLOTS: dict[type[Any], str] = {
    source.Source: "_starts data name origins packet",
    node.Node: "at children label source spec tiles value width",
    spec.Spec: (
        "also at base decode digits fixed hidden key kind label marks name names parts raw separator times when width"
    ),
}
CALLS: dict[Callable[..., Any], str] = {
    source.Source: "name data origins= packet=",
    source.Source.view: "self start= end= said=",
    source.Source.covering: "self start length",
    source.Source.trace: "self start length",
    source.View.after: "self length",
    source.View.first: "self length said",
    node.Node: "spec source at width value *children= *tiles= *label=",
    node.Node.walk: "self",
    node.Node.leaves: "self",
    spec.Spec: (
        "name label kind width= *key= *names= *base= *digits= *times= *when= *decode= *parts= *marks= *also= "
        "*separator= *hidden="
    ),
    spec.Spec.show: "self value",
    spec.Spec.text: "self value",
    spec.Spec.comparable: "self value",
    spec.computed: "name label kind= **options",
    layer.Layer.values: "self name",
    layer.Layer.value: "self name",
    layer.Packet.fields: "self name",
    layer.Packet.layer: "self name",
    layer.Packet.node: "self name",
    field.Header: "view",
    field.Header.add: "self spec value *beside= *after= *label=",
    field.Header.as_node: "self label=",
    field.Header.node: "self spec",
    field.bits: "width label **options",
    field.bit: "label **options",
    field.u8: "label **options",
    field.u16: "label **options",
    field.u24: "label **options",
    field.u32: "label **options",
    field.u64: "label **options",
    field.group: "width label *options= **parts",
    field.raw: "size label **options",
    field.text: "size label **options",
    field.address: "size label *of **options",
    field.mark: "separator label= **options",
    field.until: "end *at_most=",
    dissect: "record context= *strict= *using=",
    registry: "",
    known_fields: "",
    Registry: "protocols",
    Registry.claimed: "self claims",
    Registry.guessed: "self table first",
}
METHODS: dict[type[Any], str] = {
    protocol.Talk: "closed ended extent find known opened peek piece ready resume time view whole",
    protocol.Grammar: "begin client cut describe rest",
    source.Source: "covering packets trace view",
    layer.Packet: "fields issues layer node walk",
    layer.Layer: "end leaves value values walk",
    node.Node: "in_place leaves name raw show text walk",
    index.Index: "column extend facts more record row segments stream streams",
    session.Session: (
        "close compile count damages explain fields first_time_ns format grown load matching packet pending progress "
        "protocols reader size summary"
    ),
}


def signature(call: Callable[..., Any]) -> str:
    """`name` must be given, `name=` may be, `*name` only by its name, `**name` takes all else."""
    words = []
    for parameter in inspect.signature(call).parameters.values():
        stars = {parameter.KEYWORD_ONLY: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        words.append(f"{stars}{parameter.name}{'=' if parameter.default is not parameter.empty else ''}")
    return " ".join(words)


@pytest.mark.parametrize("kind", TUPLES, ids=lambda kind: kind.__name__)
def test_tuples(kind: type[Any]) -> None:
    assert " ".join(kind._fields) == TUPLES[kind]


@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: kind.__name__)
def test_dataclasses(kind: type[Any]) -> None:
    assert " ".join(each.name for each in dataclasses.fields(kind)) == DATACLASSES[kind]


@pytest.mark.parametrize("kind", SLOTS, ids=lambda kind: kind.__name__)
def test_slots(kind: type[Any]) -> None:
    assert " ".join(sorted(kind.__slots__)) == SLOTS[kind]
    assert not hasattr(kind, "__dict__") or "__dict__" not in kind.__slots__


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)
def test_calls(call: Callable[..., Any]) -> None:
    assert signature(call) == CALLS[call]


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.__name__)
def test_what_can_be_asked(kind: type[Any]) -> None:
    """All public methods and properties, so that a new one is deliberate too."""
    if dataclasses.is_dataclass(kind):
        known = {each.name for each in dataclasses.fields(kind)}
    else:
        known = set(getattr(kind, "__slots__", ()))
    public = [name for name in vars(kind) if not name.startswith("_") and name not in known]
    assert " ".join(sorted(public)) == METHODS[kind]


@pytest.mark.parametrize("kind", [context.Pdu, context.Conversation, context.Context, protocol.Situation])
def test_what_dissection_is_told_cannot_be_changed_by_it(kind: type[Any]) -> None:
    assert kind.__dataclass_params__.frozen


def test_field_kinds_and_their_units() -> None:
    """Numbers, bits and flags count their width in bits, all others in bytes."""
    kinds = set(spec.Kind.__args__)  # type: ignore[attr-defined]
    assert kinds == {"uint", "int", "bool", "bytes", "str", "ether", "ipv4", "ipv6", "time", "none"}
    in_bits = {kind for kind in kinds if not spec.Spec("a.b", "B", kind).raw}
    assert in_bits == {"uint", "int", "bool"}
