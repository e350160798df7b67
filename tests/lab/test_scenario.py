"""A scenario's ports, its capture filter, and the bounds of a run."""

from __future__ import annotations

import asyncio

import pytest

from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario
from inspector.lab.stage import Stage


async def note_the_stage(stage: Stage) -> None:
    stage.log.made_with["ports"] = str(dict(stage.ports))


async def never_end(stage: Stage) -> None:
    await asyncio.Event().wait()


SHOP = Scenario("shop", "A shop", (), {"page": 3000, "chat": 8080}, note_the_stage)


def test_ports_can_be_exchanged() -> None:
    assert SHOP.chosen_ports() == {"page": 3000, "chat": 8080}
    assert SHOP.run({"chat": 9090}).made_with == {"ports": "{'page': 3000, 'chat': 9090}"}


def test_filter_lets_the_chosen_ports_through() -> None:
    assert SHOP.capture_filter({"chat": 9090}) == "tcp port 3000 or tcp port 9090"


@pytest.mark.parametrize("ports", [{"cellar": 1}, {"page": 0}, {"page": 65536}, {"page": -1}])
def test_wrong_ports_are_one_sentence(ports: dict[str, int]) -> None:
    with pytest.raises(LabError, match=r"^The .*\.$"):
        SHOP.run(ports)


def test_run_that_takes_too_long_is_ended() -> None:
    endless = Scenario("endless", "", (), {}, never_end, seconds=0.05)
    with pytest.raises(LabError, match="endless should be over within"):
        endless.run()
