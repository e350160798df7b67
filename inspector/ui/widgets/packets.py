"""The packet list: one line for each packet, or for each that a filter lets through, drawn from summaries as needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.message import Message
from textual.widget import Widget

from inspector.session.summary import Summary
from inspector.ui.widgets.lines import Lines, cell


class Columns(NamedTuple):
    """How many cells each column has."""

    number: int
    time: int
    address: int
    protocol: int
    length: int


HUES = 5
"""How many colours protocols are told apart by; the name stands beside, so nothing hangs on the colour."""

TITLES = ("", "No.", "Time", "Source", "Destination", "Protocol", "Length", "Info")
CURSOR, MADE_OF, ISSUE = "▶", "•", "!"


BUDGET = 0.03
"""Seconds that drawing may spend on reading packets before keys are looked at again."""
LINES_KEPT = 2000
SHIFTED_AT_MOST = 400
LATER = "…"


class PacketList(Lines):
    """Rows are packet numbers: all of them, or those in `only`.

    A line whose packet was not read yet costs a millisecond or more, so that a full screen of them would keep keys
    waiting: when a drawing has used up its budget, the other lines show an ellipsis and come right after.

    The gutter marks the cursor, the packets that the selected field's bytes came from, and packets with issues.
    """

    HEAD = 1
    COMPONENT_CLASSES = {
        "packets--head",
        "packets--cursor",
        "packets--issue",
        "packets--made-of",
        "packets--faint",
        *(f"packets--hue-{hue}" for hue in range(HUES)),
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "shift(20)", "More of the info", show=False, id="packets.shift_right"),
        Binding("left,h", "shift(-20)", "Back in the info", show=False, id="packets.shift_left"),
    ]

    class Chosen(Message):
        """The user's cursor came to a packet."""

        def __init__(self, packets: PacketList, number: int) -> None:
            super().__init__()
            self.packets, self.number = packets, number

        @property
        def control(self) -> Widget:
            return self.packets

    def __init__(self, summary: Callable[[int], Summary], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.read = summary
        self.shifted = 0
        self.known: LRUCache[int, Summary] = LRUCache(LINES_KEPT)
        self.began = 0.0
        self.total = 0
        self.digits = 4
        self.first_time_ns = 0
        self.only: Sequence[int] | None = None
        self.made_of: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        return self.total if self.only is None else len(self.only)

    @property
    def number(self) -> int:
        """The packet under the cursor; 0 when there is none."""
        return self.number_of(self.cursor) if self.cursor < self.count else 0

    def number_of(self, row: int) -> int:
        return row + 1 if self.only is None else self.only[row]

    def row_of(self, number: int) -> int | None:
        """The row of a packet; None when the filter hides it."""
        if self.only is None:
            return number - 1 if 1 <= number <= self.total else None
        low, high = 0, len(self.only)
        while low < high:
            middle = (low + high) // 2
            if self.only[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.only) and self.only[low] == number else None

    def summary(self, number: int) -> Summary | None:
        """The line of a packet; None when there is no time left to read it now."""
        found = self.known.get(number)
        if found is not None:
            return found
        now = monotonic()
        if not self.began:
            self.began = now
            self.call_later(self._go_on)
        elif now - self.began > BUDGET:
            return None
        found = self.read(number)
        self.known.set(number, found)
        return found

    def _go_on(self) -> None:
        """A drawing is over and keys had their turn: draw what it left out."""
        late, self.began = monotonic() - self.began > BUDGET, 0.0
        if late:
            self.refresh()

    def forget(self) -> None:
        """Lines may say more now than when they were read."""
        self.known.clear()
        self.refresh()

    def grow(self, total: int) -> None:
        """More packets are known; the view stays where it is."""
        before, self.total = self.count, total
        if self.count != before:
            self._grown(before)

    def show_only(self, numbers: Sequence[int] | None) -> None:
        """Show these packets only, or all of them; the cursor stays on its packet or comes to the next one shown."""
        number = self.number
        self.only = numbers
        self.resized()
        row = self.row_of(number)
        self.cursor = row if row is not None else self._next_row(number)
        self.show_cursor()
        self.refresh()

    def grow_only(self) -> None:
        """The sequence given to `show_only` has grown."""
        self.resized()
        self.refresh()

    def action_shift(self, cells: int) -> None:
        """Show a later part of the info column, where it is longer than the window is wide."""
        self.shifted = max(0, min(self.shifted + cells, SHIFTED_AT_MOST))
        self.refresh()

    def mark_made_of(self, numbers: frozenset[int]) -> None:
        if numbers != self.made_of:
            self.made_of = numbers
            self.refresh()

    def _grown(self, before: int) -> None:
        self.resized()
        if before < int(self.scroll_offset.y) + self.page:
            self.refresh()

    def _next_row(self, number: int) -> int:
        if not self.only:
            return 0
        return next((row for row, one in enumerate(self.only) if one >= number), len(self.only) - 1)

    def columns(self, width: int) -> Columns:
        """Wide terminals give room to addresses; narrow ones leave the length out."""
        address = 15 if width < 110 else 17 if width < 150 else 25
        protocol, length = 9 if width < 150 else 11, 0 if width < 90 else 6
        return Columns(self.digits, 10 if width < 110 else 12, address, protocol, length)

    def draw_head(self, width: int) -> list[Segment]:
        style = self.look("packets--head")
        return self._line(TITLES, [style] * len(TITLES), self.columns(width), width)

    def draw(self, row: int, width: int) -> list[Segment]:
        number = self.number_of(row)
        one = self.summary(number) or Summary(number, self.first_time_ns, LATER, LATER, LATER, 0, LATER, False)
        base, faint = self.ground, self.look("packets--faint")
        hue = self.look(f"packets--hue-{sum(one.protocol.encode(errors='replace')) % HUES}")
        gutter = ISSUE if one.issue else " "
        mark = self.look("packets--issue") if one.issue else base
        here = row == self.cursor
        if number in self.made_of and not here:
            gutter = MADE_OF + gutter
            mark = mark if one.issue else self.look("packets--made-of")
        else:
            gutter = (CURSOR if here else " ") + gutter
        styles = [mark, faint, faint, base, base, hue, faint, base]
        if here:
            styles = [self.look("packets--cursor")] * 8
        texts = (gutter, str(number), self._time(one.time_ns), one.source, one.destination, one.protocol)
        return self._line((*texts, str(one.length), one.info[self.shifted :]), styles, self.columns(width), width)

    def _time(self, time_ns: int) -> str:
        return f"{(time_ns - self.first_time_ns) / 1e9:.6f}"

    def _line(self, texts: Sequence[str], styles: Sequence[Style], size: Columns, width: int) -> list[Segment]:
        widths = (2, size.number, size.time, size.address, size.address, size.protocol, size.length)
        used, pieces = 0, []
        for index, cells in enumerate(widths):
            if cells:
                pieces.append(cell(texts[index], cells, styles[index], right=index in (1, 2, 6)))
                pieces.append(Segment(" ", styles[index]))
                used += cells + 1
        pieces.append(cell(texts[7], max(width - used, 0), styles[7]))
        return pieces

    def move_to(self, row: int, *, tell: bool = True) -> None:
        super().move_to(row, tell=False)
        if tell and self.count:
            self.post_message(self.Chosen(self, self.number))
