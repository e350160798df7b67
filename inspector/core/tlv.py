"""Type-length-value options: the walk that IP, TCP and others share.

Each option is a tiny `Header`; a table maps the type byte to it. The surprising thing: two kinds (end of list and
no-operation, 0 and 1 in IP and TCP) are a single byte and have no length, and the length of all others counts the
type and length bytes themselves, so a length of 0 or 1 is a lie that would make a careless reader loop for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from inspector.core.field import Header
from inspector.core.node import Issue, Node
from inspector.core.source import View


class Walked(NamedTuple):
    """The options found, as nodes, and what was wrong with them."""

    nodes: list[Node]
    headers: list[Header]
    issues: list[Issue]


def walk_options(
    view: View,
    kinds: Mapping[int, type[Header]],
    other: type[Header],
    describe: Callable[[Header], str | None] = lambda option: None,
    end: int = 0,
    no_operation: int = 1,
) -> Walked:
    """Read options until the bytes run out, an end-of-list option comes, or a length lies.

    Each option is given exactly the bytes that its length byte claims. Bytes after the end of the list are left
    alone (they are padding, and become a gap or the caller's field).
    """
    found = Walked([], [], [])
    data, position = view.source.data, view.start
    cut = "truncated" if view.missing else "malformed"
    while position < view.end:
        kind = data[position]
        header = kinds.get(kind, other)
        size = 1 if kind in (end, no_operation) else data[position + 1] if position + 1 < view.end else 2
        at = position * 8
        if size == 0 or (size == 1 and kind not in (end, no_operation)):
            text = f"option {kind} gives its length as {size}, which would not even hold its type and length"
            found.issues.append(Issue("malformed", header.spec.name, at, 16, text))
            size = 2
            option = header(View(view.source, position, min(position + 2, view.end), view.said))
            _keep(found, option, describe)
            break
        stop = min(position + size, view.end)
        if position + size > view.end:
            text = f"option {kind} gives its length as {size}, but the options end after {view.end - position}"
            if position + 1 >= view.end:
                text = f"option {kind} should have a length in its second byte, but the options end after its first"
            found.issues.append(Issue(cut, header.spec.name, at, (stop - position) * 8, text))
        option = header(View(view.source, position, stop, f"{header.spec.label}'s length"))
        _keep(found, option, describe)
        if option.issue and position + size <= view.end:
            found.issues.append(option.issue)
        if kind == end:
            break
        position += size
    return found


def _keep(found: Walked, option: Header, describe: Callable[[Header], str | None]) -> None:
    found.headers.append(option)
    if option.nodes:
        node = option.as_node(describe(option))
        view = option.view
        whole = view.end - view.start
        node.width = whole * 8
        node.value = view.data
        found.nodes.append(node)
