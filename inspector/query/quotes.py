"""What stands between quotes: strings with C's escapes, raw strings, and single characters.

A string of the expression language is bytes, because `"\\xff"` is one byte. It is carried as text all the same: bytes
that are not UTF-8 become lone surrogates (Python's surrogateescape), and `raw(text)` gives the bytes back.
"""

from __future__ import annotations

import re

from inspector.query.expression import QueryError

_SIMPLE = {
    "a": 7,
    "b": 8,
    "f": 12,
    "n": 10,
    "r": 13,
    "t": 9,
    "v": 11,
    "'": 39,
    '"': 34,
    "\\": 92,
    "?": 63,
}
_OCTAL = re.compile("[0-7]{1,3}")
_HEX = re.compile("x([0-9A-Fa-f]{1,2})")
_UNIVERSAL = re.compile("u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})")


def raw(text: str) -> bytes:
    """The bytes of a string from `string` or `character`."""
    return text.encode("utf-8", "surrogateescape")


def string(text: str, at: int) -> tuple[str, int]:
    """The meaning of the string that begins at offset `at`, and the offset behind its closing quote."""
    plain = text[at] in "rR"
    opening = at + 1 if plain else at
    pieces: list[bytes] = []
    here = opening + 1
    while here < len(text):
        if text[here] == '"':
            return b"".join(pieces).decode("utf-8", "surrogateescape"), here + 1
        if text[here] != "\\":
            end = _run(text, here)
            pieces.append(text[here:end].encode())
            here = end
        elif plain:
            pieces.append(text[here : here + 2].encode())
            here += 2
        else:
            piece, here = _escape(text, here)
            pieces.append(piece)
    raise QueryError(text, at + 1, "the string is never closed: its last double quote is missing")


def _run(text: str, here: int) -> int:
    """The offset of the next quote or backslash."""
    ends = [found for found in (text.find('"', here), text.find("\\", here)) if found >= 0]
    return min(ends, default=len(text))


def character(text: str, at: int) -> tuple[str, int]:
    """A character between single quotes: one byte, as text, and the offset behind."""
    closing = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL).match(text, at + 1)
    if not closing:
        raise QueryError(text, at + 1, "the character is never closed: its last single quote is missing")
    inside = text[at + 1 : closing.end() - 1]
    if inside.startswith("\\"):
        value, end = _escape(text, at + 1)
        whole = end == closing.end() - 1
    else:
        value, whole = inside.encode(), len(inside) == 1
    if not inside or not whole or len(value) != 1:
        shown = text[at : closing.end()]
        raise QueryError(text, at + 1, f"single quotes hold one byte, and {shown} does not: text has double quotes")
    return value.decode("utf-8", "surrogateescape"), closing.end()


def _escape(text: str, at: int) -> tuple[bytes, int]:
    """The bytes of the escape sequence whose backslash stands at `at`, and the offset behind it."""
    behind = at + 1
    if octal := _OCTAL.match(text, behind):
        if int(octal[0], 8) > 255:
            raise QueryError(text, at + 1, f"\\{octal[0]} is more than a byte holds: \\377 is the highest")
        return bytes([int(octal[0], 8)]), octal.end()
    if hexadecimal := _HEX.match(text, behind):
        return bytes([int(hexadecimal[1], 16)]), hexadecimal.end()
    if universal := _UNIVERSAL.match(text, behind):
        return _code_point(text, at, int(universal[1] or universal[2], 16)), universal.end()
    simple = _SIMPLE.get(text[behind : behind + 1])
    if simple is None:
        shown = text[at : behind + 1]
        raise QueryError(text, at + 1, f'{shown} is no escape sequence: write \\\\ for a backslash, or r"..."')
    return bytes([simple]), behind + 1


def _code_point(text: str, at: int, number: int) -> bytes:
    """C11 section 6.4.3: a universal name is no surrogate, and no character below U+00A0 but $, @ and `."""
    if (number < 0xA0 and number not in (0x24, 0x40, 0x60)) or 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
        raise QueryError(text, at + 1, f"U+{number:04X} can't be written so: type the character, or use \\x for a byte")
    return chr(number).encode()
