"""Where a scenario's packets can be captured: the interface, and how the capture process gets to see it.

Most scenarios play on loopback and need nothing to be built. Those that play between two hosts (two_hosts.py) build
their own small network first, so a scenario names what makes its scene, and whoever records opens it before anything is
sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """`prefix` comes before the command of the capture process, for interfaces that only it can enter."""

    interface: str = "lo"
    prefix: tuple[str, ...] = ()


@contextmanager
def loopback() -> Iterator[Scene]:
    """This machine's own loopback, which is always there."""
    yield Scene()
