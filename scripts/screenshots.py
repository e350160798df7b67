"""Draw the README's screenshots: the real window on bundled captures, in three sizes and two themes, with no terminal.

`make screenshots` writes docs/screenshots/NAME.svg, and where rsvg-convert is installed (Debian's package librsvg2-bin)
build/screenshots/NAME.png to look at. Do look at them after every change of the window.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from inspector.core import resources  # noqa: E402
from inspector.session.session import open_session  # noqa: E402
from inspector.ui.app import InspectorApp  # noqa: E402
from inspector.ui.screens.inspection import Inspection  # noqa: E402
from inspector.ui.selection import named  # noqa: E402
from inspector.ui.themes import DARK, LIGHT  # noqa: E402

FOLDER = CHECKOUT / "docs" / "screenshots"
PICTURES = CHECKOUT / "build" / "screenshots"

FONTS = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
CELL = 12.2
"""Units that Rich's SVG gives to a cell."""
ADVANCE = 0.60205
"""What a cell of DejaVu Sans Mono takes, as a share of its size; rsvg-convert cannot stretch text to a length."""


class Scene(NamedTuple):
    """One picture: which packet and field of which capture, in which size, with which keys pressed before."""

    name: str
    capture: str
    packet: int
    field: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


SCENES = (
    Scene("packets", "websocket-echo.pcap", 1, "tcp", (80, 24)),
    Scene("websocket", "websocket-echo.pcap", 8, "websocket.payload", (120, 40), ("f2",)),
    Scene("flags", "websocket-deflate.pcap", 8, "tcp.flags.push", (200, 60), ("f3",)),
)


async def draw(scene: Scene, theme: str) -> str:
    """The window as SVG, once the scene is set."""
    session = open_session(resources.captures() / scene.capture)
    app = InspectorApp(session)
    async with app.run_test(size=scene.size) as pilot:
        app.theme = theme
        screen = app.screen
        assert isinstance(screen, Inspection)
        while screen.selection is None or not session.complete:
            await pilot.pause(0.05)
        screen.go(scene.packet)
        field = named(screen.selection.packet, scene.field)
        assert field is not None, f"packet {scene.packet} of {scene.capture} has no field {scene.field}"
        if field.way:
            screen.like(field)
        await pilot.press(*scene.keys)
        await pilot.pause(0.3)
        return app.export_screenshot(title="Stack Inspector")


def portable(svg: str) -> str:
    """The SVG without fonts from elsewhere, and with blanks that every viewer keeps."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;]*;", f"font-family: {FONTS};", svg)
    return svg.replace("<text ", '<text xml:space="preserve" ')


def picture(svg: str, path: Path) -> None:
    """The SVG as PNG, if the program for it is there."""
    program = shutil.which("rsvg-convert")
    if program is None:
        return
    fitted = re.sub(r"font-size: 20px", f"font-size: {CELL / ADVANCE:.3f}px", svg)
    subprocess.run([program, "--output", str(path)], input=fitted.encode(), check=True)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        for theme in (DARK, LIGHT):
            svg = portable(asyncio.run(draw(scene, theme.name)))
            name = f"{scene.name}-{scene.size[0]}x{scene.size[1]}-{'dark' if theme.dark else 'light'}"
            (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
            picture(svg, PICTURES / f"{name}.png")
            print(FOLDER.relative_to(CHECKOUT) / name)


if __name__ == "__main__":
    main()
