"""The layer tree: a line for each layer, its issues and its fields, as far as they are open."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from inspector.ui.outline import Outline, Row, summary
from inspector.ui.selection import Selection, named
from inspector.ui.widgets.lines import Lines, cell

INDENT = 2


class LayerTree(Lines):
    """Shows the selection's packet, with the selected field under the cursor."""

    COMPONENT_CLASSES = {"layers--layer", "layers--summary", "layers--issue", "layers--cursor", "layers--worked-out"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "unfold", "Open", show=False, id="layers.unfold"),
        Binding("left,h", "fold", "Close", show=False, id="layers.fold"),
        Binding("enter,space", "open_or_close", "Open/close", show=False, id="layers.toggle"),
        Binding("E", "fold_all(True)", "Open all layers", show=False, id="layers.unfold_all"),
        Binding("C", "fold_all(False)", "Close all layers", show=False, id="layers.fold_all"),
    ]

    class Chosen(Message):
        """The user's cursor came to a field or a layer."""

        def __init__(self, tree: LayerTree, selection: Selection) -> None:
            super().__init__()
            self.tree, self.selection = tree, selection

        @property
        def control(self) -> Widget:
            return self.tree

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.outline = Outline()
        self.selection: Selection | None = None
        self.rows: list[Row] = []
        self.pending = ""

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.waiting)

    @property
    def waiting(self) -> list[str]:
        """The lines that say what is still being looked for."""
        return wrap(f"… {self.pending}", max(self.width - 2, 20)) if self.pending else []

    def show(self, selection: Selection, pending: str = "") -> None:
        """Show this packet with this field under the cursor, opened as far as needed."""
        before = self.rows[self.cursor] if self.cursor < len(self.rows) else None
        self.selection, self.pending = selection, pending
        if selection.way:
            self.outline.reveal(selection)
        self._lay_out()
        if before is not None and before.issue is not None and before.layer is selection.layer:
            return
        self.cursor = next((index for index, row in enumerate(self.rows) if self._is(row)), self.cursor)
        self.show_cursor()

    def _is(self, row: Row) -> bool:
        chosen = self.selection
        return bool(chosen and row.issue is None and row.layer is chosen.layer and row.way[-1:] == chosen.way[-1:])

    def _lay_out(self) -> None:
        if self.selection is not None:
            self.rows = self.outline.rows(self.selection.packet, self.selection)
        self.resized()
        self.refresh()

    def draw(self, row: int, width: int) -> list[Segment]:
        if row >= len(self.rows):
            return [cell("  " + self.waiting[row - len(self.rows)], width, self.look("layers--worked-out"))]
        one = self.rows[row]
        mark = ("▼ " if one.opened else "▶ ") if one.branch else "  "
        indent = " " * (INDENT * one.depth)
        if row == self.cursor:
            return [cell(indent + mark + self._text(one), width, self.look("layers--cursor"))]
        if one.issue is not None:
            return [cell(indent + mark + self._text(one), width, self.look("layers--issue"))]
        if one.way:
            worked_out = one.way[-1].at is None
            style = self.look("layers--worked-out") if worked_out else self.ground
            return [cell(indent + mark + self._text(one), width, style)]
        return self._layer(one, mark, width)

    def _layer(self, row: Row, mark: str, width: int) -> list[Segment]:
        label = mark + row.layer.label
        room = min(len(label), width)
        rest = cell("  " + summary(row.layer), max(width - room, 0), self.look("layers--summary"))
        return [cell(label, room, self.look("layers--layer")), rest]

    @staticmethod
    def _text(row: Row) -> str:
        if row.issue is not None:
            return f"! {row.issue.text}"
        if not row.way:
            return f"{row.layer.label}  {summary(row.layer)}"
        node = row.way[-1]
        return node.text if node.at is not None else f"[{node.text}]"

    def move_to(self, row: int, *, tell: bool = True) -> None:
        super().move_to(row, tell=False)
        if tell and self.cursor < len(self.rows):
            chosen = self._selected(self.rows[self.cursor])
            if chosen is not None:
                self.selection = chosen
                self.post_message(self.Chosen(self, chosen))

    def _selected(self, row: Row) -> Selection | None:
        if self.selection is None:
            return None
        packet = self.selection.packet
        if row.issue is not None:
            return named(packet, row.issue.field, row.layer) or Selection(packet, row.layer)
        return Selection(packet, row.layer, row.way)

    def clicked(self, row: int, event: events.Click) -> None:
        if row < len(self.rows):
            one = self.rows[row]
            on_mark = one.branch and event.x < INDENT * (one.depth + 1)
            if on_mark or (row == self.cursor and one.branch):
                self._open(one, not one.opened)
        self.move_to(row)

    def _open(self, row: Row, opened: bool) -> None:
        self.outline.open(row.names, opened)
        self._lay_out()
        self.move_to(self.cursor, tell=False)

    def action_unfold(self) -> None:
        row = self._row()
        if row is not None and row.branch and not row.opened:
            self._open(row, True)
        elif row is not None and row.branch:
            self.move_to(self.cursor + 1)

    def action_fold(self) -> None:
        row = self._row()
        if row is None:
            return
        if row.branch and row.opened:
            self._open(row, False)
            return
        above = range(self.cursor - 1, -1, -1)
        self.move_to(next((index for index in above if self.rows[index].depth < row.depth), self.cursor))

    def action_open_or_close(self) -> None:
        row = self._row()
        if row is not None and row.branch:
            self._open(row, not row.opened)

    def action_fold_all(self, opened: bool) -> None:
        if self.selection is None:
            return
        for layer in self.selection.packet.layers:
            self.outline.open((layer.name,), opened)
        if not opened:
            self.move_to(self._layer_row())
        self._lay_out()
        self.move_to(self._layer_row() if not opened else self.cursor, tell=False)

    def _row(self) -> Row | None:
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def _layer_row(self) -> int:
        layer = self.selection.layer if self.selection else None
        found = (index for index, row in enumerate(self.rows) if row.layer is layer and not row.way and not row.issue)
        return next(found, 0)
