"""Damage as wires, cards and attackers do it, the same in every run: flips, cuts, copies, lies and splices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from inspector.core.record import Record

TELLING = (0, 1, 4, 5, 6, 15, 16, 20, 0x45, 0x7E, 0x7F, 0x80, 0xF0, 0xFE, 0xFF)
"""Bytes that mean something to some header: lengths at their bounds, versions, all bits."""


def damaged(records: Sequence[Record], count: int, seed: int) -> Iterator[Record]:
    """`count` records made from those given, each damaged in one to four ways."""
    chance = Random(seed)
    for number in range(1, count + 1):
        record = chance.choice(records)
        data = bytearray(record.data)
        for _ in range(chance.randint(1, 4)):
            data = _damage(data, chance, records)
        length = chance.choice((len(data), record.length, len(data) + 100, max(len(data) - 3, 0)))
        yield Record(number, record.time_ns, length, record.link, bytes(data))


def _damage(data: bytearray, chance: Random, records: Sequence[Record]) -> bytearray:
    if not data:
        return bytearray(chance.choice(records).data)
    head = min(len(data), 120)
    at = chance.randrange(head if chance.random() < 0.7 else len(data))
    match chance.randrange(7):
        case 0:
            data[at] ^= 1 << chance.randrange(8)
        case 1:
            data[at] = chance.choice(TELLING)
        case 2:
            data[at : at + 2] = chance.choice((0, 1, 7, 8, 19, 20, 0x8000, 0xFFFF)).to_bytes(2, "big")
        case 3:
            del data[at:]
        case 4:
            del data[at : at + chance.randint(1, 8)]
        case 5:
            data[at:at] = chance.randbytes(chance.randint(1, 8))
        case 6:
            other = chance.choice(records).data
            start = chance.randrange(len(other) + 1)
            data[at:] = other[start:]
    return data
