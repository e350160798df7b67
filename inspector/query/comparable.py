"""Values that can be compared, and the comparisons of lists of them.

A packet's values become plain numbers, bytes and text: addresses of the network layer an int, MAC addresses bytes,
booleans 0 and 1, times the nanoseconds they are. Only a constant can be a `Network`, and then it stands on the right.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from inspector.core.node import Value
from inspector.query.expression import Kind, Network, Quantifier

MOST = 10_000
"""Different values that one operand can have in one packet."""


def comparable(kind: Kind | None, values: Sequence[Value]) -> Sequence[Any]:
    """Values of one kind in comparable form; values that are not of it (None, where there is none) are left out."""
    change = _CHANGES.get(kind or "none")
    if change is None:
        return ()
    return [changed for changed in map(change, values[:MOST]) if changed is not None]


def _number(value: Value) -> int | float | None:
    return value if isinstance(value, int | float) else None


def _time(value: Value) -> int | None:
    """Nanoseconds; a float is seconds."""
    return round(value * 1e9) if isinstance(value, float) else value if isinstance(value, int) else None


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _bytes(value: Value) -> bytes | None:
    return value if isinstance(value, bytes) else None


@lru_cache(4096)
def _ether(value: Value) -> bytes | None:
    if isinstance(value, bytes):
        return value
    try:
        return bytes.fromhex(str(value).replace(":", ""))
    except ValueError:
        return None


@lru_cache(4096)
def _ipv4(value: Value) -> int | None:
    try:
        return int(ipaddress.IPv4Address(value)) if isinstance(value, str | bytes) else None
    except ValueError:
        return None


@lru_cache(4096)
def _ipv6(value: Value) -> int | None:
    try:
        return int(ipaddress.IPv6Address(value)) if isinstance(value, str | bytes) else None
    except ValueError:
        return None


_CHANGES: dict[str, Callable[[Value], Any]] = {
    "uint": _number,
    "int": _number,
    "float": _number,
    "time": _time,
    "bool": lambda value: None if value is None else int(bool(value)),
    "str": _text,
    "bytes": _bytes,
    "layer": _bytes,
    "ether": _ether,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
}


def spell(kind: Kind, value: Any) -> str:
    """What the function `string` gives: numbers in decimal, addresses as they are written."""
    if kind == "ipv4":
        return str(ipaddress.IPv4Address(value))
    if kind == "ipv6":
        return str(ipaddress.IPv6Address(value))
    return value.hex(":") if isinstance(value, bytes) else str(value)


def masked(value: Any) -> Any:
    """A constant address as the number it is; all else as it is."""
    return value.value if isinstance(value, Network) else value


def compare(operator: str, left: Sequence[Any], right: Sequence[Any], quantifier: Quantifier) -> bool:
    """Whether `operator` holds for any pair of the two lists, or for all pairs. False if a list is empty."""
    if not left or not right:
        return False
    networks = [value for value in right if isinstance(value, Network)]
    if networks:
        left = [value >> (networks[0].bits - networks[0].prefix) for value in left]
        right = [network.value >> (network.bits - network.prefix) for network in networks]
    left, right = list(map(ordered, left)), list(map(ordered, right))
    return _ANY[operator](left, right) if quantifier == "any" else _ALL[operator](left, right)


def ordered(value: Any) -> Any:
    """What has Wireshark's order: text by its bytes, of byte strings the longer one is greater."""
    if isinstance(value, bytes):
        return (len(value), value)
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _disjoint(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return left[0] != right[0] if len(left) == len(right) == 1 else set(left).isdisjoint(right)


def _all_equal(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return len({*left, *right}) == 1


_Decision = Callable[[Sequence[Any], Sequence[Any]], bool]

_ANY: dict[str, _Decision] = {
    "==": lambda left, right: not _disjoint(left, right),
    "!=": lambda left, right: not _all_equal(left, right),
    "<": lambda left, right: bool(min(left) < max(right)),
    "<=": lambda left, right: bool(min(left) <= max(right)),
    ">": lambda left, right: bool(max(left) > min(right)),
    ">=": lambda left, right: bool(max(left) >= min(right)),
}
_ALL: dict[str, _Decision] = {
    "==": _all_equal,
    "!=": _disjoint,
    "<": lambda left, right: bool(max(left) < min(right)),
    "<=": lambda left, right: bool(max(left) <= min(right)),
    ">": lambda left, right: bool(min(left) > max(right)),
    ">=": lambda left, right: bool(min(left) >= max(right)),
}


def in_range(value: Any, low: Sequence[Any], high: Sequence[Any]) -> bool:
    """Whether a value lies between the ends, both included."""
    return compare(">=", (value,), low, "any") and compare("<=", (value,), high, "any")


def sum_of(operator: str, kind: Kind | None, left: Sequence[Any], right: Sequence[Any]) -> Sequence[Any]:
    """`left operator right` for every pair of values; pairs that have no result (x / 0) are left out."""
    work = _SUMS[operator]
    pairs: Iterable[Any] = (work(masked(one), masked(other)) for one in left for other in right)
    found = dict.fromkeys(result for result in islice(pairs, MOST) if result is not None)
    return list(found)


def _divide(one: int | float, other: int | float) -> int | float | None:
    """As C divides: integers towards zero, by zero not at all."""
    if not other:
        return None
    if isinstance(one, float) or isinstance(other, float):
        return one / other
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


def _modulo(one: int | float, other: int | float) -> int | float | None:
    quotient = _divide(one, other)
    if quotient is None:
        return None
    return one - other * (int(quotient) if isinstance(quotient, float) else quotient)


def _and(one: int | bytes, other: int | bytes) -> int | bytes | None:
    if isinstance(one, int) and isinstance(other, int):
        return one & other
    if isinstance(one, bytes) and isinstance(other, bytes):
        return bytes(left & right for left, right in zip(one, other))
    return None


def _limited(result: Any) -> Any:
    """No number beyond 128 bits: a long product would become a number without bound."""
    return result if isinstance(result, float) or -(1 << 128) < result < 1 << 128 else None


_SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, other: _limited(one + other),
    "-": lambda one, other: _limited(one - other),
    "*": lambda one, other: _limited(one * other),
    "/": _divide,
    "%": _modulo,
    "&": _and,
}
