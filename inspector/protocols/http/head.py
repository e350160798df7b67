"""Reading heads: the start line and the header fields, as much of them as cutting and dissecting need.

RFC 9112 sections 2 to 5. Lines may end in a bare LF, and empty lines before a request are skipped, as section 2.2
allows a reader to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from inspector.core.protocol import Talk

HEAD_AT_MOST = 256 << 10
"""A longer head is taken for something that is not HTTP; servers stop at 8 to 64 kB."""

METHODS = frozenset(
    b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK"
    b" VERSION-CONTROL REPORT CHECKOUT CHECKIN UNCHECKOUT MKWORKSPACE UPDATE LABEL MERGE BASELINE-CONTROL MKACTIVITY"
    b" ORDERPATCH ACL SEARCH SUBSCRIBE UNSUBSCRIBE NOTIFY POLL BPROPFIND BPROPPATCH BCOPY BDELETE BMOVE M-SEARCH"
    b" RPC_IN_DATA RPC_OUT_DATA SOURCE PURGE LINK UNLINK".split()
)
"""The methods that a stream on any port is recognised by; not PRI, HTTP/2's preface (RFC 9113 3.4)."""

START = re.compile(
    rb"(?:\r?\n)*"
    rb"(?:HTTP/(\d)\.(\d)[ \t]+(\d\d\d)(?:[ \t]+([^\r\n]*)|[ \t]*)"
    rb"|([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+([^\r\n]*?)[ \t]+HTTP/(\d)\.(\d)[ \t]*)\r?\n"
)
_BEGIN = re.compile(rb"(?:\r?\n)*(?:HTTP/1\.[01] \d|([A-Z_-]{3,20}) [!-~])")
_TOKEN = re.compile(rb"(?:\r?\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")
_BEGUN = re.compile(rb"[\r\n]*(?:H|HT|HTT|HTTP|HTTP/[0-9. ]*|[!#$%&'*+.^_`|~0-9A-Za-z-]*)\Z")
BEGUN = re.compile(rb"(?:\r?\n)*(?:(HTTP/\d\.\d)[ \t]+|([A-Z_-]{3,20})[ \t]+(?:([!-~]+)[ \t]+)?)")
"""As much of a start line as can be told when its end is missing or wrong."""
END = re.compile(rb"\n\r?\n")
_FRAMING = re.compile(rb"\n(content-length|transfer-encoding|upgrade|connection)[ \t]*:[ \t]*([^\r\n]*)", re.I)


class Head(NamedTuple):
    """What a head says about where its message ends. `status` is 0 for a request, `method` empty for a response.

    `length` is Content-Length's number, -1 without one; `upgrade` the Upgrade field's text, if Connection asks for it.
    """

    start: int
    stop: int
    method: bytes
    status: int
    length: int
    chunked: bool
    coded: bool
    upgrade: bytes
    modern: bool


def looks_like_http(first: bytes) -> bool:
    """Whether these first bytes begin a request with a known method, or a response."""
    found = _BEGIN.match(first)
    return found is not None and (found[1] is None or found[1] in METHODS)


def may_begin(first: bytes) -> bool:
    """Whether these bytes can be the beginning of a message; fewer than needed to tell can."""
    return bool(_TOKEN.match(first) or first[:7].startswith(b"HTTP/1.") or (len(first) < 64 and _BEGUN.match(first)))


def speaks_http(talk: Talk) -> bool:
    """Whether one of the first segments of either direction begins like HTTP, in a capture that lacks the start."""
    return bool(first_message(talk, 0) or first_message(talk, 1))


def first_message(talk: Talk, side: int) -> bytes:
    """The first bytes of the first segment, among a direction's first twenty, that begins like HTTP."""
    at = 0
    for _ in range(20):
        first = talk.peek(side, at, 64)
        if looks_like_http(first):
            return first.lstrip(b"\r\n")
        at = talk.resume(side, at)
        if at < 0:
            break
    return b""


def head_stop(talk: Talk, side: int, at: int) -> int:
    """Where the head that begins at `at` ends; -1 if it is not all there, -2 if there is too much of it."""
    piece = talk.piece(side, at)
    begin = at
    if piece.stop > at:
        found = END.search(piece.data, at + piece.shift, piece.stop + piece.shift)
        if found is not None and not _only_breaks(piece.data[at + piece.shift : found.end()]):
            return found.end() - piece.shift
    size = 2048
    while True:
        data = talk.peek(side, begin, size)
        skipped = len(data) - len(data.lstrip(b"\r\n"))
        found = END.search(data, skipped)
        if found is not None:
            return begin + found.end()
        if len(data) < size:
            return -1
        if size >= HEAD_AT_MOST:
            return -2
        size *= 4


def _only_breaks(data: bytes) -> bool:
    return not data.strip(b"\r\n")


def read_head(data: bytes, start: int) -> Head | None:
    """Understand a whole head, `data`, that begins at `start`; None if it is no HTTP."""
    line = START.match(data)
    if line is None:
        return None
    length, chunked, coded, upgrade, asked = -1, False, False, b"", False
    for found in _FRAMING.finditer(data, line.end() - 1):
        name, value = found[1].lower(), found[2].strip()
        if name == b"content-length":
            length = content_length(value) if length < 0 else length
        elif name == b"transfer-encoding":
            codings = [coding.strip().lower() for coding in value.split(b",")]
            chunked, coded = codings[-1] == b"chunked", True
        elif name == b"upgrade":
            upgrade = value
        elif name == b"connection":
            asked = asked or b"upgrade" in value.lower()
    status = int(line[3] or 0)
    modern = (line[2] or line[8]) != b"0"
    known = upgrade if asked or status == 101 else b""
    return Head(start, start + len(data), line[5] or b"", status, length, chunked, coded, known, modern)


def content_length(value: bytes) -> int:
    """The number, or -1 where the text is none. A list of one and the same number counts once (RFC 9110 8.6)."""
    if value.isdigit() and len(value) <= 18:
        return int(value)
    parts = {part.strip() for part in value.split(b",")}
    text = parts.pop()
    if parts or not text.isdigit() or len(text) > 19:
        return -1
    return int(text)


class Line(NamedTuple):
    """A header field: its name as written, its value, where the line, the value and the line's end are in the head."""

    name: str
    value: str
    start: int
    value_start: int
    value_stop: int
    stop: int
    folded: bool


def lines(head: bytes, at: int) -> Iterator[Line]:
    """The header fields from byte `at` of a head to its empty line or its end. Folded lines are joined (9112 5.2)."""
    while at < len(head):
        stop = _line_stop(head, at)
        if head[at:stop] in (b"\r\n", b"\n", b"\r"):
            return
        folded = False
        while head[stop : stop + 1] in (b" ", b"\t"):
            stop, folded = _line_stop(head, stop), True
        text = head[at:stop].rstrip(b"\r\n")
        colon = text.find(b":")
        name = text[: max(colon, 0)]
        value = text[colon + 1 :] if colon >= 0 else b""
        inner = value.strip(b" \t")
        begin = at + colon + 1 + len(value) - len(value.lstrip(b" \t"))
        shown = inner.replace(b"\r\n", b"").replace(b"\n", b"") if folded else inner
        name_text, value_text = name.decode("latin-1"), shown.decode("utf-8", "backslashreplace")
        yield Line(name_text, value_text, at, begin, begin + len(inner), stop, folded)
        at = stop


def _line_stop(head: bytes, at: int) -> int:
    found = head.find(b"\n", at)
    return len(head) if found < 0 else found + 1


def full_uri(head: bytes) -> str:
    """The URI of a request with its host in front, as its head gives them; empty where there is no host."""
    line = START.match(head)
    if line is None or line[6] is None:
        return ""
    uri = line[6].decode("utf-8", "backslashreplace")
    host = next((field.value for field in lines(head, line.end()) if field.name.lower() == "host"), "")
    if not host or line[5] == b"CONNECT":
        return ""
    return f"http://{host}{uri}" if uri.startswith(("/", "*")) else uri
