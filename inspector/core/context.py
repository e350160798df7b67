"""What other packets decide about this one, handed to dissection as plain values.

Dissection is pure: it sees one record and one `Context`. Everything that needs the rest of the capture (the stream
number, sequence numbers relative to the handshake, the window's scale, the message that is completed here) was
worked out by the index and the streams and stands in the context, by field name. Without a context a record shows
what it can show alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inspector.core.node import Value

if TYPE_CHECKING:
    from inspector.core.source import View


@dataclass(frozen=True, slots=True)
class Pdu:
    """An application message that ends in this record: the protocol's name, its bytes, what the conversation knows.

    `view` lies in the record when the message stands there in one piece; otherwise in a source of its own with the
    origins of each byte. `facts` are values by field name (`http.request_in`, `http.time`, the negotiated extension)
    and, for the protocol's own use, under names without a dot, anything its grammar noted.
    """

    protocol: str
    view: View
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One transport header's surroundings. A record has one for each transport header it holds, in order.

    `facts` are computed fields, ready to be hung into the tree (`tcp.stream`, `tcp.seq`, `tcp.window_size` ...).
    `pdus` end here, in stream order. `segment` says that bytes of this record belong to a message that ends in
    packet `reassembled_in` (0: not known). `pending` is a sentence for the tree while that is being worked out.
    `claimed` names the application protocol of the stream, where it is known.
    """

    transport: str
    stream: int
    facts: Mapping[str, Value] = field(default_factory=dict)
    pdus: tuple[Pdu, ...] = ()
    segment: bool = False
    reassembled_in: int = 0
    pending: str = ""
    claimed: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What the rest of the capture says about one record.

    `facts` belong to the record itself (`frame.time_delta` ...), `conversations` to its transport headers, `comments`
    are what people wrote to it in the capture file.
    """

    facts: Mapping[str, Value] = field(default_factory=dict)
    conversations: tuple[Conversation, ...] = ()
    comments: tuple[str, ...] = ()


ALONE = Context()
"""No context: what the record shows by itself."""
