"""The explanation: names, place, what it says here, links; all of it plain text."""

from __future__ import annotations

import pytest

from inspector.core.layer import Layer, Packet
from inspector.core.node import Issue, Node
from inspector.core.source import Source
from inspector.core.spec import Kind, Spec
from inspector.knowledge.annotations import Explanation
from inspector.query.prose import ProseSpan
from inspector.ui.selection import Selection
from inspector.ui.widgets.explanation import TEXT_AT_MOST, ExplanationPane, issues_of, rfc
from tests.ui.window import ECHO, inspection, opened, press, settle

HOSTILE = "[@click=app.quit]x[/] \x1b]0;PWNED\x07 \u202e"


def chosen(value: object = "v", kind: Kind = "str", issues: list[Issue] | None = None) -> Selection:
    source = Source("record", bytes(20), packet=1)
    node = Node(Spec("x.y", "The field", kind), source, 16, 32, value)  # type: ignore[arg-type]
    layer = Layer("x", "The layer", source, 0, 160, [node], issues or [])
    return Selection(Packet(1, 0, 20, 20, 1, [source], [layer]), layer, (node,))


def pane(selection: Selection, explanation: Explanation | None) -> ExplanationPane:
    made = ExplanationPane()
    made.selection, made.explanation = selection, explanation
    return made


def test_it_says_name_value_place_and_what_it_means() -> None:
    said = Explanation(
        "x.y",
        "What it is.",
        (
            ProseSpan("literal", "", "Port "),
            ProseSpan("field", "tcp.srcport", "80"),
            ProseSpan("literal", "", " asks."),
        ),
        "Why it exists.\nMore of it.",
        ("a-claim",),
        ("9293#3.1", "791"),
        ("tcp.ack",),
    )
    made = pane(chosen("v"), said)
    lines = made.text().plain.splitlines()
    assert lines[:3] == ["The field   x.y", "v", "bytes 2 to 5"]
    assert "In this packet  Port 80 asks." in lines
    assert {"What it is.", "Why it exists.", "More of it."} <= set(lines)
    assert "Standard  RFC 9293 section 3.1, RFC 791" in lines
    assert 'Filter    x.y == "v"' in lines
    assert "Notes     a-claim" in lines
    assert made.links == ["tcp.srcport", "tcp.ack"]


def test_a_hostile_value_is_text_without_any_action() -> None:
    said = Explanation("x.y", "Short.", (ProseSpan("field", "x.y", HOSTILE),))
    text = pane(chosen(HOSTILE), said).text()
    assert "\x1b" not in text.plain
    assert "\u202e" not in text.plain
    assert text.plain.count("[@click=app.quit]x[/] ␛]0;PWNED␇") >= 2
    metas = [span.style.meta for span in text.spans if not isinstance(span.style, str)]
    assert metas == [{"pick": "x.y"}]


def test_a_long_value_is_cut() -> None:
    assert len(pane(chosen("x" * 1_000_000), Explanation("x.y", "Short.")).text().plain) < 1_100_000
    shown = pane(chosen("x" * 1_000_000), Explanation("x.y", "Short.")).text().plain.splitlines()[1]
    assert len(shown) == TEXT_AT_MOST


def test_issues_of_the_field_are_said_and_those_of_others_are_not() -> None:
    mine, other = Issue("checksum", "x.y", 16, 32, "it is wrong"), Issue("malformed", "x.z", 0, 8, "so is this")
    selection = chosen(issues=[mine, other])
    assert issues_of(selection) == [mine]
    assert issues_of(Selection(selection.packet, selection.layer)) == [mine, other]
    assert "! it is wrong" in pane(selection, None).text().plain


def test_without_any_text_there_is_still_the_place() -> None:
    assert "bytes 2 to 5" in pane(chosen(), Explanation("x.y")).text().plain
    assert ExplanationPane().text().plain == ""


@pytest.mark.parametrize("reference, said", [("9293#3.8.6", "RFC 9293 section 3.8.6"), ("791", "RFC 791")])
def test_standards_are_written_as_people_do(reference: str, said: str) -> None:
    assert rfc(reference) == said


async def test_a_click_on_a_link_selects_its_field() -> None:
    async with opened(ECHO) as pilot:
        screen = inspection(pilot)
        drawn = [line.text for line in screen.explanation.lines]
        row = next(index for index, line in enumerate(drawn) if "In this packet" in line)
        column = drawn[row].index("Port ") + len("Port ")
        await pilot.click("#explanation", offset=(column + 1, row))
        await settle(pilot)
        assert screen.selection is not None
        assert screen.selection.node.name == "tcp.srcport"


async def test_it_scrolls_and_begins_anew_with_the_next_field() -> None:
    async with opened(ECHO) as pilot:
        await press(pilot, "f4", "j", "j", "down")
        screen = inspection(pilot)
        await pilot.pause(0.3)
        assert screen.explanation.scroll_offset.y > 0
        await press(pilot, "f2", "down")
        assert screen.explanation.scroll_offset.y == 0
