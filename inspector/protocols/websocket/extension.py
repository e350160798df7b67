"""permessage-deflate, RFC 7692: what was negotiated, and inflating messages in their order.

Each message is a piece of one deflate stream a direction, unless "no context takeover" was agreed on: to inflate a
message all messages before it have to be inflated first. A copy of the inflater is kept for every megabyte of
compressed bytes, and a few near the messages that were looked at last. The surprising thing: the last four bytes of
every message, 00 00 ff ff, are left out on the wire and have to be put back.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict
from typing import Any, NamedTuple

INFLATED_AT_MOST = 16 << 20
"""Bytes of one inflated message that are shown."""
WORKED_AT_MOST = 256 << 20
"""Bytes that one message may inflate to before the direction's context is given up."""
SAVED_EVERY = 1 << 20
RECENT = 16
TAIL = b"\x00\x00\xff\xff"
_WINDOW = 32 << 10
_PARAMETER = re.compile(r'\s*([A-Za-z0-9_-]+)\s*(?:=\s*"?([^";,]*)"?\s*)?')


class Deflate(NamedTuple):
    """The agreed parameters (RFC 7692 7.1); `guessed` where the handshake was not seen."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15
    guessed: bool = False

    def takeover(self, side: int) -> bool:
        """Whether the messages of this side share one deflate stream."""
        return not (self.server_no_context_takeover if side else self.client_no_context_takeover)


def negotiated(answer: str) -> Deflate | None:
    """What a response's Sec-WebSocket-Extensions agrees to; None without permessage-deflate."""
    for extension in answer.split(","):
        name, *parameters = extension.split(";")
        if name.strip().lower() != "permessage-deflate":
            continue
        given: dict[str, str] = {}
        for parameter in parameters:
            found = _PARAMETER.match(parameter)
            if found is not None:
                given[found[1].lower()] = (found[2] or "").strip()
        return Deflate(
            "server_no_context_takeover" in given,
            "client_no_context_takeover" in given,
            _window(given.get("server_max_window_bits", "")),
            _window(given.get("client_max_window_bits", "")),
        )
    return None


def _window(text: str) -> int:
    return int(text) if text.isdigit() and len(text) <= 2 else 15


class Inflated(NamedTuple):
    """An inflated message, as far as the limit, and what went wrong ("" for nothing); `capped` if there was more."""

    data: bytes
    problem: str = ""
    capped: bool = False


class Inflater:
    """One direction's inflate state. `broken` says why nothing behind here can be inflated."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(-15)
        self._window = b""
        self.broken = ""

    def copy(self) -> Inflater:
        other = Inflater()
        other._zlib, other._window, other.broken = self._zlib.copy(), self._window, self.broken
        return other

    def message(self, data: bytes, at_most: int = INFLATED_AT_MOST) -> Inflated:
        """Inflate one message's bytes, without the four that were left out; keep at most `at_most` bytes of it."""
        if self.broken:
            return Inflated(b"", self.broken)
        kept: list[bytes] = []
        size, rest = 0, data + TAIL
        try:
            while rest:
                part = self._zlib.decompress(rest, 1 << 20)
                self._window = (self._window + part)[-_WINDOW:]
                if size < at_most:
                    kept.append(part[: at_most - size])
                size += len(part)
                if size > WORKED_AT_MOST:
                    self.broken = f"a message inflates to more than {WORKED_AT_MOST >> 20} MB; what follows it is lost"
                    break
                rest = self._rest(part)
        except zlib.error as error:
            self.broken = "an earlier message of this direction could not be inflated, so its context is lost"
            return Inflated(b"".join(kept), f"the message could not be inflated: {error}")
        return Inflated(b"".join(kept), "", size > at_most)

    def _rest(self, part: bytes) -> bytes:
        """What is still to be fed. Behind a last block (RFC 7692 7.2.3.4) inflating goes on with the same window."""
        if self._zlib.eof:
            rest = self._zlib.unused_data
            self._zlib = zlib.decompressobj(-15, zdict=self._window)
            return rest
        return self._zlib.unconsumed_tail


class Contexts:
    """The inflate states kept of one direction, by the offset of the frame that they stand before."""

    def __init__(self) -> None:
        self._saved: dict[int, Inflater] = {}
        self._recent: OrderedDict[int, Inflater] = OrderedDict()
        self._since = 0

    def before(self, start: int, offset: int) -> tuple[int, Inflater]:
        """The state nearest before `offset`, not before `start`, where the direction's context begins; a copy."""
        best = max((at for kept in (self._saved, self._recent) for at in kept if start <= at <= offset), default=-1)
        if best < 0:
            return start, Inflater()
        found = self._recent.get(best) or self._saved[best]
        return best, found.copy()

    def keep(self, offset: int, inflater: Inflater) -> None:
        """Remember the state of a place that was looked at."""
        self._recent[offset] = inflater.copy()
        self._recent.move_to_end(offset)
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def passed(self, offset: int, inflater: Inflater, compressed: int) -> None:
        """Remember the state of a place that was only passed, once in a megabyte."""
        self._since += compressed
        if self._since >= SAVED_EVERY:
            self._since = 0
            self._saved[offset] = inflater.copy()


def contexts(memory: dict[str, Any], side: int) -> Contexts:
    """The states that a conversation's memory holds of one direction."""
    found = memory.setdefault(f"websocket.inflate.{side}", Contexts())
    assert isinstance(found, Contexts)
    return found
