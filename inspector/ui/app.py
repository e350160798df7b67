"""The window's program: opens captures, holds the screens, knows the commands that are the same everywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from inspector.capture.files import CaptureError
from inspector.core.escape import safe
from inspector.query.expression import QueryError
from inspector.session.session import Session, open_session
from inspector.ui.screens.help import Help
from inspector.ui.screens.home import SUFFIXES, Home
from inspector.ui.screens.inspection import Inspection
from inspector.ui.sieve import Sieve
from inspector.ui.themes import DARK, THEMES, other
from inspector.ui.waking import fall_asleep, wake_up


class InspectorApp(App[None]):
    """One window: home, or the inspection of one capture."""

    TITLE = "Stack Inspector"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", id="app.quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit_anywhere"),
        Binding("D", "dark_or_light", "Dark or light", show=False, id="app.theme"),
        Binding("H", "home", "First screen", show=False, id="app.home"),
        Binding("colon", "command_palette", "Commands", show=False, id="app.commands"),
    ]

    def __init__(self, session: Session | None = None, wanted: str = "") -> None:
        super().__init__()
        self.first_session, self.first_filter = session, wanted
        self.sieve = Sieve()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Every line of every widget passes the sieve last, also of widgets that are not ours."""
        return [*super().get_line_filters(), self.sieve]

    async def on_event(self, event: events.Event) -> None:
        """Every key and every move of the mouse comes by here first."""
        if isinstance(event, events.InputEvent) and isinstance(self.screen_stack[-1], Inspection):
            self.screen_stack[-1].touched = monotonic()
        await super().on_event(event)

    async def on_mount(self) -> None:
        if self.first_session is not None:
            await self.push_screen(Inspection(self.first_session, self.first_filter))
        else:
            await self.push_screen(Home())
            self.call_after_refresh(wake_up)

    async def open(self, path: str | Path) -> bool:
        """Show a capture in place of what is shown now; says in a sentence why it cannot be opened."""
        try:
            session = open_session(path)
        except CaptureError as error:
            self.notify(safe(str(error)), title="Not opened", severity="error", markup=False)
            return False
        await self._leave(Inspection(session))
        return True

    async def _leave(self, screen: Screen[None]) -> None:
        before = self.screen
        await self.switch_screen(screen)
        if isinstance(before, Inspection):
            await before.stop()

    async def on_home_picked(self, event: Home.Picked) -> None:
        await self.open(event.path)

    async def action_home(self) -> None:
        if not isinstance(self.screen, Home):
            await self._leave(Home())

    def action_help(self) -> None:
        self.push_screen(Help())

    def action_dark_or_light(self) -> None:
        self.theme = other(self.theme)

    @work
    async def action_open_dialog(self) -> None:
        """Ask for a file and open it."""
        from textual_fspicker import FileOpen, Filters  # not at start-up: few open a second file

        folder = self.screen.folder if isinstance(self.screen, Inspection) else Path.cwd()
        filters = Filters(
            ("Captures", lambda path: path.suffix.lower() in SUFFIXES),
            ("All files", lambda path: True),
        )
        path = await self.push_screen_wait(FileOpen(folder, "Open a capture", filters=filters))
        if path is not None:
            await self.open(path)

    async def action_quit(self) -> None:
        if isinstance(self.screen, Inspection):
            await self.screen.stop()
        self.exit(return_code=0)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the command palette offers, besides Textual's own."""
        yield from super().get_system_commands(screen)
        yield SystemCommand("Open", "Open a capture file", self.action_open_dialog)
        yield SystemCommand("Home", "The first screen with the bundled captures", self.action_home)
        yield SystemCommand("Help", "What the panes are and which keys there are", self.action_help)
        yield SystemCommand("Dark or light", "Change between the dark and the light theme", self.action_dark_or_light)
        if isinstance(screen, Inspection):
            yield SystemCommand("Filter", "Show only packets that match an expression", screen.action_filter)
            yield SystemCommand("No filter", "Show all packets again", lambda: screen.apply_filter("") and None)
            yield SystemCommand("Go to packet", "By its number", screen.action_go_to)
            yield SystemCommand("Zoom", "This pane large, or all panes", screen.action_zoom)
            yield SystemCommand("Copy value", "The selected field's value", lambda: screen.action_copy(False))
            yield SystemCommand("Copy as filter", "The filter that finds this value", lambda: screen.action_copy(True))
            yield SystemCommand("To the origin", "The packet that a derived byte came from", screen.action_follow)
            yield SystemCommand("Back", "To where the last jump began", screen.action_back)
            yield SystemCommand("About the capture", "File, format, damage", screen.action_about)


def run(capture: Session | str | None, filter: str | None = None) -> int:
    """Open the window, on a capture if there is one: open already, or named by its path.

    Returns the exit status: 0, 1 for a bad file, 2 for a bad filter.
    """
    session = capture if isinstance(capture, Session) else None
    try:
        if isinstance(capture, str):
            session = open_session(capture)
        if session is not None and filter:
            session.compile(filter)
    except CaptureError as error:
        print(safe(str(error)), file=sys.stderr)
        return 1
    except QueryError as error:
        print(safe(str(error)), file=sys.stderr)
        return 2
    fall_asleep()
    app = InspectorApp(session, filter or "")
    app.run()
    return app.return_code or 0
