"""The four panes always show the same field, whichever of them it was chosen in, by keyboard and by mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from inspector.core import resources
from inspector.core.source import Source
from inspector.ui.screens.inspection import PANES
from inspector.ui.selection import named
from inspector.ui.widgets.bits import BitRow
from inspector.ui.widgets.octets import Lit
from inspector.ui.widgets.pane import Pane
from tests.ui.window import DEFLATE, ECHO, KEEP_ALIVE, MadeUp, inspection, opened, press, settle

BYTE = 8


def lit(pilot: Pilot[None]) -> tuple[str, Lit, tuple[int, int], str]:
    """The field under the tree's cursor, what is lit in the bytes, the bits marked in binary, the name explained."""
    screen = inspection(pilot)
    row = screen.layer_tree.rows[screen.layer_tree.cursor]
    bits = screen.query_one(BitRow)
    explained = screen.explanation.selection
    assert explained is not None
    name = row.way[-1].name if row.way else row.layer.name
    return name, screen.octets.octets.lit, bits.field, explained.node.name


def check(pilot: Pilot[None], name: str, source: str | None = None) -> None:
    """All panes show the field of this name, at its very bits."""
    screen = inspection(pilot)
    assert screen.selection is not None
    node = screen.selection.node
    place = (0, 0) if node.at is None else (node.at, node.at + node.width)
    shown, bytes_lit, bits, explained = lit(pilot)
    assert (shown, explained, node.name) == (name, name, name)
    assert bytes_lit.field == bits == place
    assert screen.packets.number == screen.selection.packet.number
    if source is not None:
        on_show = screen.octets.source
        assert on_show is not None
        assert on_show.name == source
        assert node.source is on_show


async def go(pilot: Pilot[None], number: int) -> None:
    await press(pilot, "g", *str(number), "enter")
    assert inspection(pilot).packets.number == number


async def click_byte(pilot: Pilot[None], byte: int, *, text: bool = False, control: bool = False) -> None:
    octets = inspection(pilot).octets.octets
    row, column = divmod(byte, octets.per_row)
    assert octets.per_row == 16
    x = octets.digits + 51 + column if text else octets.digits + 1 + 3 * column + (column >= 8)
    await pilot.click("#octets", offset=(x, row - int(octets.scroll_offset.y)), control=control)
    await settle(pilot)


# -- choosing ------------------------------------------------------------------------------------------------------


async def test_the_first_look_explains_something() -> None:
    async with opened(ECHO) as pilot:
        check(pilot, "tcp", "record")
        said = inspection(pilot).explanation.text().plain
        assert "In this packet" in said
        assert "8080" in said


async def test_the_tree_lights_all_by_keyboard() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f2", "down", "down")
        check(pilot, "tcp.dstport", "record")
        assert lit(pilot)[1].field == (36 * BYTE, 38 * BYTE)
        assert lit(pilot)[1].layer == (34 * BYTE, 74 * BYTE)


async def test_the_tree_lights_all_by_mouse() -> None:
    async with opened(ECHO) as pilot:
        await pilot.click("#layers", offset=(10, 5))
        await settle(pilot)
        check(pilot, "tcp.dstport", "record")


async def test_a_byte_lights_all_by_mouse_in_hex_and_in_text() -> None:
    async with opened(ECHO) as pilot:
        await click_byte(pilot, 22)
        check(pilot, "ip.ttl", "record")
        await click_byte(pilot, 3, text=True)
        check(pilot, "eth.dst", "record")
        assert lit(pilot)[1].field == (0, 6 * BYTE)


async def test_bytes_light_all_by_keyboard() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f3", "home", "down", "right", "right")
        assert inspection(pilot).octets.octets.cursor == 18 * BYTE
        check(pilot, "ip.id", "record")


async def test_a_second_click_and_enter_go_on_to_the_next_field_of_the_byte() -> None:
    async with opened(ECHO) as pilot:
        await click_byte(pilot, 14)
        check(pilot, "ip.version", "record")
        await click_byte(pilot, 14)
        check(pilot, "ip.hdr_len", "record")
        await press(pilot, "enter")
        check(pilot, "ip", "record")


async def test_a_bit_lights_all_by_mouse_and_by_keyboard() -> None:
    async with opened(ECHO) as pilot:
        await click_byte(pilot, 46)
        bits = inspection(pilot).query_one(BitRow)
        shown = bits.first_byte
        await press(pilot, "f3", "right_square_bracket")
        for bit, name in ((6, "tcp.flags.syn"), (7, "tcp.flags.fin"), (3, "tcp.flags.ack")):
            screen = inspection(pilot)
            screen.octets.on_bit_row_pointed(BitRow.Pointed(bits, 47 * BYTE + bit))
            await settle(pilot)
            check(pilot, name, "record")
            assert lit(pilot)[2] == (47 * BYTE + bit, 47 * BYTE + bit + 1)
        await press(pilot, "right_square_bracket")
        check(pilot, "tcp.flags.push", "record")
        assert shown == 46


async def test_a_click_on_a_drawn_bit_lights_that_flag() -> None:
    async with opened(ECHO) as pilot:
        screen = inspection(pilot)
        flags = named(screen.selection.packet, "tcp.flags")  # type: ignore[union-attr]
        assert flags is not None
        screen.like(flags)
        await settle(pilot)
        # Bytes 46 and 47 are drawn; the SYN bit is the seventh of the second: 7 + 10 + 5 + 2.
        await pilot.click(BitRow, offset=(7 + 10 + 5 + 2, 0))
        await settle(pilot)
        check(pilot, "tcp.flags.syn", "record")


async def test_a_link_of_the_explanation_lights_all_by_keyboard_and_by_mouse() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f4", "right", "enter")
        check(pilot, "tcp.srcport", "record")
        screen = inspection(pilot)
        text = screen.explanation.text()
        line = next(index for index, one in enumerate(text.plain.splitlines()) if "In this packet" in one)
        assert line
        await press(pilot, "right", "left")
        assert screen.explanation.chosen == len(screen.explanation.links) - 1
        await press(pilot, "backspace")
        check(pilot, "tcp", "record")


async def test_the_field_stays_selected_from_packet_to_packet() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f2", "down", "n")
        check(pilot, "tcp.srcport", "record")
        assert inspection(pilot).packets.number == 2
        await press(pilot, "p", "end")
        assert inspection(pilot).packets.number == 1


async def test_a_field_that_was_missing_in_between_is_found_again() -> None:
    async with opened(ECHO) as pilot:
        await go(pilot, 8)
        screen = inspection(pilot)
        opcode = named(screen.selection.packet, "websocket.opcode")  # type: ignore[union-attr]
        assert opcode is not None
        screen.like(opcode)
        await go(pilot, 1)
        check(pilot, "tcp")
        await go(pilot, 8)
        check(pilot, "websocket.opcode")


# -- derived bytes -------------------------------------------------------------------------------------------------


async def test_derived_bytes_are_tabs_and_the_selection_follows() -> None:
    async with opened(DEFLATE) as pilot:
        await go(pilot, 8)
        check(pilot, "json")
        screen = inspection(pilot)
        names = [source.name for source in screen.octets.sources]
        assert len(names) == 3
        assert screen.octets.index == 2
        await press(pilot, "t")
        assert screen.octets.index == 0
        ranges = screen.octets.octets.lit.made_of
        assert ranges, "the record shows the bytes that the message was made of"
        assert screen.octets.octets.lit.field == (0, 0)
        await press(pilot, "T", "T")
        assert screen.octets.index == 1
        await press(pilot, "f3", "home")
        check(pilot, screen.selection.node.name, names[1])  # type: ignore[union-attr]


async def test_a_tab_is_chosen_by_a_click() -> None:
    async with opened(DEFLATE) as pilot:
        await go(pilot, 8)
        await pilot.click("SourceTabs", offset=(3, 0))
        await settle(pilot)
        assert inspection(pilot).octets.index == 0


async def test_an_unmasked_byte_is_followed_back_to_its_very_byte() -> None:
    async with opened(ECHO) as pilot:
        await go(pilot, 8)
        screen = inspection(pilot)
        payload = named(screen.selection.packet, "websocket.payload")  # type: ignore[union-attr]
        assert payload is not None
        assert payload.source is not None
        screen.like(payload)
        await settle(pilot)
        await press(pilot, "f3", "home", "right", "right")
        place = payload.source.trace(2, 1)[0]
        await press(pilot, "f")
        assert screen.packets.number == place.packet == 8
        check(pilot, screen.selection.node.name, "record")  # type: ignore[union-attr]
        assert screen.octets.octets.cursor == place.start * BYTE
        key = screen.selection.packet.node("websocket.masking_key")  # type: ignore[union-attr]
        assert key is not None
        masked = screen.selection.packet.sources[0].data[place.start]  # type: ignore[union-attr]
        assert masked ^ key.raw[2] == payload.source.data[2]
        await press(pilot, "backspace")
        assert screen.selection is not None
        assert screen.selection.source is payload.source


async def test_a_byte_that_came_from_another_packet_leads_there_and_back() -> None:
    async with opened(DEFLATE) as pilot:
        screen = inspection(pilot)
        number, source = several(pilot)
        await go(pilot, number)
        screen.octets.show_source(screen.octets.sources.index(next(
            one for one in screen.octets.sources if one.name == source.name)))  # fmt: skip
        await press(pilot, "f3", "home")
        await settle(pilot)
        assert screen.packets.made_of, "the list marks the packets that the bytes came from"
        place = screen.octets.place()
        assert place is not None
        assert place.packet < number
        await click_byte(pilot, 0, control=True)
        assert screen.packets.number == place.packet
        assert screen.octets.octets.cursor == place.start * BYTE
        await press(pilot, "backspace")
        assert screen.packets.number == number


def several(pilot: Pilot[None]) -> tuple[int, Source]:
    """A packet with a source that was made of earlier packets too."""
    session = inspection(pilot).session
    for number in range(1, session.count + 1):
        for source in session.packet(number).sources[1:]:
            if source.trace(0, 1) and source.trace(0, 1)[0].packet < number:
                return number, source
    raise AssertionError("the capture has no message in several packets")


# -- panes and sizes -----------------------------------------------------------------------------------------------


def large(pilot: Pilot[None]) -> list[str]:
    """The panes that show more than a line."""
    panes = inspection(pilot).query(Pane)
    return [str(pane.id) for pane in panes if pane.display and pane.query_one(".inside").display]


@pytest.mark.parametrize("size", [(80, 24), (99, 60), (200, 29)])
async def test_small_windows_show_one_pane_and_the_others_as_lines(size: tuple[int, int]) -> None:
    async with opened(ECHO, size) as pilot:
        assert large(pilot) == [PANES[0]]
        for key, pane in (("f2", 1), ("tab", 2), ("tab", 3), ("tab", 0), ("shift+tab", 3), ("f3", 2)):
            await press(pilot, key)
            assert large(pilot) == [PANES[pane]]
            focused = pilot.app.focused
            assert focused is not None
            assert inspection(pilot).query_one(f"#{PANES[pane]}") in focused.ancestors
        lines = [str(strip.render()) for strip in inspection(pilot).query(".strip").results(Static) if strip.display]
        assert len(lines) == 3
        assert all(line.startswith("F") and len(line) > 15 for line in lines)
        await pilot.click("#layers-pane", offset=(5, 0))
        await settle(pilot)
        assert large(pilot) == [PANES[1]]
        await press(pilot, "z")
        assert [pane.id for pane in inspection(pilot).query(Pane) if pane.display] == [PANES[1]]
        await press(pilot, "z")
        assert len([pane for pane in inspection(pilot).query(Pane) if pane.display]) == 4


@pytest.mark.parametrize("size", [(120, 40), (100, 30), (200, 60)])
async def test_larger_windows_show_four_panes(size: tuple[int, int]) -> None:
    async with opened(ECHO, size) as pilot:
        assert large(pilot) == list(PANES)
        await press(pilot, "f3", "z")
        assert large(pilot) == [PANES[2]]
        await press(pilot, "escape")
        assert large(pilot) == list(PANES)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_no_pane_is_cut_off(size: tuple[int, int]) -> None:
    async with opened(ECHO, size) as pilot:
        for key in ("f1", "f2", "f3", "f4"):
            await press(pilot, key)
            for pane in inspection(pilot).query(Pane):
                assert pane.region.right <= size[0]
                assert pane.region.bottom <= size[1] - 1
                assert pane.size.height >= 1
            await press(pilot, "f3")
            assert inspection(pilot).octets.octets.per_row == 16


async def test_a_window_that_changes_its_size_keeps_the_selection() -> None:
    async with opened(ECHO, (120, 40)) as pilot:
        await press(pilot, "f2", "down", "down")
        for size in ((80, 24), (200, 60), (20, 6), (120, 40)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            check(pilot, "tcp.dstport")


# -- filter, go to, copy -------------------------------------------------------------------------------------------


async def test_a_filter_shows_only_what_matches_and_the_selection_stays() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "slash", *"http", "enter")
        screen = inspection(pilot)
        await settle(pilot)
        assert screen.packets.only is not None
        expected = [n for n in range(1, screen.session.count + 1) if screen.session.packet(n).layer("http")]
        assert list(screen.packets.only) == expected
        assert "filter http" in str(screen.query_one("#status", Static).render())
        await press(pilot, "n")
        assert screen.packets.number in expected
        await press(pilot, "slash", *["backspace"] * 4, "enter")
        assert screen.packets.only is None


async def test_a_wrong_filter_says_what_is_wrong_and_where() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "slash", *"tcp.prot", "enter")
        screen = inspection(pilot)
        said = str(screen.query_one("#filter .wrong", Static).render())
        assert "tcp.prot" in said
        assert "▲" in said
        assert screen.packets.only is None
        assert isinstance(pilot.app.focused, Input)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.focused, Input)


async def test_earlier_filters_come_back() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "slash", *"http", "enter", "slash", *["backspace"] * 4, *"udp", "enter")
        await press(pilot, "slash", "up", "up")
        line = inspection(pilot).filter_line
        assert line.input.value == "http"
        await press(pilot, "down", "down")
        assert line.input.value == ""


async def test_a_filter_from_the_command_line_is_in_force() -> None:
    async with opened(ECHO, wanted="websocket.opcode == 9") as pilot:
        shown = inspection(pilot).packets.only
        assert shown is not None
        assert 0 < len(shown) < 10


async def test_a_packet_that_the_filter_hides_is_shown_all_the_same() -> None:
    async with opened(ECHO, wanted="websocket") as pilot:
        await press(pilot, "g", "1", "enter")
        screen = inspection(pilot)
        assert screen.selection is not None
        assert screen.selection.packet.number == 1


async def test_go_to_refuses_what_there_is_not() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "g", *"4000x", "enter")
        assert "from 1 to 39" in str(inspection(pilot).query_one("#number .wrong", Static).render())
        await press(pilot, "escape")
        assert inspection(pilot).packets.number == 1


async def test_keys_that_are_typed_ahead_are_not_lost() -> None:
    async with opened(ECHO) as pilot:
        for key in ("g", "1", "2", "enter"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        assert inspection(pilot).packets.number == 12


async def test_copying_gives_the_value_or_the_filter() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f2", "down", "down", "y")
        assert pilot.app.clipboard == "8080"
        await press(pilot, "Y")
        assert pilot.app.clipboard == "tcp.dstport == 8080"


# -- reading -------------------------------------------------------------------------------------------------------


async def test_the_status_says_progress_and_damage(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((resources.captures() / KEEP_ALIVE).read_bytes()[:-20])
    async with opened(cut) as pilot:
        for _ in range(500):
            if inspection(pilot).session.complete:
                break
            await pilot.pause(0.01)
        inspection(pilot).look()
        said = str(inspection(pilot).query_one("#status", Static).render())
        assert "cut.pcap" in said
        assert "damaged at" in said
    session = MadeUp(10, loads=True)
    async with opened(session) as pilot:
        assert "loading 50%" in str(inspection(pilot).query_one("#status", Static).render())
        session.complete = True
        inspection(pilot).look()
        assert "loading" not in str(inspection(pilot).query_one("#status", Static).render())


async def test_what_is_still_looked_for_is_said_in_the_tree() -> None:
    session = MadeUp(10)
    session.waiting = "looking for where this message begins, 41 %"
    async with opened(session) as pilot:
        tree = inspection(pilot).layer_tree
        said = "".join(tree.render_line(line).text.strip() + " " for line in range(len(tree.rows), tree.count))
        assert "looking for where this message begins, 41 %" in said
        session.waiting = ""
        inspection(pilot).look()
        assert "41 %" not in tree.render_line(tree.count - 1).text


async def test_a_filter_goes_over_the_packets_that_came_later() -> None:
    session = MadeUp(100, loads=True)
    async with opened(session) as pilot:
        screen = inspection(pilot)
        assert screen.apply_filter("10")
        await settle(pilot)
        assert list(screen.packets.only or ()) == list(range(10, 101, 10))
        session.count, session.complete = 200, True
        for _ in range(3):
            screen.look()
            await settle(pilot)
        assert list(screen.packets.only or ()) == list(range(10, 201, 10))


async def test_an_empty_capture_is_no_trouble() -> None:
    async with opened(MadeUp(0)) as pilot:
        for key in ("down", "n", "f2", "down", "f3", "right", "f4", "y", "f", "t", "backspace", "z", "tab"):
            await pilot.press(key)
        assert inspection(pilot).selection is None
