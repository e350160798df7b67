"""What a protocol file declares about itself, and what its dissector is told.

A protocol is one file: header classes, a `dissect` function, and one `PROTOCOL` object that says how it is called,
which places in its parents' tables it claims, and, for protocols that live in a byte stream, the grammar that cuts
that stream into messages. Nothing else in the product names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    `conversation` is this transport header's, if the context has one; `number` the packet's number (0: unknown).
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    context: Context = ALONE
    conversation: Conversation | None = None
    number: int = 0


class Talk(Interface):
    """A conversation's bytes as a grammar sees them: two directions, 0 the client's and 1 the server's.

    Offsets count from the first byte of the direction. Nothing is copied until it is asked for.
    """

    def available(self, side: int) -> int:
        """The offset up to which this direction is known without a hole."""

    def ended(self, side: int) -> bool:
        """Whether the direction was closed (FIN or RST) at `available`, so that no byte will follow."""

    def peek(self, side: int, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`, fewer where the known bytes end. Never more than asked for."""

    def find(self, side: int, pattern: bytes, start: int, at_most: int) -> int:
        """Where `pattern` begins, looking from `start` through at most `at_most` bytes; -1 if it is not there yet."""

    def ready(self, side: int, stop: int) -> int:
        """The number of the packet that completed this direction up to `stop` (the packet that closed the last hole)."""


class Cut(NamedTuple):
    """One message that a grammar found: bytes `start` to `stop` of direction `side`.

    `before` and `after` are the grammar's states around it; `after` is where cutting goes on, and may be kept as a
    checkpoint, so states are small immutable values. `facts` is what dissection will need to know and cannot see
    in the message's own bytes. `becomes` names, as a claim, the protocol that both directions speak from here on
    (after a 101), with `offsets`, where each direction's bytes of that protocol begin.
    """

    protocol: str
    side: int
    start: int
    stop: int
    before: Any
    after: Any
    facts: Mapping[str, object] = {}
    complete: bool = True
    becomes: Claim | None = None
    offsets: tuple[int, int] = (0, 0)


class Grammar(Interface):
    """How a protocol's messages follow each other in a conversation.

    `begin(offsets, facts)` gives the state at the start of the conversation (or where another protocol handed it over).
    `cut(talk, state)` yields the messages from that state on, in the order in which they can be known, until the
    bytes run out; it can be called again with the last `after` when there are more. It never raises on any bytes.
    """

    def begin(self, offsets: tuple[int, int], facts: Mapping[str, object]) -> Any:
        """The state at the beginning."""

    def cut(self, talk: Talk, state: Any) -> Iterator[Cut]:
        """The messages from `state` on."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol, as its file declares it.

    `claims` are its places in its parents' tables. `guess` tells from the first bytes of a stream whether they
    may be this protocol, for payloads that nobody claims; `guess_in` is the field name of the payload that it may look
    at. `transport` marks headers that have a conversation of their own. `fields` are the specs that no header class
    declares. `decode` names, for stream protocols, the facts that a message's dissection wants made into
    sources first.
    """

    name: str
    label: str
    dissect: Callable[[View, Situation], Layer]
    headers: tuple[type[Header], ...] = ()
    fields: tuple[Spec, ...] = ()
    claims: tuple[Claim, ...] = ()
    guess: Callable[[bytes], bool] | None = None
    guess_in: str = ""
    transport: bool = False
    grammar: Grammar | None = None
