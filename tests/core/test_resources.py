"""The bundled files are found in a checkout, in an unpacked wheel, and nowhere else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from inspector.core import resources


def test_captures_and_lessons_in_this_checkout() -> None:
    checkout = Path(__file__).resolve().parents[2]
    assert resources.captures() == checkout / "captures"
    assert resources.lessons() == checkout / "lessons"
    assert (resources.lessons() / "lessons.toml").is_file()
    assert any(resources.captures().glob("*.pcap"))


def test_knowledge_stands_in_the_package() -> None:
    assert (resources.knowledge() / "__init__.py").is_file()


def test_folder_inside_the_package_wins(tmp_path: Path) -> None:
    package = tmp_path / "inspector"
    inside = package / "_data" / "captures"
    inside.mkdir(parents=True)
    (tmp_path / "captures").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert resources._folder("captures", package) == inside


def test_folder_of_another_package_in_site_packages_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    with pytest.raises(FileNotFoundError) as caught:
        resources._folder("captures", tmp_path / "inspector")
    assert str(tmp_path / "inspector" / "_data" / "captures") in str(caught.value)


def test_wheel_carries_what_resources_looks_for(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    checkout = Path(__file__).resolve().parents[2]
    wheel = next(WheelBuilder(str(checkout)).build(directory=str(tmp_path), versions=["standard"]))
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "inspector/_data/lessons/lessons.toml" in names
    for path in [*checkout.glob("captures/*.pcap*"), *checkout.glob("captures/README.md")]:
        assert f"inspector/_data/captures/{path.name}" in names
    for pattern in ("*.toml", "*.tcss"):
        for path in (checkout / "inspector").rglob(pattern):
            assert path.relative_to(checkout).as_posix() in names
    assert "inspector/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "scripts/"))]
