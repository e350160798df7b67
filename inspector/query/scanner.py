"""Text into tokens, as tshark 4.0's scanner cuts it: of all patterns the one that matches the longest run wins.

That rule is why `tcp.port-1` is one word, `tcp.dstport/2` is three tokens, `10.0.0.0..10.0.0.9` is a range and
`47:4554` is an error: two hex digits and a colon begin a byte string, and two more digits end it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from inspector.query.expression import QueryError, Span
from inspector.query.quotes import character, string

LONGEST = 65_536
"""Characters that an expression may have."""

TokenKind = Literal["symbol", "word", "literal", "field", "string", "character", "slice", "layer", "reference", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: its kind, its meaning (escapes resolved), its column from 1, and the text as written."""

    kind: TokenKind
    text: str
    column: int
    written: str
    spans: tuple[Span, ...] = ()


# The words that are operators: they can be neither a field nor a bare value.
OPERATORS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "xor": "xor",
    "eq": "==",
    "any_eq": "==",
    "ne": "!=",
    "all_ne": "!=",
    "all_eq": "===",
    "any_ne": "!==",
    "~=": "!==",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "bitwise_and": "&",
    "matches": "~",
    "contains": "contains",
    "in": "in",
    "any": "any",
    "all": "all",
}

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_GROUP = "[0-9A-Fa-f]{1,4}"
_TAIL = rf"(?:{_IPV4}|{_GROUP}:{_GROUP})"
# RFC 4291 section 2.2 allows `::` once: one row for each number of groups behind it.
_IPV6 = (
    rf"(?:{_GROUP}:){{6}}{_TAIL}",
    rf"::(?:{_GROUP}:){{5}}{_TAIL}",
    *(rf"(?:(?:{_GROUP}:){{0,{4 - behind}}}{_GROUP})?::(?:{_GROUP}:){{{behind}}}{_TAIL}" for behind in range(5)),
    rf"(?:(?:{_GROUP}:){{0,5}}{_GROUP})?::{_GROUP}",
    rf"(?:(?:{_GROUP}:){{0,6}}{_GROUP})?::",
)
_PAIR = "[0-9A-Fa-f]{2}"
_PART = "[A-Za-z0-9_][A-Za-z0-9_-]*"
_NAME = rf"{_PART}(?:\.{_PART})*"

# Of two that match equally much the first is taken.
_PATTERNS: tuple[tuple[TokenKind, re.Pattern[str]], ...] = (
    ("symbol", re.compile(r"===|!==|==|!=|~=|>=|<=|&&|\|\||\.\.|[-<>~!&+*/%(){},]")),
    ("literal", re.compile(rf"{_PAIR}(?::{_PAIR})+")),
    ("literal", re.compile(rf"{_IPV4}(?:/[0-9]{{1,2}})?")),
    *(("literal", re.compile(rf"{row}(?:/[0-9]{{1,3}})?")) for row in _IPV6),
    ("word", re.compile(_NAME)),
    ("literal", re.compile(rf":(?:{_PAIR}(?:[:.-]{_PAIR})+|[0-9A-Fa-f]+)")),
    ("field", re.compile(rf"\.{_NAME}")),
)
_BLANK = re.compile(r"[ \t\r\n]*")
_REFERENCE = re.compile(rf"\$\{{({_NAME})(#[0-9]+|#\[[^\]]*\])?\}}")
_LAYER_NUMBER = re.compile("#([0-9]+)")
_BRACKETS = re.compile(r"#?\[([^\]]*)\]")
_NUMBER = r"[+-]?(?:0[xX][0-9A-Fa-f]+|[0-9]+)"
_SPAN = re.compile(rf"\s*(?:({_NUMBER})(?:\s*([:-])\s*({_NUMBER})?)?|:\s*({_NUMBER})|(:))\s*")


def scan(text: str) -> list[Token]:
    """All tokens of an expression; the last is of kind `end`. Raises QueryError where nothing can be cut."""
    if len(text) > LONGEST:
        raise QueryError(text, LONGEST, f"an expression has at most {LONGEST} characters, and this one has {len(text)}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QueryError(text, 1, "the expression is not valid UTF-8 text")
    tokens: list[Token] = []
    at = 0
    while (at := _after_blanks(text, at)) < len(text):
        token, at = _token(text, at)
        tokens.append(token)
    tokens.append(Token("end", "", len(text) + 1, ""))
    return tokens


def _after_blanks(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _token(text: str, at: int) -> tuple[Token, int]:
    """The token that begins at offset `at`, and the offset behind it."""
    first = text[at]
    if first == '"' or text[at : at + 2] in ('r"', 'R"'):
        meaning, end = string(text, at)
        return Token("string", meaning, at + 1, text[at:end]), end
    if first == "'":
        meaning, end = character(text, at)
        return Token("character", meaning, at + 1, text[at:end]), end
    if first == "#":
        return _layer(text, at)
    if first == "[":
        return _slice(text, at)
    if first == "$":
        return _reference(text, at)
    return _plain(text, at)


def _plain(text: str, at: int) -> tuple[Token, int]:
    """A symbol, word or literal: the longest match."""
    kind: TokenKind = "end"
    end = at
    for each, pattern in _PATTERNS:
        match = pattern.match(text, at)
        if match and match.end() > end:
            kind, end = each, match.end()
    if end == at:
        raise QueryError(text, at + 1, _strange(text, at))
    written = text[at:end]
    if kind in ("symbol", "word") and written in OPERATORS:
        return Token("symbol", OPERATORS[written], at + 1, written), end
    # A leading dot says "a field, no value", a leading colon "bytes, no field".
    return Token(kind, written[1:] if kind == "field" else written, at + 1, written), end


def _strange(text: str, at: int) -> str:
    if not text[at].isascii():
        return f"{text[at]!r} can stand only between double quotes"
    if text[at] == "=":
        return "a single = is no operator: write == for equal"
    if text[at] == "|":
        return "a single | is no operator: write || for or"
    return f"{text[at]!r} has no meaning here"


def _layer(text: str, at: int) -> tuple[Token, int]:
    """`#2` or `#[1-2]` behind a field."""
    number = _LAYER_NUMBER.match(text, at)
    if number:
        which = _integer(number[1])
        return Token("layer", number[0], at + 1, number[0], (Span(which, which + 1),)), number.end()
    if not text.startswith("#[", at):
        raise QueryError(text, at + 2, "behind # stands the number of a layer, such as ip.src#2 or ip.src#[1-2]")
    token, end = _slice(text, at)
    return Token("layer", token.text, at + 1, token.written, token.spans), end


def _slice(text: str, at: int) -> tuple[Token, int]:
    """`[0:3]`, `[2]`, `[1-4]`, `[:3]`, `[3:]` or several with commas."""
    brackets = _BRACKETS.match(text, at)
    if not brackets:
        raise QueryError(text, at + 1, "the bracket [ is never closed: write ] behind the slice")
    spans = []
    column = brackets.start(1) + 1
    for part in brackets[1].split(","):
        spans.append(_span(text, column, part))
        column += len(part) + 1
    return Token("slice", brackets[0], at + 1, brackets[0], tuple(spans)), brackets.end()


def _span(text: str, column: int, part: str) -> Span:
    match = _SPAN.fullmatch(part)
    if not match:
        message = f"a slice is [start:length], [first-last], [position], [:length] or [start:], and not [{part}]"
        raise QueryError(text, column, message)
    if match[5]:
        return Span(0, None)
    if match[4]:
        return _counted(text, column, 0, _integer(match[4]))
    start = _integer(match[1])
    if match[2] is None:
        return Span(start, _end(start + 1, start))
    if match[3] is None:
        if match[2] == "-":
            raise QueryError(text, column, f"the slice [{part}] lacks the number behind -")
        return Span(start, None)
    if match[2] == ":":
        return _counted(text, column, start, _integer(match[3]))
    last = _integer(match[3])
    if (start < 0) != (last < 0):
        raise QueryError(text, column, f"both ends of [{part}] count from the start, or both from the end")
    if start >= last:
        raise QueryError(text, column, f"a slice runs forward, and [{part}] begins at or behind its end")
    return Span(start, _end(last + 1, last))


def _counted(text: str, column: int, start: int, length: int) -> Span:
    if length <= 0:
        raise QueryError(text, column, f"a slice has a length of 1 or more, and not {length}")
    return Span(start, _end(start + length, start))


def _end(stop: int, start: int) -> int | None:
    """Counting from the end, what would be 0 is the end itself."""
    return None if start < 0 and stop >= 0 else stop


def _integer(digits: str) -> int:
    """A number as C reads it: 0x is hexadecimal, a leading 0 octal where it can be."""
    sign = -1 if digits.startswith("-") else 1
    bare = digits.lstrip("+-")
    if bare[:2] in ("0x", "0X"):
        return sign * int(bare, 16)
    if len(bare) > 20:
        return sign * 10**20
    return sign * (int(bare, 8) if re.fullmatch("0[0-7]+", bare) else int(bare))


def _reference(text: str, at: int) -> tuple[Token, int]:
    match = _REFERENCE.match(text, at)
    if not match:
        raise QueryError(text, at + 1, "a reference is written ${field.name}, with nothing else between the braces")
    spans = _layer(text, match.start(2))[0].spans if match[2] else ()
    return Token("reference", match[1], at + 1, match[0], spans), match.end()
