"""Finds what is wrong with the annotations: what no test of a single text could see.

Every field has an entry and no entry is left over; every rule can be parsed and checked against the known fields; every
name, claim and section that a text refers to exists; no text was copied from another. A finding is one line, the entry
first. Findings that begin with `note:` are no faults: a claim that no annotation cites may be taught by a lesson.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from inspector.core.spec import Spec
from inspector.engine.registry import registry
from inspector.knowledge.annotations import Annotation, Here, load
from inspector.knowledge.claims import Claim, claims
from inspector.query.expression import QueryError
from inspector.query.filter import compile_filter
from inspector.query.prose import references

SECTION = re.compile(r"[1-9][0-9]{0,4}(#[0-9A-Z]+(\.[0-9]+)*)?")
REPEATED = 40
"""From this many characters on, a sentence that stands in more than two entries was copied."""


def lint(
    known: Mapping[str, Spec],
    entries: Mapping[str, Annotation] | None = None,
    stated: Mapping[str, Claim] | None = None,
) -> list[str]:
    """All findings about the annotations, for the fields that exist."""
    entries = load() if entries is None else entries
    stated = claims() if stated is None else stated
    names = known.keys() | registry().protocols.keys()
    found = [f"{name}: the field has no entry" for name in sorted(names) if name not in entries and _needs(name)]
    for name, entry in entries.items():
        if name not in names:
            found.append(f"{name}: no field has this name, so nobody sees the entry")
            continue
        found.extend(f"{name}: {finding}" for finding in _entry(entry, known, names, entries, stated))
    found.extend(_copies(entries))
    found.extend(_uncited(entries, stated))
    return found


def _needs(name: str) -> bool:
    return not name.startswith(("scapy.", "_"))


def _entry(
    entry: Annotation,
    known: Mapping[str, Spec],
    names: set[str],
    entries: Mapping[str, Annotation],
    stated: Mapping[str, Claim],
) -> Iterator[str]:
    spec = known.get(entry.name)
    if spec is not None and _words(entry.short) <= _words(spec.label):
        yield f"`short` only repeats the label {spec.label!r}"
    if not entry.long:
        yield "`long` is missing"
    for claim in entry.claims:
        if claim not in stated:
            yield f"cites the claim {claim!r}, which the notes do not have"
    for section in entry.rfc:
        if not SECTION.fullmatch(section):
            yield f"rfc {section!r} should look like 9293#3.1"
    for other in entry.see:
        if other not in names and other not in entries:
            yield f"see {other!r}: there is no such field"
        if other == entry.name:
            yield "refers to itself with `see`"
    yield from _rules(entry, known, names)


def _rules(entry: Annotation, known: Mapping[str, Spec], names: set[str]) -> Iterator[str]:
    if not entry.here:
        yield "has no rule `here`, so nothing is said about the value"
    elif not any(rule.when or references(rule.says) for rule in entry.here):
        yield "says the same whatever the value is"
    seen: set[str | None] = set()
    for rule in entry.here:
        if None in seen or rule.when in seen:
            yield f"the rule `{_start(rule)}` can never speak, because one before it always does"
        seen.add(rule.when)
        yield from _rule(rule, known, names)


def _rule(rule: Here, known: Mapping[str, Spec], names: set[str]) -> Iterator[str]:
    if rule.when is not None:
        try:
            compile_filter(rule.when, known)
        except QueryError as error:
            yield f"`when` {rule.when!r}: {error}"
    for name in references(rule.says):
        if name not in names:
            yield f"`says` speaks of {{{name}}}, but no field has this name"


def _start(rule: Here) -> str:
    return rule.when or f"{rule.says[:40]} ..."


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower())) - {"a", "an", "the", "of", "in", "this", "is"}


def _copies(entries: Mapping[str, Annotation]) -> Iterator[str]:
    """Entries that differ only in names, and sentences that stand in many entries."""
    alike: dict[str, list[str]] = defaultdict(list)
    sentences: dict[str, set[str]] = defaultdict(set)
    for name, entry in entries.items():
        alike[_without_names(entry)].append(name)
        for text in (entry.short, entry.long, *(rule.says for rule in entry.here)):
            for sentence in re.split(r"(?<=[.!?])\s+", text):
                if len(sentence) >= REPEATED:
                    sentences[sentence].add(name)
    for twins in alike.values():
        if len(twins) > 1:
            yield f"{twins[0]}: differs from {', '.join(twins[1:])} only in names"
    for sentence, places in sentences.items():
        if len(places) > 2:
            yield f"{min(places)}: the sentence {sentence!r} stands in {len(places)} entries"


def _without_names(entry: Annotation) -> str:
    """An entry's text without what naturally differs between a field and its twin: names, values, either side."""
    text = " ".join((entry.short, entry.long, *(rule.says for rule in entry.here)))
    text = re.sub(r"\{[^}]*\}|\b[a-z0-9_]+(\.[a-z0-9_]+)+\b", "NAME", text)
    return re.sub(r"\b(source|destination|sender|receiver|src|dst|client|server)\b", "SIDE", text.lower())


def _uncited(entries: Mapping[str, Annotation], stated: Mapping[str, Claim]) -> Iterator[str]:
    cited = {claim for entry in entries.values() for claim in entry.claims}
    for claim in stated:
        if claim not in cited:
            yield f"note: no annotation cites the claim {claim!r}"
