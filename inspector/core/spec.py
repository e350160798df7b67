"""A spec is what is known of a field before any byte is seen: its name, its label, how its value is written.

Every field that the product can show has exactly one spec, made where its header is declared. Filters check their
names against specs, annotations are keyed by them, and the index reads a whole column of packets from the one that
stands at a fixed place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from inspector.core.node import Value

Kind = Literal["uint", "int", "bool", "bytes", "str", "ether", "ipv4", "ipv6", "time", "none"]
"""How a value is kept and written. `time` is an int of nanoseconds; addresses are text."""

Width = int | Callable[[Any], int | None]
When = Callable[[Any], Any]


class Spec:
    """The static description of a field.

    `name` is Wireshark's, `label` what the tree calls it. `width` is in bits for numbers and in bytes for `raw` fields,
    or a function of the header so far. Kind `none` is a field that filters only ask the presence of, as Wireshark has
    it, though its node may hold bytes. `at` is the bit offset from the header's start where that never moves, else
    None. `parts` split the value's bits among them; `marks` are (bit offset, spec) inside the value that do not tile;
    `also` are second names of the same value. `times` scales the number (an IP header length counts words of 4 bytes).
    """

    __slots__ = (
        "also",
        "at",
        "base",
        "decode",
        "digits",
        "fixed",
        "hidden",
        "key",
        "kind",
        "label",
        "marks",
        "name",
        "names",
        "parts",
        "raw",
        "separator",
        "times",
        "when",
        "width",
    )

    def __init__(
        self,
        name: str,
        label: str,
        kind: Kind,
        width: Width | None = None,
        *,
        key: str = "",
        names: Mapping[Any, str] | None = None,
        base: Literal["dec", "hex"] = "dec",
        digits: int = 0,
        times: int = 1,
        when: When | None = None,
        decode: Callable[[bytes], Value] | None = None,
        parts: tuple[Spec, ...] = (),
        marks: tuple[tuple[int, Spec], ...] = (),
        also: tuple[Spec, ...] = (),
        separator: bytes = b"",
        hidden: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self.kind: Kind = kind
        self.width = width
        self.key = key
        self.names: Mapping[Any, str] = names or {}
        self.base = base
        self.digits = digits
        self.times = times
        self.when = when
        self.decode = decode
        self.parts = parts
        self.marks = marks
        self.also = also
        self.separator = separator
        self.hidden = hidden
        self.raw = kind not in ("uint", "int", "bool") or decode is not None
        """Whether the width counts bytes."""
        self.fixed = width if isinstance(width, int) else 0
        """The width where it is a number, for the parts and marks of a value, which always have one."""
        self.at: int | None = None

    def __repr__(self) -> str:
        return f"<Spec {self.name}>"

    def __getattr__(self, key: str) -> Spec:
        """A part or mark by its key: `Tcp.flags.syn`. Only called for names that are no attribute."""
        if not key.startswith("__"):
            for inner in (*self.parts, *(mark for _, mark in self.marks)):
                if inner.key == key:
                    return inner
        raise AttributeError(f"{self.name} has no part {key!r}")

    def walk(self) -> Iterator[Spec]:
        """This spec, its parts, marks and second names."""
        yield self
        for part in self.parts:
            yield from part.walk()
        for _, mark in self.marks:
            yield from mark.walk()
        for other in self.also:
            yield from other.walk()

    def show(self, value: Value) -> str:
        """The value as `tshark -T fields` prints it."""
        if self.kind == "none":
            return "1"
        if value is None:
            return ""
        if self.kind == "bool":
            return "1" if value else "0"
        if isinstance(value, bytes):
            return value.hex()
        if self.kind == "time" and isinstance(value, int):
            return seconds(value)
        if self.base == "hex" and isinstance(value, int):
            return f"0x{value:0{self.digits}x}"
        return str(value)

    def text(self, value: Value) -> str:
        """The value for a person: its name where it has one, with the number behind it."""
        if value is None:
            return ""
        if self.kind == "bool":
            return self.names.get(bool(value), "Set" if value else "Not set")
        if isinstance(value, bytes):
            return value[:32].hex(" ") + (f" ... ({len(value)} bytes)" if len(value) > 32 else "")
        name = self.names.get(value)
        shown = self.show(value)
        return f"{name} ({shown})" if name is not None else shown

    def line(self, value: Value) -> str:
        """The tree's line: label and value."""
        text = self.text(value)
        return f"{self.label}: {text}" if text else self.label

    def comparable(self, value: Value) -> Value:
        """The value as the expression language compares it: times in seconds, all else as it is."""
        if self.kind == "time" and isinstance(value, int):
            return value / 1e9
        return value


def seconds(nanoseconds: int) -> str:
    """Seconds with nine decimals, exact, as contracts ask: `1732272459.215022000`."""
    sign = "-" if nanoseconds < 0 else ""
    whole, rest = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{sign}{whole}.{rest:09d}"


def computed(name: str, label: str, kind: Kind = "uint", **options: Any) -> Spec:
    """The spec of a field that no header declares: one worked out, or one found by a text grammar."""
    return Spec(name, label, kind, None, key=name.rpartition(".")[2], **options)
