"""The packet list draws only what is on the screen, keeps its place while packets arrive, and never waits long."""

from __future__ import annotations

from time import monotonic, sleep

from inspector.ui.widgets.packets import LATER, PacketList
from tests.ui.window import ECHO, MadeUp, inspection, opened, press, settle

MANY = 1_200_000


def text(packets: PacketList, line: int) -> str:
    return packets.render_line(line).text


async def test_a_million_packets_cost_no_more_than_a_screenful() -> None:
    session = MadeUp(MANY)
    async with opened(session) as pilot:
        packets = inspection(pilot).packets
        await press(pilot, "end")
        assert packets.number == MANY
        assert f"packet {MANY}" in text(packets, packets.page)
        await press(pilot, "home", "pagedown", "up", "j")
        assert packets.number == packets.page
        assert len(set(session.asked)) < 200


async def test_the_view_stays_where_it_is_while_packets_arrive() -> None:
    session = MadeUp(500, loads=True)
    async with opened(session) as pilot:
        screen = inspection(pilot)
        await press(pilot, *["down"] * 30)
        before = [text(screen.packets, line) for line in range(8)]
        selection = screen.selection
        for session.count in (1_000, 50_000, MANY):
            screen.look()
            await pilot.pause()
        assert [text(screen.packets, line) for line in range(8)] == before
        assert screen.selection is selection
        assert screen.packets.count == MANY
        assert screen.packets.virtual_size.height == MANY + 1


async def test_a_line_shows_what_the_summary_says() -> None:
    async with opened(ECHO) as pilot:
        packets = inspection(pilot).packets
        assert text(packets, 0).split() == ["No.", "Time", "Source", "Destination", "Protocol", "Length", "Info"]
        first = text(packets, 1)
        assert first.startswith("▶")
        assert first.split()[1:7] == ["1", "0.000000", "127.0.0.1", "127.0.0.1", "TCP", "74"]
        assert text(packets, 2).startswith("  ")


async def test_a_click_chooses_the_packet_of_the_line() -> None:
    async with opened(ECHO) as pilot:
        await pilot.click("#packets", offset=(20, 4))
        await settle(pilot)
        screen = inspection(pilot)
        assert screen.packets.number == 4
        assert screen.selection is not None
        assert screen.selection.packet.number == 4
        await pilot.click("#packets", offset=(20, 0))
        await settle(pilot)
        assert screen.packets.number == 4, "the head is no packet"


async def test_a_long_info_can_be_read_in_a_narrow_window() -> None:
    async with opened(ECHO, (80, 24)) as pilot:
        packets = inspection(pilot).packets
        info = packets.summary(1)
        assert info is not None
        assert info.info[-8:] not in text(packets, 1)
        await press(pilot, *["right"] * (len(info.info) // 20))
        assert info.info[-8:] in text(packets, 1)
        await press(pilot, *["left"] * 9)
        assert info.info[:8] in text(packets, 1)


async def test_the_wheel_scrolls_and_chooses_nothing() -> None:
    async with opened(MadeUp(1000)) as pilot:
        packets = inspection(pilot).packets
        packets.scroll_relative(y=3, animate=False)
        await pilot.pause()
        assert packets.number == 1
        assert "packet 4" in text(packets, 1)


async def test_slow_packets_are_drawn_later_and_keys_come_first() -> None:
    class Slow(MadeUp):
        def summary(self, number: int) -> object:  # type: ignore[override]
            sleep(0.02)
            return super().summary(number)

    async with opened(Slow(1000)) as pilot:
        packets = inspection(pilot).packets
        await settle(pilot)
        packets.forget()
        packets.began = 0.0
        since = monotonic()
        drawn = [text(packets, line) for line in range(1, packets.page + 1)]
        assert monotonic() - since < 0.02 * packets.page
        assert any(LATER in line for line in drawn)
        for _ in range(50):
            await pilot.pause(0.02)
        assert not any(LATER in text(packets, line) for line in range(1, packets.page + 1))


def test_the_row_of_a_packet_is_found_among_those_shown() -> None:
    packets = PacketList(MadeUp(9).summary)
    packets.total = 9
    assert packets.row_of(9) == 8
    assert packets.row_of(10) is None
    packets.only = [2, 3, 7]
    assert [packets.row_of(number) for number in (1, 2, 3, 4, 7, 8)] == [None, 0, 1, None, 2, None]


def test_narrow_lists_leave_the_length_out() -> None:
    packets = PacketList(MadeUp(9).summary)
    assert packets.columns(78).length == 0
    assert packets.columns(118).length > 0
    assert packets.columns(198).address > packets.columns(118).address
