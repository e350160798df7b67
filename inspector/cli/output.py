"""How commands speak: safe lines on standard output, one sentence on standard error, and a status at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from typing import TextIO

from inspector.core.escape import escaped, safe


class Failure(Exception):
    """A command cannot go on. The text is one sentence for the person who typed it; `status` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def complain(text: str) -> None:
    """One line on standard error, if there is one to write to."""
    if sys.stderr is not None:
        sys.stderr.write(f"inspector: {safe(text)}\n")


def say(*parts: str) -> None:
    """One line on standard output, with nothing in it that a terminal would obey."""
    sys.stdout.write(safe(" ".join(parts)) + "\n")


def say_json(value: object) -> None:
    """One JSON object in one line; what a terminal would obey or hide is written as \\uXXXX."""
    say_json_line(escaped(json.dumps(value, ensure_ascii=False)))


def say_json_line(text: str) -> None:
    """A line of JSON that is escaped already. To a terminal that knows no Unicode, all beyond ASCII goes as \\uXXXX."""
    if not text.isascii() and not _knows_unicode(sys.stdout):
        text = "".join(char if char.isascii() else encode_basestring_ascii(char)[1:-1] for char in text)
    sys.stdout.write(text + "\n")


def on_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end. A stream that is closed (`>&-`) is None in Python, or says so."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _knows_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


def say_columns(rows: Iterable[Iterable[str]], aligned: str) -> None:
    """A table with columns as wide as their widest cell; `aligned` is `<` or `>` for each column."""
    table = [[safe(cell) for cell in row] for row in rows]
    widths = [max((len(row[i]) for row in table), default=0) for i in range(len(aligned))]
    for row in table:
        cells = [f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
