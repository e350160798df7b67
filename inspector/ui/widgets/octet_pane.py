"""The bytes pane: tabs for the sources, the bytes of one of them, the selected bits in binary.

It shows a selection, and it may show another source than the selected field stands in: then the bytes that the field
was made of are lit there (in the record, the masked ones; in the unmasked source, the plain ones).
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from inspector.core.source import Place, Source
from inspector.ui.selection import BYTE, Selection, fields_at
from inspector.ui.widgets.bits import BitRow
from inspector.ui.widgets.octets import Lit, Octets
from inspector.ui.widgets.tabs import SourceTabs

DEPTH = 16
"""A source was made of sources that were made of sources; no further down than this is looked."""


class OctetPane(Vertical):
    """Holds the three parts together and turns pointing at bytes into selections."""

    class Chosen(Message):
        """The user pointed at bytes; this is the field there."""

        def __init__(self, pane: OctetPane, selection: Selection) -> None:
            super().__init__()
            self.pane, self.selection = pane, selection

        @property
        def control(self) -> Widget:
            return self.pane

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selection: Selection | None = None
        self.index = 0

    def compose(self) -> ComposeResult:
        yield SourceTabs()
        yield Octets(id="octets")
        yield BitRow()

    @property
    def octets(self) -> Octets:
        return self.query_one(Octets)

    @property
    def source(self) -> Source | None:
        """The source on show."""
        sources = self.sources
        return sources[self.index] if self.index < len(sources) else None

    @property
    def sources(self) -> list[Source]:
        return self.selection.packet.sources if self.selection is not None else []

    def show(self, selection: Selection, cursor: int | None = None) -> None:
        """Light the selection, in the source that it stands in; one that stands nowhere leaves the tab as it is."""
        new = self.selection is None or self.selection.packet is not selection.packet
        self.selection = selection
        if selection.source is not None:
            self.index = _index(self.sources, selection.source)
        elif new:
            self.index = 0
        self._draw(cursor)

    def show_source(self, index: int) -> None:
        """Another tab, with the same selection."""
        if 0 <= index < len(self.sources):
            self.index = index
            self._draw(None)

    def step_source(self, step: int) -> None:
        """The next or the previous tab, around the ends."""
        if self.sources:
            self.show_source((self.index + step) % len(self.sources))

    def _draw(self, cursor: int | None) -> None:
        selection, source = self.selection, self.source
        if selection is None or source is None:
            return
        self.query_one(SourceTabs).show(self.sources, self.index)
        self.octets.show(source, self._lit(selection, source), cursor)
        self._draw_bits(selection, source)

    def _draw_bits(self, selection: Selection, source: Source) -> None:
        field = selection.bits if selection.source is source else (0, 0)
        self.query_one(BitRow).show(source, field, self.octets.cursor, self.origin())

    def _lit(self, selection: Selection, source: Source) -> Lit:
        layer = selection.layer
        around = (layer.at, layer.end) if layer.source is source else (0, 0)
        if selection.source is source:
            return Lit(selection.bits, (), around)
        return Lit((0, 0), self._made_of(selection, source), around)

    def _made_of(self, selection: Selection, wanted: Source) -> tuple[tuple[int, int], ...]:
        """The bytes of `wanted` that the selected field was made of, over all sources between."""
        if selection.source is None:
            return ()
        low, high = bytes_of(selection)
        waiting = [(selection.source, low, high, 0)]
        found: list[tuple[int, int]] = []
        while waiting:
            source, low, high, depth = waiting.pop()
            for origin in source.covering(low, high - low):
                start, stop = origin.offset, origin.offset + origin.span
                inside = wanted is origin.parent if origin.parent else wanted.packet == origin.packet
                if inside and (origin.parent is not None or not wanted.origins):
                    found.append((start, stop))
                elif origin.parent is not None and depth < DEPTH:
                    waiting.append((origin.parent, start, stop, depth + 1))
        return merged(found)

    def place(self) -> Place | None:
        """The packet and byte that the byte under the cursor came from; None in a record."""
        source = self.source
        if source is None or not source.origins:
            return None
        return next(iter(source.trace(self.octets.cursor // BYTE, 1)), None)

    def origin(self) -> str:
        """The line that says where the byte under the cursor came from."""
        found = self.place()
        if found is None:
            return ""
        end = found.start + found.length - 1
        where = f"byte {found.start}" if found.length == 1 else f"bytes {found.start} to {end}"
        return f"byte {self.octets.cursor // BYTE} ← packet {found.packet}, {where}  (f goes there)"

    def on_octets_pointed(self, event: Octets.Pointed) -> None:
        event.stop()
        self._pointed(event.start, event.stop_bit, event.again)

    def on_bit_row_pointed(self, event: BitRow.Pointed) -> None:
        event.stop()
        self.octets.cursor = event.bit
        self._pointed(event.bit, event.bit + 1, False)

    def on_source_tabs_chosen(self, event: SourceTabs.Chosen) -> None:
        event.stop()
        self.show_source(event.index)
        self.octets.focus()

    def _pointed(self, start: int, stop: int, again: bool) -> None:
        """Choose the field at these bits; pointing at the same bits again goes on to the next field there."""
        selection, source = self.selection, self.source
        if selection is None or source is None:
            return
        here = fields_at(selection.packet, source, start, stop)
        if not here:
            return
        chosen = here[0]
        if stop - start == 1:
            chosen = min(here[: _leaves(here)], key=lambda one: one.bits[1] - one.bits[0])
        current = next((index for index, one in enumerate(here) if one.same(selection)), None)
        if again and current is not None:
            chosen = here[(current + 1) % len(here)]
        self.post_message(self.Chosen(self, chosen))


def _leaves(here: list[Selection]) -> int:
    """How many of the answers have nothing below them; at least one."""
    return max(sum(1 for one in here if one.way and not one.way[-1].children), 1)


def _index(sources: list[Source], wanted: Source) -> int:
    return next((index for index, source in enumerate(sources) if source is wanted), 0)


def bytes_of(selection: Selection) -> tuple[int, int]:
    """The first byte that the field touches and the one behind its last."""
    start, stop = selection.bits
    return start // BYTE, -(-stop // BYTE)


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in order, those that meet joined."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return tuple(found)
