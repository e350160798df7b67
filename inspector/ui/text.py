"""Text from packets on its way to the screen: always plain, always safe, cut to the cells that there are.

Textual reads a `str` as markup nearly everywhere, so that brackets in a payload would become links and actions. All of
ui therefore hands over `Content` made here, or Segments with text that went through `fit`.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content, Span
from textual.style import Style

from inspector.core.escape import safe

ELLIPSIS = "…"
NEWLINE = Content("\n")
"""A line break of ours; one that stands in a text from a packet becomes a sign."""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """One line of safe text in exactly `width` cells: filled with blanks, or cut and marked as cut.

    Only the part that can be seen is looked at, so that a value of a megabyte costs no more than a short one.
    """
    if width <= 0:
        return ""
    text = safe(text[: width + 1])
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    filled = " " * (width - size)
    return filled + text if right else text + filled


def clip(text: str, cells: int) -> str:
    """Safe text in at most `cells` cells, not filled."""
    return fit(text, cells).rstrip() if len(text) > cells // 2 else safe(text)


def plain(text: str, style: Style | str = "") -> Content:
    """Safe text as Content, never read as markup."""
    shown = safe(text)
    return Content(shown, [Span(0, len(shown), style)] if style and shown else None)


def join(*pieces: Content | tuple[str, Style | str] | str) -> Content:
    """Pieces of text, each safe and with its style, as one Content."""
    parts = []
    for piece in pieces:
        if isinstance(piece, Content):
            parts.append(piece)
        else:
            parts.append(plain(*piece) if isinstance(piece, tuple) else plain(piece))
    return Content("").join(parts)


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 packet`, `1,234 packets`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """A number of bytes for a person: `740 bytes`, `12.3 kB`."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if number >= 10 * unit:
            return f"{number / unit:,.1f} {name}"
    return count(number, "byte")
