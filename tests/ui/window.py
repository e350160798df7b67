"""The window in tests: a capture in the real program without a terminal, and a session that makes its packets up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from inspector.core import resources
from inspector.core.layer import Packet
from inspector.core.node import Node
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from inspector.knowledge.annotations import Explanation
from inspector.session.session import Session, open_session
from inspector.session.summary import Summary
from inspector.ui.app import InspectorApp
from inspector.ui.screens.inspection import Inspection

ECHO = "websocket-echo.pcap"
DEFLATE = "websocket-deflate.pcap"
KEEP_ALIVE = "http-keep-alive.pcap"

# Ethernet, IPv4 and UDP from 10.0.0.1:1111 to 10.0.0.2:2222 with the payload "hi".
DATAGRAM = bytes.fromhex(
    "0200000000020200000000010800" "4500001e000100004011669e0a0000010a000002" "045708ae000a0000" "6869"
)  # fmt: skip


class MadeUp:
    """A session of any number of equal packets, which tells who asked for what. `count` may be changed at will."""

    def __init__(self, count: int, *, loads: bool = False) -> None:
        self.path = self.title = "made-up.pcap"
        self.format, self.size = "pcap", 1_000_000
        self.count, self.complete = count, not loads
        self.damages: list[object] = []
        self.first_time_ns = 0
        self.patience = 0.0
        self.asked: list[int] = []
        self.closed = self.grown = False
        self.waiting = ""

    @property
    def progress(self) -> float:
        return 1.0 if self.complete else 0.5

    def load(self, seconds: float) -> bool:
        return self.complete

    def summary(self, number: int) -> Summary:
        self.asked.append(number)
        return Summary(number, number * 1000, "10.0.0.1", "10.0.0.2", "UDP", 44, f"packet {number}", False)

    def packet(self, number: int) -> Packet:
        return dissect(Record(number, number * 1000, len(DATAGRAM), 1, DATAGRAM))

    def pending(self, number: int) -> str:
        return self.waiting

    def explain(self, packet: Packet, node: Node) -> Explanation:
        return Explanation(node.name, "A text.")

    def matching(self, text: str) -> Iterator[list[int]]:
        every = int(text)
        return iter([[number for number in range(1, self.count + 1) if number % every == 0]])

    def close(self) -> None:
        self.closed = True


def packet_of(what: str | bytes, number: int) -> Packet:
    """A packet of a bundled capture with all its context, or of bytes of one's own."""
    if isinstance(what, bytes):
        return dissect(Record(number, 0, len(what), 1, what))
    session = open_session(resources.captures() / what)
    while not session.load(1):
        pass
    try:
        return session.packet(number)
    finally:
        session.close()


async def settle(pilot: Pilot[None]) -> None:
    """Wait until the file is read, its first packet on show and all messages are worked off."""
    await pilot.pause()
    for _ in range(500):
        if _settled(pilot.app.screen):
            return
        await pilot.pause(0.01)


def _settled(screen: object) -> bool:
    if not isinstance(screen, Inspection):
        return True
    empty = screen.session.complete and not screen.session.count
    return (empty or screen.selection is not None) and not screen._searching


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def inspection(pilot: Pilot[None]) -> Inspection:
    """The screen with the panes."""
    screen = pilot.app.screen
    assert isinstance(screen, Inspection)
    return screen


@asynccontextmanager
async def opened(
    what: str | Path | Session | MadeUp, size: tuple[int, int] = (120, 40), wanted: str = ""
) -> AsyncIterator[Pilot[None]]:
    """Open a bundled capture, a path or a session: `async with opened(ECHO, (120, 40)) as pilot`."""
    session = open_session(resources.captures() / what) if isinstance(what, str | Path) else what
    app = InspectorApp(session, wanted)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot
