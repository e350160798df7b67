"""`inspector lab`: the scenarios, and running one of them on loopback, captured if asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from inspector.capture.live import CaptureError, Recording
from inspector.cli.output import Failure, say, say_columns
from inspector.lab.errors import LabError
from inspector.lab.registry import all_scenarios, scenario_called
from inspector.lab.scenario import Scenario
from inspector.lab.scene import Scene


def run(name: str | None, output: str | None, ports: Mapping[str, int]) -> int:
    """List all scenarios, or run the one called `name`, recording it into the file `output`.

    `ports` are the servers that shall not listen on their usual port.
    """
    try:
        if name is None and (output or ports):
            raise Failure("Which scenario? `inspector lab` lists them.", 2)
        return _list() if name is None else _play(_called(name), output, ports)
    except (LabError, CaptureError) as error:
        raise Failure(str(error)) from None


def _called(name: str) -> Scenario:
    all_scenarios()
    try:
        return scenario_called(name)
    except LabError as error:
        raise Failure(str(error), 2) from None


def _list() -> int:
    say_columns(([name, scenario.title] for name, scenario in all_scenarios().items()), "<<")
    return 0


def _play(scenario: Scenario, output: str | None, ports: Mapping[str, int]) -> int:
    try:
        expression = scenario.capture_filter(ports)
    except LabError as error:
        raise Failure(str(error), 2) from None
    with scenario.scene() as scene, _recording(expression, scene, output):
        scenario.run(ports, scene)
    say(f"{scenario.title}. In it:")
    for sight in scenario.sights:
        say(f"  {sight.text}: -Y '{sight.where}'")
    if output:
        say(f"Captured into {output}")
    return 0


def _recording(expression: str, scene: Scene, output: str | None) -> AbstractContextManager[object]:
    if output is None:
        return nullcontext()
    return Recording(Path(output), interface=scene.interface, expression=expression, prefix=scene.prefix)
