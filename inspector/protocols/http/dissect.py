"""One HTTP message, every byte named: the start line, a node for each header field, and the body with its codings
undone.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import cast

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Situation
from inspector.core.source import Source, View
from inspector.core.spec import Spec
from inspector.protocols.http import body as coding
from inspector.protocols.http import fields
from inspector.protocols.http.head import BEGUN, END, METHODS, START, Line, content_length, lines

SHOWN_AT_MOST = 1 << 20
"""Bytes of a body that become the value of one field; the bytes pane and the layers above have all of them."""

_COMPUTED = (
    fields.TIME, fields.REQUEST_NUMBER, fields.RESPONSE_NUMBER, fields.REQUEST_IN, fields.RESPONSE_IN,
    fields.RESPONSE_FOR, fields.PREV_REQUEST_IN, fields.PREV_RESPONSE_IN, fields.NEXT_REQUEST_IN,
    fields.NEXT_RESPONSE_IN,
)  # fmt: skip
_PAIR = re.compile(r"[^;]*[^;\s]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def dissect(view: View, situation: Situation) -> Layer:
    """The message that fills the view. `situation.facts` may tell its number, its partner, whether it is complete."""
    return _Message(view, situation).run()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


class _Message:
    """One message on its way into a layer."""

    def __init__(self, view: View, situation: Situation) -> None:
        self.view = view
        self.source = view.source
        self.facts = situation.facts
        self.layer = Layer("http", "Hypertext Transfer Protocol", view.source, view.start * 8, view.size * 8)
        self.headers: dict[str, list[Line]] = {}
        self.request = True
        self.status = 0
        self.method = ""
        self.uri = ""

    def run(self) -> Layer:
        layer, data = self.layer, self.view.data
        layer.protocol = "HTTP"
        if self.facts.get("guess"):
            text = "that a message begins here is a guess, since bytes before it are missing or are no HTTP"
            self._issue("guess", fields.START_LINE, 0, 0, text)
        line = START.match(data)
        if line is None:
            return self._continuation()
        self._start_line(line)
        stop = self._header_fields(data, line.end())
        self._computed()
        if stop < len(data) or self.view.missing or not self.facts.get("complete", True):
            self._body(self.view.after(stop))
        layer.facts.update(
            status=self.status,
            method=self.method,
            target=self.uri,
            headers=[[line.name, line.value] for line in self.all_headers],
            head_length=stop,
        )
        return layer

    # Small helpers.

    def _node(self, spec: Spec, start: int, stop: int, value: Value, *, tiles: bool = True) -> Node:
        """A node on bytes `start` to `stop` of the message."""
        at = self.view.start + start
        return Node(spec, self.source, at * 8, (stop - start) * 8, value, tiles=tiles)

    def _issue(self, kind: str, spec: Spec, start: int, stop: int, text: str) -> None:
        self.layer.issues.append(Issue(kind, spec.name, (self.view.start + start) * 8, (stop - start) * 8, text))

    def _add(self, spec: Spec, value: Value) -> None:
        self.layer.nodes.append(Node(spec, None, None, 0, value, tiles=False))

    def _continuation(self) -> Layer:
        """Bytes that begin with no start line: the piece of a head that was not all captured."""
        layer, view = self.layer, self.view
        begun = self._begun_line()
        layer.nodes.append(self._node(fields.FILE_DATA, begun, view.size, _text(view.data[begun:][:SHOWN_AT_MOST])))
        text = "the message's start line is not complete in this capture"
        self._issue("truncated", fields.START_LINE, 0, view.size, text)
        layer.info = "Continuation"
        return layer

    def _begun_line(self) -> int:
        """What stands of a start line before the byte that is wrong or missing in it; gives where that ends."""
        found = BEGUN.match(self.view.data)
        if found is None or (found[2] is not None and found[2] not in METHODS):
            return 0
        names = ((1, fields.RESPONSE_VERSION), (2, fields.METHOD), (3, fields.URI))
        parts = [self._node(spec, *found.span(i), _text(found[i])) for i, spec in names if found[i] is not None]
        node = self._node(fields.START_LINE, 0, found.end(), _text(found[0]))
        self._fill(node, 0, found.end(), parts)
        self.layer.nodes.append(node)
        return found.end()

    # The start line.

    def _start_line(self, line: re.Match[bytes]) -> None:
        begin = len(line[0]) - len(line[0].lstrip(b"\r\n"))
        if begin:
            self.layer.nodes.append(self._node(fields.SEPARATOR, 0, begin, line[0][:begin]))
        node = self._node(fields.START_LINE, begin, line.end(), _text(line[0][begin:].rstrip(b"\r\n")))
        self.layer.nodes.append(node)
        self.layer.info = _text(line[0][begin:].rstrip(b"\r\n"))
        if line[3] is not None:
            self._status_line(node, line)
        else:
            self._request_line(node, line)

    def _fill(self, node: Node, begin: int, stop: int, parts: list[Node]) -> None:
        """Hang parts into a line, with a separator wherever they leave bytes."""
        base, at = self.view.start, begin
        for part in parts:
            start = cast(int, part.at) // 8 - base
            if part.tiles and start > at:
                node.children.append(self._node(fields.SEPARATOR, at, start, self.view.data[at:start]))
            node.children.append(part)
            if part.tiles:
                at = start + part.width // 8
        if at < stop:
            node.children.append(self._node(fields.SEPARATOR, at, stop, self.view.data[at:stop]))

    def _status_line(self, node: Node, line: re.Match[bytes]) -> None:
        begin = line.start(1) - 5
        self.request, self.status = False, int(line[3])
        parts = [
            self._node(fields.RESPONSE_VERSION, begin, line.end(2), _text(line[0][begin : line.end(2)])),
            self._node(fields.CODE, *line.span(3), self.status),
        ]
        known = fields.PHRASES.get(self.status)
        if known is not None:
            parts.append(self._node(fields.CODE_DESC, *line.span(3), known, tiles=False))
        if line[4]:
            parts.append(self._node(fields.PHRASE, *line.span(4), _text(line[4])))
        self._fill(node, begin, line.end(), parts)

    def _request_line(self, node: Node, line: re.Match[bytes]) -> None:
        begin = line.start(5)
        self.method, self.uri = _text(line[5]), _text(line[6])
        uri = self._node(fields.URI, *line.span(6), self.uri)
        self._split_uri(uri, line[6], line.start(6))
        version = line.start(7) - 5
        shown = _text(line[0][version : line.end(8)])
        parts = [
            self._node(fields.METHOD, *line.span(5), self.method),
            uri,
            self._node(fields.REQUEST_VERSION, version, line.end(8), shown),
        ]
        self._fill(node, begin, line.end(), parts)

    def _split_uri(self, node: Node, uri: bytes, at: int) -> None:
        """Path, query and the query's parameters, which do not tile the URI (the question mark is neither's)."""
        mark = uri.find(b"?")
        if mark < 0 or self.method == "CONNECT":
            return
        path = self._node(fields.PATH, at, at + mark, _text(uri[:mark]), tiles=False)
        query = self._node(fields.QUERY, at + mark + 1, at + len(uri), _text(uri[mark + 1 :]), tiles=False)
        node.children += [path, query]
        begin = mark + 1
        for part in uri[mark + 1 :].split(b"&")[:1000]:
            stop = begin + len(part)
            if part:
                query.children.append(self._node(fields.PARAMETER, at + begin, at + stop, _text(part), tiles=False))
            begin = stop + 1

    # Header fields.

    def _header_fields(self, data: bytes, at: int) -> int:
        found = END.search(data, at - 1)
        stop = found.end() if found is not None else len(data)
        self.all_headers = list(lines(data[:stop], at))
        for line in self.all_headers:
            self.headers.setdefault(line.name.lower(), []).append(line)
            self.layer.nodes.append(self._header(line, data))
            at = line.stop
        if at < stop:
            self.layer.nodes.append(self._node(fields.HEAD_END, at, stop, data[at:stop]))
        elif found is None:
            self._issue("truncated", fields.HEAD_END, at, at, "the head does not end within the bytes that are here")
        self._check_framing()
        return stop

    def _header(self, line: Line, data: bytes) -> Node:
        line_spec = fields.REQUEST_LINE if self.request else fields.RESPONSE_LINE
        whole = _text(data[line.start : line.stop])
        spec = fields.HEADERS.get(line.name.lower())
        if not _TOKEN.match(line.name):
            text = "a header field should begin with a name, directly followed by a colon (RFC 9112 5.1)"
            self._issue("malformed", line_spec, line.start, line.stop, text)
        elif line.folded:
            text = "a header field must not go on in a next line; that was taken back in 2014 (RFC 9112 5.2)"
            self._issue("malformed", line_spec, line.start, line.stop, text)
        if spec is None:
            node = self._node(line_spec, line.start, line.stop, whole)
            node.label = whole.rstrip("\r\n")
            return node
        node = self._node(spec, line.start, line.stop, line.value)
        node.label = whole.rstrip("\r\n")
        inner = _INNER.get(line.name.lower())
        if inner is not None:
            inner(self, node, line)
        other = self._node(line_spec, line.start, line.stop, whole, tiles=False)
        node.children.append(other)
        return node

    def _length(self, node: Node, line: Line) -> None:
        value = content_length(line.value.encode())
        if value < 0:
            text = f"Content-Length should be one number, it says {line.value!r} (RFC 9110 8.6)"
            self._issue("malformed", node.spec, line.start, line.stop, text)
            return
        node.children.append(self._node(fields.CONTENT_LENGTH, line.start, line.stop, value, tiles=False))

    def _pairs(self, node: Node, line: Line) -> None:
        """The cookies of a Cookie field (RFC 6265 4.2.1)."""
        raw = self.view.data[line.value_start : line.value_stop]
        for found in _PAIR.finditer(raw.decode("latin-1")):
            skip = len(found[0]) - len(found[0].lstrip())
            start, stop = line.value_start + found.start() + skip, line.value_start + found.end()
            pair = _text(self.view.data[start:stop])
            node.children.append(self._node(fields.COOKIE_PAIR, start, stop, pair, tiles=False))

    def _basic(self, node: Node, line: Line) -> None:
        """User and password of Basic authentication, which are only coded, not hidden (RFC 7617)."""
        scheme, _, coded = line.value.partition(" ")
        if scheme.lower() != "basic":
            return
        try:
            plain = base64.b64decode(coded.strip(), validate=True)
        except (binascii.Error, ValueError):
            self._issue(
                "malformed", node.spec, line.start, line.stop, "the credentials should be in Base64 (RFC 7617 2)"
            )
            return
        node.children.append(Node(fields.CREDENTIALS, None, None, 0, _text(plain), tiles=False))

    def _check_framing(self) -> None:
        """What makes readers disagree about where the message ends (RFC 9112 6.3): the way of request smuggling."""
        lengths = self.headers.get("content-length", [])
        coded = self.headers.get("transfer-encoding", [])
        if lengths and coded:
            text = "Content-Length must not stand beside Transfer-Encoding, which is the one that counts (RFC 9112 6.2)"
            self._issue("malformed", fields.HEADERS["content-length"], lengths[0].start, lengths[0].stop, text)
        values = {line.value for line in lengths}
        if len(values) > 1:
            text = f"Content-Length says {' and '.join(sorted(values))}: the message must be refused (RFC 9112 6.3)"
            self._issue("malformed", fields.HEADERS["content-length"], lengths[1].start, lengths[1].stop, text)
        if coded and self.request and not coded[-1].value.lower().rstrip().endswith("chunked"):
            text = "a request's last transfer coding must be chunked, else nobody knows where it ends (RFC 9112 6.1)"
            self._issue("malformed", fields.HEADERS["transfer-encoding"], coded[-1].start, coded[-1].stop, text)
        if self.request and self.layer.info.endswith("/1.1"):
            hosts = len(self.headers.get("host", []))
            if hosts != 1:
                text = f"a request of HTTP/1.1 must have one Host field, this has {hosts or 'none'} (RFC 9112 3.2)"
                self._issue("malformed", fields.HEADERS["host"], 0, 0, text)

    # What the conversation knows.

    def _computed(self) -> None:
        self._add(fields.REQUEST if self.request else fields.RESPONSE, True)
        host = self.headers.get("host")
        if self.request and self.method == "CONNECT":
            name, _, port = self.uri.rpartition(":")
            if port.isdigit() and len(port) <= 5:
                self._add(fields.CONNECT_HOST, name)
                self._add(fields.CONNECT_PORT, int(port))
        elif self.request and host:
            whole = f"http://{host[0].value}{self.uri}" if self.uri.startswith(("/", "*")) else self.uri
            self._add(fields.FULL_URI, whole)
        known = cast(Mapping[str, Value], self.facts)
        for spec in _COMPUTED:
            if known.get(spec.name) is not None:
                self._add(spec, known[spec.name])

    # The body.

    def _body(self, view: View) -> None:
        codings = self._codings("transfer-encoding")
        media = self._media_type()
        if "chunked" in codings and not self._bodyless():
            view = self._chunked(view)
            codings.remove("chunked")
        if not self.facts.get("complete", True) or self.view.missing:
            self._issue(
                "truncated", fields.FILE_DATA, self.view.size, self.view.size, "the body is not all in this capture"
            )
        if view.size <= 0:
            return
        for name in reversed(self._codings("content-encoding") + codings):
            inflated = self._inflate(view, name)
            if inflated is None:
                break
            view = inflated
        self.layer.facts["body"] = view
        shown = view.data[:SHOWN_AT_MOST].partition(b"\0")[0].decode("utf-8", "replace")
        node = Node(fields.FILE_DATA, view.source, view.start * 8, view.size * 8, shown)
        node.label = f"File Data: {view.size} byte{'' if view.size == 1 else 's'}"
        self.layer.nodes.append(node)
        if media:
            self.layer.info += f"  ({media})"
        claims = [Claim("media_type", media or "application/octet-stream")]
        if "+" in media:
            claims.append(Claim("media_type", "application/" + media.rpartition("+")[2]))
        facts = {"http.content_type": self._value("content-type"), "complete": self.facts.get("complete", True)}
        self.layer.carries.append(Handover(view, tuple(claims), facts, fallback=False, node=node))

    def _bodyless(self) -> bool:
        return self.facts.get("method") == "HEAD" or self.status in (204, 304)

    def _value(self, name: str) -> str:
        return ", ".join(line.value for line in self.headers.get(name, []))

    def _codings(self, name: str) -> list[str]:
        listed = [part.strip().lower().split(";")[0] for part in self._value(name).split(",")]
        return [part for part in listed if part and part != "identity"][: coding.CODINGS_AT_MOST]

    def _media_type(self) -> str:
        return self._value("content-type").split(";")[0].split(",")[0].strip().lower()

    def _chunked(self, view: View) -> View:
        """Nodes for the chunks where they stand; the view of their data put together."""
        found = coding.chunks(view)
        source = view.source
        whole = Node(fields.CHUNKED, source, view.start * 8, view.size * 8, None)
        whole.label = f"Chunked body: {len(found.chunks)} chunk{'' if len(found.chunks) == 1 else 's'}"
        for chunk in found.chunks:
            whole.children.append(_chunk(source, chunk))
        if found.trailers < found.stop:
            whole.children.extend(self._trailers(View(source, found.trailers, found.stop)))
        self.layer.nodes.append(whole)
        if found.problem:
            at = found.problem_at - self.view.start
            kind = "malformed" if found.problem_at < view.end else "truncated"
            self._issue(kind, fields.CHUNK_SIZE, at, self.view.size, found.problem)
        joined = coding.joined(view, found)
        return joined.view(said="the last chunk")

    def _trailers(self, view: View) -> list[Node]:
        nodes, data = [], view.data
        at = 0
        for line in lines(data, 0):
            start, text = (view.start + line.start) * 8, _text(data[line.start : line.stop])
            nodes.append(Node(fields.TRAILER_PART, view.source, start, (line.stop - line.start) * 8, text))
            at = line.stop
        if at < len(data):
            start = view.start + at
            nodes.append(Node(fields.SEPARATOR, view.source, start * 8, (len(data) - at) * 8, data[at:]))
        return nodes

    def _inflate(self, view: View, name: str) -> View | None:
        """The body with one coding undone, and a node on the bytes as they travelled."""
        if not self.facts.get("complete", True) and name == "br":
            return None
        inflated = coding.decode(view, name)
        if inflated is None:
            text = f"the body is coded as {name!r}, which this program cannot undo"
            self._issue("malformed", fields.HEADERS["content-encoding"], 0, 0, text)
            return None
        data = view.data
        node = Node(fields.ENCODED, view.source, view.start * 8, view.size * 8, data[:SHOWN_AT_MOST])
        node.label = f"Content-encoded entity body ({name}): {view.size} bytes -> {inflated.view.size} bytes"
        self.layer.nodes.append(node)
        if inflated.problem:
            self.layer.issues.append(
                Issue("malformed", fields.ENCODED.name, view.start * 8, view.size * 8, inflated.problem)
            )
        return inflated.view


def _chunk(source: Source, chunk: coding.Chunk) -> Node:
    data = source.data
    node = Node(fields.CHUNK, source, chunk.start * 8, (chunk.stop - chunk.start) * 8, None)
    last = chunk.size == 0
    node.label = "End of chunked encoding" if last else f"Data chunk ({chunk.size} octets)"
    size = Node(fields.CHUNK_SIZE, source, chunk.start * 8, (chunk.data - chunk.start) * 8, chunk.size)
    node.children.append(size)
    if chunk.data < chunk.data_stop:
        width = (chunk.data_stop - chunk.data) * 8
        shown = data[chunk.data : min(chunk.data_stop, chunk.data + SHOWN_AT_MOST)]
        node.children.append(Node(fields.CHUNK_DATA, source, chunk.data * 8, width, shown))
    if chunk.data_stop < chunk.stop:
        width = (chunk.stop - chunk.data_stop) * 8
        edge = data[chunk.data_stop : chunk.stop]
        node.children.append(Node(fields.CHUNK_BOUNDARY, source, chunk.data_stop * 8, width, edge))
    return node


_INNER = {
    "content-length": _Message._length,
    "cookie": _Message._pairs,
    "authorization": _Message._basic,
    "proxy-authorization": _Message._basic,
}
