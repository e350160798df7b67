"""A filter is an expression that has been checked against the known fields and can be asked about packets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.query import evaluator
from inspector.query.checker import check
from inspector.query.evaluator import Fields
from inspector.query.expression import (
    Arithmetic,
    Call,
    Comparison,
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
    Spec,
)
from inspector.query.parser import parse


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked expression. Two of the same text are equal: a filter can be a key of a cache.

    `names` are the fields and layers of the packet that it looks at, `references` those of `${field}`.
    """

    text: str
    expression: Expression
    names: frozenset[str]
    references: frozenset[str]

    def matches(self, fields: Fields, references: Fields | None = None) -> bool:
        """Whether the packet whose values `fields` gives is selected; see `inspector.query.evaluator.matches`."""
        return evaluator.matches(self.expression, fields, references, self.text)


def compile_filter(text: str, known: Mapping[str, Spec]) -> Filter:
    """Parses and checks. Raises QueryError, whose text is one sentence with the column."""
    try:
        expression = check(parse(text), known)
    except QueryError as error:
        raise QueryError(text, error.column, error.message) from None
    operands = list(_operands(expression))
    names = frozenset(operand.name for operand in operands if isinstance(operand, Field))
    references = frozenset(operand.name for operand in operands if isinstance(operand, Reference))
    return Filter(text, expression, names, references)


def _operands(expression: Expression) -> Iterator[Operand]:
    """All operands at any depth."""
    waiting: list[Expression | Operand | None] = [expression]
    while waiting:
        node = waiting.pop()
        match node:
            case Logical():
                waiting += node.operands
            case Not() | Exists():
                waiting.append(node.operand)
            case Comparison() | Contains():
                waiting += (node.left, node.right)
            case Matches():
                waiting.append(node.left)
            case In():
                waiting.append(node.left)
                waiting += (end for element in node.elements for end in element)
            case None:
                pass
            case _:
                yield node
                waiting += _inner(node)


def _inner(operand: Operand) -> tuple[Operand, ...]:
    match operand:
        case Slice() | Negative():
            return (operand.operand,)
        case Arithmetic():
            return (operand.left, operand.right)
        case Call():
            return operand.arguments
        case _:
            return ()
