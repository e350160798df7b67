"""The line at the bottom: the most important keys, each of which can also be clicked.

Textual's own footer is made anew with every change of the focus, a widget for each key, which takes longer than all
panes together. This one is a single line that never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget


class Key(NamedTuple):
    """What is shown of a key, what it is for, and the action behind it."""

    shown: str
    label: str
    action: str


class KeyLine(Widget):
    """Draws the keys from the left; those that do not fit are left out."""

    COMPONENT_CLASSES = {"keys--key", "keys--label"}

    def __init__(self, keys: Sequence[Key], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.keys = keys

    def render_line(self, y: int) -> Strip:
        key, label = self.get_component_rich_style("keys--key"), self.get_component_rich_style("keys--label")
        segments = []
        for _, _, one in self._places():
            segments += [Segment(f" {one.shown} ", key), Segment(f"{one.label} ", label)]
        return Strip(segments).adjust_cell_length(self.size.width, label)

    def _places(self) -> list[tuple[int, int, Key]]:
        """Each key that fits, with its first cell and the cell behind it."""
        found, used = [], 0
        for one in self.keys:
            stop = used + len(one.shown) + len(one.label) + 3
            if stop > self.size.width:
                break
            found.append((used, stop, one))
            used = stop
        return found

    async def on_click(self, event: events.Click) -> None:
        for start, stop, one in self._places():
            if start <= event.x < stop:
                event.stop()
                await self.app.run_action(one.action, default_namespace=self.screen)
