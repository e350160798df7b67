"""The last gate before the terminal: no control character of any widget passes.

All text of packets is made safe where it is put on the screen. This is the second lock, for text that nobody thought of
(the name of a file in the open dialog, say): Textual hands every line to its filters before it writes it.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from inspector.core.escape import safe


class Sieve(LineFilter):
    """Makes the text of every segment safe; a line with nothing to hide is given back as it is."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(safe(text), style, control) for text, style, control in segments]
