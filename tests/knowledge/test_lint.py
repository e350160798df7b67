"""Lint finds each kind of mistake, and finds none in what is shipped."""

from __future__ import annotations

import pytest

from inspector.core.spec import Spec
from inspector.engine.registry import known_fields, registry
from inspector.knowledge.annotations import Annotation, Here
from inspector.knowledge.claims import Claim
from inspector.knowledge.lint import lint

KNOWN = {"x.a": Spec("x.a", "First letter", "uint"), "x.b": Spec("x.b", "Second letter", "uint")}
CLAIM = Claim("letters", "There are letters.", "right", "", "RFC 20", "letters")
GOOD = Annotation("x.a", "Which letter stands in front.", "Letters have an order.", (Here(None, "{x.a}."),))
OTHER = Annotation("x.b", "What comes behind it.", "There is a second one.", (Here("x.b > 1", "High: {x.b}."),))


def _findings(*entries: Annotation, claims: tuple[Claim, ...] = ()) -> list[str]:
    found = lint(KNOWN, {entry.name: entry for entry in entries}, {claim.id: claim for claim in claims})
    protocols = registry().protocols
    return [finding for finding in found if finding.partition(":")[0] not in protocols]


def _changed(**changes: object) -> Annotation:
    parts = {name: getattr(GOOD, name) for name in Annotation.__slots__}
    return Annotation(**{**parts, **changes})  # type: ignore[arg-type]


def test_good_entries_have_no_finding() -> None:
    assert _findings(GOOD, OTHER) == []


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        (_changed(name="x.c"), "x.c: no field has this name, so nobody sees the entry"),
        (_changed(claims=("numbers",)), "x.a: cites the claim 'numbers', which the notes do not have"),
        (_changed(rfc=("RFC 9293",)), "x.a: rfc 'RFC 9293' should look like 9293#3.1"),
        (_changed(see=("x.z",)), "x.a: see 'x.z': there is no such field"),
        (_changed(see=("x.a",)), "x.a: refers to itself with `see`"),
        (_changed(short="The first letter."), "x.a: `short` only repeats the label 'First letter'"),
        (_changed(long=""), "x.a: `long` is missing"),
        (_changed(here=()), "x.a: has no rule `here`, so nothing is said about the value"),
        (_changed(here=(Here(None, "Always the same."),)), "x.a: says the same whatever the value is"),
        (
            _changed(here=(Here(None, "{x.a}."), Here("x.a == 2", "Two."))),
            "x.a: the rule `x.a == 2` can never speak, because one before it always does",
        ),
        (_changed(here=(Here(None, "{x.q}."),)), "x.a: `says` speaks of {x.q}, but no field has this name"),
    ],
)
def test_mistake_is_found(entry: Annotation, finding: str) -> None:
    assert finding in _findings(entry, OTHER)


@pytest.mark.parametrize("when", ["x.a ==", "x.q == 1", "x.a == 'word'"])
def test_rule_that_cannot_be_evaluated_is_found(when: str) -> None:
    found = _findings(_changed(here=(Here(when, "{x.a}."),)), OTHER)
    assert [finding for finding in found if finding.startswith(f"x.a: `when` {when!r}: column ")]


def test_field_without_entry_is_found() -> None:
    assert "x.b: the field has no entry" in _findings(GOOD)


def test_copied_texts_are_found() -> None:
    twin = Annotation("x.b", GOOD.short, GOOD.long, (Here(None, "{x.b}."),))
    assert "x.a: differs from x.b only in names" in _findings(GOOD, twin)
    known = {f"x.{letter}": Spec(f"x.{letter}", letter, "uint") for letter in "abc"}
    long = "One and the same sentence, said of three things."
    entries = {name: Annotation(name, f"It is {name}.", long, (Here(None, f"{{{name}}}"),)) for name in known}
    assert [finding for finding in lint(known, entries, {}) if "stands in 3 entries" in finding]


def test_claim_that_nobody_cites_is_a_note() -> None:
    assert _findings(GOOD, OTHER, claims=(CLAIM,)) == ["note: no annotation cites the claim 'letters'"]
    assert _findings(_changed(claims=("letters",)), OTHER, claims=(CLAIM,)) == []


def test_what_is_shipped_has_no_fault() -> None:
    assert [finding for finding in lint(known_fields()) if not finding.startswith("note: ")] == []
