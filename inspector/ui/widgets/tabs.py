"""The line of tabs above the bytes: one for each source, the record first, then what was made of it.

A segment can complete hundreds of messages, each with sources of its own, so the line shows as many tabs around the
active one as fit, and says how many there are on either side.
"""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.core.source import Source
from inspector.ui.text import clip

NAME_AT_MOST = 30


class SourceTabs(Widget):
    """One line; a click chooses a source. The active tab stands in brackets."""

    COMPONENT_CLASSES = {"tabs--active", "tabs--other"}

    class Chosen(Message):
        """The user wants to see a source."""

        def __init__(self, tabs: SourceTabs, index: int) -> None:
            super().__init__()
            self.tabs, self.index = tabs, index

        @property
        def control(self) -> Widget:
            return self.tabs

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.titles: list[str] = []
        self.active = 0
        self._places: list[tuple[int, int, int]] = []

    def show(self, sources: list[Source], active: int) -> None:
        self.titles = titles(sources)
        self.active = active
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        first, last = self._window(width)
        segments: list[Segment] = []
        self._places = []
        other, active = self.get_component_rich_style("tabs--other"), self.get_component_rich_style("tabs--active")
        used = 0
        if first:
            segments.append(Segment(f"‹{first} ", other))
            self._places.append((0, 2 + len(str(first)), first - 1))
            used = 2 + len(str(first))
        for index in range(first, last):
            title = f"[{self.titles[index]}]" if index == self.active else f" {self.titles[index]} "
            segments.append(Segment(title, active if index == self.active else other))
            self._places.append((used, used + len(title), index))
            used += len(title)
        if last < len(self.titles):
            rest = f" {len(self.titles) - last}›"
            segments.append(Segment(rest, other))
            self._places.append((used, used + len(rest), last))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _window(self, width: int) -> tuple[int, int]:
        """The tabs from the first to behind the last that fit around the active one."""
        room = width - 12
        first = last = min(self.active, max(len(self.titles) - 1, 0))
        while True:
            if last < len(self.titles) and room >= len(self.titles[last]) + 2:
                room -= len(self.titles[last]) + 2
                last += 1
            elif first > 0 and room >= len(self.titles[first - 1]) + 2:
                first -= 1
                room -= len(self.titles[first]) + 2
            else:
                return first, max(last, min(first + 1, len(self.titles)))

    def on_click(self, event: events.Click) -> None:
        for start, stop, index in self._places:
            if start <= event.x < stop:
                event.stop()
                self.post_message(self.Chosen(self, index))


def titles(sources: list[Source]) -> list[str]:
    """What the tabs say: the source's name, numbered where it comes up again, and its length."""
    totals: dict[str, int] = {}
    for source in sources:
        totals[source.name] = totals.get(source.name, 0) + 1
    seen: dict[str, int] = {}
    found = []
    for source in sources:
        seen[source.name] = seen.get(source.name, 0) + 1
        number = f" {seen[source.name]}" if totals[source.name] > 1 else ""
        name = clip(source.name[:1].upper() + source.name[1:], NAME_AT_MOST)
        found.append(f"{name}{number} {len(source.data):,}")
    return found
