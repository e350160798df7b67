"""The inspection of one capture: four panes that always show the same field of the same packet.

Every pane says what the user chose in it; `select` is the one place where that becomes the selection, and it tells all
panes. The surprising thing: packets are read when they are looked at, so a held-down arrow key may ask for a hundred a
second. The list's cursor moves at once, and the other panes follow to wherever it stands when they are free.
"""

from __future__ import annotations

from asyncio import gather
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from inspector.core.escape import safe
from inspector.query.expression import QueryError
from inspector.session.session import Session
from inspector.ui import copying
from inspector.ui.screens.about import About
from inspector.ui.searching import Search
from inspector.ui.selection import Selection, again, fields_at, first, named
from inspector.ui.strips import strips
from inspector.ui.text import count
from inspector.ui.waking import wake_up
from inspector.ui.widgets.ask_line import AskLine
from inspector.ui.widgets.explanation import ExplanationPane
from inspector.ui.widgets.key_line import Key, KeyLine
from inspector.ui.widgets.layers import LayerTree
from inspector.ui.widgets.octet_pane import OctetPane, bytes_of
from inspector.ui.widgets.octets import BYTE, Octets
from inspector.ui.widgets.packets import PacketList
from inspector.ui.widgets.pane import Pane
from inspector.ui.widgets.status import StatusLine

SINGLE_BELOW = (100, 30)
TALL_FROM = 45
BROAD_FROM = 160
SLICE = 0.02
"""Seconds that a thread indexes before it lets others run."""
REST = 0.002
LONG_REST = 0.03
TOUCHED_FOR = 0.2
"""For this many seconds after a key or the mouse it rests longer, so that what they ask for is drawn without delay."""
FIRST_SLICE = 0.01
FIRST_ROWS_WITHIN = 1.0
LOOKS_PER_SECOND = 15
EARLY_LOOKS_PER_SECOND = 60
"""Until the first rows are on the screen."""
FOLLOW_SECONDS = 0.1
"""How often a file that was read to its end is asked whether it has grown."""
PATIENCE = 0.02
"""Seconds that a look at one packet may spend on finding where its messages begin."""
STEPS_KEPT = 100

KEYS = (
    Key("?", "Help", "app.help"),
    Key("Tab", "Pane", "screen.pane(1)"),
    Key("n", "Next packet", "screen.packet(1)"),
    Key("g", "Go to", "screen.go_to"),
    Key("/", "Filter", "screen.filter"),
    Key("z", "Zoom", "screen.zoom"),
    Key("o", "Open", "app.open_dialog"),
    Key("q", "Quit", "app.quit"),
    Key("f", "Origin of a byte", "screen.follow"),
    Key("y", "Copy", "screen.copy(False)"),
    Key(":", "All commands", "app.command_palette"),
)

PANES = ("packets-pane", "layers-pane", "octets-pane", "explanation-pane")


class Inspection(Screen[None]):
    """One capture on show."""

    CSS_PATH = ["inspection.tcss", "../widgets/widgets.tcss"]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "Help", key_display="?", id="inspection.help"),
        Binding("slash", "filter", "Filter", key_display="/", priority=True, id="inspection.filter"),
        Binding("tab", "pane(1)", "Next pane", id="inspection.next_pane"),
        Binding("shift+tab", "pane(-1)", "Previous pane", show=False, id="inspection.previous_pane"),
        Binding("n", "packet(1)", "Next packet", id="inspection.next_packet"),
        Binding("p", "packet(-1)", "Previous packet", show=False, id="inspection.previous_packet"),
        Binding("g", "go_to", "Go to", priority=True, id="inspection.go_to"),
        Binding("z", "zoom", "Zoom", id="inspection.zoom"),
        Binding("o", "app.open_dialog", "Open", id="inspection.open"),
        Binding("f", "follow", "To the origin", show=False, id="inspection.follow"),
        Binding("backspace", "back", "Back", show=False, id="inspection.back"),
        Binding("t", "source(1)", "Next bytes tab", show=False, id="inspection.next_source"),
        Binding("T", "source(-1)", "Previous bytes tab", show=False, id="inspection.previous_source"),
        Binding("y", "copy(False)", "Copy value", show=False, id="inspection.copy_value"),
        Binding("Y", "copy(True)", "Copy as filter", show=False, id="inspection.copy_filter"),
        Binding("i", "about", "About the capture", show=False, id="inspection.about"),
        Binding("escape", "leave", "Back to the list", show=False, id="inspection.leave"),
        *(
            Binding(f"f{number}", f"show_pane('{pane}')", pane, show=False, id=f"inspection.pane_{number}")
            for number, pane in enumerate(PANES, 1)
        ),
        Binding("f5", "filter", "Filter", show=False, id="inspection.pane_5"),
    ]

    def __init__(self, session: Session, wanted: str = "") -> None:
        super().__init__()
        self.session = session
        self.first_filter = wanted
        self.selection: Selection | None = None
        self.liked: Selection | None = None
        self.steps: list[Selection] = []
        self.search: Search | None = None
        self.next_search: Search | None = None
        self.wanted = 0
        self.current = PANES[0]
        self.zoomed = False
        self.threads: list[Worker[None]] = []
        self.leaving = False
        self.drawn = Event()
        self.touched = 0.0
        self.pending = False
        self.provisional = False
        self.damages_told = 0
        session.patience = PATIENCE

    def compose(self) -> ComposeResult:
        self.packets = PacketList(self.session.summary, id="packets")
        self.layer_tree = LayerTree(id="layers")
        self.octets = OctetPane(id="octet-pane")
        self.explanation = ExplanationPane(id="explanation")
        yield StatusLine(id="status")
        self.filter_line = AskLine("Filter", 'for example  tcp.port == 80  or  http contains "chat"', id="filter")
        self.number_line = AskLine("Go to packet", "its number, then Enter", id="number")
        yield self.filter_line
        yield self.number_line
        with Container(id="panes"):
            yield Pane("F1", "Packets", self.packets, id=PANES[0])
            yield Pane("F2", "Layers", self.layer_tree, id=PANES[1])
            yield Pane("F3", "Bytes", self.octets, id=PANES[2])
            yield Pane("F4", "Explanation", self.explanation, id=PANES[3])
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        self.packets.digits = max(len(str(self.session.size // 60)), 4)
        self.action_show_pane(PANES[0])
        self.threads = [self.load()]
        self.early = self.set_interval(1 / EARLY_LOOKS_PER_SECOND, self.look)
        self.set_interval(1 / LOOKS_PER_SECOND, self.look)
        if self.first_filter:
            self.apply_filter(self.first_filter)
        self.look()

    # -- reading the file --------------------------------------------------------------------------------------------

    @work(thread=True, group="load", exit_on_error=False)
    def load(self) -> None:
        """Index the rest of the file in slices, then what others write to it.

        After the first slice, the first rows are drawn with no one in their way.
        """
        while not self.leaving:
            whole = self.session.load(SLICE if self.session.count else FIRST_SLICE)
            if self.session.count and not self.drawn.is_set():
                self.drawn.wait(FIRST_ROWS_WITHIN)
                self.drawn.set()
            while whole and not self.leaving and not self.session.grown:
                sleep(FOLLOW_SECONDS)
            sleep(LONG_REST if monotonic() - self.touched < TOUCHED_FOR else REST)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A thread that failed says so; what was read before stays on show."""
        if event.state is WorkerState.ERROR:
            wake_up()
            said = safe(str(event.worker.error))
            self.notify(said, title="Reading stopped", severity="error", markup=False)

    def look(self) -> None:
        """See what the threads have found since the last look."""
        session = self.session
        if session.count and not self.packets.first_time_ns:
            self.packets.first_time_ns = session.first_time_ns
        self.packets.grow(session.count)
        self._look_at_search()
        if self.selection is None and self.packets.count:
            self.early.stop()
            self.call_after_refresh(self._first_choice)
        elif self.pending or (self.provisional and session.complete):
            self.packets.forget()
            self._choose_again()
        if session.complete:
            wake_up()
        if len(session.damages) > self.damages_told:
            self.damages_told = len(session.damages)
            self.notify(session.damages[-1].text, title="The file is damaged", severity="warning", markup=False)
        search = self.search
        wanted = search.text if search else ""
        self.query_one(StatusLine).say(session, wanted, len(search.numbers) if search else 0, self._searching)
        self._say_position()

    def _first_choice(self) -> None:
        """The list is on the screen: now the first packet in the other panes, then all else."""
        if self.selection is None:
            self._choose(self.packets.number)
            self.call_after_refresh(self.drawn.set)
            self.call_after_refresh(wake_up)

    @property
    def _searching(self) -> bool:
        return bool(self.search and not self.search.done) or self.next_search is not None

    def _look_at_search(self) -> None:
        if self.next_search is not None and self.next_search.done:
            self.search, self.next_search = self.next_search, None
            self.packets.show_only(self.search.numbers)
        elif self.search is not None:
            if self.packets.only is self.search.numbers:
                self.packets.grow_only()
            stale = self.session.complete and self.search.done and self.search.known < self.session.count
            if stale and self.next_search is None:
                self.next_search = self._begin(self.search.text)

    # -- the selection -----------------------------------------------------------------------------------------------

    def select(self, selection: Selection, cursor: int | None = None) -> None:
        """Light this field in all panes. `cursor` is the bit that the user pointed at, if it was one."""
        self.selection = selection
        number = selection.packet.number
        self.layer_tree.show(selection, self.session.pending(number) if self.pending else "")
        self.octets.show(selection, cursor)
        self.explanation.show(selection, self.session.explain(selection.packet, selection.node))
        source = selection.source
        if source is not None and source.origins:
            low, high = bytes_of(selection)
            made_of = frozenset(place.packet for place in source.trace(low, high - low))
        else:
            made_of = frozenset()
        self.packets.mark_made_of(made_of - {number})
        self._say_position()
        self._say_lines(selection)

    def _choose(self, number: int) -> None:
        """Show a packet, and in it the field that the user chose last, in whichever packet that was."""
        if not 1 <= number <= self.session.count:
            return
        packet = self.session.packet(number)
        self.provisional = not self.session.complete
        self.pending = bool(self.session.pending(number))
        self.wanted = number
        self.select(again(self.liked, packet) if self.liked else first(packet))

    def like(self, selection: Selection, cursor: int | None = None) -> None:
        """The user chose this field: it is lit, and looked for in all further packets too.

        A pane's message may still speak of the packet before; then it means the same field of the one that is shown.
        """
        if self.selection is not None and self.selection.packet is not selection.packet:
            selection, cursor = again(selection, self.selection.packet), None
        self.liked = selection
        self.select(selection, cursor)

    def _choose_again(self) -> None:
        """The packet may now be known better than when it was read."""
        if self.selection is not None:
            self._choose(self.selection.packet.number)

    def _catch_up(self) -> None:
        if self.selection is None or self.wanted != self.selection.packet.number:
            self._choose(self.wanted)

    def go(self, number: int, remember: bool = True) -> None:
        """Show a packet in list and panes; says so when the filter hides it."""
        row = self.packets.row_of(number)
        if remember:
            self._remember()
        if row is not None:
            self.packets.move_to(row, tell=False)
        elif self.search is not None:
            self.notify(f"The filter hides packet {number}; the panes show it all the same.", markup=False)
        self._choose(number)

    def _remember(self) -> None:
        if self.selection is not None:
            self.steps = [*self.steps[-STEPS_KEPT:], self.selection]

    def on_packet_list_chosen(self, event: PacketList.Chosen) -> None:
        self.wanted = event.number
        self.call_later(self._catch_up)

    def on_layer_tree_chosen(self, event: LayerTree.Chosen) -> None:
        self.like(event.selection)

    def on_octet_pane_chosen(self, event: OctetPane.Chosen) -> None:
        self.like(event.selection, self.octets.octets.cursor)

    def on_explanation_pane_picked(self, event: ExplanationPane.Picked) -> None:
        if self.selection is None:
            return
        found = named(self.selection.packet, event.name, self.selection.layer)
        if found is None:
            self.notify(f"This packet has no field {event.name}.", markup=False)
            return
        self._remember()
        self.like(found)

    def on_octets_followed(self, event: Octets.Followed) -> None:
        self.action_follow()

    def action_follow(self) -> None:
        """From a byte of a derived source to the packet and byte that it came from."""
        found = self.octets.place()
        if found is None:
            self.notify("These bytes stand in the packet itself; a derived tab's bytes have an origin.", markup=False)
            return
        self.go(found.packet)
        if self.selection is None or self.selection.packet.number != found.packet:
            return
        record = self.selection.packet.sources[0]
        start = found.start * BYTE
        here = fields_at(self.selection.packet, record, start, start + BYTE)
        if here:
            self.like(here[0], start)

    def action_back(self) -> None:
        """To where the last jump began."""
        if not self.steps:
            self.notify("There is nothing to go back to.", markup=False)
            return
        step = self.steps.pop()
        self.go(step.packet.number, remember=False)
        if self.selection is not None:
            self.like(again(step, self.selection.packet))

    # -- panes -------------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.app.size
        small = width < SINGLE_BELOW[0] or height < SINGLE_BELOW[1]
        self.set_class(small or self.zoomed, "-single")
        self._enlarge(self.current)
        self.set_class(small and self.zoomed, "-alone")
        self.set_class(not small and height >= TALL_FROM, "-tall")
        self.set_class(not small and width >= BROAD_FROM, "-broad")

    def action_zoom(self) -> None:
        """The pane with the keyboard large, or all again."""
        self.zoomed = not self.zoomed
        self._arrange()

    def action_pane(self, step: int) -> None:
        """The keyboard to the next or previous pane."""
        self.action_show_pane(PANES[(PANES.index(self.current) + step) % len(PANES)])

    def action_show_pane(self, name: str) -> None:
        """A pane by its name gets the keyboard, and the room where only one pane is large."""
        self._enlarge(name)
        target = self.octets.octets if name == "octets-pane" else self.query_one(f"#{name}", Pane).target
        self.set_focus(target)

    def _enlarge(self, name: str) -> None:
        """The pane that the user works in; it is the large one where only one is."""
        self.current = name
        if self.has_class("-single"):
            for pane in self.query(Pane):
                pane.set_class(pane.id == name, "-large")

    def on_pane_wanted(self, event: Pane.Wanted) -> None:
        self.action_show_pane(str(event.pane.id))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = next((node for node in event.widget.ancestors if isinstance(node, Pane)), None)
        if pane is not None:
            self._enlarge(str(pane.id))

    def _say_position(self) -> None:
        shown = self.packets
        text = f"{shown.number:,} of {count(self.session.count, 'packet')}" if shown.number else "no packets"
        if shown.only is not None:
            text = f"{shown.number:,} · {len(shown.only):,} shown of {count(self.session.count, 'packet')}"
        pane = self.query_one("#packets-pane", Pane)
        if pane.position != text:
            pane.position = text
            pane.subtitle(text)

    def _say_lines(self, selection: Selection) -> None:
        """What the panes say when they are shrunk to a line."""
        one = self.session.summary(selection.packet.number)
        lines = strips(selection, one, self.session.count, self.explanation.explanation)
        for name, line in zip(PANES, lines):
            self.query_one(f"#{name}", Pane).say(line)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys that open a line come first, so that what is typed right behind them goes there; not inside one."""
        return not (action in ("filter", "go_to") and isinstance(self.focused, Input))

    def action_packet(self, step: int) -> None:
        """The next or previous packet, with the same field selected."""
        self.packets.action_move(step)

    def action_source(self, step: int) -> None:
        self.octets.step_source(step)

    def action_go_to(self) -> None:
        self.number_line.open()

    def action_about(self) -> None:
        self.app.push_screen(About(self.session))

    def action_copy(self, as_filter: bool) -> None:
        """The value, or the filter that finds it, to the clipboard; one line without control characters."""
        if self.selection is None:
            return
        node = self.selection.node
        text = copying.expression(node) if as_filter else copying.value(node)
        self.app.copy_to_clipboard(text)
        shown = text if len(text) <= 60 else text[:59] + "…"
        self.notify(f"Copied: {shown}", markup=False)

    def action_leave(self) -> None:
        """Escape: first the filter line, then zoom, then back to the list."""
        if self.zoomed:
            self.action_zoom()
        else:
            self.action_show_pane(PANES[0])

    # -- the filter --------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        self.filter_line.open(self.search.text if self.search else "")

    def on_ask_line_entered(self, event: AskLine.Entered) -> None:
        done = self._go_to(event.text) if event.line is self.number_line else self.apply_filter(event.text)
        if done:
            self._close(event.line)

    def on_ask_line_left(self, event: AskLine.Left) -> None:
        self._close(event.line)

    def _close(self, line: AskLine) -> None:
        line.close()
        self.action_show_pane(PANES[0])

    def _go_to(self, text: str) -> bool:
        last = self.session.count
        number = int(text) if text.isdecimal() and len(text) < 20 else 0
        if not 1 <= number <= last:
            self.number_line.complain(
                f"The capture has {count(last, 'packet')} so far: enter a number from 1 to {last}."
            )
            return False
        self.go(number)
        return True

    def apply_filter(self, text: str) -> bool:
        """Show only packets that match; an empty text shows all. False, and a sentence on the line, if it is wrong."""
        try:
            search = self._begin(text) if text else None
        except QueryError as error:
            self.filter_line.open(text)
            self.filter_line.complain(str(error), getattr(error, "column", None))
            return False
        if self.search is not None:
            self.search.stop()
        if self.next_search is not None:
            self.next_search.stop()
        self.search, self.next_search = search, None
        self.packets.show_only(search.numbers if search else None)
        self.look()
        return True

    def _begin(self, text: str) -> Search:
        search = Search(text, self.session.matching(text), self.session.count)
        worker = self.run_worker(search.run, thread=True, group="search", exit_on_error=False)
        self.threads = [one for one in self.threads if not one.is_finished] + [worker]
        return search

    # -- the end -----------------------------------------------------------------------------------------------------

    def on_unmount(self) -> None:
        """However the window ends, its threads end too."""
        self.leaving = True
        for search in (self.search, self.next_search):
            if search is not None:
                search.stop()

    async def stop(self) -> None:
        """End the threads, wait until they have, and close the file: a thread may be reading it just now."""
        self.on_unmount()
        await gather(*(thread.wait() for thread in self.threads), return_exceptions=True)
        self.session.close()

    @property
    def folder(self) -> Path:
        return Path(self.session.path).parent
