"""Checks a parsed expression against the known fields and gives back the tree that can be evaluated.

What a bare word means is settled here: a known field, a layer, or a value of what it stands beside. Every operand gets
its kind, and only what can be compared is: numbers with numbers, bytes and MAC addresses with each other, else like
with like. The rules and their oddities (a set takes only fields, the left side is never a constant) are tshark 4.0's.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn, cast

from inspector.query.expression import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Contains,
    Exists,
    Expression,
    Field,
    In,
    Kind,
    Logical,
    Matches,
    Name,
    Negative,
    Network,
    Not,
    Operand,
    QueryError,
    Reference,
    Slice,
    Spec,
    Written,
)
from inspector.query.quotes import raw
from inspector.query.values import NOUNS, Unfit, constant, number

_NUMBERS = frozenset({"uint", "int"})
_SLICED = frozenset({"bytes", "str", "ether", "ipv4", "ipv6", "layer"})
_SEARCHED = frozenset({"bytes", "str", "ether", "layer"})
_ADDED = frozenset({"uint", "int", "float", "time"})
_MULTIPLIED = frozenset({"uint", "int", "float"})
_MASKED = frozenset({"uint", "int", "bytes", "ether", "ipv4", "ipv6"})
_SPELLED = frozenset({"uint", "int", "ether", "ipv4", "ipv6"})
_OPERATED = {"+": _ADDED, "-": _ADDED, "*": _MULTIPLIED, "/": _MULTIPLIED, "%": _MULTIPLIED, "&": _MASKED}


def check(expression: Expression, known: Mapping[str, Spec], text: str = "") -> Expression:
    """The expression with every word resolved. Raises QueryError for an unknown name or values that don't fit.

    `text` is what was parsed; it only travels in the error.
    """
    return _Checker(known, text).test(expression)


class _Checker:
    def __init__(self, known: Mapping[str, Spec], text: str) -> None:
        self.known = known
        self.text = text

    def is_layer(self, name: str) -> bool:
        """What stands before the first dot of a known name is the name of a layer."""
        if "." in name or number(name) is not None:
            return False
        return any(each.startswith(f"{name}.") for each in self.known)

    def fail(self, column: int, message: str) -> NoReturn:
        raise QueryError(self.text, column, message)

    # Tests

    def test(self, test: Expression) -> Expression:
        match test:
            case Logical():
                return replace(test, operands=tuple(map(self.test, test.operands)))
            case Not():
                return replace(test, operand=self.test(test.operand))
            case Exists():
                return self.exists(test)
            case Comparison():
                return self.comparison(test)
            case Contains():
                return self.contains(test)
            case Matches():
                return self.matches(test)
            case In():
                return self.membership(test)

    def exists(self, test: Exists) -> Exists:
        operand = self.operand(test.operand)
        if isinstance(operand, Call | Constant):
            self.fail(test.column, "only a field or layer can be there or not: compare this with something")
        return Exists(test.column, operand)

    def comparison(self, test: Comparison) -> Comparison:
        left = self.left(test.left, test.operator)
        kind = kind_of(left)
        if kind == "none":
            self.fail(test.column, f"{_said(left)} has no value to compare: its name alone asks whether it is there")
        right = self.beside(test.right, left)
        return replace(test, left=left, right=right)

    def contains(self, test: Contains) -> Contains:
        left = self.left(test.left, "contains")
        self.searched(left, test.column, "contains")
        right = self.beside(test.right, left, partial=True)
        return replace(test, left=left, right=right)

    def matches(self, test: Matches) -> Matches:
        left = self.left(test.left, "matches")
        self.searched(left, test.column, "matches")
        import regex  # takes a tenth of a second, and few filters have a pattern

        try:
            compiled = regex.compile(raw(test.pattern), regex.IGNORECASE)
        except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
            self.fail(test.column, f"the regular expression can't be read: {str(error) or 'it is too large'}")
        return replace(test, left=left, compiled=compiled)

    def searched(self, left: Operand, column: int, operator: str) -> None:
        kind = kind_of(left)
        if kind not in _SEARCHED:
            spelled = isinstance(left, Field) and kind in _SPELLED
            offer = f"string({_said(left)}) {operator} ..." if spelled else "== or in"
            self.fail(column, f"{operator} looks into text and bytes, and {_said(left)} is {_a(kind)}: use {offer}")

    def membership(self, test: In) -> In:
        left = self.left(test.left, "in")
        if not isinstance(left, Field):
            self.fail(left.column, "left of in stands a whole field, not a slice, function or reference")
        if kind_of(left) == "none":
            self.fail(test.column, f"{_said(left)} has no value that could be in a set")
        elements = tuple(
            (self.beside(low, left), None if high is None else self.beside(high, left)) for low, high in test.elements
        )
        return replace(test, left=left, elements=elements)

    # Operands

    def left(self, operand: Operand, operator: str) -> Operand:
        """What stands left of an operator: anything but a constant."""
        if isinstance(operand, Written):
            self.fail(operand.column, f"left of {operator} stands a field or function, and {operand.text!r} is a value")
        checked = self.operand(operand)
        if _begins_constant(checked):
            self.fail(operand.column, f"left of {operator} stands a field or function, and a sum begins with one")
        return checked

    def beside(self, operand: Operand, left: Operand, *, partial: bool = False) -> Operand:
        """What is compared with `left`: a constant is read as its kind, a field must be compatible."""
        kind = kind_of(left)
        if partial and kind == "ether" and not (isinstance(operand, Written) and operand.quotes):
            kind = "bytes"
        right = self.operand(operand, kind, _spec_of(left))
        if not _compatible(kind, kind_of(right)):
            one, other = f"{_said(left)} is {_a(kind)}", f"{_said(right)} is {_a(kind_of(right))}"
            self.fail(operand.column, f"{one} and {other}: they don't compare")
        return right

    def operand(self, operand: Operand, kind: Kind | None = None, spec: Spec | None = None) -> Operand:
        """The operand resolved; `kind` and `spec` say what a written value in it stands for, if it stands for one."""
        match operand:
            case Written():
                return self.written(operand, kind, spec)
            case Name():
                return self.name(operand, kind, spec)
            case Reference():
                return self.reference(operand)
            case Slice():
                return self.slice(operand)
            case Call():
                return self.call(operand, kind, spec)
            case Negative():
                return self.negative(operand, kind, spec)
            case Arithmetic():
                return self.arithmetic(operand, kind, spec)
            case _:
                return operand

    def written(self, written: Written, kind: Kind | None, spec: Spec | None) -> Constant:
        if kind is None:
            self.fail(written.column, f"expected a field, and {written.text!r} is a value")
        try:
            return Constant(written.column, kind, constant(written, kind, spec))
        except Unfit as unfit:
            self.fail(written.column, str(unfit))

    def name(self, name: Name, kind: Kind | None, spec: Spec | None) -> Operand:
        found = self.known.get(name.text)
        if found is not None:
            return Field(name.column, name.text, cast("Kind", found.kind), name.layers, found)
        if self.is_layer(name.text):
            return Field(name.column, name.text, "layer", name.layers)
        if name.forced or kind is None:
            self.unknown(name.column, name.text)
        try:
            return Constant(name.column, kind, constant(Written(name.column, "", name.text), kind, spec))
        except Unfit as unfit:
            self.fail(name.column, f"{unfit}{self.nearest(name.text)}")

    def unknown(self, column: int, name: str) -> NoReturn:
        self.fail(column, f"no field or layer is called {name}{self.nearest(name)}")

    def nearest(self, name: str) -> str:
        """The end of a sentence: what may have been meant."""
        candidates = {part for each in self.known for part in (each, each.partition(".")[0])}
        lowered = name.lower()
        if lowered in candidates:
            return f": did you mean {lowered}?"
        near = difflib.get_close_matches(lowered[:100], candidates, 1, 0.75)
        return f": did you mean {near[0]}?" if near else ""

    def reference(self, reference: Reference) -> Reference:
        found = self.known.get(reference.name)
        if found is None:
            self.unknown(reference.column, reference.name)
        return replace(reference, kind=cast("Kind", found.kind))

    def slice(self, operand: Slice) -> Slice:
        inner = self.operand(operand.operand)
        if kind_of(inner) not in _SLICED:
            why = f"{_said(inner)} is {_a(kind_of(inner))}"
            self.fail(operand.column, f"only text, bytes and addresses can be cut, and {why}")
        return replace(operand, operand=inner)

    def negative(self, operand: Negative, kind: Kind | None, spec: Spec | None) -> Operand:
        inner = self.operand(operand.operand, kind, spec)
        if kind_of(inner) not in _ADDED:
            self.fail(operand.column, f"only numbers have a sign, and {_said(inner)} is {_a(kind_of(inner))}")
        if isinstance(inner, Constant) and isinstance(inner.value, int | float):
            return Constant(operand.column, inner.kind, -inner.value)
        return replace(operand, operand=inner, kind=kind_of(inner))

    def arithmetic(self, operand: Arithmetic, kind: Kind | None, spec: Spec | None) -> Arithmetic:
        left = self.operand(operand.left, kind, spec)
        own = kind_of(left)
        if own not in _OPERATED[operand.operator]:
            self.fail(operand.column, f"{operand.operator} does not work on {_said(left)}, which is {_a(own)}")
        if isinstance(operand.right, Written) and operand.right.quotes == "character":
            self.fail(operand.right.column, f"a character is no number behind {operand.operator}")
        right = self.beside(operand.right, left)
        return replace(operand, left=left, right=right, kind=own)

    # Functions

    def call(self, call: Call, kind: Kind | None, spec: Spec | None) -> Call:
        rule = _FUNCTIONS.get(call.function)
        if rule is None:
            self.fail(call.column, f"no function is called {call.function}: there are {', '.join(_FUNCTIONS)}")
        if not call.arguments:
            self.fail(call.column, f"{call.function}() needs an argument, such as {call.function}({rule})")
        if call.function in ("max", "min"):
            return self.extreme(call, kind, spec)
        if len(call.arguments) > 1:
            self.fail(call.column, f"{call.function}() has one argument, and here are {len(call.arguments)}")
        argument = self.operand(call.arguments[0], *((kind, spec) if call.function == "abs" else (None, None)))
        own = kind_of(argument)
        if call.function == "abs":
            if own not in _ADDED:
                self.fail(call.column, f"abs() takes a field that is a number, and {_said(argument)} is {_a(own)}")
            return replace(call, arguments=(argument,), kind=own)
        if not isinstance(argument, Field):
            self.fail(call.column, f"{call.function}() takes a field, such as {call.function}({rule})")
        if call.function in ("upper", "lower") and own != "str":
            self.fail(call.column, f"{call.function}() takes text, and {argument.name} is {_a(own)}")
        if call.function == "string" and own not in _SPELLED:
            self.fail(call.column, f"string() takes numbers and addresses, and {argument.name} is {_a(own)}")
        return replace(call, arguments=(argument,), kind="uint" if call.function in ("len", "count") else "str")

    def extreme(self, call: Call, kind: Kind | None, spec: Spec | None) -> Call:
        first = self.operand(call.arguments[0], kind, spec)
        own = kind_of(first)
        if own == "none":
            self.fail(call.column, f"{call.function}() takes fields that have an order, and {_said(first)} has none")
        rest = [self.beside(argument, first) for argument in call.arguments[1:]]
        return replace(call, arguments=(first, *rest), kind=own)


_FUNCTIONS = {
    "len": "http.host",
    "count": "ip.addr",
    "upper": "http.host",
    "lower": "http.host",
    "max": "tcp.srcport, tcp.dstport",
    "min": "tcp.srcport, tcp.dstport",
    "abs": "tcp.srcport - 1024",
    "string": "frame.number",
}


def kind_of(operand: Operand) -> Kind:
    """The kind of a checked operand's values."""
    if isinstance(operand, Slice):
        return "bytes"
    if isinstance(operand, Written | Name) or operand.kind is None:
        raise TypeError("the operand has not been checked")
    return operand.kind


def _spec_of(operand: Operand) -> Spec | None:
    """The spec of the field whose values an operand has, or which a sum begins with."""
    while isinstance(operand, Negative | Arithmetic):
        operand = operand.left if isinstance(operand, Arithmetic) else operand.operand
    return operand.spec if isinstance(operand, Field) else None


def _begins_constant(operand: Operand) -> bool:
    """Whether the leftmost value of a checked operand is a constant, which gives the rest no kind."""
    while isinstance(operand, Negative | Arithmetic | Slice):
        operand = operand.left if isinstance(operand, Arithmetic) else operand.operand
    return isinstance(operand, Constant)


def _compatible(left: Kind, right: Kind) -> bool:
    return left == right or {left, right} <= _NUMBERS or {left, right} <= {"bytes", "ether"}


def _a(kind: Kind) -> str:
    """How a kind is called behind `is`."""
    short = {"layer": "a layer", "none": "a label", "bool": "a yes or no"}
    return short.get(kind) or NOUNS[kind].split(" such as")[0]


def _said(operand: Operand) -> str:
    """How an operand is called in a sentence."""
    match operand:
        case Field() | Reference():
            return operand.name
        case Call():
            return f"{operand.function}()"
        case Constant():
            return str(operand.value.value if isinstance(operand.value, Network) else operand.value)
        case Slice():
            return "the slice"
        case _:
            return "the sum"
