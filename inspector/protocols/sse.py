"""Server-sent events: lines of text in an HTTP response that stays open, an empty line behind each event.

The body has the type text/event-stream; a page reads it with `new EventSource(url)`. The surprising thing: a line break
is all the framing there is, so an event whose empty line never came is not delivered, and an event without data is no
event at all. Source: the WHATWG HTML standard, section 9.2 (server-sent events). The events are shown where their body
is complete, or at the end of the capture where it never ended.
"""

from __future__ import annotations

import re

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import Origin, Source, View
from inspector.core.spec import Spec, computed

LINES_AT_MOST = 20_000
"""Lines that get nodes of their own; what is behind them is one node."""
EVENTS_READ_ON = 1000
"""Events whose data is offered to other protocols (JSON): each of them is a layer."""
INFO_AT_MOST = 3
"""Event types that the packet list names."""

SSE = Spec("sse", "Server-sent events", "none", key="sse")
EVENT_BLOCK = computed("sse.block", "Event", "str")
DISPATCHED_DATA = computed("sse.block.data", "Data as the page gets it", "str")
DISPATCHED_ID = computed("sse.block.last_event_id", "Last event id", "str")
LINE = computed("sse.line", "Line", "str")
FIELD = computed("sse.field", "Field name", "str")
SEPARATOR = Spec("sse.separator", "Colon", "bytes", key="separator")
DATA = computed("sse.data", "Data", "str")
EVENT = computed("sse.event", "Event type", "str")
ID = computed("sse.id", "Event id", "str")
RETRY = computed("sse.retry", "Wait before reconnecting (ms)")
COMMENT = computed("sse.comment", "Comment", "str")
IGNORED = computed("sse.ignored", "Value that is ignored", "str")
LINE_END = Spec("sse.line_end", "Line end", "bytes", key="line_end")
BLANK = Spec("sse.blank", "Empty line: the event ends here", "bytes", key="blank")
BOM = Spec("sse.bom", "Byte order mark", "bytes", key="bom")
REST = Spec("sse.rest", "Lines that are not taken apart", "bytes", key="rest")

FIELDS = (
    SSE, EVENT_BLOCK, DISPATCHED_DATA, DISPATCHED_ID, LINE, FIELD, SEPARATOR, DATA, EVENT, ID, RETRY, COMMENT, IGNORED,
    LINE_END, BLANK, BOM, REST,
)  # fmt: skip

_KNOWN = {"data": DATA, "event": EVENT, "id": ID, "retry": RETRY}
_LINE = re.compile(rb"([^\r\n]*+)(\r\n|\n|\r|\Z)")
_NAME = re.compile(rb"([^:\r\n]*+)(: ?)?")


def dissect(view: View, situation: Situation) -> Layer:
    """All events of the body. Those that no empty line ends get an issue, since a browser drops them."""
    return _Stream(view, situation).run()


class _Event:
    """The lines of one event so far, and what they come to."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.type = ""
        self.data: list[tuple[int, int]] = []
        """Where each data line's value stands."""
        self.fields = False


class _Stream:
    """One body on its way into a layer."""

    def __init__(self, view: View, situation: Situation) -> None:
        self.view, self.facts = view, situation.facts
        self.source, self.data = view.source, view.source.data
        self.at, self.end = view.start, view.end
        self.layer = Layer("sse", "Server-sent events", view.source, view.start * 8, view.size * 8)
        self.layer.protocol = "SSE"
        self.open: _Event | None = None
        self.last_id = ""
        self.types: list[str] = []

    def run(self) -> Layer:
        if self.data[self.at : min(self.at + 3, self.end)] == b"\xef\xbb\xbf":
            self.layer.nodes.append(self._node(BOM, self.at, self.at + 3))
            self.at += 3
        lines = 0
        while self.at < self.end and lines < LINES_AT_MOST:
            self._line()
            lines += 1
        if self.at < self.end:
            self._leave_rest()
        elif self.open is not None:
            self._unfinished(self.open)
        self.layer.info = self._info()
        return self.layer

    def _info(self) -> str:
        count = len(self.types)
        named = ", ".join(self.types[:INFO_AT_MOST]) + (" ..." if count > INFO_AT_MOST else "")
        return f"{count} server-sent event{'' if count == 1 else 's'}" + (f": {named}" if named else "")

    # Small helpers.

    def _node(self, spec: Spec, start: int, stop: int, value: Value = None, *, tiles: bool = True) -> Node:
        if spec.kind == "bytes":
            value = self.data[start:stop]
        return Node(spec, self.source, start * 8, (stop - start) * 8, value, tiles=tiles)

    def _text(self, start: int, stop: int) -> str:
        return self.data[start:stop].decode("utf-8", "replace")

    def _issue(self, kind: str, spec: Spec, start: int, stop: int, text: str) -> None:
        self.layer.issues.append(Issue(kind, spec.name, start * 8, (stop - start) * 8, text))

    # Lines.

    def _line(self) -> None:
        found = _LINE.match(self.data, self.at, self.end)
        assert found is not None
        start, stop = found.span(1)
        if self.open is None:
            self.open = _Event(self._node(EVENT_BLOCK, start, start, ""))
            self.layer.nodes.append(self.open.node)
        event = self.open
        self.at = found.end()
        if start == stop:
            event.node.children.append(self._node(BLANK, start, self.at))
            self._close(event)
            return
        event.node.children.append(self._field(event, start, stop, self.at))
        event.node.width = self.at * 8 - (event.node.at or 0)

    def _field(self, event: _Event, start: int, stop: int, line_stop: int) -> Node:
        """One line that is not empty: a field, or a comment, which begins with the colon."""
        line = self._node(LINE, start, line_stop, self._text(start, stop))
        found = _NAME.match(self.data, start, stop)
        assert found is not None
        name = self._text(start, found.end(1))
        if name:
            line.children.append(self._node(FIELD, start, found.end(1), name))
        if found[2]:
            line.children.append(self._node(SEPARATOR, found.end(1), found.end()))
        value = self._value(event, name, found.end(), stop)
        if stop > found.end():
            line.children.append(value)
        if line_stop > stop:
            line.children.append(self._node(LINE_END, stop, line_stop))
        return line

    def _value(self, event: _Event, name: str, start: int, stop: int) -> Node:
        """What the line's value does, by its field's name (9.2.6, process the field)."""
        text = self._text(start, stop)
        if not name:
            return self._node(COMMENT, start, stop, text)
        event.fields = True
        spec = _KNOWN.get(name, IGNORED)
        if spec is EVENT:
            event.type = text
        elif spec is DATA:
            event.data.append((start, stop))
        elif spec is ID and "\0" in text:
            self._issue("malformed", ID, start, stop, "an id with a NUL in it is ignored")
        elif spec is ID:
            self.last_id = text
        elif spec is RETRY:
            return self._retry(start, stop, text)
        return self._node(spec, start, stop, text)

    def _retry(self, start: int, stop: int, text: str) -> Node:
        if re.fullmatch("[0-9]{1,18}", text):
            return self._node(RETRY, start, stop, int(text))
        self._issue(
            "malformed", RETRY, start, stop, "retry should be a number of milliseconds; anything else is ignored"
        )
        return self._node(IGNORED, start, stop, text)

    # Events.

    def _close(self, event: _Event) -> None:
        """The empty line has come: the event is delivered if it has data."""
        node = event.node
        node.width = self.at * 8 - (node.at or 0)
        self.open = None
        joined = b"\n".join(self.data[start:stop] for start, stop in event.data)
        # The standard looks at the buffer, in which each line is followed by a line break: one empty `data` is enough.
        if not event.data:
            node.label = "Nothing is delivered" if event.fields else "No event"
            return
        node.value = event.type or "message"
        self.types.append(str(node.value))
        shown = joined.decode("utf-8", "replace")
        node.children.append(Node(DISPATCHED_DATA, None, None, 0, shown))
        node.children.append(Node(DISPATCHED_ID, None, None, 0, self.last_id))
        if joined and len(self.layer.carries) < EVENTS_READ_ON:
            self._hand_on(event, joined)

    def _hand_on(self, event: _Event, joined: bytes) -> None:
        """Nobody says what the data is; whoever knows messages by their first bytes (JSON) gets a chance to read it."""
        claims = (Claim("websocket.payload", "text"),)
        if len(event.data) == 1:
            (start, stop), values = event.data[0], event.node.walk()
            view = View(self.source, start, stop, "sse.line_end")
            node = next((node for node in values if node.spec is DATA and node.at == start * 8), None)
            self.layer.carries.append(Handover(view, claims, fallback=False, node=node))
            return
        origins, at = [], 0
        for start, stop in event.data:
            if stop > start:
                origins.append(Origin(at, stop - start, self.source, self.source.packet, start, stop - start))
            at += stop - start + 1
        view = Source("Data of a server-sent event", joined, origins).view(said="sse.blank")
        self.layer.carries.append(Handover(view, claims, fallback=False))

    def _unfinished(self, event: _Event) -> None:
        """The body's end, without the empty line. A comment alone needs none."""
        event.node.label = "Event that does not end" if event.fields else "No event"
        if event.fields:
            start = (event.node.at or 0) // 8
            text = "the body ends before the empty line that would deliver this event, so a browser drops it"
            self._issue("truncated", EVENT_BLOCK, start, self.end, text)

    def _leave_rest(self) -> None:
        if self.open is not None:
            self.open.node.label = "Event that is not taken apart to its end"
        self._issue("truncated", REST, self.at, self.end, f"only the first {LINES_AT_MOST} lines are taken apart")
        self.layer.nodes.append(self._node(REST, self.at, self.end))


PROTOCOL = Protocol(
    "sse",
    "Server-sent events",
    dissect,
    fields=FIELDS,
    claims=(Claim("media_type", "text/event-stream"),),
)
