"""Home lists the bundled captures with a line about each."""

from __future__ import annotations

from textual.widgets import OptionList

from inspector.ui.app import InspectorApp
from inspector.ui.screens.home import bundled, rows
from inspector.ui.screens.inspection import Inspection
from tests.ui.window import DEFLATE, ECHO, KEEP_ALIVE, settle

TABLE = """\
| file | what is seen | packets |
|---|---|---|
| [a.pcap](a.pcap) | A thing: one; two | 3 |
| [b.pcap](b.pcap) | Another | 4 |
"""


def test_the_table_gives_the_sentence_before_the_list() -> None:
    assert rows(TABLE) == {"a.pcap": "A thing", "b.pcap": "Another"}


def test_every_bundled_capture_is_offered_with_a_line() -> None:
    found = bundled()
    assert {ECHO, DEFLATE, KEEP_ALIVE} <= {one.path.name for one in found}
    assert all(one.seen for one in found)


async def test_a_capture_is_chosen_by_keys_and_by_click() -> None:
    app = InspectorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert len(app.screen.query_one(OptionList).options) == len(bundled()) + 1
        await pilot.press("j", "enter")
        await settle(pilot)
        assert isinstance(app.screen, Inspection)
        assert app.screen.session.title == bundled()[1].path.name
        await pilot.press("H")
        await settle(pilot)
        await pilot.click(OptionList, offset=(5, 1))
        await settle(pilot)
        assert isinstance(app.screen, Inspection)
        assert app.screen.session.title == bundled()[0].path.name
