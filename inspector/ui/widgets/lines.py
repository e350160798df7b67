"""Rows of one line each, drawn only when they come on the screen: the base of the packet list and of the tree.

Textual's own table and tree hold an object for every row and measure each of them; a list of a million packets would
stand still for minutes. Here a row costs nothing until `draw` is asked for it. The surprising thing: the view scrolls
only when the cursor moves or the user scrolls, never because rows were added.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.ui.text import fit
from inspector.ui.widgets.painted import Painted


class Lines(Painted, can_focus=True):
    """A cursor over `count` rows. Subclasses give `draw(row, width)` and, with `HEAD`, `draw_head(width)`."""

    HEAD = 0
    """Lines at the top that do not scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="lines.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="lines.down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="lines.page_up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="lines.page_down"),
        Binding("home", "edge(0)", "First", show=False, id="lines.first"),
        Binding("end,G", "edge(-1)", "Last", show=False, id="lines.last"),
    ]

    class Moved(Message):
        """The cursor came to another row by the user's key or click."""

        def __init__(self, lines: Lines, row: int) -> None:
            super().__init__()
            self.lines, self.row = lines, row

        @property
        def control(self) -> Widget:
            return self.lines

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0

    @property
    def count(self) -> int:
        """How many rows there are now."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def page(self) -> int:
        """How many rows are on the screen."""
        return max(self.scrollable_content_region.height - self.HEAD, 1)

    def draw(self, row: int, width: int) -> list[Segment]:
        """The pieces of one row, together at most `width` cells."""
        raise NotImplementedError

    def draw_head(self, width: int) -> list[Segment]:
        """The pieces of the line that does not scroll."""
        raise NotImplementedError

    def resized(self) -> None:
        """Tell Textual how many rows there are; keeps the place of the view."""
        self.hold(self.count + self.HEAD)

    def on_resize(self, event: events.Resize) -> None:
        self.resized()
        self.show_cursor()

    def render_line(self, y: int) -> Strip:
        width = self.width
        if y < self.HEAD:
            return self._strip(self.draw_head(width))
        row = y - self.HEAD + int(self.scroll_offset.y)
        return self._strip(self.draw(row, width) if row < self.count else [])

    def _strip(self, segments: list[Segment]) -> Strip:
        """The pieces over the whole widget; a scrollbar lies over the last cell."""
        return Strip(segments).adjust_cell_length(self.size.width, self.ground)

    def move_to(self, row: int, *, tell: bool = True) -> None:
        """Put the cursor on a row, or the nearest that there is, and bring it on the screen."""
        row = max(0, min(row, self.count - 1))
        if row != self.cursor:
            before, self.cursor = self.cursor, row
            self.refresh_row(before)
            self.refresh_row(row)
        self.show_cursor()
        if tell and self.count:
            self.post_message(self.Moved(self, row))

    def show_cursor(self) -> None:
        """Scroll no further than is needed to have the cursor's row on the screen."""
        top = int(self.scroll_offset.y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self.page:
            self.scroll_to(y=self.cursor - self.page + 1, animate=False, force=True)

    def refresh_row(self, row: int) -> None:
        self.refresh_line(row + self.HEAD)

    def row_at(self, y: int) -> int | None:
        """The row on line `y` of the widget."""
        row = y - self.HEAD + int(self.scroll_offset.y)
        return row if y >= self.HEAD and 0 <= row < self.count else None

    def action_move(self, rows: int) -> None:
        self.move_to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        self.move_to(self.cursor + pages * max(self.page - 1, 1))

    def action_edge(self, row: int) -> None:
        self.move_to(row if row >= 0 else self.count + row)

    def on_click(self, event: events.Click) -> None:
        row = self.row_at(event.y)
        if row is not None:
            event.stop()
            self.clicked(row, event)

    def clicked(self, row: int, event: events.Click) -> None:
        """A row was clicked; the tree also opens and closes by this."""
        self.move_to(row)


def cell(text: str, width: int, style: Style, *, right: bool = False) -> Segment:
    """Text in exactly `width` cells, cut with an ellipsis."""
    return Segment(fit(text, width, right=right), style)
