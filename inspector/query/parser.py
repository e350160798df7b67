"""Tokens into a syntax tree, by tshark 4.0's grammar.

From loose to tight: `or`, `xor`, `and`, `not`, then one relation (`==`, `contains`, `in` ...), whose sides are sums:
`&`, then `+ -`, then `* / %`, then a sign. Round brackets group tests, braces group sums; neither stands for the other.
`a == b == c` means both. `contains`, `matches` and `in` take single values, not sums.

Nothing here knows a field: what a bare word means is for the checker to say.
"""

from __future__ import annotations

from typing import Literal, cast

from inspector.query.expression import (
    Arithmetic,
    Call,
    Comparison,
    Contains,
    Exists,
    Expression,
    In,
    Logical,
    Matches,
    Name,
    Negative,
    Not,
    Operand,
    Quantifier,
    QueryError,
    Reference,
    Slice,
    Written,
)
from inspector.query.scanner import Token, scan

DEEPEST = 200
"""Brackets, braces, slices and sums that may stand inside each other. A function counts as four of them."""

_CALL = 4

_LOGICAL: dict[str, tuple[int, Literal["and", "or", "xor"]]] = {"||": (1, "or"), "xor": (2, "xor"), "&&": (3, "and")}
_SUMS = {"&": 1, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3}
# The operator as compared, and whether one pair of occurrences is enough (Wireshark 4.0: `!=` is all, `!==` any).
_COMPARISONS: dict[str, tuple[str, Quantifier]] = {
    "==": ("==", "any"),
    "===": ("==", "all"),
    "!=": ("!=", "all"),
    "!==": ("!=", "any"),
    "<": ("<", "any"),
    "<=": ("<=", "any"),
    ">": (">", "any"),
    ">=": (">=", "any"),
}


def parse(text: str) -> Expression:
    """The tree of an expression. Raises QueryError, with the column, for anything that is not one."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = scan(text)
        self.at = 0
        self.open = 0
        self.chained = 0

    @property
    def token(self) -> Token:
        """The next token, not yet taken."""
        return self.tokens[self.at]

    def ended(self) -> bool:
        return self.tokens[self.at].kind == "end"

    def sees(self, *symbols: str) -> bool:
        return self.token.kind == "symbol" and self.token.text in symbols

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def error(self, message: str) -> QueryError:
        return QueryError(self.text, self.token.column, message)

    def expect(self, symbol: str, purpose: str) -> Token:
        if not self.sees(symbol):
            raise self.error(f"expected {symbol} {purpose}, and {self.found()}")
        return self.take()

    def found(self) -> str:
        return f"found {self.token.written}" if not self.ended() else "the expression ends"

    def deeper(self, levels: int = 1) -> None:
        """Called at each opening bracket: what is nested too deep would overflow the stack of who walks the tree."""
        self.open += levels
        if self.open + self.chained > DEEPEST:
            raise self.error(f"an expression nests at most {DEEPEST} deep: split it with && or ||")

    def longer(self) -> None:
        """Called at each operator that puts all that stands left of it one level deeper."""
        self.chained += 1
        if self.open + self.chained > DEEPEST:
            raise self.error(f"an expression has at most {DEEPEST} sums and slices: split it with && or ||")

    def whole(self) -> Expression:
        if self.ended():
            raise self.error("the expression is empty: write a field, a layer or a comparison, such as tcp.port == 80")
        expression = self.tests(1)
        if not self.ended():
            raise self.error(f"expected an operator or the end, and {self.found()}")
        return expression

    def tests(self, lowest: int) -> Expression:
        """Tests joined by operators that bind at least as tight as `lowest`: a chain of one operator is one node."""
        left = self.test()
        while self.token.kind == "symbol" and self.token.text in _LOGICAL:
            binds, operator = _LOGICAL[self.token.text]
            if binds < lowest:
                break
            column = self.token.column
            operands = [left]
            while self.token.kind == "symbol" and _LOGICAL.get(self.token.text) == (binds, operator):
                self.take()
                operands.append(self.tests(binds + 1))
            left = Logical(column, operator, tuple(operands))
        return left

    def test(self) -> Expression:
        """One test with what negates it, or tests in brackets. `not not a` is `a`."""
        first = self.token
        negated = False
        while self.sees("!"):
            self.take()
            negated = not negated
        if self.sees("("):
            self.deeper()
            self.take()
            test = self.tests(1)
            self.expect(")", "to close the bracket")
            self.open -= 1
        else:
            test = self.relation()
        return Not(first.column, test) if negated else test

    def relation(self) -> Expression:
        quantifier: Quantifier | None = None
        if self.sees("any", "all"):
            quantifier = cast("Quantifier", self.take().text)
        start = self.at
        left = self.sums(1)
        single = not self.tokens[start].text.startswith(("{", "+", "-")) and not isinstance(left, Arithmetic)
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            return self.comparisons(left, quantifier)
        if self.sees("contains", "~", "in", "!"):
            return self.membership(left, single, quantifier)
        if quantifier is not None:
            raise self.error(f"behind {quantifier} stands a comparison, such as {quantifier} tcp.port > 1023")
        return Exists(left.column, left)

    def comparisons(self, left: Operand, quantifier: Quantifier | None) -> Expression:
        tests: list[Expression] = []
        first = self.token.column
        while self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            token = self.take()
            operator, own = _COMPARISONS[token.text]
            right = self.sums(1)
            kind = cast('Literal["==", "!=", "<", "<=", ">", ">="]', operator)
            tests.append(Comparison(token.column, kind, left, right, quantifier or own))
            left = right
        return tests[0] if len(tests) == 1 else Logical(first, "and", tuple(tests))

    def membership(self, left: Operand, single: bool, quantifier: Quantifier | None) -> Expression:
        token = self.take()
        if not single:
            raise QueryError(self.text, token.column, f"left of {token.written} stands one field, not a sum")
        if token.text == "contains":
            return Contains(token.column, left, self.entity(), quantifier or "any")
        if token.text == "~":
            return self.matches(token, left, quantifier or "any")
        if token.text == "!":
            self.expect("in", "behind a field and not")
            return Not(token.column, self.set(token.column, left, quantifier or "any"))
        return self.set(token.column, left, quantifier or "any")

    def matches(self, token: Token, left: Operand, quantifier: Quantifier) -> Expression:
        if self.token.kind != "string":
            raise self.error(f"behind {token.written} stands a regular expression in double quotes, and {self.found()}")
        return Matches(token.column, left, self.take().text, quantifier)

    def set(self, column: int, left: Operand, quantifier: Quantifier) -> Expression:
        self.expect("{", "and the values of the set, such as {80, 443, 8000..8080}")
        elements = [self.element()]
        while self.sees(","):
            self.take()
            elements.append(self.element())
        self.expect("}", "or a comma in the set")
        return In(column, left, tuple(elements), quantifier)

    def element(self) -> tuple[Operand, Operand | None]:
        low = self.signed()
        if not self.sees(".."):
            return low, None
        self.take()
        return low, self.signed()

    def sums(self, lowest: int) -> Operand:
        left = self.braced()
        while self.token.kind == "symbol" and _SUMS.get(self.token.text, 0) >= lowest:
            self.longer()
            token = self.take()
            right = self.sums(_SUMS[token.text] + 1)
            operator = cast('Literal["+", "-", "*", "/", "%", "&"]', token.text)
            left = Arithmetic(token.column, operator, left, right)
        return left

    def braced(self) -> Operand:
        if not self.sees("{"):
            return self.signed()
        self.deeper()
        self.take()
        inside = self.sums(1)
        self.expect("}", "to close the brace")
        self.open -= 1
        return inside

    def signed(self) -> Operand:
        if not self.sees("-", "+"):
            return self.entity()
        sign = self.take()
        operand = self.entity()
        return Negative(sign.column, operand) if sign.text == "-" else operand

    def entity(self) -> Operand:
        """A value, field, reference or function, with its slices."""
        operand = self.bare()
        while self.token.kind == "slice":
            self.longer()
            token = self.take()
            operand = Slice(token.column, operand, token.spans)
        return operand

    def bare(self) -> Operand:
        token = self.token
        if token.kind in ("end", "symbol", "slice", "layer"):
            raise self.error(f"expected a field or a value, and {self.found()}")
        self.take()
        if token.kind in ("string", "character"):
            return Written(token.column, token.kind, token.text)
        if token.kind == "reference":
            return Reference(token.column, token.text, None, token.spans)
        if token.kind == "literal":
            return Written(token.column, "", token.text)
        if token.kind == "word" and self.sees("("):
            return self.call(token)
        layers = self.take().spans if self.token.kind == "layer" else ()
        return Name(token.column, token.text, token.kind == "field" or bool(layers), layers)

    def call(self, name: Token) -> Operand:
        self.deeper(_CALL)
        self.take()
        arguments: list[Operand] = []
        if not self.sees(")"):
            arguments.append(self.sums(1))
            while self.sees(","):
                self.take()
                arguments.append(self.sums(1))
        self.expect(")", f"to close {name.text}(")
        self.open -= _CALL
        return Call(name.column, name.text, tuple(arguments))
