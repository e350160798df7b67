"""Nodes: where they stand, what lies below them, and what covers the bytes."""

from __future__ import annotations

from inspector.core.node import Node
from inspector.core.source import Source
from inspector.core.spec import Spec

RECORD = Source("record", bytes(range(16)))
SPEC = Spec("a.b", "B", "uint")


def node(at: int | None, width: int, *children: Node, tiles: bool = True) -> Node:
    return Node(SPEC, RECORD if at is not None else None, at, width, at, children=list(children), tiles=tiles)


def test_whole_bytes_of_odd_places() -> None:
    assert node(8, 16).raw == b"\1\2"
    assert node(12, 1).raw == b"\1"
    assert node(12, 8).raw == b"\1\2", "it touches both"
    assert node(None, 0).raw == b""


def test_walk_is_in_order_and_from_the_top() -> None:
    tree = node(0, 32, node(1, 8, node(2, 4)), node(3, 8))
    assert [each.value for each in tree.walk()] == [0, 1, 2, 3]


def test_leaves_are_tiling_nodes_without_tiling_children() -> None:
    mark, name, computed = node(7, 1, tiles=False), node(0, 8, tiles=False), node(None, 0)
    assert [each.at for each in node(0, 16, node(0, 8, mark, name), node(8, 8), computed).leaves()] == [0, 8]
    assert [each.at for each in node(0, 8, mark).leaves()] == [0], "a mark does not tile"
    assert list(node(None, 0).leaves()) == [], "a computed field covers no byte"


def test_a_computed_field_never_tiles() -> None:
    assert not Node(SPEC, None, None, 0, 1, tiles=True).tiles


def test_a_label_of_its_own_replaces_the_line() -> None:
    assert node(1, 8).text == "B: 1"
    assert Node(SPEC, None, None, 0, 1, label="Flags: 0x1 (SYN)").text == "Flags: 0x1 (SYN)"
    assert Node(SPEC, None, None, 0, 1, label="Flags").show == "1", "for programs the value stays"


def test_depth_is_no_matter() -> None:
    tree = node(0, 8)
    for _ in range(5000):
        tree = node(0, 8, tree)
    assert sum(1 for _ in tree.walk()) == 5001
    assert len(list(tree.leaves())) == 1
