"""From the words that were typed to the command that does it, and the few ways in which all commands end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from io import TextIOWrapper

from inspector.cli.output import Failure, complain

INTERRUPTED = 130
"""What shells give to a program that was stopped by Ctrl-C: 128 and the signal's number."""


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0, 1 for bad input, 2 for wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    _make_output_safe()
    try:
        status = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except Failure as failure:
        _flush()
        complain(str(failure))
        return failure.status
    except KeyboardInterrupt:
        _silence()
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): that is its right.
        _silence()
        return 0
    except OSError as error:
        _silence()
        complain(f"The output ends here, because reading or writing failed: {error.strerror or error}.")
        return 1


def _run(words: list[str]) -> int:
    # Imported here so that Ctrl-C during these imports, which take a quarter of a second, is quiet too.
    from inspector.cli import commands
    from inspector.cli.arguments import COMMANDS, parser

    if not words:
        return commands.show_home()
    if not words[0].startswith("-") or words[0] == "-":
        words = _as_command(words, COMMANDS)
    try:
        arguments = parser().parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    if arguments.command is None:
        raise Failure("A command or a file is missing; `inspector --help` shows what can be typed.", 2)
    run: Callable[..., int] = getattr(commands, f"run_{arguments.command}")
    return run(arguments)


def _as_command(words: list[str], known: tuple[str, ...]) -> list[str]:
    """`inspector FILE` is `inspector open FILE`; a word that is neither is most likely a misspelt command."""
    first = words[0]
    if first in known:
        return words
    near = get_close_matches(first, known, 1)
    if near and not os.path.lexists(first) and os.sep not in first:
        raise Failure(f"There is no command and no file {first!r}; did you mean `inspector {near[0]}`?", 2)
    return ["open", *words]


def _make_output_safe() -> None:
    """Text that the terminal's encoding lacks is written as an escape, never raised about; to a pipe goes UTF-8.

    With its descriptor closed (`>&-`) standard output is None; what would be written is written to nobody.
    """
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the program ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")


def _flush() -> None:
    """What was printed before a failure comes before the sentence about it."""
    try:
        sys.stdout.flush()
    except OSError:
        _silence()


def _silence() -> None:
    """What is still buffered goes nowhere, so that Python does not complain about it at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass
