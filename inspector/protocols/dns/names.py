"""Domain names as they stand in messages: labels with their lengths, and pointers to names that came before.

RFC 1035 section 4.1.4. The surprising thing is the pointer: two bytes can stand for the rest of a name, so names have
to be read with the whole message at hand, and a hostile message can point a name at itself. Here a pointer counts only
if it leads back to before the run of labels that it ends; so each one leads further back than the last, and every name
ends. What a pointer does instead is said in `problem`.
"""

from __future__ import annotations

from typing import NamedTuple

ROOT = "<Root>"
"""How the empty name, the root of all names, is written."""
HEADER = 12
LONGEST = 255
POINTERS_AT_MOST = 127
"""A name has no more labels than this, so more pointers than labels have no use but to cost time."""


class Name(NamedTuple):
    """A name that was read: its text, how many bytes it takes where it stands, how many labels it has.

    `size` is -1 where nobody can tell where the name ends. `problem` is one sentence, empty for a good name; `ended`
    tells that the problem is only that the bytes ended.
    """

    text: str
    size: int
    labels: int
    length: int
    problem: str = ""
    ended: bool = False


def read_name(message: bytes, at: int, end: int) -> Name:
    """The name at byte `at` of a message; `end` is where the bytes that it may stand in end."""
    labels: list[bytes] = []
    position, run, limit, size, total, pointers = at, at, end, -1, 1, 0
    while True:
        if position >= limit:
            return _name(
                labels, size, f"the name at byte {at} does not end within its {end - at} bytes", ended=size < 0
            )
        first = message[position]
        if first == 0:
            return _name(labels, position + 1 - at if size < 0 else size)
        if first >= 0xC0:
            if position + 2 > limit:
                return _name(labels, size, f"the pointer at byte {position} is cut in half", ended=size < 0)
            target = (first & 0x3F) << 8 | message[position + 1]
            size = position + 2 - at if size < 0 else size
            pointers += 1
            problem = _astray(position, target, run)
            if not problem and pointers > POINTERS_AT_MOST:
                problem = f"the name at byte {at} leads through more than {POINTERS_AT_MOST} pointers"
            if problem:
                return _name(labels, size, problem)
            position = run = target
            limit = len(message)
            continue
        if first & 0xC0:
            text = (
                f"the label at byte {position} begins with 0x{first:02x}: no length (up to 63), no pointer (from 0xc0)"
            )
            return _name(labels, size, text)
        total += first + 1
        if total > LONGEST:
            return _name(labels, size, f"the name at byte {at} is longer than {LONGEST} bytes")
        if position + 1 + first > limit:
            text = f"the label at byte {position} should have {first} bytes, but {limit - position - 1} are left"
            return _name(labels, size, text, ended=size < 0)
        labels.append(message[position + 1 : position + 1 + first])
        position += 1 + first


def _astray(position: int, target: int, run: int) -> str:
    """What is wrong with a pointer at `position`, in labels that begin at `run`; empty if nothing is."""
    if target < HEADER:
        return f"the pointer at byte {position} leads to byte {target}, into the header, where no name stands"
    if target > position:
        return f"the pointer at byte {position} leads forward to byte {target}; it may only lead back"
    if target >= run:
        return f"the pointer at byte {position} leads to byte {target} of its own name: a loop without an end"
    return ""


def _name(labels: list[bytes], size: int, problem: str = "", *, ended: bool = False) -> Name:
    whole = b".".join(labels)
    text = whole.decode("utf-8", "backslashreplace")
    return Name(text if labels or problem else ROOT, size, len(labels), len(whole), problem, ended)
