"""Which protocols stand in which, and how many packets and bytes each chain of layers has.

Counted as `tshark -z io,phs` does it: each packet counts once at each layer of its chain, always with its whole length
on the wire. The surprising thing: two WebSocket frames in one packet are a longer chain than one (websocket in
websocket), because the second layer follows the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from inspector.core.layer import Packet

DEEPEST = 64
MOST_CHAINS = 10_000


@dataclass(slots=True)
class Level:
    """One protocol at one place in the hierarchy; `inner` are those that it carries, in the order of their coming."""

    name: str
    packets: int = 0
    bytes: int = 0
    inner: dict[str, Level] = field(default_factory=dict)


class Hierarchy:
    """The tree of protocols, which grows packet by packet. `cut` packets had more layers than can be shown."""

    def __init__(self) -> None:
        self.top = Level("")
        self.cut = 0
        self._chains = 0

    def add(self, packet: Packet) -> None:
        at = self.top
        for depth, layer in enumerate(packet.layers[1:]):  # the first is the frame, which is no protocol
            inner = at.inner.get(layer.name)
            if inner is None:
                if depth == DEEPEST or self._chains == MOST_CHAINS:
                    self.cut += 1
                    return
                self._chains += 1
                inner = at.inner[layer.name] = Level(layer.name)
            inner.packets += 1
            inner.bytes += packet.length
            at = inner

    def walk(self) -> Iterator[tuple[int, Level]]:
        """Each level with its depth, the outer ones first."""
        waiting = [(0, level) for level in reversed(self.top.inner.values())]
        while waiting:
            depth, level = waiting.pop()
            yield depth, level
            waiting += [(depth + 1, inner) for inner in reversed(level.inner.values())]
