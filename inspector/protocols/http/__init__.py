"""HTTP/1.0 and HTTP/1.1 (RFC 9110 what it means, RFC 9112 how it is written on a connection).

A request or response is a start line, header fields, an empty line, and sometimes a body; all but the body is text that
one can read. The surprising thing is the body's end: it is said in one of four ways (no body at all, a length, chunks,
or the end of the connection), and who misreads it takes the rest of the body for the next message. `grammar` cuts the
conversation into messages, `head` reads heads, `body` undoes the codings, `dissect` names every byte.
"""

from __future__ import annotations

from inspector.core.layer import Claim
from inspector.core.protocol import Protocol
from inspector.protocols.http.dissect import dissect
from inspector.protocols.http.fields import FIELDS
from inspector.protocols.http.grammar import HttpGrammar
from inspector.protocols.http.head import looks_like_http, speaks_http

PORTS = (80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710)
"""Wireshark's preference http.tcp.port."""

PROTOCOL = Protocol(
    "http",
    "Hypertext Transfer Protocol",
    dissect,
    fields=FIELDS,
    claims=tuple(Claim("tcp.port", port) for port in PORTS),
    guess=looks_like_http,
    guess_in="tcp.payload",
    guess_talk=speaks_http,
    grammar=HttpGrammar(),
)
