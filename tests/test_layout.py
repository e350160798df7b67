"""The tests mirror the package, and no file has grown two purposes."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ROOTS = ("inspector", "tests", "benchmarks", "scripts")

LONGEST = 600  # lines of any Python file
SMALL = 30  # lines up to which a module needs no test file of its own

# Modules that are tested elsewhere: path in inspector/ -> where, and why there.
TESTED_ELSEWHERE: dict[str, str] = {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _test_of(module: Path) -> Path:
    """inspector/tcp.py -> tests/test_tcp.py; a package's __init__.py is tested by test_PACKAGE.py inside its folder."""
    name = module.parent.name if module.stem == "__init__" else module.stem
    return CHECKOUT / "tests" / module.relative_to(CHECKOUT / "inspector").parent / f"test_{name}.py"


def _untested() -> set[str]:
    modules = (CHECKOUT / "inspector").rglob("*.py")
    return {
        module.relative_to(CHECKOUT / "inspector").as_posix()
        for module in modules
        if _lines(module) > SMALL and not _test_of(module).is_file()
    }


def test_each_module_has_its_test_file() -> None:
    missing = sorted(_untested() - TESTED_ELSEWHERE.keys())
    assert not missing, "write the test file, or say in TESTED_ELSEWHERE where it is tested and why"


def test_each_row_of_the_table_is_still_needed() -> None:
    assert not sorted(TESTED_ELSEWHERE.keys() - _untested())


def test_no_file_is_too_long() -> None:
    files = [path for root in ROOTS for path in (CHECKOUT / root).rglob("*.py")]
    assert files
    assert not {path.relative_to(CHECKOUT).as_posix(): _lines(path) for path in files if _lines(path) > LONGEST}
