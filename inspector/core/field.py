"""A header is declared once: a class body of bit slices in wire order.

    class Udp(Header, name="udp"):
        srcport = u16("Source port", also="udp.port")
        dstport = u16("Destination port", also="udp.port")
        length = u16("Length")
        checksum = u16("Checksum", base="hex")

The same lines give the value (`udp.length` on a header that was read), the exact bits and the tree node
(`udp.nodes`), the spec (`Udp.length` on the class, known with no data at all), the numpy column and the diagram.
Nobody writes an offset. The surprising thing is that a header never raises on any bytes: it keeps what it could
read, and says in `issue` what was needed, what was there and which field said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack, cast, overload

from inspector.core.node import Issue, Node, Value
from inspector.core.source import View
from inspector.core.spec import Kind, Spec, When, Width

T = TypeVar("T")


class Options(TypedDict, total=False):
    """What any field may be told; see `Spec`."""

    name: str
    names: Mapping[Any, str]
    base: Literal["dec", "hex"]
    digits: int
    times: int
    when: When
    also: str | Sequence[str]
    kind: Kind
    decode: Callable[[bytes], Value]
    marks: Mapping[str, Mark]


class Mark:
    """A run of bits inside another field's value, shown below it, that does not tile."""

    def __init__(self, offset: int, width: int, label: str, **options: Unpack[Options]) -> None:
        self.offset, self.width, self.label, self.options = offset, width, label, options


class Field(Generic[T]):
    """What stands in a class body: on the class it is the `Spec`, on a header that was read it is the value.

    A field that `when` left out, or that the bytes ended before, has the value None.
    """

    def __init__(self, label: str, kind: Kind, width: Width | None, options: Options, **more: Any) -> None:
        self.label, self.kind, self.width, self.options, self.more = label, kind, width, options, more
        self.spec = Spec("", label, kind)

    def __set_name__(self, owner: type[Header], key: str) -> None:
        self.key = key

    @overload
    def __get__(self, header: None, owner: type[Header]) -> Spec: ...
    @overload
    def __get__(self, header: Header, owner: type[Header]) -> T: ...
    def __get__(self, header: Header | None, owner: type[Header]) -> Spec | T:
        if header is None:
            return self.spec
        return cast(T, header.values.get(self.key))

    def bind(self, prefix: str) -> Spec:
        """Make the spec, now that the names of the class and of the attribute are known."""
        name = self.options.get("name", f"{prefix}.{self.key}")
        self.spec = _spec(name, self.key, self.label, self.kind, self.width, self.options, self.more)
        return self.spec


def _spec(
    name: str, key: str, label: str, kind: Kind, width: Width | None, options: Options, more: Mapping[str, Any]
) -> Spec:
    base = options.get("base", "dec")
    digits = options.get("digits", (width + 3) // 4 if base == "hex" and isinstance(width, int) else 0)
    if base == "hex" and "digits" not in options:
        digits = max(2, 1 << (digits - 1).bit_length()) if digits != 6 else 6
    kind = options.get("kind", kind)
    parts = tuple(_part(name, key_, field) for key_, field in more.get("parts", {}).items())
    marks = tuple((mark.offset, _mark(name, key_, mark)) for key_, mark in options.get("marks", {}).items())
    second = options.get("also", ())
    names = options.get("names")
    return Spec(
        name,
        label,
        kind,
        width,
        key=key,
        names=names,
        base=base,
        digits=digits,
        times=options.get("times", 1),
        when=options.get("when"),
        decode=options.get("decode") or more.get("decode"),
        parts=parts,
        marks=marks,
        also=tuple(
            Spec(other, label, kind, width, key=_last(other), names=names, base=base, digits=digits, hidden=True)
            for other in ((second,) if isinstance(second, str) else second)
        ),
        separator=more.get("separator", b""),
    )


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _part(prefix: str, key: str, field: Field[Any]) -> Spec:
    field.key = key
    return field.bind(prefix)


def _mark(prefix: str, key: str, mark: Mark) -> Spec:
    name = mark.options.get("name", f"{prefix}.{key}")
    kind: Kind = "bool" if mark.width == 1 else "uint"
    return _spec(name, key, mark.label, kind, mark.width, mark.options, {})


def bits(width: int, label: str, **options: Unpack[Options]) -> Field[int]:
    """An unsigned number of `width` bits, most significant bit first."""
    return Field(label, "uint", width, options)


def bit(label: str, **options: Unpack[Options]) -> Field[bool]:
    """One bit, true or false."""
    return Field(label, "bool", 1, options)


def u8(label: str, **options: Unpack[Options]) -> Field[int]:
    """One byte, unsigned."""
    return Field(label, "uint", 8, options)


def u16(label: str, **options: Unpack[Options]) -> Field[int]:
    """Two bytes, unsigned, big-endian."""
    return Field(label, "uint", 16, options)


def u24(label: str, **options: Unpack[Options]) -> Field[int]:
    """Three bytes, unsigned, big-endian."""
    return Field(label, "uint", 24, options)


def u32(label: str, **options: Unpack[Options]) -> Field[int]:
    """Four bytes, unsigned, big-endian."""
    return Field(label, "uint", 32, options)


def u64(label: str, **options: Unpack[Options]) -> Field[int]:
    """Eight bytes, unsigned, big-endian."""
    return Field(label, "uint", 64, options)


def group(width: int, label: str, *, options: Options | None = None, **parts: Field[Any]) -> Field[Flags]:
    """A number whose bits are fields of their own, listed from the most significant: they tile it."""
    return Field(label, "uint", width, options or {}, parts=parts)


def raw(size: Width, label: str, **options: Unpack[Options]) -> Field[bytes]:
    """`size` bytes as they are."""
    return Field(label, "bytes", size, options)


def text(size: Width, label: str, **options: Unpack[Options]) -> Field[str]:
    """`size` bytes of text; bytes that are not UTF-8 are kept visible as `\\xNN`."""
    return Field(label, "str", size, options, decode=decode_text)


def address(
    size: int, label: str, *, of: tuple[Kind, Callable[[bytes], str]], **options: Unpack[Options]
) -> Field[str]:
    """`size` bytes that are written as an address; `of` is its kind and how it is written."""
    kind, decode = of
    return Field(label, kind, size, options, decode=decode)


def mark(separator: bytes, label: str = "Separator", **options: Unpack[Options]) -> Field[bytes]:
    """Bytes that only separate: a leaf of its own, folded in the tree. Other bytes in its place are malformed."""
    return Field(label, "bytes", len(separator), options, separator=separator)


def until(end: bytes, *, at_most: int = 1 << 16) -> Callable[[Header], int | None]:
    """The size of a field that runs up to the next `end`, which is not part of it; None while it has not come."""

    def size(header: Header) -> int | None:
        found = header.view.source.data.find(end, header.position, min(header.view.end, header.position + at_most))
        return None if found < 0 else found - header.position

    return size


def decode_text(data: bytes) -> str:
    """Bytes as UTF-8 text; what is not UTF-8 stays visible as `\\xNN`."""
    return data.decode("utf-8", "backslashreplace")


class Flags(int):
    """The value of a group: a number whose parts can be read by name, as in `tcp.flags.syn`."""

    spec: Spec

    def __getattr__(self, key: str) -> int:
        shift = self.spec.fixed
        for part in self.spec.parts:
            width = part.fixed
            shift -= width
            if part.key == key:
                return (self >> shift & ((1 << width) - 1)) * part.times
        raise AttributeError(key)


class Header:
    """Subclass it, list the fields in wire order, and that is the header.

    Reading happens in the constructor: `Udp(view)` reads as much as there is and never raises. `nodes` are the fields
    found, `values` their values by key, `issue` what stopped the reading, `size` the bytes read.
    """

    specs: tuple[Spec, ...] = ()
    """The fields in wire order, without their parts and marks."""
    spec: Spec
    """The header as one field, for headers that stand inside another (an option of TCP)."""

    def __init_subclass__(cls, name: str, label: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        fields = _fields(cls)
        cls.specs = tuple(field.bind(name) for field in fields)
        cls.spec = Spec(name, label or name, "bytes", key=name.rpartition(".")[2])
        _place(cls.specs)

    def __init__(self, view: View) -> None:
        self.view = view
        self.values: dict[str, Any] = {}
        self.nodes: list[Node] = []
        self.issue: Issue | None = None
        self.position = view.start
        self._read()

    @property
    def size(self) -> int:
        """Whole bytes read."""
        return self.position - self.view.start

    @property
    def rest(self) -> View:
        """What stands behind the header."""
        return self.view._replace(start=self.position)

    def node(self, spec: Spec) -> Node | None:
        """The node of a field, if it was read."""
        return next((node for node in self.nodes if node.spec is spec), None)

    def add(
        self,
        spec: Spec,
        value: Value,
        *,
        beside: Spec | None = None,
        after: Spec | None = None,
        label: str | None = None,
    ) -> Node:
        """Hang a worked-out field into the header, behind the field `after` or at the end.

        `beside` puts it behind that field too, and gives it the field's place: the bytes that it was worked out from.
        """
        wanted = beside if beside is not None else after
        anchor = self.node(wanted) if wanted is not None else None
        placed = anchor is not None and beside is not None
        at, width = (anchor.at, anchor.width) if placed and anchor is not None else (None, 0)
        node = Node(spec, self.view.source if placed else None, at, width, value, tiles=False, label=label)
        self.nodes.insert(self.nodes.index(anchor) + 1 if anchor is not None else len(self.nodes), node)
        return node

    def as_node(self, label: str | None = None) -> Node:
        """The header as one node with its fields below."""
        start = self.view.start
        data = self.view.source.data[start : self.position]
        return Node(self.spec, self.view.source, start * 8, self.size * 8, data, children=self.nodes, label=label)

    def _read(self) -> None:
        view, data = self.view, self.view.source.data
        at, limit = view.start * 8, view.end * 8
        for spec in self.specs:
            self.position = at >> 3
            if spec.when is not None and not spec.when(self):
                continue
            width = spec.width(self) if callable(spec.width) else spec.width
            if width is None:
                self._stop("truncated", spec, at, limit - at, f"{spec.label} does not end within {_bytes(limit - at)}")
                self._keep_part(spec, at, limit)
                return
            if spec.raw:
                width *= 8
            if width < 0:
                self._stop("malformed", spec, at, 0, f"{spec.label} would be {width // 8} bytes long")
                return
            if at + width > limit:
                self._fall_short(spec, at, width, limit)
                self._keep_part(spec, at, limit)
                return
            self._take(spec, data, at, width)
            at += width
            if spec.separator and data[(at - width) >> 3 : at >> 3] != spec.separator:
                found = data[(at - width) >> 3 : at >> 3]
                self._stop("malformed", spec, at - width, width, f"expected {spec.separator!r}, found {found!r}")
                break
        self.position = (at + 7) >> 3

    def _take(self, spec: Spec, data: bytes, at: int, width: int) -> None:
        value: Any
        if spec.raw:
            chunk = data[at >> 3 : (at + width) >> 3]
            value = spec.decode(chunk) if spec.decode is not None else chunk
        else:
            chunk = data[at >> 3 : (at + width + 7) >> 3]
            value = int.from_bytes(chunk, "big") >> (-(at + width) & 7) & ((1 << width) - 1)
            if spec.kind == "bool":
                value = bool(value)
            elif spec.times != 1:
                value *= spec.times
        if spec.parts:
            value = Flags(value)
            value.spec = spec
        self.values[spec.key] = value
        source = self.view.source
        node = Node(spec, source, at, width, value)
        inner = at
        for part in spec.parts:
            node.children.append(_inside(part, source, inner, part.fixed, value, inner - at, width))
            inner += part.fixed
        for offset, spot in spec.marks:
            number = int.from_bytes(chunk, "big") if spec.raw else value
            marked = _inside(spot, source, at + offset, spot.fixed, number, offset, width)
            marked.tiles = False
            node.children.append(marked)
        for other in spec.also:
            node.children.append(Node(other, source, at, width, value, tiles=False))
        self.nodes.append(node)

    def _keep_part(self, spec: Spec, at: int, limit: int) -> None:
        """Half a number is no number, but half a payload is still bytes."""
        if spec.raw and not spec.separator and spec.kind in ("bytes", "str") and limit > at:
            self._take(spec, self.view.source.data, at, (limit - at) & ~7)
            self.position = limit >> 3
        else:
            self.position = at >> 3

    def _fall_short(self, spec: Spec, at: int, width: int, limit: int) -> None:
        need, have = _bytes(width), _bytes(max(limit - at, 0))
        view = self.view
        if view.missing:
            text = f"{spec.label} needs {need}, {have} {_are(limit - at)} in the capture: it kept only a part"
            self._stop("truncated", spec, at, limit - at, text)
        elif view.said == "the capture":
            self._stop("truncated", spec, at, limit - at, f"{spec.label} needs {need}, but only {have} are left")
        else:
            text = f"{spec.label} needs {need}, but {view.said} leaves {have}"
            self._stop("malformed", spec, at, limit - at, text)

    def _stop(self, kind: str, spec: Spec, at: int, width: int, text: str) -> None:
        self.issue = Issue(kind, spec.name, at, max(width, 0), text)


def _inside(spec: Spec, source: Any, at: int, width: int, number: int, offset: int, whole: int) -> Node:
    value: Any = (int(number) >> (whole - offset - width)) & ((1 << width) - 1)
    if spec.kind == "bool":
        value = bool(value)
    elif spec.times != 1:
        value *= spec.times
    node = Node(spec, source, at, width, value)
    inner = 0
    for part in spec.parts:
        node.children.append(_inside(part, source, at + inner, part.fixed, int(value), inner, width))
        inner += part.fixed
    for other in spec.also:
        node.children.append(Node(other, source, at, width, value, tiles=False))
    return node


def _fields(cls: type[Header]) -> list[Field[Any]]:
    """The fields that a class inherits, copied so that each class has specs of its own, then those of its body."""
    own = [value for value in vars(cls).values() if isinstance(value, Field)]
    inherited: list[Field[Any]] = []
    for spec in getattr(cls.__mro__[1], "specs", ()):
        field = copy(cls.__mro__[1].__dict__[spec.key])
        setattr(cls, spec.key, field)
        inherited.append(field)
    return inherited + own


def _place(specs: Sequence[Spec]) -> None:
    """Fix the offsets that never move."""
    at: int | None = 0
    for spec in specs:
        spec.at = at if spec.when is None else None
        inner = spec.at
        for part in spec.parts:
            part.at = inner
            inner = None if inner is None else inner + cast(int, part.width)
        for offset, spot in spec.marks:
            spot.at = None if spec.at is None else spec.at + offset
        for other in spec.also:
            other.at = spec.at
        if at is None or spec.when is not None or not isinstance(spec.width, int):
            at = None
        else:
            at += spec.width * (8 if spec.raw else 1)


def walk_specs(headers: Iterator[type[Header]] | Sequence[type[Header]]) -> Iterator[Spec]:
    """Every field that some headers declare, with parts, marks, second names and the headers' own names."""
    for header in headers:
        yield header.spec
        for spec in header.specs:
            yield from spec.walk()


def _bytes(width: int) -> str:
    """A width in bits, in words."""
    if width % 8:
        return f"{width} bit{'' if width == 1 else 's'}"
    return f"{width // 8} byte{'' if width == 8 else 's'}"


def _are(width: int) -> str:
    return "is" if width == 8 else "are"
