"""What a protocol file declares about itself, and what its dissector is told.

A protocol is one file: header classes, a `dissect` function, and one `PROTOCOL` object that says how it is called,
which places in its parents' tables it claims, and, for protocols that live in a byte stream, the grammar that cuts
that stream into messages. Nothing else in the product names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from typing import Protocol as Interface

from inspector.core.context import ALONE, Context, Conversation
from inspector.core.field import Header
from inspector.core.layer import Claim, Layer
from inspector.core.source import View
from inspector.core.spec import Spec


@dataclass(frozen=True, slots=True)
class Situation:
    """What a dissector may know besides its bytes.

    `facts` come from the layer that carries it (addresses for a checksum, the content type), by field name.
    `conversation` is this transport header's, if the context has one; `number` the packet's number (0: unknown);
    `time_ns` when it was captured, in nanoseconds since the epoch (0: unknown).
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    context: Context = ALONE
    conversation: Conversation | None = None
    number: int = 0
    time_ns: int = 0


class Piece(NamedTuple):
    """A run of a direction's bytes that stands in one record: byte `offset` of the direction is `data[offset + shift]`.

    It reaches from `start` to `stop`. `packet` is the record's number and `frontier` the packet after which all bytes
    up to `stop` were there; both are -1, and start equals stop, where nothing is known.
    """

    start: int
    stop: int
    shift: int
    data: bytes
    packet: int
    frontier: int


class Talk(Interface):
    """A conversation's bytes as a grammar sees them: two directions, 0 the client's and 1 the server's.

    Offsets count from the first byte of the direction. Nothing is copied until it is asked for. A direction may have
    holes (lost packets, packets cut by the capture): no byte of a hole is ever given out.
    """

    ports: tuple[int, int]
    """The client's port and the server's."""
    memory: dict[str, Any]
    """What grammars remember of this conversation while it is being looked at (inflate states); may be emptied."""

    def known(self, side: int, offset: int) -> int:
        """Where the run of known bytes that holds `offset` ends; `offset` itself if its byte is not known."""

    def extent(self, side: int) -> int:
        """The offset behind the last byte that was seen of this direction."""

    def ended(self, side: int) -> bool:
        """Whether the direction was closed (FIN) at `extent`, so that no byte follows."""

    def opened(self, side: int) -> bool:
        """Whether the capture has the direction's beginning (its SYN); without it offset 0 is the first byte seen."""

    def peek(self, side: int, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`, fewer where the known bytes end. Never more than asked for."""

    def piece(self, side: int, offset: int) -> Piece:
        """The bytes around `offset` that stand in one record, without a copy."""

    def find(self, side: int, pattern: bytes, start: int, at_most: int) -> int:
        """Where `pattern` begins, looking from `start` through at most `at_most` bytes; -1 if it is not there."""

    def ready(self, side: int, stop: int) -> int:
        """The packet after which all bytes of the direction up to `stop` were there, holes that never closed aside."""

    def closed(self, side: int) -> int:
        """The packet with the direction's FIN, 0 if there is none."""

    def whole(self, side: int, start: int, stop: int) -> bool:
        """Whether no byte from `start` to `stop` is missing."""

    def resume(self, side: int, offset: int) -> int:
        """Where the first segment that begins behind `offset` begins; -1 if there is none."""

    def time(self, packet: int) -> int:
        """When a packet of this conversation was captured, in nanoseconds since the epoch."""

    def view(self, side: int, start: int, stop: int, packet: int) -> View:
        """The bytes as a view for dissection: in the record of `packet` if they are there in one piece, else joined."""


class Cut(NamedTuple):
    """One message that a grammar found: bytes `start` to `stop` of direction `side`, complete at `packet`.

    `before` is what the grammar knew of the direction when the message began, `after` its whole state behind the
    message: cutting can go on there, and it may be kept as a checkpoint, so states are small immutable values.
    `complete` is false where bytes are missing. `becomes` names, as a claim, the protocol that both directions speak
    from here on (after a 101), with `offsets`, where each direction's bytes of that protocol begin, and `facts`, what
    the new protocol is told.
    """

    protocol: str
    side: int
    start: int
    stop: int
    packet: int
    before: Any
    after: Any
    complete: bool = True
    becomes: Claim | None = None
    offsets: tuple[int, int] = (0, 0)
    facts: Mapping[str, object] = {}


class Step(NamedTuple):
    """No message ends here, but cutting can go on from this state: in a long body, behind bytes that fit nothing."""

    after: Any


class Grammar(Interface):
    """How a protocol's messages follow each other in a conversation. No method raises on any bytes.

    The surprising thing: cutting reads heads only, and is done again and again over the same bytes (from checkpoints),
    so it must not keep anything but its state. What costs time and is needed by dissection alone is in `describe`.
    """

    def client(self, talk: Talk) -> int:
        """Which side the bytes show to be the client's, -1 if they do not; asked when the capture has no SYN."""

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> Any:
        """The state at the start of the conversation, or where another protocol handed it over at these offsets."""

    def cut(self, talk: Talk, state: Any) -> Iterator[Cut | Step]:
        """The messages from `state` on, in order of completion, until the bytes run out.

        It can be called again with the last `after` when there are more bytes, or from any earlier one.
        """

    def rest(self, talk: Talk, state: Any) -> Iterator[Cut]:
        """The messages that were begun and have not come to their end where the known bytes end."""

    def describe(self, talk: Talk, cuts: Sequence[Cut]) -> list[Mapping[str, object]]:
        """For the messages that one packet completes: what their dissection needs and cannot see in their bytes."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol, as its file declares it.

    `claims` are its places in its parents' tables. `guess` tells from the first bytes of a stream whether they may be
    this protocol, for payloads that nobody claims; `guess_in` is the field name of the payload that it may look at.
    `guess_talk` looks at a whole conversation that nobody claims and whose beginning the capture may lack. `transport`
    marks headers that have a conversation of their own. `fields` are the specs that no header class declares.
    `grammar` cuts a byte stream into messages.
    """

    name: str
    label: str
    dissect: Callable[[View, Situation], Layer]
    headers: tuple[type[Header], ...] = ()
    fields: tuple[Spec, ...] = ()
    claims: tuple[Claim, ...] = ()
    guess: Callable[[bytes], bool] | None = None
    guess_in: str = ""
    guess_talk: Callable[[Talk], bool] | None = None
    transport: bool = False
    grammar: Grammar | None = None
