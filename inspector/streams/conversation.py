"""One TCP stream read as a conversation: which messages it holds, and which packet completes which.

Where a message begins can only be known from the stream's start, so there is one boundary pass (`advance`), in time
slices, which keeps nothing of a message but now and then a checkpoint. What a packet means (`placed`) is then cut again
from the nearest checkpoint, and dissection gets the message's bytes with their origins. The protocols' own grammars do
the cutting; this file knows none of them by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

from inspector.core.context import Pdu
from inspector.core.layer import Claim
from inspector.core.protocol import Cut, Protocol, Step
from inspector.engine.registry import Registry
from inspector.streams.direction import Direction
from inspector.streams.segments import Segments
from inspector.streams.talk import StreamTalk

CHECKPOINT_BYTES = 64 << 10
CHECKPOINT_PDUS = 256
FIRST_BYTES = 64
"""How many bytes of a direction a protocol is guessed by."""
REMEMBERED_STREAMS = 8
"""How many streams may keep inflate states at a time."""
KEPT_CUTS = 4
"""How many stretches between two checkpoints are kept as lists: who looks at a packet looks at its neighbours."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What the payload of one packet means; goes into `core.context.Conversation` as it is.

    `pdus` end in this packet. `segment` says that some of its bytes belong to a message that ends later, in packet
    `reassembled_in` (0: not known, or never). `claimed` is the protocol that the stream speaks here. `pending` is a
    sentence for the tree while the boundary pass has not come to this packet.
    """

    pdus: tuple[Pdu, ...] = ()
    segment: bool = False
    reassembled_in: int = 0
    claimed: str = ""
    pending: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place where cutting can go on: `pdus` messages of `bytes` bytes were cut, each side's last up to `stops`."""

    protocol: Protocol | None
    state: Any
    pdus: int
    bytes: int
    stops: tuple[int, int]


Stretch = tuple[list[tuple[Cut, Protocol]], list[tuple[Cut, Protocol]]]
"""The cuts between two checkpoints, by side."""


class StreamReader:
    """One TCP stream, its boundary pass and its messages.

    `read` gives a record's captured bytes by packet number; `ports` are the client's and the server's.
    """

    def __init__(
        self, segments: Segments, read: Callable[[int], bytes], registry: Registry, ports: tuple[int, int]
    ) -> None:
        self.talk = StreamTalk(segments, read, ports)
        self.registry = registry
        self._restart()

    def _restart(self) -> None:
        self.talk.memory.clear()
        self.finished = False
        self.pdus = 0
        self._bytes = 0
        self._stops = [0, 0]
        self._judged: tuple[int, ...] = ()
        self._protocol: Protocol | None = None
        self._state: Any = None
        self._checkpoints: list[Checkpoint] = []
        self._pass: Iterator[Cut | None] | None = None
        self._rest: list[tuple[Cut, Protocol]] | None = None
        self._stretches: OrderedDict[int, Stretch] = OrderedDict()
        self.protocols: list[str] = []

    # The boundary pass.

    def advance(self, budget_seconds: float = inf) -> bool:
        """Go on with the boundary pass for about this long. True when it has come to the end of what is known."""
        if self.finished:
            return True
        if self._pass is None:
            self._choose()
            self._pass = self._walk()
        deadline = monotonic() + budget_seconds
        for count, cut in enumerate(self._pass, 1):
            if cut is not None:
                self._count(cut)
            if not count & 63 and monotonic() >= deadline:
                return False
        self._pass, self.finished = None, True
        return True

    @property
    def progress(self) -> float:
        """How much of the stream the boundary pass has seen, from 0 to 1."""
        if self.finished or not len(self.talk.segments):
            return 1.0
        return min(self._bytes / max(self.talk.extent(0) + self.talk.extent(1), 1), 1.0)

    @property
    def claimed(self) -> str:
        """The protocol that the stream speaks at its end, as far as it is known; empty if none was recognised."""
        return self._protocol.name if self._protocol is not None else ""

    def extend(self, segments: Segments) -> None:
        """The capture grew by these segments of this stream.

        The pass goes on where it stopped. Only when they change what was taken for settled (they fill a hole that
        the pass went around, or the first bytes were too few to tell the protocol) does it begin again.
        """
        old = self.talk.sides
        self.talk.load(self.talk.segments.joined(segments))
        self.finished, self._rest = False, None
        self._stretches.clear()
        seen = self._first_bytes()
        unsure = any(before < len(now) for before, now in zip(self._judged, seen))
        if unsure or any(_rewritten(before, after) for before, after in zip(old, self.talk.sides)):
            self._restart()
        elif self._pass is not None:
            self._pass = self._walk()

    def _choose(self) -> None:
        if self._judged:
            return
        first = self._first_bytes()
        self._judged = (len(first[0]), len(first[1]))
        self._protocol = self._recognised(first)
        if self._protocol is not None and self._protocol.grammar is not None:
            opened = self.talk.opened(0) or self.talk.opened(1)
            if not opened and self._protocol.grammar.client(self.talk) == 1:
                self.talk.swap()
                self._judged = (self._judged[1], self._judged[0])
            self._state = self._protocol.grammar.begin((0, 0), {})
        self._checkpoints = [Checkpoint(self._protocol, self._state, 0, 0, (0, 0))]
        self.protocols = [self._protocol.name] if self._protocol is not None else []

    def _first_bytes(self) -> list[bytes]:
        return [self.talk.peek(side, 0, FIRST_BYTES) for side in (0, 1)]

    def _recognised(self, first: list[bytes]) -> Protocol | None:
        """Who claims one of the ports, if the first bytes agree; else who recognises these; else who claims."""
        client, server = self.talk.ports
        claimed = self.registry.claimed((Claim("tcp.port", server), Claim("tcp.port", client)))
        if claimed is not None and claimed.grammar is None:
            return None
        if claimed is not None and (claimed.guess is None or any(map(claimed.guess, first))):
            return claimed
        for data in first:
            guessed = self.registry.guessed("tcp.payload", data) if data else None
            if guessed is not None and guessed.grammar is not None:
                return guessed
        for protocol in self.registry.protocols.values():
            if protocol.guess_talk is not None and protocol.grammar is not None and protocol.guess_talk(self.talk):
                return protocol
        return claimed

    def _walk(self) -> Iterator[Cut | None]:
        """Every message from the current state on; None now and then where no message ends for a long while."""
        while self._protocol is not None and self._protocol.grammar is not None:
            for found in self._protocol.grammar.cut(self.talk, self._state):
                self._state = found.after
                if isinstance(found, Step):
                    yield None
                    continue
                if found.becomes is not None:
                    self._become(found)
                yield found
                if found.becomes is not None:
                    break
            else:
                return

    def _become(self, cut: Cut) -> None:
        self._protocol, self._state = self._successor(cut)
        if self._protocol is not None:
            self.protocols.append(self._protocol.name)

    def _successor(self, cut: Cut) -> tuple[Protocol | None, Any]:
        protocol = self.registry.claimed((cut.becomes,)) if cut.becomes is not None else None
        if protocol is None:
            for side in (0, 1):
                data = self.talk.peek(side, cut.offsets[side], FIRST_BYTES)
                protocol = protocol or (self.registry.guessed("tcp.payload", data) if data else None)
        if protocol is None or protocol.grammar is None:
            return None, None
        return protocol, protocol.grammar.begin(cut.offsets, cut.facts)

    def _count(self, cut: Cut) -> None:
        self.pdus += 1
        self._bytes += cut.stop - cut.start
        self._stops[cut.side] = cut.stop
        last = self._checkpoints[-1]
        if self.pdus - last.pdus >= CHECKPOINT_PDUS and self._bytes - last.bytes >= CHECKPOINT_BYTES:
            stops = (self._stops[0], self._stops[1])
            self._checkpoints.append(Checkpoint(self._protocol, self._state, self.pdus, self._bytes, stops))

    # The messages, cut again.

    def _cut_from(self, checkpoint: Checkpoint, at_most: float = inf) -> Iterator[tuple[Cut, Protocol]]:
        """The messages behind a checkpoint."""
        protocol, state = checkpoint.protocol, checkpoint.state
        while protocol is not None and protocol.grammar is not None:
            for found in protocol.grammar.cut(self.talk, state):
                state = found.after
                if isinstance(found, Step):
                    continue
                yield found, protocol
                at_most -= 1
                if at_most <= 0:
                    return
                if found.becomes is not None:
                    protocol, state = self._successor(found)
                    break
            else:
                return

    def cuts(self, protocol: str | None = None) -> Iterator[Cut]:
        """All messages in order of completion, those that were not finished last; of one protocol, or of all."""
        self.advance()
        if self._checkpoints:
            for cut, _ in self._cut_from(self._checkpoints[0]):
                if protocol is None or cut.protocol == protocol:
                    yield cut
        for cut, _ in self._unfinished():
            if protocol is None or cut.protocol == protocol:
                yield cut

    def pdu(self, cut: Cut) -> Pdu:
        """A message made ready for dissection."""
        return self._pdus([(cut, self.registry.protocols[cut.protocol])])[0]

    def _pdus(self, cuts: list[tuple[Cut, Protocol]]) -> list[Pdu]:
        made: list[Pdu] = []
        _remember(self)
        while cuts:
            protocol = cuts[0][1]
            count = next((i for i, (_, other) in enumerate(cuts) if other is not protocol), len(cuts))
            same, cuts = [cut for cut, _ in cuts[:count]], cuts[count:]
            grammar = protocol.grammar
            facts = grammar.describe(self.talk, same) if grammar is not None else [{} for _ in same]
            for cut, known in zip(same, facts):
                view = self.talk.view(cut.side, cut.start, cut.stop, cut.packet)
                made.append(Pdu(protocol.name, view, known))
        return made

    def placed(self, packet: int) -> Placed:
        """What this packet's payload means, as far as the boundary pass has come.

        Looked for by offset, not by time: a packet that closes a hole completes all that had come behind the hole.
        """
        side, begin, stop, completed = self._place(packet)
        if side < 0:
            return Placed(claimed=self.claimed)
        if not self.finished and self._stops[side] < completed:
            text = f"Looking for where this message begins, {int(self.progress * 100)} %"
            return Placed(pending=text, claimed=self.claimed)
        ending: list[tuple[Cut, Protocol]] = []
        segment, later, claimed = False, 0, self.claimed
        for cut, protocol in self._behind(side, begin):
            claimed = protocol.name
            if cut.packet == packet:
                ending.append((cut, protocol))
            elif cut.start < stop <= cut.stop:
                segment, later = True, cut.packet if cut.complete else 0
            if cut.stop >= stop and cut.stop >= completed and cut.packet >= packet:
                break
        return Placed(tuple(self._pdus(ending)), segment, later, claimed)

    def _place(self, packet: int) -> tuple[int, int, int, int]:
        """A packet's side, where looking for its messages begins, the end of its own bytes and of what it completed."""
        for side, direction in enumerate(self.talk.sides):
            low, high = direction.completed(packet)
            ranges = direction.ranges(packet)
            if ranges:
                stop = max(end for _, end in ranges)
                return side, min(start for start, _ in ranges), stop, max(high, stop)
            if high >= 0:
                return side, max(low - 1, 0), 0, high
        return -1, 0, 0, 0

    def _behind(self, side: int, offset: int) -> Iterator[tuple[Cut, Protocol]]:
        """The cuts of one side that reach behind this offset, in order; who asks stops."""
        marks = self._checkpoints
        index = max(bisect_right(marks, offset, key=lambda mark: mark.stops[side]) - 1, 0)
        while index < len(marks):
            if self.finished:
                kept = self._stretch(index)[side]
                yield from kept[bisect_right(kept, offset, key=lambda found: found[0].stop) :]
            else:
                cuts = self._cut_from(marks[index], self._count_of(index))
                yield from (found for found in cuts if found[0].side == side and found[0].stop > offset)
            index += 1
        if self.finished:
            yield from (found for found in self._unfinished() if found[0].side == side)

    def _unfinished(self) -> list[tuple[Cut, Protocol]]:
        if self._rest is None:
            protocol = self._protocol
            grammar = protocol.grammar if protocol is not None else None
            cuts = grammar.rest(self.talk, self._state) if grammar is not None else ()
            self._rest = [(cut, protocol) for cut in cuts if protocol is not None]
        return self._rest

    def _count_of(self, index: int) -> float:
        """How many messages there are between a checkpoint and the next one; behind the last one nobody knows."""
        marks = self._checkpoints
        return marks[index + 1].pdus - marks[index].pdus if index + 1 < len(marks) else inf

    def _stretch(self, index: int) -> Stretch:
        """The cuts between a checkpoint and the next one; the last used stretches are kept."""
        kept = self._stretches.get(index)
        if kept is None:
            kept = self._stretches[index] = ([], [])
            for found in self._cut_from(self._checkpoints[index], self._count_of(index)):
                kept[found[0].side].append(found)
            if len(self._stretches) > KEPT_CUTS:
                self._stretches.popitem(last=False)
        self._stretches.move_to_end(index)
        return kept


def _rewritten(before: Direction, after: Direction) -> bool:
    """Whether new segments changed bytes or holes that lie below what had been seen."""
    moved = len(before.starts) > 0 and before.base != after.base
    return moved or after.bytes_below(before.extent) != before.bytes


_recent: OrderedDict[int, StreamReader] = OrderedDict()


def _remember(reader: StreamReader) -> None:
    """Let the most recently used streams keep what their grammars remember, and no others."""
    _recent[id(reader)] = reader
    _recent.move_to_end(id(reader))
    while len(_recent) > REMEMBERED_STREAMS:
        _recent.popitem(last=False)[1].talk.memory.clear()
