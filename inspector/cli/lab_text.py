"""`inspector lab`: the scenarios, and running one of them on loopback, captured if asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from inspector.capture.live import CaptureError, Recording
from inspector.cli.output import Failure, say, say_columns
from inspector.lab.errors import LabError
from inspector.lab.registry import all_scenarios, scenario_called
from inspector.lab.scenario import Scenario
from inspector.lab.scene import Scene


def run(name: str | None, output: str | None) -> int:
    """List all scenarios, or run the one called `name`, recording it into the file `output`."""
    try:
        return _list() if name is None else _play(name, output)
    except (LabError, CaptureError) as error:
        raise Failure(str(error)) from None


def _list() -> int:
    say_columns(([name, scenario.title] for name, scenario in all_scenarios().items()), "<<")
    return 0


def _play(name: str, output: str | None) -> int:
    scenario = scenario_called(name)
    with scenario.scene() as scene, _recording(scenario, scene, output):
        scenario.run(scene=scene)
    say(f"{scenario.title}. In it:")
    for sight in scenario.sights:
        say(f"  {sight.text}: -Y '{sight.where}'")
    if output:
        say(f"Captured into {output}")
    return 0


def _recording(scenario: Scenario, scene: Scene, output: str | None) -> AbstractContextManager[object]:
    if output is None:
        return nullcontext()
    expression = scenario.capture_filter()
    return Recording(Path(output), interface=scene.interface, expression=expression, prefix=scene.prefix)
