"""The base of all widgets that draw their own lines: it remembers the style they are drawn in.

Textual works out a widget's style from all its ancestors each time it is asked, which a widget that asks for every byte
cannot afford. The style changes only when the theme, the focus or the pointer does, and then Textual says so.
"""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


class Painted(ScrollView):
    """A line widget that knows its own style and those of its component classes."""

    _ground: Style | None = None

    @property
    def ground(self) -> Style:
        """The widget's own style, for text without one and for empty cells."""
        if self._ground is None:
            self._ground = self.rich_style
        return self._ground

    def hold(self, rows: int) -> None:
        """Say how many rows there are to scroll over; the view stays, or ends at the new end.

        Setting `virtual_size` would make Textual lay out the whole screen, for nothing: the scrollbar is always there.
        """
        held = Size(self.scrollable_content_region.width, rows)
        if held == self.virtual_size:
            return
        self.set_reactive(Widget.virtual_size, held)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = rows
        if self.scroll_y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def look(self, name: str) -> Style:
        """The style of a component class, over the widget's own."""
        return self.get_component_rich_style(name)

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()
