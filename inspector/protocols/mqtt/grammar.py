"""Cutting both directions of an MQTT connection over TCP into packets, by the length in their fixed headers.

OASIS MQTT 5.0 section 2.1.4: the length is one to four bytes of seven bits each, least significant first. Which version
is spoken is read from the client's CONNECT and remembered for all later packets. After a hole in the header of a packet
nobody knows where the next begins, and the direction is given up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inspector.core.protocol import Cut, Step, Talk
from inspector.protocols.mqtt.fields import CONNACK, CONNECT

LOST = -1
"""Stands for the offset of a direction that was given up."""


class State(NamedTuple):
    """Where each direction's next packet begins, and the protocol level that CONNECT named (0: not seen)."""

    client: int
    server: int
    version: int = 0

    def moved(self, side: int, at: int, version: int) -> State:
        """The state with one direction at another place."""
        return State(at, self.server, version) if side == 0 else State(self.client, at, version)


def remaining(data: bytes, start: int) -> tuple[int, int] | None:
    """The number written at `start` in one to four bytes, and how many they are; None if it does not end there.

    Five bytes or more are malformed, which comes to the same: the number does not end within four.
    """
    number = 0
    for count, byte in enumerate(data[start : start + 4]):
        number |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return number, count + 1
    return None


def version_of(connect: bytes) -> int:
    """The protocol level in the beginning of a CONNECT packet; 0 if it is not there."""
    length = remaining(connect, 1)
    if length is None:
        return 0
    at = 1 + length[1]
    at += 2 + int.from_bytes(connect[at : at + 2], "big")
    return connect[at] & 0x7F if at < len(connect) else 0


class MqttGrammar:
    """See `core.protocol.Grammar`."""

    def client(self, talk: Talk) -> int:
        """CONNECT is a client's packet, CONNACK a server's."""
        for side in (0, 1):
            first = talk.peek(side, 0, 1)
            if first and first[0] >> 4 in (CONNECT, CONNACK):
                return side if first[0] >> 4 == CONNECT else 1 - side
        return -1

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> State:
        return State(*offsets)

    def cut(self, talk: Talk, state: State) -> Iterator[Cut | Step]:
        while True:
            found = [cut for cut in (_next(talk, 0, state), _next(talk, 1, state)) if cut is not None]
            if not found:
                yield Step(state)
                return
            # Who is complete first; the client's where one packet of the capture completes both, which cannot be.
            cut = min(found, key=lambda cut: (cut.packet, cut.side))
            state = cut.after
            yield cut

    def rest(self, talk: Talk, state: State) -> Iterator[Cut]:
        for side, at in enumerate((state.client, state.server)):
            stop = talk.known(side, at) if at != LOST else at
            if stop > at:
                yield Cut("mqtt", side, at, stop, talk.ready(side, stop), state, state, complete=False)

    def describe(self, talk: Talk, cuts: Sequence[Cut]) -> list[Mapping[str, object]]:
        return [{"mqtt.ver": cut.after.version, "side": cut.side, "complete": cut.complete} for cut in cuts]


def _next(talk: Talk, side: int, state: State) -> Cut | None:
    """The next packet of a direction, if it is all there."""
    at = state.server if side else state.client
    if at == LOST:
        return None
    head = talk.peek(side, at, 5)
    length = remaining(head, 1)
    if length is None:
        known = talk.known(side, at)
        if known == at or (len(head) < 5 and talk.extent(side) == known):
            return None
        return Cut("mqtt", side, at, known, talk.ready(side, known), state, state.moved(side, LOST, state.version))
    stop = at + 1 + sum(length)
    if stop > talk.extent(side):
        return None
    version = state.version
    if side == 0 and head[0] >> 4 == CONNECT:
        version = version_of(talk.peek(side, at, 16)) or version
    after = state.moved(side, stop, version)
    return Cut("mqtt", side, at, stop, talk.ready(side, stop), state, after, talk.whole(side, at, stop))
