"""Scenarios are found by their files, and each is complete."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from inspector.lab import scenarios
from inspector.lab.errors import LabError
from inspector.lab.registry import all_scenarios, load, scenario_called
from inspector.lab.scenario import Scenario


def test_each_file_is_one_scenario() -> None:
    files = {path.stem for path in Path(scenarios.__path__[0]).glob("*.py")} - {"__init__"}
    assert {"http_keep_alive", "websocket_echo", "websocket_deflate"} <= files
    assert set(all_scenarios()) == {name.replace("_", "-") for name in files}


@pytest.mark.parametrize("scenario", all_scenarios().values(), ids=lambda scenario: scenario.name)
def test_scenario_says_what_is_to_be_seen(scenario: Scenario) -> None:
    assert scenario.title
    assert scenario.sights
    assert all(sight.text and sight.where for sight in scenario.sights)
    assert len({sight.text for sight in scenario.sights}) == len(scenario.sights)
    assert ipaddress.ip_address(scenario.host).is_loopback


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(LabError, match="did you mean websocket-echo"):
        scenario_called("websocket-ecco")
    with pytest.raises(LabError, match=r"there are .*http-keep-alive"):
        scenario_called("zzzzzz")


def test_missing_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab_probe.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LabError, match=r"no_such_library.*pip install"):
        load("lab_probe")
