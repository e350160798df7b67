"""The syntax tree of an expression, and the one error that everything about expressions raises.

The parser makes these nodes from text alone. The checker makes the same nodes again with the known fields in hand: its
tree holds no `Literal` and no unnamed `Field`, every operand knows its kind, and every constant is already the value
that a field is compared with. Nodes are frozen, so a checked expression can be kept, shared between threads and
evaluated on columns as well as on single packets: both read the same tree.

Every node carries `column`, which counts the characters of the text from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["uint", "int", "bool", "bytes", "str", "ether", "ipv4", "ipv6", "float", "time", "none", "layer"]
"""What a value is. All but `layer` are kinds of specs; a layer compares like the bytes it covers."""

Quantifier = Literal["any", "all"]
Scalar = int | float | bytes | str


class Spec(Protocol):
    """As much of `inspector.core.spec.Spec` as expressions need.

    A spec may also have `width` in bits: a constant that no field of that width can hold is then refused.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def names(self) -> Mapping[Any, str]: ...


class QueryError(ValueError):
    """An expression that can't be used: what is wrong, and at which column of the text (counted from 1)."""

    def __init__(self, text: str, column: int, message: str) -> None:
        super().__init__(text, column, message)
        self.text = text
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Span:
    """Some of a row of things: from `start` to before `stop`, each counted from the end if negative.

    `stop` None is the end. Slices count bytes from 0, the layer operator counts layers from 1.
    """

    start: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class Network:
    """An address with the number of its leading bits that count: 10.0.0.0/8. `bits` is 32 or 128."""

    value: int
    prefix: int
    bits: int


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it was written. Only the parser makes these; what they mean depends on what they stand beside."""

    column: int
    quotes: Literal["", "string", "character"]
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word: a field, a layer, or a value, which only the known fields can tell. `forced` says it is a field."""

    column: int
    text: str
    forced: bool = False
    layers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """All occurrences of a field in the packet, or those in the numbered layers of its protocol."""

    column: int
    name: str
    kind: Kind
    layers: tuple[Span, ...] = ()
    spec: Spec | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """`${field}`: the occurrences of a field in another packet, the one that is selected."""

    column: int
    name: str
    kind: Kind | None = None
    layers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the expression, ready to be compared."""

    column: int
    kind: Kind
    value: Scalar | Network


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a value; several spans are joined."""

    column: int
    operand: Operand
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments. `kind` is that of the result."""

    column: int
    function: str
    arguments: tuple[Operand, ...]
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with its sign turned."""

    column: int
    operand: Operand
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right` and the like; `&` is bitwise and works on bytes and addresses, too."""

    column: int
    operator: Literal["+", "-", "*", "/", "%", "&"]
    left: Operand
    right: Operand
    kind: Kind | None = None


Operand = Written | Name | Field | Reference | Constant | Slice | Call | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`. True if it holds for any pair of occurrences, or for all where `quantifier` says so."""

    column: int
    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Operand
    right: Operand
    quantifier: Quantifier


@dataclass(frozen=True, slots=True)
class Contains:
    """The left value has the right one somewhere inside."""

    column: int
    left: Operand
    right: Operand
    quantifier: Quantifier


@dataclass(frozen=True, slots=True)
class Matches:
    """The regular expression is found in the value, bytes against bytes, upper and lower case alike."""

    column: int
    left: Operand
    pattern: str
    quantifier: Quantifier
    compiled: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class In:
    """The value is one of a set's elements; an element is (value, None) or (lowest, highest)."""

    column: int
    left: Operand
    elements: tuple[tuple[Operand, Operand | None], ...]
    quantifier: Quantifier


@dataclass(frozen=True, slots=True)
class Exists:
    """The field or layer is in the packet; a sum is not zero."""

    column: int
    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    column: int
    operand: Expression


@dataclass(frozen=True, slots=True)
class Logical:
    """`and`, `or`, `xor` over two or more expressions. A chain is one node, so that depth is only that of brackets."""

    column: int
    operator: Literal["and", "or", "xor"]
    operands: tuple[Expression, ...]


Expression = Comparison | Contains | Matches | In | Exists | Not | Logical
