"""The tree opens, closes and selects by key and by click, and says what is wrong with a layer."""

from __future__ import annotations

from textual.pilot import Pilot

from inspector.ui.selection import Selection
from inspector.ui.widgets.layers import LayerTree
from tests.ui.window import ECHO, inspection, opened, press, settle


def shown(tree: LayerTree) -> list[str]:
    return [tree.render_line(line).text.rstrip() for line in range(tree.count)]


def line_of(tree: LayerTree, start: str) -> int:
    return next(index for index, line in enumerate(shown(tree)) if line.lstrip("▶▼ ").startswith(start))


def selected(pilot: Pilot[None]) -> str:
    selection = inspection(pilot).selection
    assert isinstance(selection, Selection)
    return selection.node.name


async def test_keys_open_and_close_and_walk() -> None:
    async with opened(ECHO) as pilot:
        tree = inspection(pilot).layer_tree
        await press(pilot, "f2")
        assert selected(pilot) == "tcp"
        await press(pilot, "left")
        assert line_of(tree, "Transmission") == tree.count - 1, "closed, it is the last line"
        await press(pilot, "right", "right")
        assert selected(pilot) == "tcp.srcport"
        await press(pilot, "left")
        assert selected(pilot) == "tcp"
        await press(pilot, "up", "enter", "down")
        assert selected(pilot) == "ip.version"
        await press(pilot, "C")
        assert len(shown(tree)) == 4
        assert selected(pilot) == "ip"
        await press(pilot, "E")
        assert len(shown(tree)) > 30
        assert selected(pilot) == "ip"


async def test_a_click_on_a_line_selects_and_a_click_on_the_mark_opens() -> None:
    async with opened(ECHO) as pilot:
        tree = inspection(pilot).layer_tree
        await pilot.click("#layers", offset=(10, line_of(tree, "Ethernet")))
        await settle(pilot)
        assert selected(pilot) == "eth"
        assert "Destination" not in shown(tree)[2]
        await pilot.click("#layers", offset=(0, 1))
        await settle(pilot)
        assert "Destination" in shown(tree)[2]
        await pilot.click("#layers", offset=(8, 2))
        await settle(pilot)
        assert selected(pilot) == "eth.dst"


async def test_second_names_have_no_line() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f2", "E")
        lines = shown(inspection(pilot).layer_tree)
        assert sum("Source Port" in line for line in lines) == 1


async def test_worked_out_fields_stand_in_brackets() -> None:
    async with opened(ECHO) as pilot:
        assert "    [Stream index: 0]" in shown(inspection(pilot).layer_tree)
