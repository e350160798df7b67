"""The garbage collector is asleep while the window starts, and awake in every window that is open."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.ui.app import InspectorApp
from inspector.ui.waking import fall_asleep, wake_up
from tests.ui.window import ECHO, MadeUp, opened, settle


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_asleep_and_awake() -> None:
    fall_asleep()
    assert not gc.isenabled()
    wake_up()
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    assert frozen > 0
    wake_up()
    assert gc.get_freeze_count() == frozen, "awake already"


@pytest.mark.parametrize("what", [ECHO, None, "empty"])
async def test_every_window_wakes_it(what: str | None, tmp_path: Path) -> None:
    fall_asleep()
    if what is None:
        app = InspectorApp()
        async with app.run_test() as pilot:
            await settle(pilot)
            assert gc.isenabled()
        return
    async with opened(MadeUp(0) if what == "empty" else what) as pilot:
        for _ in range(50):
            await pilot.pause(0.02)
            if gc.isenabled():
                break
        assert gc.isenabled()
