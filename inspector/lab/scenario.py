"""A scenario: real traffic with a title, a list of what is to be seen in it, its ports, and how it is run.

A module in scenarios/ ends with `SCENARIO = Scenario(...)`; registry.py finds it by its file. Running it makes the
traffic and returns the log of what the programs themselves sent and received; who captures meanwhile is not its
business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

from inspector.lab.errors import LabError
from inspector.lab.log import Log
from inspector.lab.scene import Scene, loopback
from inspector.lab.stage import Stage


class Sight(NamedTuple):
    """Something to be seen in the capture, in words and as the filter that finds it there."""

    text: str
    where: str


@dataclass(frozen=True)
class Scenario:
    """`ports` are the usual port of each of its servers; `seconds` bounds a run; `host` is a loopback address.

    `scene` builds where it plays, `expression` is its capture filter where its ports do not tell.
    """

    name: str
    title: str
    sights: tuple[Sight, ...]
    ports: Mapping[str, int]
    play: Callable[[Stage], Awaitable[None]]
    host: str = "127.0.0.1"
    seconds: float = 15.0
    scene: Callable[[], AbstractContextManager[Scene]] = loopback
    expression: str = ""

    def chosen_ports(self, ports: Mapping[str, int] | None = None) -> dict[str, int]:
        """The usual ports with some exchanged. Raises LabError for a server that the scenario has not."""
        for server, port in (ports or {}).items():
            if server not in self.ports:
                known = ", ".join(self.ports)
                raise LabError(f"The scenario {self.name} has no server called {server!r}: it has {known}.")
            if not 0 < port < 65536:
                raise LabError(f"The port of {server!r} should be a number from 1 to 65535, but is {port}.")
        return {**self.ports, **(ports or {})}

    def capture_filter(self, ports: Mapping[str, int] | None = None) -> str:
        """The BPF expression that lets through this scenario's traffic and nothing else."""
        numbers = self.chosen_ports(ports).values()
        return self.expression or " or ".join(f"tcp port {port}" for port in numbers)

    def run(self, ports: Mapping[str, int] | None = None, scene: Scene | None = None) -> Log:
        """Make the traffic, and return when all connections are closed. Raises LabError.

        Who captures opened the scene before, and hands it in; else it is built for this run.
        """
        if scene is None:
            with self.scene() as own:
                return self.run(ports, own)
        stage = Stage(self.host, self.chosen_ports(ports), scene=scene)
        asyncio.run(self._run_bounded(stage))
        return stage.log

    async def _run_bounded(self, stage: Stage) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await self.play(stage)
        except TimeoutError:
            raise LabError(
                f"The scenario {self.name} should be over within {self.seconds:.0f} seconds but was not: run it again "
                "when the machine is less busy."
            ) from None
