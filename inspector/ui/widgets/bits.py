"""The selected bytes in binary, with a mark under each selected bit, and where a derived byte came from.

A field that is a few bits wide cannot be seen in hex; here it can, and a click on a bit selects the field it is in.
"""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.core.source import Source
from inspector.ui.text import count, fit
from inspector.ui.widgets.octets import BYTE, Octets

CELLS = 10
"""A byte takes ten cells: `0101 0000 `."""


class BitRow(Widget):
    """Three lines: the bits, the marks below them, and the origin."""

    COMPONENT_CLASSES = {"bits--field", "bits--other", "bits--cursor", "bits--origin"}

    class Pointed(Message):
        """The user clicked on a bit of the source."""

        def __init__(self, bits: BitRow, bit: int) -> None:
            super().__init__()
            self.bits, self.bit = bits, bit

        @property
        def control(self) -> Widget:
            return self.bits

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.source: Source | None = None
        self.field = (0, 0)
        self.cursor = 0
        self.origin = ""

    def show(self, source: Source | None, field: tuple[int, int], cursor: int, origin: str) -> None:
        """`field` and `cursor` are bits of the source; `origin` says where the byte came from, "" for a record."""
        self.source, self.field, self.cursor, self.origin = source, field, cursor, origin
        self.refresh()

    @property
    def first_byte(self) -> int:
        """The first byte that is drawn: the field's, or where the cursor is if the field is longer than the line."""
        start, stop = self.field
        if stop <= start:
            return self.cursor // BYTE
        first, last = start // BYTE, (stop - 1) // BYTE
        fits = self._room()
        if last - first < fits:
            return first
        return max(first, min(self.cursor // BYTE, last - fits + 1))

    def _room(self) -> int:
        return max((self.size.width - self._margin) // CELLS, 1)

    @property
    def _margin(self) -> int:
        return 7

    def render_line(self, y: int) -> Strip:
        line = self._origin() if y == 2 else self._bits(marks=y == 1)
        return Strip(line).adjust_cell_length(self.size.width, self.rich_style)

    def _bytes(self) -> range:
        if self.source is None:
            return range(0)
        last = max((self.field[1] - 1) // BYTE, self.first_byte)
        return range(self.first_byte, min(self.first_byte + self._room(), last + 1, len(self.source.data)))

    def _bits(self, marks: bool) -> list[Segment]:
        shown = self._bytes()
        other, field = self.get_component_rich_style("bits--other"), self.get_component_rich_style("bits--field")
        name = "" if marks or not shown else f"{shown[0]:04x}"
        segments = [Segment(f"{name:<{self._margin}}", other)]
        for offset in shown:
            assert self.source is not None
            for bit in range(BYTE):
                at = offset * BYTE + bit
                inside = self.field[0] <= at < self.field[1]
                digit = str(self.source.data[offset] >> (7 - bit) & 1)
                sign = ("▔" if inside else " ") if marks else digit
                segments.append(Segment(sign, field if inside and not marks else other))
                if bit in (3, 7):
                    segments.append(Segment(" ", other))
        if shown and not marks and (self.field[1] - 1) // BYTE > shown[-1]:
            segments.append(Segment("…", other))
        return segments

    def _origin(self) -> list[Segment]:
        text = self.origin or self._measure()
        style = self.get_component_rich_style("bits--origin" if self.origin else "bits--other")
        return [Segment(fit(text, self.size.width), style)]

    def _measure(self) -> str:
        bits = self.field[1] - self.field[0]
        if bits <= 0:
            return ""
        return count(bits // BYTE, "byte") if bits % BYTE == 0 else count(bits, "bit")

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y == 2:
            if self.origin:
                self.post_message(Octets.Followed())
            return
        x = event.x - self._margin
        index, inside = divmod(x, CELLS)
        shown = self._bytes()
        if x >= 0 and index < len(shown) and inside not in (4, 9):
            bit = inside if inside < 4 else inside - 1
            self.post_message(self.Pointed(self, shown[index] * BYTE + bit))
