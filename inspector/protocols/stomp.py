"""STOMP, a text protocol for message brokers: a command, headers, an empty line, a body, a NUL (versions 1.0 to 1.2).

A client logs in, subscribes to destinations and sends to them; the broker hands on what others sent. The surprising
thing: what ends a frame is the NUL byte and not the WebSocket message around it. One message may hold several frames,
or only the line break that says "still here"; some clients even cut one frame over several messages, which this
dissector, given one message at a time, names but does not join. Source: https://stomp.github.io/ (1.0, 1.1 and 1.2).
"""

from __future__ import annotations

import re

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

HEADERS_AT_MOST = 1000
"""Headers that get nodes of their own; a frame with more is left as it is from there on."""

STOMP = Spec("stomp", "STOMP", "none", key="stomp")
HEART_BEAT = Spec("stomp.eol", "Line break between frames (heart-beat)", "bytes", key="eol")
COMMAND = computed("stomp.command", "Command", "str")
HEADER = computed("stomp.header", "Header", "str")
HEADER_NAME = computed("stomp.header.name", "Header name", "str")
HEADER_VALUE = computed("stomp.header.value", "Header value", "str")
SEPARATOR = Spec("stomp.separator", "Colon", "bytes", key="separator")
LINE_END = Spec("stomp.line_end", "Line end", "bytes", key="line_end")
HEAD_END = Spec("stomp.head_end", "Empty line: the headers end here", "bytes", key="head_end")
BODY = Spec("stomp.body", "Body", "bytes", key="body")
NULL = Spec("stomp.null", "NUL: the frame ends here", "bytes", key="null")
REST = Spec("stomp.rest", "Bytes that are no STOMP frame", "bytes", key="rest")

KNOWN = {
    spec.key.replace("_", "-"): spec
    for spec in (
        computed("stomp.accept_version", "Versions that the client accepts", "str"),
        computed("stomp.version", "Version chosen by the server", "str"),
        computed("stomp.host", "Virtual host", "str"),
        computed("stomp.login", "User name", "str"),
        computed("stomp.passcode", "Password", "str"),
        computed("stomp.heart_beat", "Heart-beat times", "str"),
        computed("stomp.session", "Session", "str"),
        computed("stomp.server", "Server program", "str"),
        computed("stomp.destination", "Destination", "str"),
        computed("stomp.id", "Subscription or acknowledgement id", "str"),
        computed("stomp.subscription", "Subscription", "str"),
        computed("stomp.message_id", "Message id", "str"),
        computed("stomp.ack", "Acknowledgement mode or id", "str"),
        computed("stomp.transaction", "Transaction", "str"),
        computed("stomp.receipt", "Receipt asked for", "str"),
        computed("stomp.receipt_id", "Receipt for", "str"),
        computed("stomp.message", "Error in a few words", "str"),
        computed("stomp.content_type", "Content type", "str"),
        computed("stomp.content_length", "Content length"),
    )
}
FIELDS = (
    STOMP, HEART_BEAT, COMMAND, HEADER, HEADER_NAME, HEADER_VALUE, SEPARATOR, LINE_END, HEAD_END, BODY, NULL, REST,
    *KNOWN.values(),
)  # fmt: skip

CLIENT = frozenset(
    ("CONNECT", "STOMP", "SEND", "SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK", "BEGIN", "COMMIT", "ABORT", "DISCONNECT")
)
SERVER = frozenset(("CONNECTED", "MESSAGE", "RECEIPT", "ERROR"))
WITH_BODY = frozenset(("SEND", "MESSAGE", "ERROR"))
UNESCAPED = frozenset(("CONNECT", "STOMP", "CONNECTED"))
"""These are sent before the version is agreed on, so their headers are never escaped (1.1 and 1.2, Value Encoding)."""

REQUIRED = {
    "SEND": ("destination",),
    "SUBSCRIBE": ("destination",),
    "BEGIN": ("transaction",),
    "COMMIT": ("transaction",),
    "ABORT": ("transaction",),
    "MESSAGE": ("destination", "message-id"),
    "RECEIPT": ("receipt-id",),
}
"""What every version asks for."""
REQUIRED_FROM: dict[int, dict[str, tuple[str, ...]]] = {
    11: {
        "CONNECT": ("accept-version", "host"),
        "STOMP": ("accept-version", "host"),
        "CONNECTED": ("version",),
        "SUBSCRIBE": ("id",),
        "UNSUBSCRIBE": ("id",),
        "MESSAGE": ("subscription",),
    },
    12: {"ACK": ("id",), "NACK": ("id",)},
}
"""What a version and those after it ask for besides; checked where the agreed subprotocol says the version."""

SHOWN = ("destination", "message", "receipt-id", "transaction", "id", "message-id")
"""The header that stands in the packet list beside the command: the first of these that is there."""

_LINE = re.compile(rb"([^\n\0]*?)(\r?\n)")
_NAME = re.compile(rb"([^\n:\0]*)(:)?")
_EOLS = re.compile(rb"(?:\r?\n)*")
_COMMANDS = "|".join(sorted(CLIENT | SERVER, key=len, reverse=True)).encode()
_BEGIN = re.compile(rb"(?:" + _COMMANDS + rb")\r?\n(?:[^\r\n:\0]+:|\r?\n)")
_ESCAPE = re.compile(r"\\(.?)", re.S)
_ESCAPED = {"n": "\n", "c": ":", "\\": "\\"}
_TOKEN = re.compile(r"v(1[0-2])\.stomp", re.I)


def looks_like_stomp(first: bytes) -> bool:
    """Whether bytes begin like a frame: a known command on a line of its own, then a header or the empty line."""
    return _BEGIN.match(first) is not None


def dissect(view: View, situation: Situation) -> Layer:
    """The first frame of the view; frames behind it are handed on, so that each is a layer of its own."""
    return _Frame(view, situation).run()


class _Frame:
    """One frame, or the line breaks that stand for none, on its way into a layer."""

    def __init__(self, view: View, situation: Situation) -> None:
        self.view, self.facts = view, situation.facts
        self.data, self.at, self.end = view.source.data, view.start, view.end
        self.layer = Layer("stomp", "STOMP", view.source, view.start * 8, view.size * 8)
        self.layer.protocol = self.layer.info = "STOMP"
        self.command = ""
        self.headers: dict[str, str] = {}
        token = _TOKEN.fullmatch(str(self.facts.get("http.sec_websocket_protocol", "")))
        self.version = int(token[1]) if token else 0
        """10, 11 or 12; 0 where the handshake does not tell."""

    def run(self) -> Layer:
        self._line_breaks()
        if self.at == self.end:
            self.layer.info = "STOMP Heart-beat"
        elif self._begin() and self._head():
            self._check()
            self._end(self._body())
        self.layer.width = self.at * 8 - self.layer.at
        return self.layer

    # Small helpers.

    def _node(self, spec: Spec, start: int, stop: int, value: Value = None, *, tiles: bool = True) -> Node:
        if spec.kind == "bytes":
            value = self.data[start:stop]
        return Node(spec, self.view.source, start * 8, (stop - start) * 8, value, tiles=tiles)

    def _add(self, spec: Spec, stop: int, value: Value = None) -> None:
        """A node for the bytes up to `stop`."""
        self.layer.nodes.append(self._node(spec, self.at, stop, value))
        self.at = stop

    def _issue(self, kind: str, spec: Spec, start: int, stop: int, text: str) -> None:
        self.layer.issues.append(Issue(kind, spec.name, start * 8, (stop - start) * 8, text))

    def _give_up(self, kind: str, text: str) -> None:
        self._issue(kind, REST, self.at, self.end, text)
        self._add(REST, self.end)

    def _line_breaks(self) -> None:
        found = _EOLS.match(self.data, self.at, self.end)
        if found is not None and found.end() > self.at:
            self._add(HEART_BEAT, found.end())

    # The head.

    def _begin(self) -> bool:
        """The command. False, with an issue, if no frame begins here."""
        line = _LINE.match(self.data, self.at, self.end)
        word = line[1].decode("utf-8", "backslashreplace") if line is not None else ""
        if line is None or word not in CLIENT | SERVER:
            text = "a frame should begin with a command such as SEND on a line of its own"
            if self.at == self.view.start:
                text += "; these bytes may be the rest of a frame that began in the message before"
            self._give_up("malformed", text)
            return False
        self.command = word
        self.layer.info = f"STOMP {word}"
        self._wrong_side(word)
        self._add(COMMAND, line.end(1), word)
        self._add(LINE_END, line.end())
        return True

    def _wrong_side(self, word: str) -> None:
        side = self.facts.get("side")
        if (side == 0 and word in SERVER) or (side == 1 and word in CLIENT):
            text = f"{word} is a command of the {'server' if side == 0 else 'client'}, but the other side sent it"
            self._issue("malformed", COMMAND, self.at, self.at + len(word), text)

    def _head(self) -> bool:
        """The headers and the empty line. False, with an issue, if they do not end here."""
        for _ in range(HEADERS_AT_MOST):
            line = _LINE.match(self.data, self.at, self.end)
            if line is None:
                break
            if not line[1]:
                self._add(HEAD_END, line.end())
                return True
            self._header(line)
        else:
            self._give_up("truncated", f"only the first {HEADERS_AT_MOST} headers are taken apart")
            return False
        if self.data.find(b"\0", self.at, self.end) >= 0:
            self._give_up("malformed", "the headers should end with an empty line, but a NUL stands in them")
        else:
            self._give_up("truncated", "the headers are not at their end; the frame may go on in the next message")
        return False

    def _header(self, line: re.Match[bytes]) -> None:
        start, stop = line.span(1)
        found = _NAME.match(self.data, start, stop)
        assert found is not None
        name = self._text(start, found.end(1))
        whole = self._node(HEADER, start, line.end(), line[1].decode("utf-8", "backslashreplace"))
        whole.children.append(self._node(HEADER_NAME, start, found.end(1), name))
        if found[2] is None:
            self._issue("malformed", HEADER, start, stop, "a header should have a colon between name and value")
        else:
            whole.children.append(self._node(SEPARATOR, found.end(1), found.end()))
            value = self._text(found.end(), stop)
            if stop > found.end():
                whole.children.append(self._value(name, value, found.end(), stop))
            # Of a header that comes twice the first counts (1.2, Repeated Header Entries).
            self.headers.setdefault(name, value)
        whole.children.append(self._node(LINE_END, stop, line.end()))
        self.layer.nodes.append(whole)
        self.at = line.end()

    def _value(self, name: str, value: str, start: int, stop: int) -> Node:
        """The value, and inside it the field that this header is known as."""
        node = self._node(HEADER_VALUE, start, stop, value)
        spec = KNOWN.get(name)
        if spec is None or name in self.headers:
            return node
        if spec.kind != "uint":
            node.children.append(self._node(spec, start, stop, value, tiles=False))
        elif re.fullmatch("[0-9]{1,18}", value):
            node.children.append(self._node(spec, start, stop, int(value), tiles=False))
        else:
            self._issue("malformed", spec, start, stop, f"{name} should be a number")
        return node

    def _text(self, start: int, stop: int) -> str:
        """Characters of a header, escapes undone as the version has them: none in 1.0, \\r from 1.2 on."""
        raw = self.data[start:stop].decode("utf-8", "backslashreplace")
        if "\\" not in raw or self.command in UNESCAPED or self.version == 10:
            return raw
        known = _ESCAPED if self.version == 11 else {**_ESCAPED, "r": "\r"}
        strange = [found[0] for found in _ESCAPE.finditer(raw) if found[1] not in known]
        if strange and not any(byte >= 128 for byte in self.data[start:stop]):
            text = f"{strange[0]} is no escape that this version of STOMP knows"
            self._issue("malformed", HEADER, start, stop, text)
        return _ESCAPE.sub(lambda found: known.get(found[1]) or found[0], raw)

    def _check(self) -> None:
        """The headers that the command cannot do without."""
        wanted = [*REQUIRED.get(self.command, ())]
        for version, more in REQUIRED_FROM.items():
            if self.version >= version:
                wanted.extend(more.get(self.command, ()))
        for name in wanted:
            if name not in self.headers:
                text = f"{self.command} should have a header {name} and has none"
                self._issue("malformed", COMMAND, self.layer.at // 8, self.at, text)
        place = next((self.headers[name] for name in SHOWN if self.headers.get(name)), "")
        if place:
            self.layer.info += f" {place}"

    # The body.

    def _body(self) -> int:
        """Where the body ends: by its length if that is told, else at the first NUL; the view's end if neither is."""
        length = self.headers.get("content-length", "")
        if re.fullmatch("[0-9]{1,18}", length):
            stop = self.at + int(length)
            if stop > self.end:
                text = f"content-length says {length} bytes, but {self.end - self.at} are in this message"
                self._issue("truncated", BODY, self.at, self.end, text)
                return self.end
            return stop
        stop = self.data.find(b"\0", self.at, self.end)
        return stop if stop >= 0 else self.end

    def _end(self, stop: int) -> None:
        """The body and the NUL; then whoever reads the body, and the frames behind."""
        start = self.at
        if stop > start:
            self._add(BODY, stop)
            if self.command not in WITH_BODY:
                text = f"only SEND, MESSAGE and ERROR may have a body, not {self.command}"
                self._issue("malformed", BODY, start, stop, text)
            self._hand_on(View(self.view.source, start, stop, "stomp.content_length"))
        if self.at == self.end:
            if not any(issue.kind == "truncated" for issue in self.layer.issues):
                text = "the frame should end with a NUL byte; it may go on in the next message"
                self._issue("truncated", NULL, self.at, self.at, text)
            return
        if self.data[self.at] != 0:
            text = "behind the bytes that content-length counts a NUL should end the frame"
            self._issue("malformed", NULL, self.at, self.at + 1, text)
            self._add(REST, self.end)
            return
        self._add(NULL, self.at + 1)
        self._line_breaks()
        if self.at < self.end:
            rest = View(self.view.source, self.at, self.end, self.view.said)
            self.layer.carries.append(Handover(rest, (Claim("protocol", "stomp"),), self.facts))

    def _hand_on(self, body: View) -> None:
        """By its content type; without one it is a second chance for who knows messages by their first bytes (JSON)."""
        media = self.headers.get("content-type", "").split(";")[0].strip().lower()
        claim = Claim("media_type", media) if media else Claim("websocket.payload", "text")
        node = self.layer.nodes[-1]
        facts = {"http.content_type": self.headers.get("content-type", "")}
        self.layer.carries.append(Handover(body, (claim,), facts, fallback=False, node=node))


PROTOCOL = Protocol(
    "stomp",
    "STOMP",
    dissect,
    fields=FIELDS,
    claims=tuple(
        Claim("http.sec_websocket_protocol", token) for token in ("v10.stomp", "v11.stomp", "v12.stomp", "stomp")
    ),
    guess=looks_like_stomp,
    guess_in="websocket.payload",
)
