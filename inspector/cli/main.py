"""From the words that were typed to the command that does it, and the few ways in which all commands end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from difflib import get_close_matches

from inspector.cli import commands
from inspector.cli.arguments import COMMANDS, parser
from inspector.cli.output import Failure, complain


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0, 1 for bad input, 2 for wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    _make_output_safe()
    try:
        return _run(words)
    except Failure as failure:
        complain(str(failure))
        return failure.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone (`| head`): that is its right. What is still buffered must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: list[str]) -> int:
    if not words:
        return commands.show_home()
    if not words[0].startswith("-") or words[0] == "-":
        words = _as_command(words)
    try:
        arguments = parser().parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    run: Callable[..., int] = getattr(commands, f"run_{arguments.command}")
    status = run(arguments)
    sys.stdout.flush()
    return status


def _as_command(words: list[str]) -> list[str]:
    """`inspector FILE` is `inspector open FILE`; a word that is neither is most likely a misspelt command."""
    first = words[0]
    if first in COMMANDS:
        return words
    near = get_close_matches(first, COMMANDS, 1)
    if near and not os.path.lexists(first) and os.sep not in first:
        raise Failure(f"There is no command and no file {first!r}; did you mean `inspector {near[0]}`?", 2)
    return ["open", *words]


def _make_output_safe() -> None:
    """Text that the terminal's encoding lacks is written as an escape, never raised about."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not sys.stdout.isatty():
        reconfigure(encoding="utf-8")
