"""Layers and packets: asked for fields, values and places."""

from __future__ import annotations

from inspector.core.layer import Layer, Packet
from inspector.core.node import Issue, Node
from inspector.core.source import Source
from inspector.core.spec import Spec

RECORD = Source("record", bytes(8))
A, B, ALSO = Spec("one.a", "A", "uint"), Spec("one.b", "B", "uint"), Spec("one.any", "Any", "uint", hidden=True)


def packet() -> Packet:
    inner = Node(B, RECORD, 4, 4, 2)
    nodes = [
        Node(A, RECORD, 0, 8, 1, children=[Node(ALSO, RECORD, 0, 4, 1, tiles=False), inner]),
        Node(A, RECORD, 8, 8, 3),
    ]
    first = Layer("one", "First", RECORD, 0, 16, nodes, [Issue("malformed", "one.a", 0, 8, "it lies")])
    second = Layer("two", "Second", RECORD, 16, 48, [Node(A, RECORD, 16, 48, 9)])
    return Packet(1, 0, 8, 8, 1, [RECORD], [first, second])


def test_all_occurrences_of_a_field_in_order() -> None:
    assert packet().fields("one.a") == [1, 3, 9]
    assert packet().fields("one.any") == [1]
    assert packet().fields("one.c") == []


def test_a_layers_name_is_a_field_too() -> None:
    assert packet().fields("two") == ["Second"]
    assert packet().fields("three") == []


def test_a_layer_knows_its_own_fields_only() -> None:
    first = packet().layers[0]
    assert first.values("one.a") == [1, 3]
    assert first.value("one.a") == 1
    assert first.value("one.c") is None
    assert first.end == 16


def test_nodes_and_leaves() -> None:
    found = packet()
    assert [node.name for _, node in found.walk()] == ["one.a", "one.any", "one.b", "one.a", "one.a"]
    assert [leaf.at for leaf in found.layers[0].leaves()] == [4, 8]
    assert found.node("one.b") is not None
    assert found.node("one.c") is None


def test_layers_by_name_and_issues_with_their_layer() -> None:
    found = packet()
    assert found.layer("two") is found.layers[1]
    assert found.layer("three") is None
    assert [(layer.name, issue.text) for layer, issue in found.issues] == [("one", "it lies")]
