"""The line at the top: which file, how many packets, how far it is read, what is wrong with it, which filter."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.widgets import Static

from inspector.ui.text import ELLIPSIS, clip, count, join, size


class StatusLine(Static):
    """One line, made again whenever something on it changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Content(""), id=id, markup=False)
        self.said = Content("")

    def say(self, session: Any, wanted: str, shown: int, searching: bool) -> None:
        """`wanted` is the filter's text, "" for none; `shown` how many packets it let through so far."""
        pieces: list[Content] = [join((clip(session.title, 40), "bold"))]
        loaded = f"{count(session.count, 'packet')}, {size(session.size)}"
        if not session.complete:
            loaded += f", loading {session.progress:.0%}"
        pieces.append(join((loaded, "")))
        if session.damages:
            damage = session.damages[0]
            more = f" and {len(session.damages) - 1} more (i)" if len(session.damages) > 1 else ""
            pieces.append(join((f"! damaged at {damage.offset:,}: {damage.text}{more}", "bold $text-error")))
        if wanted:
            going = f" {ELLIPSIS}" if searching else ""
            pieces.append(join(("filter ", ""), (wanted, "bold $text-warning"), f" {shown:,} shown{going}"))
        text = Content("  ").join(pieces)
        if not text.is_same(self.said):
            self.said = text
            self.update(text, layout=False)
