"""What dissection finds: nodes (a field found in bytes) and issues (something wrong with them)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from inspector.core.source import Source
    from inspector.core.spec import Spec

Value = int | bool | bytes | str | float | None
"""What a field can hold: numbers, one bit, bytes, text (addresses too), or nothing for a mere heading."""


class Node:
    """A field found in bytes: what it is (`spec`), where it stands, what it says.

    `at` and `width` count bits from the start of `source`; `at` is None for a computed field that stands in no byte
    (a stream number, a time difference). `children` are the fields inside it. `tiles` tells whether the node takes
    part in covering the bytes: marks, second names and computed fields do not.
    """

    __slots__ = ("at", "children", "label", "source", "spec", "tiles", "value", "width")

    def __init__(
        self,
        spec: Spec,
        source: Source | None,
        at: int | None,
        width: int,
        value: Value,
        *,
        children: list[Node] | None = None,
        tiles: bool = True,
        label: str | None = None,
    ) -> None:
        self.spec = spec
        self.source = source
        self.at = at
        self.width = width
        self.value = value
        self.children: list[Node] = children if children is not None else []
        self.tiles = tiles and at is not None
        self.label = label

    def __repr__(self) -> str:
        place = "computed" if self.at is None else f"{self.at}+{self.width}"
        return f"<{self.spec.name} {place} {self.value!r}>"

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def show(self) -> str:
        """The value as `tshark -T fields` prints it."""
        return self.spec.show(self.value)

    @property
    def text(self) -> str:
        """The line that the tree shows: label and value for a person."""
        return self.label if self.label is not None else self.spec.line(self.value)

    @property
    def raw(self) -> bytes:
        """The bytes that the node touches, whole bytes only; empty for a computed field."""
        if self.at is None or self.source is None:
            return b""
        return self.source.data[self.at >> 3 : (self.at + self.width + 7) >> 3]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in order, without recursion."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node.children:
                waiting.extend(reversed(node.children))

    @property
    def in_place(self) -> list[Node]:
        """The children as they stand in the bytes, what stands in no byte behind them; the tree shows them so.

        `children` has the order in which values are listed, which for some protocols is Wireshark's own.
        """
        if len(self.children) < 2:
            return self.children
        return sorted(self.children, key=lambda child: (child.at is None, child.at or 0, not child.tiles, -child.width))

    def leaves(self) -> Iterator[Node]:
        """The nodes that cover the bytes: tiling nodes with no tiling child."""
        for node in self.walk():
            if node.tiles and not (node.children and any(child.tiles for child in node.children)):
                yield node


class Issue(NamedTuple):
    """Something wrong with the bytes, pinned to the bits that it is about.

    `kind` is `truncated` (the bytes ended), `malformed` (the bytes lie), `checksum`, `guess` (where this begins was not
    told, only likely) or `bug` (a dissector failed).
    `field` is the name of the field concerned, `text` one sentence for the reader.
    """

    kind: str
    field: str
    at: int
    width: int
    text: str
