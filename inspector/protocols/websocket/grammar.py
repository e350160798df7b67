"""Cutting both directions of a WebSocket into frames, by the lengths in their headers.

RFC 6455 section 5. The directions are independent of each other, but their frames are given out in the order in which
they were complete. A frame's length says where the next begins, so payloads are never read here; the price is that
after a hole in the bytes nothing but luck tells where a frame begins: at a segment from which four frames in a row fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.core.protocol import Cut, Step, Talk
from inspector.protocols.websocket.extension import Deflate, negotiated
from inspector.protocols.websocket.frame import CLOSE, Frame, read_frame
from inspector.protocols.websocket.message import describe
from inspector.protocols.websocket.state import Known, Side, State

STRIDE = 256
"""Segments looked at in search of a frame before the pass may take a breath."""
FIT = 4
"""Frames in a row that have to fit where a direction is taken up in the middle."""
PORTS = frozenset((80, 443, 3000, 3128, 4000, 5000, 8000, 8001, 8008, 8080, 8081, 8088, 8765, 8888, 9000, 9001, 9090))
"""Ports where a conversation without a beginning may be WebSocket: those of the web and of common examples."""


class WebSocketGrammar:
    """See `core.protocol.Grammar`."""

    def client(self, talk: Talk) -> int:
        """Masked frames are a client's."""
        for side in (0, 1):
            start = talk.piece(side, 0)
            if start.stop > start.start and len(talk.peek(side, 0, 2)) == 2:
                return side if talk.peek(side, 0, 2)[1] & 128 else 1 - side
        return -1

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> State:
        """Without facts the handshake was not seen: both directions begin at a guess, compressed if frames say so."""
        midstream = "http.upgrade" not in facts
        deflate = negotiated(str(facts.get("http.sec_websocket_extensions", "")))
        if midstream:
            deflate = Deflate(guessed=True)
        client, server = (
            Side(at - 1 if midstream else at, lost=midstream, context=at, guessed=midstream) for at in offsets
        )
        return State(client, server, deflate, str(facts.get("http.sec_websocket_protocol", "")), midstream)

    def cut(self, talk: Talk, state: State) -> Iterator[Cut | Step]:
        _, _, deflate, subprotocol, midstream = state
        sides = [state.client, state.server]
        following = [_next(talk, 0, sides[0]), _next(talk, 1, sides[1])]
        while True:
            client, server = following
            if client is None or server is None:
                side = 0 if server is None else 1
            else:
                side = 0 if client[0] <= server[0] else 1
            found = following[side]
            if found is None:
                yield Step(State(sides[0], sides[1], deflate, subprotocol, midstream))
                return
            packet, frame, after, complete = found
            before = sides[side]
            sides[side] = after
            known = state
            state = State(sides[0], sides[1], deflate, subprotocol, midstream)
            if frame is None:
                yield Step(state)
            else:
                yield Cut(
                    "websocket", side, before.at, frame.stop, packet, Known(before, known, frame), state, complete
                )
            following[side] = _next(talk, side, after)

    def rest(self, talk: Talk, state: State) -> Iterator[Cut]:
        for side, here in enumerate((state.client, state.server)):
            stop = talk.known(side, here.at)
            frame = read_frame(talk.peek(side, here.at, 14), here.at)
            if not here.lost and stop > here.at:
                shown = frame or Frame(0, b"", stop, stop)
                known = Known(here, state, shown)
                yield Cut("websocket", side, here.at, stop, talk.ready(side, stop), known, state, complete=False)

    def describe(self, talk: Talk, cuts: Sequence[Cut]) -> list[Mapping[str, object]]:
        return [describe(talk, cut) for cut in cuts]


Found = tuple[int, Frame | None, Side, bool]
"""The packet that completes it, the frame (None: only the state moved), the side behind it, whether it is all there."""


def _next(talk: Talk, side: int, here: Side) -> Found | None:
    """The next frame of a direction, if it is there."""
    if here.lost:
        return _search(talk, side, here)
    at = here.at
    piece = talk.piece(side, at)
    begin = at + piece.shift
    frame = read_frame(piece.data[begin : min(begin + 14, piece.stop + piece.shift)], at)
    if frame is None:
        head = talk.peek(side, at, 14)
        frame = read_frame(head, at)
    if frame is None:
        return _give_up(talk, side, here, at + len(head)) if talk.extent(side) > at + len(head) else None
    stop = frame.stop
    if stop <= piece.stop:
        return piece.frontier, frame, _behind(here, frame, stop), True
    if stop > talk.extent(side):
        return None
    whole = talk.whole(side, at, stop)
    after = _behind(here, frame, stop)
    if not whole:
        after = after._replace(context=stop)
    return talk.ready(side, stop), frame, after, whole


def _behind(here: Side, frame: Frame, stop: int) -> Side:
    """The direction's state behind a frame. Control frames leave an open message as it is (RFC 6455 5.4)."""
    at, message, first, lost, context, guessed, closed = here
    if frame.first & 8:
        return Side(stop, message, first, lost, context, guessed, closed or frame.first & 15 == CLOSE)
    if frame.first & 128:
        return Side(stop, -1, 0, lost, context, guessed, closed)
    if message >= 0 and not frame.first & 15:
        return Side(stop, message, first, lost, context, guessed, closed)
    return Side(stop, at, frame.first, lost, context, guessed, closed)


def _give_up(talk: Talk, side: int, here: Side, stop: int) -> Found:
    """A hole in a frame's header: nobody knows how long the frame was, so the next has to be searched for."""
    lost = Side(here.at, lost=True, context=stop, guessed=True, closed=here.closed)
    return talk.ready(side, stop), None, lost, False


def _search(talk: Talk, side: int, here: Side) -> Found | None:
    """The next segment from which frames fit, looked for through some segments at a time."""
    at = here.at
    for _ in range(STRIDE):
        following = talk.resume(side, at)
        if following < 0:
            break
        at = following
        if fits(talk, side, at, FIT):
            return talk.ready(side, at + 1), None, Side(at, context=at, guessed=True, closed=here.closed), True
    return (talk.ready(side, at + 1), None, here._replace(at=at), True) if at > here.at else None


def fits(talk: Talk, side: int, at: int, count: int) -> bool:
    """Whether frames as this side sends them follow each other from here: `count` of them, or all to the known end."""
    fitting = 0
    known = talk.known(side, at)
    while fitting < count and at < known:
        frame = read_frame(talk.peek(side, at, 14), at)
        if frame is None or not _plausible(frame, side) or frame.stop > known:
            return False
        fitting, at = fitting + 1, frame.stop
    return fitting >= count or (fitting > 0 and at == talk.extent(side))


def _plausible(frame: Frame, side: int) -> bool:
    """Whether a receiver would take this header: RFC 6455 5.1, 5.2, 5.5."""
    opcode = frame.first & 15
    if opcode not in (0, 1, 2, 8, 9, 10) or frame.first & 0x30 or bool(frame.key) != (side == 0):
        return False
    if opcode >= 8:
        return bool(frame.first & 128) and frame.stop - frame.payload <= 125 and not frame.first & 0x40
    return frame.stop - frame.payload < 1 << 40


def speaks_websocket(talk: Talk) -> bool:
    """Whether a conversation whose beginning the capture lacks, on a port of the web, is made of frames."""
    if talk.opened(0) or talk.opened(1) or not PORTS & set(talk.ports):
        return False
    for roles in ((0, 1), (1, 0)):
        counted = [_count(talk, side, roles[side]) for side in (0, 1)]
        if min(counted) >= 0 and sum(counted) >= FIT:
            return True
    return False


def _count(talk: Talk, side: int, role: int) -> int:
    """How many frames of this role follow each other from the direction's first byte; -1 where one does not fit."""
    at, known, count = 0, talk.known(side, 0), 0
    while at < known and count < FIT:
        frame = read_frame(talk.peek(side, at, 14), at)
        if frame is None:
            break
        if not _plausible(frame, role):
            return -1
        count, at = count + (frame.stop <= known), frame.stop
    return count
