"""How commands speak: safe lines on standard output, one sentence on standard error, and a status at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from inspector.core.escape import escaped, safe


class Failure(Exception):
    """A command cannot go on. The text is one sentence for the person who typed it; `status` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def complain(text: str) -> None:
    """One line on standard error."""
    print(f"inspector: {safe(text)}", file=sys.stderr)


def say(*parts: str) -> None:
    """One line on standard output, with nothing in it that a terminal would obey."""
    sys.stdout.write(safe(" ".join(parts)) + "\n")


def say_json(value: object) -> None:
    """One JSON object in one line; what a terminal would obey or hide is written as \\uXXXX."""
    sys.stdout.write(escaped(json.dumps(value, ensure_ascii=False, separators=(", ", ": "))) + "\n")


def say_columns(rows: Iterable[Iterable[str]], aligned: str) -> None:
    """A table with columns as wide as their widest cell; `aligned` is `<` or `>` for each column."""
    table = [[safe(cell) for cell in row] for row in rows]
    widths = [max((len(row[i]) for row in table), default=0) for i in range(len(aligned))]
    for row in table:
        cells = [f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
