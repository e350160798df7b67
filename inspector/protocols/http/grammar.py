"""How HTTP/1 messages follow each other on a connection: where each ends, and which response answers which request.

RFC 9112 section 6 (message body length) and 9.3 (persistence, pipelining). Responses come in the order of the requests,
and a response's length can depend on its request (HEAD, CONNECT), so both directions are read in step, by the packets
that completed them. Only heads and chunk sizes are read; bodies are hopped over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inspector.core.layer import Claim
from inspector.core.protocol import Cut, Step, Talk
from inspector.protocols.http.head import (
    END,
    START,
    Head,
    first_message,
    full_uri,
    head_stop,
    lines,
    looks_like_http,
    may_begin,
    read_head,
)

HEAD, BODY, CHUNKS, TRAILERS, UNTIL_CLOSE, WAIT, LOST = range(7)
"""What a direction is reading. WAIT: behind a request for an upgrade, until the answer says whether these are still
HTTP's bytes. LOST: behind a hole, or behind bytes that are no HTTP and begin at `stop`; a segment that begins with a
message is looked for."""

STRIDE = 256
"""Chunks or segments looked at before the pass may take a breath."""
UNANSWERED_AT_MOST = 4096
"""Requests that wait for their responses; real clients stop at a few."""
LOOKED_AHEAD = 20_000
"""Messages looked through for the response of a request."""

CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_CHUNK_BEGUN = re.compile(rb"[0-9A-Fa-f]{0,16}[ \t]*(?:;[^\n]*)?\r?\Z")


class Side(NamedTuple):
    """One direction: what it reads (`mode`), where it goes on (`at`), where its message began, where that will stop."""

    at: int
    mode: int = HEAD
    start: int = -1
    stop: int = -1
    head: Head | None = None
    guessed: bool = False
    number: int = 0


class Asked(NamedTuple):
    """A request that waits for its response."""

    number: int
    method: bytes
    packet: int
    start: int
    previous: int


class Known(NamedTuple):
    """What is known of a message when it is cut: its number, its request, the exchange before it."""

    number: int
    asked: Asked | None
    previous_request: int
    previous_response: int
    interim: bool
    guessed: bool


class State(NamedTuple):
    sides: tuple[Side, Side]
    waiting: tuple[Asked, ...] = ()
    number: int = 0
    last_request: int = 0
    last_response: int = 0


class Event(NamedTuple):
    """What comes next in a direction, and the packet that makes it so."""

    packet: int
    side: Side
    head: Head | None = None
    stop: int = -1
    complete: bool = True
    lost: bool = False


class HttpGrammar:
    """See `core.protocol.Grammar`."""

    def client(self, talk: Talk) -> int:
        for side in (0, 1):
            first = first_message(talk, side)
            if first:
                return side if first[:5] != b"HTTP/" else 1 - side
        return -1

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> State:
        return State((Side(offsets[0]), Side(offsets[1])))

    def cut(self, talk: Talk, state: State) -> Iterator[Cut | Step]:
        events: list[Event | None] = [None, None]
        stale = [True, True]
        while True:
            for side in (0, 1):
                if stale[side]:
                    events[side], stale[side] = _event(talk, side, state.sides[side]), False
            side = _earlier(events)
            event = events[side]
            if event is None:
                yield Step(state)
                return
            before = state.sides
            state, cut = _happen(talk, side, event, state)
            stale = [before[0] is not state.sides[0], before[1] is not state.sides[1]]
            if cut is not None:
                yield cut
                if cut.becomes is not None:
                    return
            elif event.head is None:
                yield Step(state)

    def rest(self, talk: Talk, state: State) -> Iterator[Cut]:
        for side, here in enumerate(state.sides):
            start = here.start if here.start >= 0 else here.at
            stop = talk.known(side, start)
            begun = here.mode in (BODY, CHUNKS, TRAILERS, UNTIL_CLOSE)
            begun = begun or (here.mode == HEAD and looks_like_http(talk.peek(side, start, 64)))
            if begun and stop > start:
                known = _known(state, side, here)
                yield Cut("http", side, start, stop, talk.ready(side, stop), known, state, complete=False)

    def describe(self, talk: Talk, cuts: Sequence[Cut]) -> list[Mapping[str, object]]:
        later = _look_ahead(self, talk, cuts)
        return [_facts(talk, cut, later) for cut in cuts]


def _earlier(events: Sequence[Event | None]) -> int:
    client, server = events
    if client is None or server is None:
        return 0 if server is None else 1
    return 0 if client.packet <= server.packet else 1


# What comes next in one direction.


def _event(talk: Talk, side: int, here: Side) -> Event | None:
    if here.mode == HEAD:
        return _head_event(talk, side, here)
    if here.mode == BODY:
        return _body_event(talk, side, here)
    if here.mode == CHUNKS:
        return _chunks_event(talk, side, here)
    if here.mode == TRAILERS:
        return _trailers_event(talk, side, here)
    if here.mode == UNTIL_CLOSE:
        return _close_event(talk, side, here)
    return _search_event(talk, side, here) if here.mode == LOST else None


def _head_event(talk: Talk, side: int, here: Side) -> Event | None:
    piece = talk.piece(side, here.at)
    if piece.stop > here.at:
        found = END.search(piece.data, here.at + piece.shift, piece.stop + piece.shift)
        head = read_head(piece.data[here.at + piece.shift : found.end()], here.at) if found is not None else None
        if head is not None and bool(head.status) == bool(side):
            return Event(piece.frontier, here, head)
    return _long_head_event(talk, side, here)


def _long_head_event(talk: Talk, side: int, here: Side) -> Event | None:
    """A head in several segments, or none at all, or not yet."""
    first = talk.peek(side, here.at, 64)
    if not first:
        return _lose(talk, side, here, here.at) if talk.extent(side) > here.at else None
    if not may_begin(first):
        return _lose(talk, side, here, here.at)
    stop = head_stop(talk, side, here.at)
    if stop < 0:
        known = talk.known(side, here.at)
        if stop == -2 or talk.extent(side) > known:
            lost = here._replace(start=here.at if looks_like_http(first) else -1)
            return _lose(talk, side, lost, known)
        return None
    head = read_head(talk.peek(side, here.at, stop - here.at), here.at)
    if head is None or bool(head.status) != bool(side):
        return _lose(talk, side, here, here.at)
    return Event(talk.ready(side, stop), here, head)


def _body_event(talk: Talk, side: int, here: Side) -> Event | None:
    if here.stop > talk.extent(side):
        return None
    return Event(talk.ready(side, here.stop), here, None, here.stop, talk.whole(side, here.start, here.stop))


def _close_event(talk: Talk, side: int, here: Side) -> Event | None:
    if not talk.ended(side):
        return None
    stop = max(talk.extent(side), here.at)
    packet = max(talk.ready(side, stop), talk.closed(side))
    return Event(packet, here, None, stop, talk.whole(side, here.start, stop))


def _chunks_event(talk: Talk, side: int, here: Side) -> Event | None:
    at, extent = here.at, talk.extent(side)
    for _ in range(STRIDE):
        line = talk.peek(side, at, 24)
        found = CHUNK.match(line) or CHUNK.match(talk.peek(side, at, 4096))
        if found is None:
            whole = talk.peek(side, at, 4096)
            if len(whole) < 4096 and _CHUNK_BEGUN.match(whole):
                if extent > at + len(whole):
                    return _lose(talk, side, here, at + len(whole))
                break
            return _lose(talk, side, here, at)
        size = int(found[1], 16)
        if size == 0:
            return Event(talk.ready(side, at + found.end()), here._replace(at=at + found.end(), mode=TRAILERS))
        next_at = at + found.end() + size
        ending = talk.peek(side, next_at, 2)
        if not ending and extent <= next_at:
            break
        if ending not in (b"\r\n", b"\r") and ending[:1] != b"\n":
            return _lose(talk, side, here, next_at)
        if ending == b"\r":
            break
        at = next_at + (2 if ending == b"\r\n" else 1)
    return Event(talk.ready(side, at), here._replace(at=at)) if at > here.at else None


def _trailers_event(talk: Talk, side: int, here: Side) -> Event | None:
    first = talk.peek(side, here.at, 2)
    if first[:1] == b"\n" or first == b"\r\n":
        stop = here.at + (1 if first[:1] == b"\n" else 2)
    else:
        stop = head_stop(talk, side, here.at) if first.strip(b"\r\n") else -1
    if stop < 0:
        known = talk.known(side, here.at)
        return _lose(talk, side, here, known) if talk.extent(side) > known or stop == -2 else None
    return Event(talk.ready(side, stop), here, None, stop, talk.whole(side, here.start, stop))


def _lose(talk: Talk, side: int, here: Side, stop: int) -> Event:
    """The message, if one was begun, ends here unfinished; behind it a beginning has to be found."""
    packet = talk.ready(side, stop)
    if here.start >= 0 and stop > here.start:
        return Event(packet, here, None, stop, complete=False, lost=True)
    return Event(packet, Side(here.at, LOST, stop=here.at, guessed=True))


def _search_event(talk: Talk, side: int, here: Side) -> Event | None:
    at = here.at
    for _ in range(STRIDE):
        following = talk.resume(side, at)
        if following < 0:
            break
        at = following
        if looks_like_http(talk.peek(side, at, 64)):
            return Event(talk.ready(side, at + 1), Side(at, guessed=True))
    return Event(talk.ready(side, at + 1), Side(at, LOST, stop=here.stop, guessed=True)) if at > here.at else None


# What an event changes.


def _happen(talk: Talk, side: int, event: Event, state: State) -> tuple[State, Cut | None]:
    if event.head is not None:
        state = _begin_request(state, event) if side == 0 else _begin_response(state, event)
        after = state.sides[side]
        if after.mode == BODY and after.stop == after.at:
            return _finish(talk, side, Event(event.packet, after, None, after.stop), state)
        return state, None
    if event.stop >= 0:
        return _finish(talk, side, event, state)
    return _with(state, side, event.side), None


def _with(state: State, side: int, here: Side) -> State:
    return state._replace(sides=(here, state.sides[1]) if side == 0 else (state.sides[0], here))


def _begin_request(state: State, event: Event) -> State:
    head = event.head
    assert head is not None
    number = state.number + 1
    if head.chunked:
        here = Side(head.stop, CHUNKS, head.start, -1, head, event.side.guessed, number)
    else:
        stop = head.stop + max(head.length, 0) if head.method != b"CONNECT" else head.stop
        here = Side(head.stop, BODY, head.start, stop, head, event.side.guessed, number)
    asked = Asked(number, head.method, event.packet, head.start, state.last_request)
    waiting = state.waiting + (asked,) if len(state.waiting) < UNANSWERED_AT_MOST else state.waiting
    return State((here, state.sides[1]), waiting, number, state.last_request, state.last_response)


def _begin_response(state: State, event: Event) -> State:
    """RFC 9112 6.3: how the length of a response's body is found."""
    head = event.head
    assert head is not None
    method = state.waiting[0].method if state.waiting else b""
    status = head.status
    mode, stop = BODY, head.stop
    if method == b"HEAD" or status < 200 or status in (204, 304) or (method == b"CONNECT" and status < 300):
        pass
    elif head.chunked:
        mode, stop = CHUNKS, -1
    elif head.length >= 0 and not head.coded:
        stop = head.stop + head.length
    else:
        mode, stop = UNTIL_CLOSE, -1
    here = Side(head.stop, mode, head.start, stop, head, event.side.guessed)
    number = state.number if state.waiting or status < 200 else state.number + 1
    return State((state.sides[0], here), state.waiting, number, state.last_request, state.last_response)


def _known(state: State, side: int, here: Side) -> Known:
    if side == 0:
        return Known(here.number or state.number + 1, None, state.last_request, 0, False, here.guessed)
    asked = state.waiting[0] if state.waiting else None
    interim = here.head is not None and here.head.status < 200 and here.head.status != 101
    previous = asked.previous if asked is not None else state.last_request
    number = asked.number if asked is not None else state.number
    return Known(number, asked, previous, state.last_response, interim, here.guessed)


def _finish(talk: Talk, side: int, event: Event, state: State) -> tuple[State, Cut]:
    here, stop = event.side, event.stop
    known = _known(state, side, here)
    packet = event.packet
    behind = Side(stop - 1, LOST, stop=stop, guessed=True) if event.lost else Side(stop, guessed=here.guessed)
    if side == 0:
        if _asks_for_change(here.head) and behind.mode == HEAD:
            behind = behind._replace(mode=WAIT)
        after = _asked(state, here, packet, behind)
    else:
        after = _answered(state, here, packet, behind, known.interim)
    becomes, facts = _change(talk, here, known) if side == 1 else (None, {})
    client = after.sides[0]
    offsets = (client.stop if client.mode == LOST else client.at, stop) if becomes is not None else (0, 0)
    cut = Cut("http", side, here.start, stop, packet, known, after, event.complete, becomes, offsets, facts)
    return after, cut


def _asked(state: State, here: Side, packet: int, behind: Side) -> State:
    """The request is all there: its packet is now known to who answers it."""
    waiting = state.waiting
    if waiting and waiting[-1].number == here.number and waiting[-1].packet != packet:
        waiting = (*waiting[:-1], waiting[-1]._replace(packet=packet))
    return State((behind, state.sides[1]), waiting, state.number, packet, state.last_response)


def _answered(state: State, here: Side, packet: int, behind: Side, interim: bool) -> State:
    """The response is all there; an interim one leaves its request waiting (RFC 9110 15.2)."""
    client, waiting = state.sides[0], state.waiting
    if interim:
        return State((client, behind), waiting, state.number, state.last_request, state.last_response)
    if client.mode == WAIT and len(waiting) <= 1:
        client = client._replace(mode=HEAD)
    return State((client, behind), waiting[1:], state.number, state.last_request, packet)


def _asks_for_change(head: Head | None) -> bool:
    return head is not None and (head.method == b"CONNECT" or bool(head.upgrade))


def _change(talk: Talk, here: Side, known: Known) -> tuple[Claim | None, Mapping[str, object]]:
    """What both directions speak after this response: RFC 9110 7.8 (Upgrade) and 9.3.6 (CONNECT)."""
    head = here.head
    if head is None or (head.status != 101 and not (known.asked and known.asked.method == b"CONNECT")):
        return None, {}
    if head.status != 101:
        return (Claim("http.request.method", "CONNECT"), {}) if 200 <= head.status < 300 else (None, {})
    token = head.upgrade.split(b",")[0].split(b"/")[0].strip().lower().decode("latin-1")
    data = talk.peek(1, head.start, head.stop - head.start)
    facts: dict[str, object] = {"http.upgrade": token}
    start = START.match(data)
    for line in lines(data, start.end() if start else 0):
        name = line.name.lower()
        if name in ("sec-websocket-extensions", "sec-websocket-protocol"):
            key = "http." + name.replace("-", "_")
            facts[key] = f"{facts[key]}, {line.value}" if key in facts else line.value
    return Claim("http.upgrade", token), facts


# What dissection is told.


def _look_ahead(grammar: HttpGrammar, talk: Talk, cuts: Sequence[Cut]) -> dict[tuple[int, int], int]:
    """The packets of the messages behind these, by (side, number), as far as somebody asks for them."""
    wanted = set()
    for cut in cuts:
        number = cut.before.number
        wanted |= {(0, number + 1), (1, number)} if cut.side == 0 else {(0, number + 1), (1, number + 1)}
    found: dict[tuple[int, int], int] = {}
    if cuts[0].becomes is not None or not cuts[0].complete:
        return found
    for count, item in enumerate(grammar.cut(talk, cuts[0].after)):
        if isinstance(item, Cut) and not item.before.interim:
            found.setdefault((item.side, item.before.number), item.packet)
            wanted.discard((item.side, item.before.number))
        if not wanted or count > LOOKED_AHEAD or (isinstance(item, Cut) and item.becomes is not None):
            break
    return found


def _facts(talk: Talk, cut: Cut, later: Mapping[tuple[int, int], int]) -> Mapping[str, object]:
    known: Known = cut.before
    facts: dict[str, object] = {"complete": cut.complete, "side": cut.side, "guess": known.guessed}
    if cut.side == 0:
        facts["http.request_number"] = known.number
        facts["http.response_in"] = later.get((1, known.number))
        facts["http.prev_request_in"] = known.previous_request or None
        facts["http.next_request_in"] = later.get((0, known.number + 1))
        return facts
    facts["http.response_number"] = known.number
    asked = known.asked
    if asked is not None:
        facts["http.time"] = talk.time(cut.packet) - talk.time(asked.packet)
        facts["http.request_in"] = asked.packet
        stop = head_stop(talk, 0, asked.start)
        head = talk.peek(0, asked.start, stop - asked.start) if stop > 0 else b""
        facts["http.response_for.uri"] = full_uri(head) or None
        facts["method"] = asked.method.decode("latin-1")
    facts["http.prev_request_in"] = known.previous_request or None
    facts["http.prev_response_in"] = known.previous_response or None
    facts["http.next_request_in"] = later.get((0, known.number + 1))
    facts["http.next_response_in"] = later.get((1, known.number + 1))
    return facts
