"""Home: what the window shows when no capture was named. The bundled captures, and the way to open one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from inspector.core import resources
from inspector.ui.text import NEWLINE, join
from inspector.ui.widgets.key_line import Key, KeyLine

ROW = re.compile(r"^\|\s*\[(?P<file>[^\]]+)\]\([^)]*\)\s*\|\s*(?P<seen>[^|]+?)\s*\|")
KEYS = (Key("?", "Help", "app.help"), Key("o", "Open a file", "app.open_dialog"), Key("q", "Quit", "app.quit"))
SUFFIXES = (".pcap", ".pcapng")


class Bundled(NamedTuple):
    """A capture that comes with the program, and what is to be seen in it."""

    path: Path
    seen: str


def bundled() -> list[Bundled]:
    """The bundled captures in the order of the folder's table; those it does not mention behind."""
    try:
        folder = resources.captures()
    except FileNotFoundError:
        return []
    table = folder / "README.md"
    told = rows(table.read_text(encoding="utf-8")) if table.is_file() else {}
    names = [name for name in told if (folder / name).is_file()]
    names += sorted(one.name for one in folder.iterdir() if one.suffix in SUFFIXES and one.name not in told)
    return [Bundled(folder / name, told.get(name, "")) for name in names]


def rows(table: str) -> dict[str, str]:
    """File name to what is seen, from the table in captures/README.md; of a long list only the sentence before it."""
    found = (ROW.match(line) for line in table.splitlines())
    return {row["file"]: row["seen"].partition(": ")[0] for row in found if row}


class Home(Screen[None]):
    """A list to choose from; the last line opens the dialog."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "Help", key_display="?", id="home.help"),
        Binding("o", "app.open_dialog", "Open a file", id="home.open"),
        Binding("j", "step(1)", show=False, id="home.down"),
        Binding("k", "step(-1)", show=False, id="home.up"),
    ]

    class Picked(Message):
        """The user wants to see this capture."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self) -> None:
        super().__init__()
        self.captures = bundled()

    def compose(self) -> ComposeResult:
        with Vertical(id="home"):
            yield Static(_welcome(), id="welcome", markup=False)
            yield OptionList(*self._options(), markup=False)
        yield KeyLine(KEYS)

    def _options(self) -> list[Option]:
        options = [
            Option(join((one.path.name, "bold"), NEWLINE, ("  " + one.seen, "$text-muted")), id=str(index))
            for index, one in enumerate(self.captures)
        ]
        other = join(("Open a file …", "bold"), NEWLINE, ("  a pcap or pcapng capture of your own", "$text-muted"))
        return [*options, Option(other, id="open")]

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_id == "open":
            await self.run_action("app.open_dialog")
        else:
            self.post_message(self.Picked(self.captures[int(event.option_id or 0)].path))

    def action_step(self, step: int) -> None:
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()


def _welcome() -> Content:
    return join(
        ("Stack Inspector", "bold $text-accent"),
        NEWLINE,
        "See every byte of a network capture, and read what it means in this packet.",
        NEWLINE,
        NEWLINE,
        ("Choose a capture", "bold"),
        ("  with ↑ ↓ and Enter, or click", "$text-muted"),
    )
