"""What each module loads, seen in a process of its own.

The contracts in pyproject.toml read the import statements; they cannot see what an import loads in the end, nor when.
These tests can: they keep the start quick (textual, numpy and scapy cost 0.1 to 0.6 seconds each) and the core clean.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

# -S: no site-packages hooks of the environment run first, so that the list is the module's own.
PROBE = "import sys; sys.path[:0] = sys.argv[2:]; before = set(sys.modules); __import__(sys.argv[1]); "
PROBE += "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"

ROOMS_WITHOUT_NUMPY = ("core", "protocols", "engine", "capture", "knowledge")


def _modules() -> list[str]:
    paths = sorted((CHECKOUT / "inspector").rglob("*.py"))
    parts = [path.relative_to(CHECKOUT).with_suffix("").parts for path in paths]
    return [".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts]


MODULES = _modules()


def _room(module: str) -> str:
    return (module.split(".") + ["", ""])[1]


@functools.cache
def _loaded_by(module: str) -> frozenset[str]:
    path = [str(CHECKOUT), *(folder for folder in sys.path if folder.endswith("site-packages"))]
    command = [sys.executable, "-S", "-c", PROBE, module, *path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=CHECKOUT)
    assert done.returncode == 0, f"import {module} fails:\n{done.stderr}"
    assert "inspector" in done.stdout.split()
    return frozenset(done.stdout.split())


def test_probe_sees_what_is_loaded() -> None:
    assert "textual" in _loaded_by("inspector.ui.app")
    assert "numpy" in _loaded_by("inspector.index.columns")


@pytest.mark.parametrize("module", MODULES)
def test_scapy_waits_until_it_is_needed(module: str) -> None:
    assert "scapy" not in _loaded_by(module)


@pytest.mark.parametrize("module", [name for name in MODULES if _room(name) != "ui"])
def test_only_the_window_loads_textual(module: str) -> None:
    assert not _loaded_by(module) & {"rich", "textual"}


@pytest.mark.parametrize("module", [name for name in MODULES if _room(name) in ROOMS_WITHOUT_NUMPY])
def test_no_numpy_below_the_index(module: str) -> None:
    assert "numpy" not in _loaded_by(module)


@pytest.mark.parametrize("module", [name for name in MODULES if _room(name) == "core"])
def test_core_loads_the_standard_library_only(module: str) -> None:
    assert _loaded_by(module) <= sys.stdlib_module_names | {"inspector"}
