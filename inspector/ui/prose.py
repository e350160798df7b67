"""The texts of the explanation pane as Content: a small part of Markdown, and names that lead to fields.

Textual's Markdown widget makes a widget of every paragraph, which is too slow for a pane that changes with each key,
and turns addresses into live links. Annotations need paragraphs, `code`, *stress* and **strong**, no more.
The surprising thing: values from packets never pass through here; they come as spans and are put in afterwards.
"""

from __future__ import annotations

import re

from textual.content import Content, Span
from textual.style import Style

from inspector.core.escape import safe

INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<stress>[^*\s][^*]*)\*")
STYLES = {"code": "$text-accent", "strong": "bold", "stress": "italic"}


def paragraphs(text: str) -> list[Content]:
    """Each paragraph of an annotation, one a line, as Content to be wrapped by whoever shows it."""
    return [inline(line) for line in text.splitlines() if line]


def inline(text: str) -> Content:
    """One paragraph with its stressed and quoted words."""
    plain, spans, position = "", [], 0
    for found in INLINE.finditer(text):
        plain += text[position : found.start()]
        kind = found.lastgroup or "code"
        word = found.group(kind)
        spans.append(Span(len(plain), len(plain) + len(word), STYLES[kind]))
        plain += word
        position = found.end()
    return Content(safe(plain + text[position:]), spans)


def link(name: str, text: str, *, lit: bool = False) -> Content:
    """Text that selects the field `name` when it is clicked; `lit` while the keyboard stands on it."""
    style = Style.from_meta({"pick": name})
    shown = safe(text)
    look = Span(0, len(shown), "reverse" if lit else "underline")
    return Content(shown, [Span(0, len(shown), style), look]) if shown else Content("")
