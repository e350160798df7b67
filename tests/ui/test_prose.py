"""Annotations become Content: stress and code by style, links by data, nothing by markup."""

from __future__ import annotations

from inspector.ui.prose import inline, link, paragraphs


def test_stress_and_code_become_styles() -> None:
    shown = inline("A `window` is *not* a **limit**.")
    assert shown.plain == "A window is not a limit."
    assert [(shown.plain[span.start : span.end], span.style) for span in shown.spans] == [
        ("window", "$text-accent"),
        ("not", "italic"),
        ("limit", "bold"),
    ]


def test_lone_stars_and_brackets_stay() -> None:
    assert inline("2 * 3 * 4 [b]").plain == "2 * 3 * 4 [b]"


def test_each_line_is_a_paragraph() -> None:
    assert [one.plain for one in paragraphs("one\n\ntwo")] == ["one", "two"]


def test_a_link_bears_the_name_as_data() -> None:
    shown = link("tcp.srcport", "[@click=app.quit]\x1b")
    assert shown.plain == "[@click=app.quit]␛"
    assert shown.spans[0].style.meta == {"pick": "tcp.srcport"}  # type: ignore[union-attr]
    assert link("tcp.srcport", "").plain == ""
