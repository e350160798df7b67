"""The claims of the notes that the product teaches: what they say, whether it is right, and what is true.

They are the user's own checklist, kept here as claims.toml so that an installation has it: the window shows them beside
the annotation that cites them, and lint proves that each citation leads to one. `verdict` is "right" (taught as it
stands), "simplified" (true for a beginner, `fact` adds the precise version) or "wrong" (`fact` is taught).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from inspector.core import resources

Verdict = Literal["right", "simplified", "wrong"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the notes. `fact` is empty where there is nothing to add; `lesson` is a lesson's slug."""

    id: str
    says: str
    verdict: Verdict
    fact: str
    source: str
    lesson: str


@cache
def claims() -> Mapping[str, Claim]:
    """All claims by id, in the notes' order."""
    with (resources.knowledge() / "claims.toml").open("rb") as file:
        tables = tomllib.load(file)["claim"]
    return MappingProxyType({table["id"]: _claim(table) for table in tables})


def _claim(table: Mapping[str, str]) -> Claim:
    verdict = cast(Verdict, table["verdict"])
    return Claim(table["id"], table["says"], verdict, table.get("fact", ""), table["source"], table["lesson"])
