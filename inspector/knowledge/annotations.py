"""Loads the annotations, and explains a field: what it is, and what its value means in this packet.

Each prefix has a file of its own, fields/tcp.toml for `tcp` and `tcp.*`, and is read when the first of its fields is
explained. The surprising thing: nothing that a packet holds can make this raise. A rule that cannot be evaluated (its
regular expression takes too long, its field belongs to a protocol that is not there) counts as not holding; that each
can be is proved by `inspector.knowledge.lint` instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inspector.core import resources
from inspector.core.node import Value
from inspector.core.spec import Spec
from inspector.engine.registry import known_fields
from inspector.query.expression import QueryError
from inspector.query.filter import Filter, compile_filter
from inspector.query.prose import ProseSpan, substitute

KEYS = frozenset({"short", "long", "here", "claims", "rfc", "see"})


class KnowledgeError(ValueError):
    """A file of the knowledge room is not as it should be: one sentence that names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Here:
    """One rule: `says` is what a value means in its packet if the expression `when` holds there (None: always)."""

    when: str | None
    says: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is known of a field apart from any packet.

    `long` may hold several paragraphs, one a line. `claims` are ids of the notes' claims, `rfc` entries are
    `9293#3.1` (number and section), `see` names of other fields.
    """

    name: str
    short: str
    long: str = ""
    here: tuple[Here, ...] = ()
    claims: tuple[str, ...] = ()
    rfc: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said about a field in one packet. `here` is empty where no rule holds; its field spans bear names.

    `name` is the entry that speaks: the field's own, or that of its protocol. With no entry at all everything is empty.
    """

    name: str
    short: str = ""
    here: tuple[ProseSpan, ...] = ()
    long: str = ""
    claims: tuple[str, ...] = ()
    rfc: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


def load() -> Mapping[str, Annotation]:
    """All annotations, by field name. Raises KnowledgeError if one of the files is not as it should be."""
    return _all()


def find(name: str) -> Annotation | None:
    """The entry of a field, or of the nearest prefix that has one: `http.x_request_id` is explained by `http`."""
    entries = _of_prefix(name.partition(".")[0])
    while name:
        if name in entries:
            return entries[name]
        name = name.rpartition(".")[0]
    return None


def explain(
    name: str,
    fields: Callable[[str], Sequence[Value]],
    text: Callable[[str], str | None],
    known: Mapping[str, Spec] | None = None,
) -> Explanation:
    """What the field called `name` is, and what it says in the packet that `fields` and `text` speak for.

    `fields` gives all values of a field, as expressions are evaluated on them; `text` one field's text, None if it is
    not there. Where a field occurs more than once (a TCP option's kind), both should put the occurrence that is being
    explained, and its neighbours, before those of other places: `fields` may leave the others out.
    """
    entry = find(name)
    if entry is None:
        return Explanation(name)
    here = _speak(entry.here, fields, text, known_fields() if known is None else known)
    return Explanation(entry.name, entry.short, here, entry.long, entry.claims, entry.rfc, entry.see)


def _speak(
    rules: tuple[Here, ...],
    fields: Callable[[str], Sequence[Value]],
    text: Callable[[str], str | None],
    known: Mapping[str, Spec],
) -> tuple[ProseSpan, ...]:
    for rule in rules:
        if rule.when is None or _holds(rule.when, fields, known):
            return tuple(substitute(rule.says, text))
    return ()


def _holds(when: str, fields: Callable[[str], Sequence[Value]], known: Mapping[str, Spec]) -> bool:
    try:
        return _compiled(when, _Known(known)).matches(fields)
    except QueryError:
        return False


class _Known:
    """The known fields as part of a cache's key: mappings have no hash, so their identity stands for them."""

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Spec]) -> None:
        self.fields = fields

    def __hash__(self) -> int:
        return id(self.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.fields is self.fields


@lru_cache(maxsize=4096)
def _compiled(when: str, known: _Known) -> Filter:
    return compile_filter(when, known.fields)


@cache
def _all() -> Mapping[str, Annotation]:
    found: dict[str, Annotation] = {}
    for path in sorted((resources.knowledge() / "fields").glob("*.toml")):
        found.update(_of_prefix(path.stem))
    return MappingProxyType(found)


@lru_cache(maxsize=256)
def _of_prefix(prefix: str) -> Mapping[str, Annotation]:
    """The entries of one file; none for a prefix that has no file, or is no plain word."""
    path = resources.knowledge() / "fields" / f"{prefix}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", prefix) or not path.is_file():
        return MappingProxyType({})
    return MappingProxyType(read(path))


def read(path: Path) -> dict[str, Annotation]:
    """The annotations of one file, in its order. Raises KnowledgeError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path.name} should be a TOML file in UTF-8 and is not: {error}") from None
    for name in tables:
        if name.partition(".")[0] != path.stem:
            raise KnowledgeError(
                f"{path.name} should hold fields of {path.stem} only and has an entry {name!r}: move it"
            )
    return {name: _annotation(path.name, name, table) for name, table in tables.items()}


def _annotation(file: str, name: str, table: Any) -> Annotation:
    if not isinstance(table, dict):
        raise KnowledgeError(f"{file} should have a table for {name!r} and has {type(table).__name__}: quote the name")
    strange = sorted(table.keys() - KEYS)
    if strange:
        raise KnowledgeError(f"the entry {name!r} of {file} has a key {strange[0]!r}, but knows only {sorted(KEYS)}")
    short = table.get("short")
    if not isinstance(short, str) or not short.strip():
        raise KnowledgeError(f"the entry {name!r} of {file} should have a text `short` and has none")
    return Annotation(
        name,
        _joined(short),
        _joined(table.get("long", "")),
        tuple(_here(file, name, rule) for rule in table.get("here", ())),
        tuple(table.get("claims", ())),
        tuple(table.get("rfc", ())),
        tuple(table.get("see", ())),
    )


def _here(file: str, name: str, rule: Any) -> Here:
    if not isinstance(rule, dict) or not isinstance(rule.get("says"), str) or rule.keys() - {"when", "says"}:
        raise KnowledgeError(f"a rule of {name!r} in {file} should have a text `says` and perhaps `when`, nothing else")
    return Here(rule.get("when"), _joined(rule["says"]))


def _joined(text: str) -> str:
    """Lines of a paragraph become one line; an empty line separates paragraphs."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n[ \t]*\n", text))
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)
