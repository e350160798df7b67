"""Where the files stand that come with the program but are no code: captures, lessons, annotations.

In a checkout captures/ and lessons/ stand beside the package, where people look for them; a wheel carries them inside
the package, as inspector/_data/, because nothing else in site-packages is ours. All other rooms ask here and never
build such a path themselves. The surprising thing: a folder beside the package counts only when a pyproject.toml stands
there too, otherwise an unrelated `site-packages/captures` would be taken for ours.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def captures() -> Path:
    """The folder of the bundled captures.

    Raises FileNotFoundError, with a sentence for the user, when the installation does not carry them.
    """
    return _folder("captures")


def lessons() -> Path:
    """The folder of the lessons: one folder per lesson, and lessons.toml with their order.

    Raises FileNotFoundError, with a sentence for the user, when the installation does not carry them.
    """
    return _folder("lessons")


def knowledge() -> Path:
    """The folder of the annotations (fields/*.toml, values/*.toml): always inside the package."""
    return _PACKAGE / "knowledge"


def _folder(name: str, package: Path = _PACKAGE) -> Path:
    checkout = package.parent
    inside = package / "_data" / name
    beside = checkout / name
    if inside.is_dir():
        return inside
    if (checkout / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    raise FileNotFoundError(
        f"this installation should hold the folder {inside} and does not: install it again, or use a whole checkout"
    )
