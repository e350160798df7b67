"""Finds the scenarios by their files, so that a new one edits no existing file."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from inspector.lab import scenarios
from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario


@cache
def all_scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, in alphabetical order. Importing them loads their servers' libraries."""
    found = {}
    for module_info in pkgutil.iter_modules(scenarios.__path__):
        module = importlib.import_module(f"{scenarios.__name__}.{module_info.name}")
        scenario: Scenario = module.SCENARIO
        if scenario.name != module_info.name.replace("_", "-"):
            raise ValueError(f"{module.__name__} holds a scenario called {scenario.name}")
        found[scenario.name] = scenario
    return dict(sorted(found.items()))


def scenario_called(name: str) -> Scenario:
    """One scenario. Raises LabError, with the nearest name, if there is none called so."""
    known = all_scenarios()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else "there are " + ", ".join(known) + "."
    raise LabError(f"There is no scenario called {name!r}: {advice}")
