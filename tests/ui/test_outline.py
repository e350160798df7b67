"""The tree's rows: what is open at first, what the user opened stays open, separators only when selected."""

from __future__ import annotations

from inspector.core.layer import Packet
from inspector.ui.outline import Outline, Row, separates, summary
from inspector.ui.selection import Selection, first, named
from tests.ui.window import DEFLATE, ECHO, packet_of


def lines(rows: list[Row]) -> list[str]:
    return [row.way[-1].name if row.way else row.layer.name for row in rows]


def rows(outline: Outline, packet: Packet, selection: Selection | None = None) -> list[str]:
    return lines(outline.rows(packet, selection or first(packet)))


def test_at_first_the_innermost_layer_is_open_and_the_carriers_are_closed() -> None:
    found = rows(Outline(), packet_of(ECHO, 1))
    assert found[:5] == ["frame", "eth", "ip", "tcp", "tcp.srcport"]
    assert "ip.ttl" not in found
    assert "tcp.flags.syn" not in found


def test_an_application_is_open_and_tcp_below_it_is_closed() -> None:
    found = rows(Outline(), packet_of(DEFLATE, 8))
    assert "websocket.opcode" in found
    assert "json.object" in found
    assert "tcp.srcport" not in found


def test_what_was_opened_is_open_in_every_packet() -> None:
    outline = Outline()
    outline.open(("ip",))
    outline.open(("tcp", "tcp.flags"))
    for number in (1, 2, 3):
        found = rows(outline, packet_of(ECHO, number))
        assert "ip.ttl" in found
        assert "tcp.flags.syn" in found
    outline.open(("ip",), False)
    assert "ip.ttl" not in rows(outline, packet_of(ECHO, 1))


def test_revealing_a_field_opens_the_way_to_it() -> None:
    outline, packet = Outline(), packet_of(ECHO, 1)
    flag = named(packet, "tcp.flags.syn")
    assert flag is not None
    outline.reveal(flag)
    assert "tcp.flags.syn" in rows(outline, packet, flag)


def test_separators_have_a_line_only_while_one_is_selected() -> None:
    outline, packet = Outline(), packet_of(ECHO, 4)
    blank = next(
        Selection(packet, layer, (parent, node))
        for layer in packet.layers
        for parent in layer.nodes
        for node in parent.children
        if separates(node)
    )
    outline.reveal(blank)
    assert blank.node.name not in rows(outline, packet)
    assert blank.node.name in rows(outline, packet, blank)


def test_issues_stand_below_their_layer() -> None:
    packet = packet_of(bytes.fromhex("020000000002020000000001080045000100"), 1)
    found = Outline().rows(packet, first(packet))
    issue = next(row for row in found if row.issue is not None)
    assert issue.layer.name == "ip"
    assert found[found.index(issue) - 1].layer is issue.layer


def test_a_layer_says_who_speaks_to_whom() -> None:
    packet = packet_of(ECHO, 1)
    said = {layer.name: summary(layer) for layer in packet.layers}
    assert said["frame"] == "74 bytes"
    assert said["ip"] == "127.0.0.1 → 127.0.0.1"
    assert said["tcp"].endswith(" → 8080")
