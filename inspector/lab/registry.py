"""Finds the scenarios by their files, so that a new one edits no existing file."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType

from inspector.lab import scenarios
from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario


@cache
def all_scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, in alphabetical order. Importing them loads their servers' libraries.

    Raises LabError if these are not installed.
    """
    found = {}
    for module_info in pkgutil.iter_modules(scenarios.__path__):
        module = load(f"{scenarios.__name__}.{module_info.name}")
        scenario: Scenario = module.SCENARIO
        if scenario.name != module_info.name.replace("_", "-"):
            raise ValueError(f"{module.__name__} holds a scenario called {scenario.name}")
        found[scenario.name] = scenario
    return dict(sorted(found.items()))


def load(name: str) -> ModuleType:
    """Import a scenario's module. Raises LabError if a library of the lab is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("inspector"):
            raise
        raise LabError(
            f"The lab needs the library {error.name}, which is not installed: pip install 'stack-inspector[lab]'."
        ) from None


def scenario_called(name: str) -> Scenario:
    """One scenario. Raises LabError, with the nearest name, if there is none called so."""
    known = all_scenarios()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else "there are " + ", ".join(known) + "."
    raise LabError(f"There is no scenario called {name!r}: {advice}")
