"""The bytes of one source in hex and as text, with the selected field lit to the half byte.

Four things are told apart, none by colour alone: the selected field stands in brackets and reversed; bytes that the
selected field was made of (when it stands in another source) are underlined; the layer around it is plain; all
else is dim. The byte under the keyboard's cursor is marked `>` when the pane has the focus.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.core.source import Source
from inspector.ui.widgets.painted import Painted

WIDE, NARROW = 16, 8
BYTE = 8
KINDS = ("field", "made-of", "layer", "dim", "offset")


class Lit(NamedTuple):
    """What to light: the field's bits, the byte ranges it was made of (in order, apart), its layer's bits."""

    field: tuple[int, int] = (0, 0)
    made_of: tuple[tuple[int, int], ...] = ()
    layer: tuple[int, int] = (0, 0)


class Octets(Painted, can_focus=True):
    """Rows of 16 bytes (8 where it is narrow). The keyboard's cursor is a bit, so that flags can be walked singly."""

    COMPONENT_CLASSES = {"octets--field", "octets--made-of", "octets--layer", "octets--dim", "octets--offset"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-8)", "Byte left", show=False, id="octets.left"),
        Binding("right,l", "move(8)", "Byte right", show=False, id="octets.right"),
        Binding("up,k", "row(-1)", "Row up", show=False, id="octets.up"),
        Binding("down,j", "row(1)", "Row down", show=False, id="octets.down"),
        Binding("shift+left,left_square_bracket", "move(-1)", "Bit left", show=False, id="octets.bit_left"),
        Binding("shift+right,right_square_bracket", "move(1)", "Bit right", show=False, id="octets.bit_right"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="octets.page_up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="octets.page_down"),
        Binding("home", "edge(False)", "First byte", show=False, id="octets.first"),
        Binding("end,G", "edge(True)", "Last byte", show=False, id="octets.last"),
        Binding("enter,space", "again", "Next field here", show=False, id="octets.again"),
    ]

    class Pointed(Message):
        """The user pointed at bits `start` to `stop` of the source; `again` when at the same ones as before."""

        def __init__(self, octets: Octets, start: int, stop: int, again: bool) -> None:
            super().__init__()
            self.octets, self.start, self.stop_bit, self.again = octets, start, stop, again

        @property
        def control(self) -> Widget:
            return self.octets

    class Followed(Message):
        """The user wants to see where the byte under the cursor came from."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.source: Source | None = None
        self.lit = Lit()
        self.cursor = 0

    @property
    def data(self) -> bytes:
        return self.source.data if self.source is not None else b""

    @property
    def per_row(self) -> int:
        """Bytes in a row: 16 where offset, hex and text fit."""
        return WIDE if self.scrollable_content_region.width >= self.digits + WIDE * 4 + 3 else NARROW

    @property
    def digits(self) -> int:
        """Hex digits of an offset."""
        return 4 if len(self.data) <= 0x10000 else 6 if len(self.data) <= 0x1000000 else 8

    @property
    def page(self) -> int:
        return max(self.scrollable_content_region.height, 1)

    def show(self, source: Source | None, lit: Lit, cursor: int | None = None) -> None:
        """Show a source with these places lit; bring the first lit place on the screen. `cursor` is a bit."""
        new = source is not self.source
        self.source, self.lit = source, lit
        target = lit.field if lit.field[1] > lit.field[0] else None
        if cursor is not None:
            self.cursor = cursor
        elif target and (new or not target[0] <= self.cursor < target[1]):
            self.cursor = target[0]
        elif new and lit.made_of:
            self.cursor = lit.made_of[0][0] * BYTE
        self.cursor = max(0, min(self.cursor, len(self.data) * BYTE - 1))
        self.on_resize()
        if new:
            self.scroll_to(y=0, animate=False, force=True)
        if target:
            self._bring(target[0] // BYTE, (target[1] - 1) // BYTE)
        self._bring(self.cursor // BYTE, self.cursor // BYTE)
        self.refresh()

    def on_resize(self) -> None:
        self.hold(-(-len(self.data) // self.per_row))

    def _bring(self, low: int, high: int) -> None:
        """Scroll no further than needed to see the rows of bytes `low` to `high`, the first for certain."""
        top, first, last = int(self.scroll_offset.y), low // self.per_row, high // self.per_row
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif last >= top + self.page:
            self.scroll_to(y=min(first, last - self.page + 1), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        row, width = y + int(self.scroll_offset.y), self.size.width
        start = row * self.per_row
        if start >= len(self.data):
            return Strip.blank(width, self.ground)
        return Strip(self._row(start)).adjust_cell_length(width, self.ground)

    def _row(self, start: int) -> list[Segment]:
        styles = {name: self.get_component_rich_style(f"octets--{name}") for name in
                  ("field", "made-of", "layer", "dim", "offset")}  # fmt: skip
        chunk = self.data[start : start + self.per_row]
        kinds = [self._kind(start + index) for index in range(len(chunk))]
        segments = [Segment(f"{start:0{self.digits}x}", styles["offset"])]
        before = "dim"
        for index, byte in enumerate(chunk):
            kind = kinds[index]
            segments.append(self._gap(start + index, before, kind, styles))
            segments.extend(self._hex(start + index, byte, styles[kind], styles))
            before = kind
        closing = "]" if before == "field" and not self._in_field(start + len(chunk)) else " "
        segments.append(Segment(closing, styles["layer" if closing == "]" else "dim"]))
        missing = self.per_row - len(chunk)
        half = missing > self.per_row // 2 or (missing == self.per_row // 2 and missing)
        segments.append(Segment(" " * (3 * missing + 1 + bool(half and self.per_row == WIDE)), self.ground))
        segments.extend(Segment(_sign(byte), styles[kind]) for byte, kind in zip(chunk, kinds))
        return segments

    def _gap(self, offset: int, before: str, kind: str, styles: dict[str, Style]) -> Segment:
        """What stands before a byte: a blank, a bracket of the field, the mark of the cursor."""
        middle = " " if self.per_row == WIDE and offset % WIDE == NARROW else ""
        if self.has_focus and offset == self.cursor // BYTE:
            return Segment(middle + ">", styles["layer"])
        if kind == "field" and offset == self.lit.field[0] // BYTE:
            return Segment(middle + "[", styles["layer"])
        if before == "field" and kind != "field":
            return Segment("]" + middle, styles["layer"])
        inside = before == kind == "field" or (kind == "made-of" == before)
        return Segment(middle + " ", styles[kind] if inside else self.ground)

    def _hex(self, offset: int, byte: int, style: Style, styles: dict[str, Style]) -> list[Segment]:
        """Two digits; of a byte that the field has only one half of, only that half is lit."""
        text, (start, stop) = f"{byte:02x}", self.lit.field
        at = offset * BYTE
        if style is not styles["field"] or (start <= at and stop >= at + BYTE):
            return [Segment(text, style)]
        high, low = start < at + 4 and stop > at, start < at + BYTE and stop > at + 4
        return [
            Segment(text[0], style if high else styles["layer"]),
            Segment(text[1], style if low else styles["layer"]),
        ]

    def _kind(self, offset: int) -> str:
        if self._in_field(offset):
            return "field"
        run = bisect_right(self.lit.made_of, (offset, 1 << 62)) - 1
        if run >= 0 and offset < self.lit.made_of[run][1]:
            return "made-of"
        at = offset * BYTE
        return "layer" if self.lit.layer[0] < at + BYTE and self.lit.layer[1] > at else "dim"

    def _in_field(self, offset: int) -> bool:
        return self.lit.field[0] < (offset + 1) * BYTE and self.lit.field[1] > offset * BYTE

    def byte_at(self, x: int, y: int) -> int | None:
        """The byte that is drawn at a place of the widget, in hex or as text."""
        row = y + int(self.scroll_offset.y)
        middle = 1 if self.per_row == WIDE else 0
        x -= self.digits
        if 0 <= x < self.per_row * 3 + middle:
            column = (x - (middle if x >= NARROW * 3 + middle else 0)) // 3
        else:
            column = x - (self.per_row * 3 + middle + 2)
        offset = row * self.per_row + column
        return offset if 0 <= column < self.per_row and 0 <= offset < len(self.data) else None

    def on_click(self, event: events.Click) -> None:
        offset = self.byte_at(event.x, event.y)
        if offset is None:
            return
        event.stop()
        if event.ctrl:
            self.cursor = offset * BYTE
            self.post_message(self.Followed())
            return
        self._point(offset * BYTE, BYTE)

    def _point(self, bit: int, width: int) -> None:
        if not self.data:
            return
        bit = max(0, min(bit, len(self.data) * BYTE - 1))
        again = bit // width == self.cursor // width
        self.cursor = bit
        self._bring(bit // BYTE, bit // BYTE)
        start = bit - bit % width
        self.post_message(self.Pointed(self, start, start + width, again))

    def action_move(self, bits: int) -> None:
        """By a byte, which selects what stands there, or by a single bit."""
        step = self.cursor + bits if abs(bits) < BYTE else self.cursor - self.cursor % BYTE + bits
        if 0 <= step < len(self.data) * BYTE:
            self._point(step, min(abs(bits), BYTE))

    def action_row(self, rows: int) -> None:
        step = self.cursor - self.cursor % BYTE + rows * self.per_row * BYTE
        if 0 <= step < len(self.data) * BYTE:
            self._point(step, BYTE)

    def action_page(self, pages: int) -> None:
        step = self.cursor - self.cursor % BYTE + pages * self.page * self.per_row * BYTE
        self._point(max(0, min(step, (len(self.data) - 1) * BYTE)), BYTE)

    def action_edge(self, last: bool) -> None:
        self._point((len(self.data) - 1) * BYTE if last else 0, BYTE)

    def action_again(self) -> None:
        self._point(self.cursor, BYTE)


def _sign(byte: int) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F else "·"
