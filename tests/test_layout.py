"""The tests mirror the package, and no file has grown two purposes."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ROOTS = ("inspector", "tests", "benchmarks", "scripts")

LONGEST = 600  # lines of any Python file
SMALL = 30  # lines up to which a module needs no test file of its own

# Modules that are tested elsewhere: path in inspector/ -> where, and why there.
TESTED_ELSEWHERE: dict[str, str] = {
    "streams/segments.py": "columns that test_conversation.py and test_direction.py fill and read",
    "streams/talk.py": "the view of a conversation that test_conversation.py reads through",
}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _tests_of(module: Path) -> list[Path]:
    """Where a module may be tested.

    inspector/query/parser.py: tests/query/test_parser.py; a package's __init__.py: test_PACKAGE.py inside its folder. A
    protocol that has outgrown one file stays one thing, and may be tested as one: tests/protocols/test_NAME.py.
    """
    inside = module.relative_to(CHECKOUT / "inspector")
    name = module.parent.name if module.stem == "__init__" else module.stem
    found = [CHECKOUT / "tests" / inside.parent / f"test_{name}.py"]
    if inside.parts[0] == "protocols" and len(inside.parts) == 3:
        found.append(CHECKOUT / "tests" / "protocols" / f"test_{inside.parts[1]}.py")
    return found


def _untested() -> set[str]:
    modules = (CHECKOUT / "inspector").rglob("*.py")
    return {
        module.relative_to(CHECKOUT / "inspector").as_posix()
        for module in modules
        if _lines(module) > SMALL and not any(test.is_file() for test in _tests_of(module))
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
