"""Both themes can be read: text and ground are far apart, in full colour and in the sixteen colours of a terminal."""

from __future__ import annotations

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color
from textual.theme import Theme

from inspector.ui.themes import DARK, LIGHT, THEMES, other

TEXTS = ("text-primary", "text-secondary", "text-accent", "text-warning", "text-error", "text-success", "text-muted")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", TEXTS)
def test_text_stands_out_from_every_ground(theme: Theme, name: str) -> None:
    for ground in (theme.background, theme.surface):
        assert ground is not None
        assert contrast(theme.variables[name], ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_selected_field_stands_out(theme: Theme) -> None:
    assert contrast(theme.variables["lit"], theme.variables["lit-text"]) >= 7
    assert theme.foreground is not None
    assert contrast(theme.foreground, theme.variables["lit-faint"]) >= 7


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_no_text_vanishes_in_sixteen_colours(theme: Theme) -> None:
    assert theme.background is not None
    assert theme.foreground is not None
    for color in (theme.foreground, *(theme.variables[name] for name in (*TEXTS, "text-faint", "pane-edge"))):
        assert sixteen(color) != sixteen(theme.background)
    assert sixteen(theme.variables["lit"]) != sixteen(theme.variables["lit-text"])
    assert sixteen(theme.variables["lit"]) != sixteen(theme.background)


def test_the_key_goes_there_and_back() -> None:
    assert other(other(DARK.name)) == DARK.name
    assert other("nord") == LIGHT.name


def contrast(one: str, two: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(two))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def sixteen(color: str) -> int | None:
    return RichColor.parse(color).downgrade(ColorSystem.STANDARD).number
