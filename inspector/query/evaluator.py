"""Evaluates a checked expression on the fields of one packet.

A field occurs any number of times in a packet, so every operand is a list of values. A comparison with a list that is
empty is false, whatever the operator: `tcp.port != 80` is false for a packet without TCP, and `!(tcp.port == 80)` true.
Sums and functions work on every combination; so that a hostile packet with thousands of options can't make millions of
them, equal values are merged and no more than `MOST` are kept.

Comparisons are decided from sets and extremes, never by trying all pairs. The same tree is made for columns: what is
evaluated here on lists holds there for arrays of the same comparable values (see `comparable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from inspector.core.node import Value
from inspector.query.checker import kind_of
from inspector.query.comparable import MOST, comparable, compare, in_range, masked, ordered, spell, sum_of
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
    Logical,
    Matches,
    Negative,
    Not,
    Operand,
    QueryError,
    Reference,
    Slice,
    Span,
)
from inspector.query.quotes import raw
from inspector.query.values import bits

PATIENCE = 1.0
"""Seconds that a regular expression may take on one value."""

Fields = Callable[[str], Sequence[Value]]
"""All occurrences of a field in the packet, in the order of the bytes; for a layer its bytes, once for each layer.

What is called may also have two methods. `layers(name)` gives for each of these values the number, from 1, of the layer
of its protocol that it stands in, for `ip.src#2`; without it all stand in the first. `whole(name)` gives for each layer
of that name its bytes and all that follow in its source: that is what `ip contains "GET"` looks into; without it, it
looks into the layer's own bytes.
"""


def matches(expression: Expression, fields: Fields, references: Fields | None = None, text: str = "") -> bool:
    """Whether the packet is selected.

    `fields` gives the packet's values, `references` those of the packet that `${field}` speaks of (without it they have
    none), `text` is what was parsed, for the error. Raises QueryError if a regular expression takes too long.
    """
    return _Evaluation(fields, references or _nothing, text).test(expression)


def _nothing(name: str) -> Sequence[Value]:
    return ()


class _Evaluation:
    def __init__(self, fields: Fields, references: Fields, text: str) -> None:
        self.fields = fields
        self.references = references
        self.text = text

    # Tests

    def test(self, test: Expression) -> bool:
        match test:
            case Comparison():
                return compare(test.operator, self.values(test.left), self.values(test.right), test.quantifier)
            case Logical():
                return self.logical(test)
            case Not():
                return not self.test(test.operand)
            case Exists():
                return self.exists(test.operand)
            case In():
                return self.membership(test)
            case Contains():
                return self.contains(test)
            case Matches():
                return self.matches(test)

    def logical(self, test: Logical) -> bool:
        if test.operator == "and":
            return all(self.test(operand) for operand in test.operands)
        if test.operator == "or":
            return any(self.test(operand) for operand in test.operands)
        return sum(self.test(operand) for operand in test.operands) % 2 == 1

    def exists(self, operand: Operand) -> bool:
        if isinstance(operand, Arithmetic | Negative):
            return any(any(value) if isinstance(value, bytes) else bool(value) for value in self.values(operand))
        if isinstance(operand, Field | Reference):
            return bool(self.occurrences(operand))
        return bool(self.values(operand))

    def membership(self, test: In) -> bool:
        """As in Wireshark, `all` means that one element suits all values, not that each value finds one."""
        quantified = any if test.quantifier == "any" else all
        values = self.values(test.left)
        elements = [(self.values(low), None if high is None else self.values(high)) for low, high in test.elements]
        return bool(values) and any(
            compare("==", values, low, test.quantifier)
            if high is None
            else quantified(in_range(value, low, high) for value in values)
            for low, high in elements
        )

    def contains(self, test: Contains) -> bool:
        quantified = any if test.quantifier == "any" else all
        values = [_bytes(value) for value in self.searched(test.left)]
        parts = [_bytes(part) for part in self.values(test.right)]
        return bool(values and parts) and quantified(bool(part) and part in value for value in values for part in parts)

    def matches(self, test: Matches) -> bool:
        quantified = any if test.quantifier == "any" else all
        values = self.searched(test.left)
        try:
            return bool(values) and quantified(
                test.compiled.search(_bytes(value), timeout=PATIENCE) is not None for value in values
            )
        except TimeoutError:
            message = "the regular expression took over a second on one value and was stopped: make it simpler"
            raise QueryError(self.text, test.column, message) from None

    # Operands

    def searched(self, operand: Operand) -> Sequence[Any]:
        """What `contains` and `matches` look into."""
        whole = getattr(self.fields, "whole", None)
        if whole is not None and isinstance(operand, Field) and operand.kind == "layer" and not operand.layers:
            return cast("Sequence[bytes]", whole(operand.name))
        return self.values(operand)

    def values(self, operand: Operand) -> Sequence[Any]:
        """The operand's values, each comparable with others of its kind."""
        match operand:
            case Constant():
                return (operand.value,)
            case Field() | Reference():
                return comparable(operand.kind, self.occurrences(operand))
            case Slice():
                return [_cut(value, operand.spans) for value in self.sliced(operand.operand)]
            case Call():
                return self.call(operand)
            case Negative():
                return [-value for value in self.values(operand.operand)]
            case Arithmetic():
                left, right = self.values(operand.left), self.values(operand.right)
                return sum_of(operand.operator, operand.kind, left, right)
            case _:
                raise TypeError("the expression has not been checked")

    def occurrences(self, operand: Field | Reference) -> Sequence[Value]:
        source = self.fields if isinstance(operand, Field) else self.references
        found = source(operand.name)
        if not operand.layers:
            return found
        number = getattr(source, "layers", None)
        if operand.kind == "layer":
            numbers: Sequence[int] = range(1, len(found) + 1)
        else:
            numbers = [1] * len(found) if number is None else number(operand.name)
        wanted = _selected(operand.layers, max(numbers, default=0))
        return [value for value, number in zip(found, numbers) if number in wanted]

    def sliced(self, operand: Operand) -> Iterable[bytes]:
        length = 4 if kind_of(operand) == "ipv4" else 16
        for value in self.values(operand):
            yield value.to_bytes(length) if isinstance(value, int) else _bytes(value)

    def call(self, call: Call) -> Sequence[Any]:
        argument = call.arguments[0]
        if call.function == "count":
            found = self.occurrences(cast("Field", argument))
            return (len(found),) if found else ()
        if call.function == "len":
            return self.lengths(cast("Field", argument))
        if call.function in ("max", "min"):
            everything = [value for each in call.arguments for value in map(masked, self.values(each))]
            pick = max if call.function == "max" else min
            return (pick(everything, key=ordered),) if everything else ()
        values = self.values(argument)
        match call.function:
            case "upper":
                return [_case(value, bytes.upper) for value in values]
            case "lower":
                return [_case(value, bytes.lower) for value in values]
            case "string":
                return [spell(cast("Field", argument).kind, value) for value in values]
            case _:
                return [abs(value) for value in values]

    def lengths(self, field: Field) -> Sequence[int]:
        """Lengths in bytes, of numbers as Wireshark keeps them; it has none for booleans and times, and says 0."""
        found = self.occurrences(field)
        fixed = {"ipv4": 4, "ipv6": 16, "ether": 6, "bool": 0, "time": 0, "float": 0, "none": 0}.get(field.kind)
        if fixed is None and field.kind in ("uint", "int"):
            fixed = (bits("uint", field.spec) if getattr(field.spec, "width", None) else 32) // 8
        if fixed is not None:
            return [fixed] * min(len(found), MOST)
        return [len(_bytes(value)) for value in comparable(field.kind, found)]


def _selected(spans: tuple[Span, ...], count: int) -> set[int]:
    """The numbers of layers, from 1 to `count`, that the spans name."""
    chosen: set[int] = set()
    everything = range(1, count + 1)
    for span in spans:
        start = span.start + count + 1 if span.start < 0 else span.start
        stop = count + 1 if span.stop is None else span.stop + count + 1 if span.stop < 0 else span.stop
        chosen.update(number for number in everything if start <= number < stop)
    return chosen


def _cut(value: bytes, spans: tuple[Span, ...]) -> bytes:
    return b"".join(value[span.start : span.stop] for span in spans)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else raw(str(value))


def _case(value: str, change: Callable[[bytes], bytes]) -> str:
    """ASCII letters only, as in Wireshark: other bytes stay."""
    return change(raw(value)).decode("utf-8", "surrogateescape")
