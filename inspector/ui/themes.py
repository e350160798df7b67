"""The two themes. Their colours fall on different ones of the sixteen that every terminal has.

`lit` is the selected field in all panes; `lit-faint` the cursor of a pane that has not the keyboard. A terminal with
sixteen colours takes the nearest of its own, so text and ground are kept far apart, and the weights, brackets and marks
beside them say the same without any colour.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="inspector-dark",
    primary="#5fafff",
    secondary="#5fd7d7",
    accent="#ffd75f",
    warning="#ffaf5f",
    error="#ff6f6f",
    success="#87d787",
    foreground="#e4e4e4",
    background="#101216",
    surface="#1b1e24",
    panel="#262a33",
    dark=True,
    variables={
        "text-primary": "#7fbfff",
        "text-secondary": "#5fd7d7",
        "text-accent": "#ffd75f",
        "text-warning": "#ffaf5f",
        "text-error": "#ff8080",
        "text-success": "#87d787",
        "text-muted": "#a8a8a8",
        "text-faint": "#808080",
        "lit": "#ffd75f",
        "lit-text": "#000000",
        "lit-faint": "#4a4430",
        "pane-edge": "#5f6570",
        "footer-key-foreground": "#ffd75f",
        "footer-background": "#1b1e24",
        "input-selection-background": "#5fafff 40%",
    },
)

LIGHT = Theme(
    name="inspector-light",
    primary="#1a3fa8",
    secondary="#00696b",
    accent="#87005f",
    warning="#8a4b00",
    error="#b00020",
    success="#1e6b1e",
    foreground="#16181c",
    background="#ffffff",
    surface="#eceef1",
    panel="#dfe3e8",
    dark=False,
    variables={
        "text-primary": "#1a3fa8",
        "text-secondary": "#00696b",
        "text-accent": "#87005f",
        "text-warning": "#8a4b00",
        "text-error": "#b00020",
        "text-success": "#1e6b1e",
        "text-muted": "#52575f",
        "text-faint": "#767b84",
        "lit": "#87005f",
        "lit-text": "#ffffff",
        "lit-faint": "#f0d9e8",
        "pane-edge": "#9aa0a8",
        "footer-key-foreground": "#87005f",
        "footer-background": "#eceef1",
        "input-selection-background": "#005faf 30%",
    },
)

THEMES = (DARK, LIGHT)


def other(name: str) -> str:
    """The theme that the key for it changes to: light for any dark one, and back."""
    return DARK.name if name == LIGHT.name else LIGHT.name
