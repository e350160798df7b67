"""Whatever is pressed, clicked and resized, in whichever order and speed, the window goes on and ends well."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual import events

from tests.ui.hostile import capture
from tests.ui.window import opened, settle

KEYS = [
    *("up", "down", "j", "k", "pagedown", "pageup", "end", "home", "n", "p", "g", "5", "slash", "h", "t", "t", "p"),
    *("T", "f", "backspace", "f1", "f2", "f3", "f4", "tab", "shift+tab", "z", "left", "right", "h", "l", "E", "C"),
    *("enter", "enter", "space", "left_square_bracket", "right_square_bracket", "y", "Y", "D", "i", "question_mark"),
    *("escape", "escape", "escape"),
]


@pytest.mark.parametrize("seed", range(3))
async def test_any_keys_clicks_and_sizes_do_no_harm(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pcap"
    path.write_bytes(capture())
    chance = random.Random(seed)
    async with opened(path, chance.choice([(120, 40), (80, 24), (200, 60)])) as pilot:
        for _ in range(150):
            key = chance.choice(KEYS)
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
            if chance.random() < 0.1:
                size = pilot.app.size
                await pilot.click(offset=(chance.randrange(size.width), chance.randrange(size.height)))
            if chance.random() < 0.04:
                await pilot.resize_terminal(chance.randrange(1, 220), chance.randrange(1, 70))
        await settle(pilot)
        assert pilot.app.return_code is None
        await pilot.press("escape", "ctrl+q")
        assert pilot.app.return_code == 0
