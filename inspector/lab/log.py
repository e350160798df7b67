"""What the programs of a scenario themselves say that they sent and received.

The log is written beside the capture and is the ground truth of tests: whatever the inspector reads out of the bytes
must be what these programs meant. The words are those of the `follow` output: an exchange has a request, a response and
the interim statuses before it; a message has a sender, a kind and its text or data. Messages are noted by who received
them whole, so they stand in the order in which they were complete.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]


# Longer payloads are told by their digest alone, so that a log stays something that a person can read.
LONGEST_DATA = 1000


def data_entry(data: bytes) -> Entry:
    """The keys by which bytes are told: length, SHA-256, and base64 (null above 1000 bytes)."""
    shown = base64.b64encode(data).decode() if len(data) <= LONGEST_DATA else None
    return {"length": len(data), "data": shown, "sha256": hashlib.sha256(data).hexdigest()}


def body_entry(body: bytes) -> Entry:
    """Length and SHA-256 of a body after its codings; no body has no digest."""
    return {"body_length": len(body), "body_sha256": hashlib.sha256(body).hexdigest() if body else None}


@dataclass
class StreamLog:
    """One TCP connection: the two ends, HTTP exchanges in request order, WebSocket messages in order."""

    client: str
    server: str
    exchanges: list[Entry] = field(default_factory=list)
    messages: list[Entry] = field(default_factory=list)

    def as_entry(self) -> Entry:
        """For JSON."""
        return {
            "client": self.client,
            "server": self.server,
            "exchanges": self.exchanges,
            "messages": self.messages,
        }


@dataclass
class Log:
    """A whole run: which programs took part, in which version, and their connections in the order they were opened.

    `server_saw` is the server's own account of the requests, for comparing with the client's.
    """

    made_with: dict[str, str] = field(default_factory=dict)
    streams: list[StreamLog] = field(default_factory=list)
    server_saw: list[Entry] = field(default_factory=list)

    def stream(self, client: str, server: str) -> StreamLog:
        """The connection between two ends (`address:port`), which is new if it was not noted before."""
        for known in self.streams:
            if (known.client, known.server) == (client, server):
                return known
        self.streams.append(StreamLog(client, server))
        return self.streams[-1]

    def as_entry(self) -> Entry:
        """For JSON."""
        return {
            "made_with": self.made_with,
            "streams": [stream.as_entry() for stream in self.streams],
            "server_saw": self.server_saw,
        }


def end_name(host: str, port: int) -> str:
    """How an end is written everywhere: `127.0.0.1:8080`, `[::1]:8080`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
