"""Cutting a TCP connection into DNS messages by the two bytes of length before each.

RFC 1035 section 4.2.2, RFC 7766. Questions and answers may follow each other without waiting, and answers may come in
another order. After a hole in a length nobody knows where the next message begins; the next segment is taken for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inspector.core.protocol import Cut, Step, Talk

PREFIX = 2


class Side(NamedTuple):
    """Where the next message of a direction begins; `guess`: nobody said so."""

    at: int
    guess: bool = False


class Found(NamedTuple):
    """The next message of a direction; `stop` -1: only the state moved, over a hole."""

    packet: int
    stop: int
    after: Side
    whole: bool


State = tuple[Side, Side]


class DnsGrammar:
    """See `core.protocol.Grammar`."""

    def client(self, talk: Talk) -> int:
        """Whose first message is a question."""
        for side in (0, 1):
            head = talk.peek(side, 0, PREFIX + 3)
            if len(head) == PREFIX + 3:
                return 1 - side if head[PREFIX + 2] & 128 else side
        return -1

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> State:
        return Side(offsets[0]), Side(offsets[1])

    def cut(self, talk: Talk, state: State) -> Iterator[Cut | Step]:
        sides = list(state)
        following = [_next(talk, side, sides[side]) for side in (0, 1)]
        while True:
            ready = [side for side in (0, 1) if following[side] is not None]
            if not ready:
                return
            side = min(ready, key=lambda one: _packet(following[one]))
            found, before = following[side], sides[side]
            assert found is not None
            sides[side] = found.after
            after = (sides[0], sides[1])
            if found.stop < 0:
                yield Step(after)
            else:
                yield Cut("dns", side, before.at, found.stop, found.packet, before, after, found.whole)
            following[side] = _next(talk, side, found.after)

    def rest(self, talk: Talk, state: State) -> Iterator[Cut]:
        for side, here in enumerate(state):
            stop = talk.known(side, here.at)
            if stop > here.at:
                yield Cut("dns", side, here.at, stop, talk.ready(side, stop), here, state, complete=False)

    def describe(self, talk: Talk, cuts: Sequence[Cut]) -> list[Mapping[str, object]]:
        return [{"stream": True, "guess": cut.before.guess} for cut in cuts]


def _packet(found: Found | None) -> int:
    return found.packet if found is not None else 0


def _next(talk: Talk, side: int, here: Side) -> Found | None:
    """The next message of a direction, if its end was seen."""
    head = talk.peek(side, here.at, PREFIX)
    if len(head) == PREFIX:
        stop = here.at + PREFIX + int.from_bytes(head, "big")
        if stop > talk.extent(side):
            return None
        return Found(talk.ready(side, stop), stop, Side(stop), talk.whole(side, here.at, stop))
    if talk.extent(side) <= here.at + len(head):
        return None
    segment = talk.resume(side, here.at)
    return Found(talk.ready(side, segment), -1, Side(segment, guess=True), False) if segment > here.at else None
