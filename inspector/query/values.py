"""Constants: what a written value means beside a field of a given kind, by the rules of tshark 4.0.

The same text is a number beside a port, a byte string beside a payload and a name beside a flag. Functions return the
value or raise `Unfit` with half a sentence that says what was expected; the checker adds the column.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from typing import NoReturn

from inspector.query.expression import Kind, Network, Scalar, Spec, Written
from inspector.query.quotes import raw

_NUMBER = re.compile("0[xX][0-9A-Fa-f]+|0[bB][01]+|[0-9]{1,30}")
_SECONDS = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9})0*)?")
_BYTES = re.compile(
    "[0-9A-Fa-f]{1,2}(?:([:.-])[0-9A-Fa-f]{2}(?:\\1[0-9A-Fa-f]{2})*)?"
    "|[0-9A-Fa-f]{4}(?:([:.-])[0-9A-Fa-f]{4}(?:\\2[0-9A-Fa-f]{4})*)?|[0-9A-Fa-f]+"
)
# Times that are moments, not durations: they are compared with dates. No kind tells the two apart.
_MOMENTS = frozenset({"frame.time"})
_DATES = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d", "%b %d, %Y %H:%M:%S")
_TRUTH = {"True": 1, "TRUE": 1, "False": 0, "FALSE": 0}
_TRUTH_TEXTS = {"true": 1, "false": 0, "set": 1, "not set": 0}

NOUNS: dict[Kind, str] = {
    "uint": "a number",
    "int": "a number",
    "bool": "True or False",
    "bytes": "bytes such as 47:45:54",
    "str": "text",
    "ether": "a MAC address such as 00:11:22:33:44:55",
    "ipv4": "an IPv4 address such as 10.0.0.1 or 10.0.0.0/8",
    "ipv6": "an IPv6 address such as ::1 or fe80::/10",
    "float": "a number such as 0.5",
    "time": "seconds such as 0.5",
    "none": "nothing, for the field has no value",
    "layer": "bytes such as 47:45:54",
}


class Unfit(Exception):
    """The written value can't be of the kind that is needed."""


def constant(written: Written, kind: Kind, spec: Spec | None) -> Scalar | Network:
    """What `written` means beside a value of `kind`; `spec` has the value names and the width, if it is a field's."""
    if kind in ("uint", "int"):
        return _integer(written, kind, spec)
    if kind == "bool":
        return _truth(written, spec)
    if kind == "str":
        return written.text
    if kind in ("bytes", "layer", "ether"):
        return _bytes(written, kind)
    if kind in ("ipv4", "ipv6"):
        return _network(written, kind)
    if kind in ("time", "float"):
        return _moment(written) if spec is not None and spec.name in _MOMENTS else _seconds(written, kind)
    raise Unfit("the field has no value to compare with")


def _refuse(written: Written, kind: Kind) -> NoReturn:
    shown = written.text if written.quotes == "" else f'"{written.text}"'
    raise Unfit(f"expected {NOUNS[kind]}, and {shown} is not")


def number(text: str) -> int | None:
    """A number as C writes it: decimal, 0x, 0b, or octal with a leading 0. None if it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    if text[:2] in ("0x", "0X", "0b", "0B"):
        return int(text, 0)
    if len(text) > 1 and text.startswith("0"):
        return int(text, 8) if re.fullmatch("[0-7]+", text) else None
    return int(text)


def _integer(written: Written, kind: Kind, spec: Spec | None) -> int:
    if written.quotes == "character":
        return raw(written.text)[0]
    value = number(written.text) if written.quotes == "" else None
    if value is None:
        return _named(written, kind, spec)
    highest = (1 << bits(kind, spec)) - 1
    if value > highest:
        raise Unfit(f"{written.text} is more than this field can hold: its highest value is {highest}")
    return value


def bits(kind: Kind, spec: Spec | None) -> int:
    """The bits in which Wireshark keeps a number: whole bytes, 64 where the spec does not say."""
    width = getattr(spec, "width", None)
    whole = (width + 7) // 8 * 8 if isinstance(width, int) and 0 < width <= 64 else 64
    return whole - 1 if kind == "int" else whole


def _named(written: Written, kind: Kind, spec: Spec | None) -> int:
    """The number that the spec's names call so. Upper and lower case are alike."""
    names = spec.names if spec is not None else {}
    wanted = written.text.casefold()
    for value, name in names.items():
        if isinstance(value, int) and name.casefold() == wanted:
            return int(value)
    if names and number(written.text) is None:
        some = ", ".join(f'"{name}"' for name in list(names.values())[:4])
        raise Unfit(f"{written.text} is none of this field's values: {some}{' ...' if len(names) > 4 else ''}")
    _refuse(written, kind)


def _truth(written: Written, spec: Spec | None) -> int:
    if written.quotes == "character":
        return 1 if raw(written.text)[0] else 0
    if written.quotes == "":
        if written.text in _TRUTH:
            return _TRUTH[written.text]
        value = number(written.text)
        if value is not None:
            return 1 if value else 0
    if spec is not None and spec.names:
        return 1 if _named(written, "bool", spec) else 0
    if written.text.casefold() in _TRUTH_TEXTS:
        return _TRUTH_TEXTS[written.text.casefold()]
    _refuse(written, "bool")


def _bytes(written: Written, kind: Kind) -> bytes:
    if written.quotes:
        if kind == "ether":
            _refuse(written, kind)
        return raw(written.text)
    text = written.text.removeprefix(":")
    if re.fullmatch("0[xX][0-9A-Fa-f]{2}", text):
        text = text[2:]
    if not _BYTES.fullmatch(text):
        _refuse(written, kind)
    digits = re.sub("[:.-]", "", text)
    # A single digit at the end is a byte of its own: 474 is 47:04.
    value = bytes(int(digits[at : at + 2], 16) for at in range(0, len(digits), 2))
    if kind == "ether" and len(value) != 6:
        _refuse(written, kind)
    return value


def _network(written: Written, kind: Kind) -> Network:
    width = 32 if kind == "ipv4" else 128
    address, slash, prefix = written.text.partition("/")
    if written.quotes:
        _refuse(written, kind)
    try:
        value = int(ipaddress.IPv4Address(address) if width == 32 else ipaddress.IPv6Address(address))
    except ValueError:
        _refuse(written, kind)
    length = int(prefix) if slash else width
    if length > width:
        raise Unfit(f"an address of {width} bits has a prefix of at most {width}, and not {length}")
    return Network(value, length, width)


def _seconds(written: Written, kind: Kind) -> int | float:
    """Seconds; times are kept in nanoseconds, exactly, as everywhere."""
    match = _SECONDS.fullmatch(written.text)
    if written.quotes or not match:
        _refuse(written, kind)
    if kind == "float":
        return float(written.text)
    return int(match[1]) * 1_000_000_000 + int((match[2] or "0").ljust(9, "0"))


def _moment(written: Written) -> int:
    """A date and time as nanoseconds since the epoch, in local time unless it ends in Z or UTC."""
    match = re.fullmatch(r"(.*?)(?:\.([0-9]{1,9}))?(Z| UTC)?", written.text, re.DOTALL)
    text = re.sub("(?<=[0-9]{4}-[0-9]{2}-[0-9]{2}) ", "T", match[1] if match else "")
    for form in _DATES:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        if match and match[3]:
            moment = moment.replace(tzinfo=UTC)
        # Whole days and seconds, counted as integers: a float would round the nanoseconds away.
        whole = round(moment.astimezone(UTC).timestamp())
        return whole * 1_000_000_000 + int((match[2] or "" if match else "").ljust(9, "0"))
    raise Unfit(f'expected a date such as "2024-11-22 07:40:59.215", and {written.text} is not')
