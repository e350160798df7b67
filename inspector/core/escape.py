"""Text from a packet, made safe to show: whatever could steer a terminal becomes a sign that can be seen.

Every byte of a capture is hostile. A control character begins an escape sequence, a bidirectional override turns a line
around, a zero-width character hides in a word. The surprising thing: no widget and no print takes them out, so all
text that came from a packet goes through `safe` at the last step before it is shown, and nowhere earlier, because
filters and JSON need the characters themselves.
"""

from __future__ import annotations

import unicodedata

DOT = 0x00B7
"""What stands for a character that has no picture of its own."""

CONTROL_PICTURES = 0x2400
"""U+2400 and the 31 behind it are pictures of the control characters 0 to 31: U+241B shows "ESC"."""

DELETE_PICTURE = 0x2421

# Letters and marks by category, yet never seen: joiners, fillers, selectors of variants (Unicode's Default_Ignorable).
UNSEEN = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0)
    + tuple(range(0x180B, 0x1810))
    + tuple(range(0xFE00, 0xFE10))
    + tuple(range(0xFFF0, 0xFFF9))
)

# Cc control (C1 too), Cf format (bidirectional, zero-width, tags), Cs half of a surrogate pair (it cannot be written as
# UTF-8 and would end the program), Zl and Zp line and paragraph separators.
INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))

_KEPT_BELOW = 0x10000
"""Signs of characters below this are remembered, so that no input makes the table grow without a bound."""


class _Signs(dict[int, int]):
    """Code point to the code point that is shown, worked out when a character first comes up."""

    def __missing__(self, code: int) -> int:
        hidden = unicodedata.category(chr(code)) in INVISIBLE or code in UNSEEN or code >> 8 in range(0xE00, 0xE10)
        sign = DOT if hidden else code
        if code < _KEPT_BELOW:
            self[code] = sign
        return sign


_SIGNS = _Signs({code: CONTROL_PICTURES + code for code in range(32)} | {0x7F: DELETE_PICTURE})


class _Escapes(dict[int, int | str]):
    """Code point to what is written for it: itself, or its escape; filled as `_Signs` is."""

    def __missing__(self, code: int) -> int | str:
        written = code if _SIGNS[code] == code else _escape(chr(code))
        if code < _KEPT_BELOW:
            self[code] = written
        return written


_ESCAPES = _Escapes()


def safe(text: str) -> str:
    """The text with nothing in it that a terminal would obey or hide, one character for each.

    C0 controls become their pictures (U+2400 + n, DEL U+2421); C1, bidirectional, zero-width and other unseen
    characters, line separators and lone surrogates become a middle dot. The result is always one line. Never raises.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SIGNS)


def escaped(text: str) -> str:
    """The text with every character that `safe` would replace written as `\\uXXXX` instead: lossless, and one line.

    For JSON and other text that programs read. Characters beyond U+FFFF become two such escapes, as JSON wants.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_ESCAPES)


def _escape(char: str) -> str:
    data = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))
