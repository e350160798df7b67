"""Annotation prose with references: `{tcp.srcport} has no room left` becomes spans of literal text and field values.

Text from a packet never becomes part of a template: the template is cut into spans first, and each value stands in a
span of its own, so a value with braces, markup or line breaks in it stays what it is. The window lights the spans that
name a field. `{{` and `}}` are literal braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

MISSING = "(not in this packet)"

_PIECE = re.compile(r"(\{\{|\}\})|\{([A-Za-z0-9_][A-Za-z0-9_.-]*)\}|[{}]|[^{}]+")


class ProseSpan(NamedTuple):
    """A run of prose: `literal` text with no name, or the text of the `field` called `name`."""

    kind: Literal["literal", "field"]
    name: str
    text: str


def substitute(template: str, text: Callable[[str], str | None]) -> list[ProseSpan]:
    """The template's spans, with each `{field.name}` replaced by what `text` says for it.

    `text` gives None for a field that is not in the packet, whose span then says so. A brace that belongs to no
    reference stays as it is: prose never raises. `references` tells what a template asks for.
    """
    spans: list[ProseSpan] = []
    for match in _PIECE.finditer(template):
        brace, name = match[1], match[2]
        if name is not None:
            said = text(name)
            spans.append(ProseSpan("field", name, MISSING if said is None else said))
        elif spans and spans[-1].kind == "literal":
            spans[-1] = ProseSpan("literal", "", spans[-1].text + (brace[0] if brace else match[0]))
        else:
            spans.append(ProseSpan("literal", "", brace[0] if brace else match[0]))
    return spans


def references(template: str) -> list[str]:
    """The names that a template speaks of, in order, each once: for checking prose against the known fields."""
    return list(dict.fromkeys(match[2] for match in _PIECE.finditer(template) if match[2]))
