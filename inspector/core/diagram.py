"""A header drawn as the RFCs draw them: 32 bits a row, from the same declaration that reads it.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |          Source Port          |       Destination Port        |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+

Without a header that was read, every declared field is drawn, those that may be absent in square brackets and those
of no fixed size up to the end of the row with a colon for its border. With one, exactly what was found is drawn, with
its values. The surprising thing: a bit is two columns wide, so a flag has room for a single letter and is written
downwards, as in RFC 9293.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap

from inspector.core.escape import safe
from inspector.core.field import Header
from inspector.core.node import Value
from inspector.core.spec import Spec

ROW = 32
ROWS_AT_MOST = 4
"""A field that is longer is drawn in two rows, with a colon for its border."""
NARROW = 3
"""Columns below which a label is no use: the field's short key is written instead, letter below letter."""
LETTERS = 5
INDENT = " "


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's part of one row: `width` bits from bit `at` of the row, `field` the how-manieth field it belongs to.

    `lines` is the text in it; `open` says that the field does not end where the cell does, but somewhere later.
    """

    field: int
    at: int
    width: int
    lines: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    """A field to be drawn: its bits (None: as many as there are), its words, and the line with its value."""

    spec: Spec
    width: int | None
    value: str
    optional: bool


def diagram(header: type[Header], values: Header | None = None) -> str:
    """The drawing, lines of at most 66 columns, ASCII where the labels are. `values` is a header that was read."""
    rows = layout(header, values)
    lines = [INDENT + "".join(f"{i // 10 if i % 10 == 0 else ' '} " for i in range(ROW)).rstrip()]
    lines.append(INDENT + " ".join(str(i % 10) for i in range(ROW)))
    lines.append(_border([], rows[0] if rows else []))
    for i, row in enumerate(rows):
        lines.extend(_row_lines(row))
        lines.append(_border(row, rows[i + 1] if i + 1 < len(rows) else []))
    return "\n".join(lines)


def layout(header: type[Header], values: Header | None = None) -> list[list[Cell]]:
    """The cells of each row, from left to right: where every field begins and ends, to the bit."""
    rows: list[list[Cell]] = [[]]
    at = 0
    for number, run in enumerate(_runs(header, values)):
        cells, at = _place(number, run, at)
        texts = _text_of(run, max(cell.width for _, cell in cells))
        widest = max(range(len(cells)), key=lambda i: cells[i][1].width)
        for i, (down, cell) in enumerate(cells):
            if down:
                rows.append([])
            lines = texts if i == widest else ()
            rows[-1].append(Cell(number, cell.at, cell.width, lines, cell.open))
    return [row for row in rows if row]


def _place(number: int, run: _Run, at: int) -> tuple[list[tuple[bool, Cell]], int]:
    """The pieces of a field from bit `at` of the row on, each with whether it begins a new row; and the next bit."""
    hidden = run.width is None or run.width > ROWS_AT_MOST * ROW
    left = run.width or 0
    if hidden:
        left = ROW - at % ROW if run.width is None else 2 * ROW - at % ROW
    pieces: list[tuple[bool, Cell]] = []
    while left > 0:
        column = at % ROW
        width = min(left, ROW - column)
        pieces.append((column == 0 and at > 0, Cell(number, column, width, (), hidden)))
        at, left = at + width, left - width
    return pieces, at


def _runs(header: type[Header], values: Header | None) -> list[_Run]:
    """The fields to draw, groups taken apart into their bits."""
    runs: list[_Run] = []
    for spec in header.specs:
        if values is None:
            runs.extend(_declared(spec))
            continue
        node = next((node for node in values.nodes if node.spec.name == spec.name and node.tiles), None)
        if node is not None and node.width > 0:
            parts = [child for child in node.children if child.tiles and child.spec in spec.parts]
            runs.extend(_Run(each.spec, each.width, _shown(each.spec, each.value), False) for each in parts or [node])
    return runs


def _declared(spec: Spec) -> Iterable[_Run]:
    """What is known of a field with no data."""
    optional = spec.when is not None
    if spec.parts:
        return [_Run(part, part.width if isinstance(part.width, int) else None, "", optional) for part in spec.parts]
    width = spec.width * (8 if spec.raw else 1) if isinstance(spec.width, int) else None
    return [] if width == 0 else [_Run(spec, width, "", optional)]


def _shown(spec: Spec, value: Value) -> str:
    """The value in columns: a character that could be two columns wide, or none, becomes a dot."""
    return "".join(sign if sign.isascii() else "." for sign in safe(spec.show(value)))


def _text_of(run: _Run, width: int) -> tuple[str, ...]:
    """The lines of a cell of `width` bits: the label, folded, and the value."""
    room = 2 * width - 1
    label = f"[{run.spec.label}]" if run.optional else run.spec.label
    if room < NARROW:
        letters = list(run.spec.key.replace("_", "").upper())
        return tuple(letters[:LETTERS] + ([run.value[:room]] if run.value else []))
    lines = wrap(label, room)
    if max(map(len, lines)) > room or len(lines) > 3 or any(len(word) > room for word in label.split()):
        lines = wrap(run.spec.key.replace("_", " "), room)[:3]
    if run.value:
        lines.append(run.value if len(run.value) <= room else run.value[: max(room - 2, 1)] + "..")
    return tuple(line[:room] for line in lines)


def _row_lines(row: list[Cell]) -> list[str]:
    height = max((len(cell.lines) for cell in row), default=1) or 1
    drawn = []
    for line in range(height):
        text = ""
        for cell in row:
            above = (height - len(cell.lines)) // 2
            inside = cell.lines[line - above] if 0 <= line - above < len(cell.lines) else ""
            text += "|" + inside.center(2 * cell.width - 1)
        drawn.append(text + (":" if row[-1].open else "|"))
    return drawn


def _border(above: list[Cell], below: list[Cell]) -> str:
    """The line between two rows: closed, but open where a field goes on from one to the other."""
    upper, lower = _owners(above), _owners(below)
    bits = max(len(upper), len(lower))
    upper, lower = upper + [-1] * (bits - len(upper)), lower + [-2] * (bits - len(lower))
    joined = [one == other for one, other in zip(upper, lower, strict=True)]
    text = ""
    for i in range(bits):
        corner = " " if i > 0 and joined[i] and joined[i - 1] and upper[i] == upper[i - 1] else "+"
        text += corner + (" " if joined[i] else "-")
    return text + "+" if bits else ""


def _owners(row: list[Cell]) -> list[int]:
    return [cell.field for cell in row for _ in range(cell.width)]
