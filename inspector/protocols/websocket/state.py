"""What the grammar knows of a WebSocket between two frames: small values that never change and can be kept."""

from __future__ import annotations

from typing import NamedTuple

from inspector.protocols.websocket.extension import Deflate
from inspector.protocols.websocket.frame import Frame


class Side(NamedTuple):
    """One direction: where the next frame begins, where the open message began (-1: none is open) and its first byte.

    `lost` says that the direction is being searched for a frame. `context` is where the inflate context begins: the
    first byte from which on no frame is missing; `guessed` that this is a guess. `closed`: a close frame was sent.
    """

    at: int
    message: int = -1
    first: int = 0
    lost: bool = False
    context: int = 0
    guessed: bool = False
    closed: bool = False


class State(NamedTuple):
    client: Side
    server: Side
    deflate: Deflate | None
    subprotocol: str
    midstream: bool


class Known(NamedTuple):
    """What is known of a direction when a frame begins, and of the conversation."""

    side: Side
    state: State
    frame: Frame
