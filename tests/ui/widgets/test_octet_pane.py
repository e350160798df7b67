"""The bytes pane finds what a field was made of, over all sources between, and where a byte came from."""

from __future__ import annotations

from inspector.core.layer import Layer, Packet
from inspector.core.node import Node
from inspector.core.source import Origin, Source
from inspector.core.spec import Spec
from inspector.ui.selection import Selection
from inspector.ui.widgets.octet_pane import OctetPane, bytes_of, merged


def sources() -> tuple[Source, Source, Source]:
    """A record of packet 7; bytes joined from packets 3 and 7; those inflated."""
    record = Source("record", bytes(100), packet=7)
    joined = Source("reassembled", bytes(30), [Origin(0, 10, None, 3, 60, 10), Origin(10, 20, None, 7, 54, 20)])
    inflated = Source("inflated", bytes(200), [Origin(0, 200, joined, 0, 5, 20)])
    return record, joined, inflated


def selection(source: Source, at: int, width: int) -> Selection:
    record, joined, _ = sources()
    node = Node(Spec("x.y", "Y", "bytes"), source, at, width, b"")
    layer = Layer("x", "X", source, 0, len(source.data) * 8, [node])
    return Selection(Packet(7, 0, 100, 100, 1, [record, joined, source], [layer]), layer, (node,))


def test_a_copied_byte_is_lit_in_the_record_that_carried_it() -> None:
    _, joined, _ = sources()
    chosen = selection(joined, 12 * 8, 4 * 8)
    pane = OctetPane()
    assert pane._made_of(chosen, chosen.packet.sources[0]) == ((56, 60),)


def test_bytes_of_another_packet_are_not_lit_in_this_record() -> None:
    _, joined, _ = sources()
    chosen = selection(joined, 0, 8 * 8)
    assert OctetPane()._made_of(chosen, chosen.packet.sources[0]) == ()


def test_what_was_inflated_is_lit_in_every_source_between() -> None:
    record, _, inflated = sources()
    joined_again = inflated.origins[0].parent
    assert joined_again is not None
    chosen = selection(inflated, 0, 8)
    assert OctetPane()._made_of(chosen, joined_again) == ((5, 25),)
    assert OctetPane()._made_of(chosen, record) == ((54, 69),)


def test_a_field_that_stands_in_no_byte_was_made_of_none() -> None:
    record, _, _ = sources()
    node = Node(Spec("x.y", "Y", "uint"), None, None, 0, 1)
    layer = Layer("x", "X", record, 0, 0, [node])
    chosen = Selection(Packet(7, 0, 100, 100, 1, [record], [layer]), layer, (node,))
    assert OctetPane()._made_of(chosen, record) == ()


def test_ranges_that_meet_are_joined() -> None:
    assert merged([(5, 9), (0, 2), (9, 12), (1, 3)]) == ((0, 3), (5, 12))
    assert merged([]) == ()


def test_bits_touch_whole_bytes() -> None:
    record, _, _ = sources()
    assert bytes_of(selection(record, 4, 9)) == (0, 2)
    assert bytes_of(selection(record, 8, 8)) == (1, 2)
