"""Putting a message together: its earlier fragments, and the bytes that inflating it gives.

This is done only for frames that are looked at. Control frames between the fragments of a message are stepped over (RFC
6455 5.4), and so are messages that were not compressed when the inflate context is carried along (RFC 7692 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.core.protocol import Cut, Talk
from inspector.core.source import Origin, Source, View
from inspector.protocols.websocket.extension import Deflate, Inflated, Inflater, contexts
from inspector.protocols.websocket.frame import Frame, read_frame
from inspector.protocols.websocket.state import Known

FRAGMENTS_AT_MOST = 10_000
BYTES_AT_MOST = 64 << 20
"""How much of a message is put together; the rest is left out and said."""


class Part(NamedTuple):
    """An earlier fragment: the packet that completed it, its payload without the mask, its bytes on the wire."""

    packet: int
    payload: View
    wire: int


def unmask(data: bytes, key: bytes) -> bytes:
    """XOR with the masking key, over and over (RFC 6455 5.3); masking and unmasking are the same."""
    size = len(data)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")


def unmasked(view: View, key: bytes) -> View:
    """The payload as the sender meant it: a source of its own if it was masked."""
    if not key:
        return view
    data = unmask(view.data, key)
    origin = Origin(0, len(data), view.source, view.source.packet, view.start, len(data))
    return Source("Unmasked", data, (origin,)).view(said="websocket.payload_length")


def describe(talk: Talk, cut: Cut) -> Mapping[str, object]:
    """What dissection is told of a frame: see `core.protocol.Grammar.describe`."""
    known: Known = cut.before
    here, deflate, frame = known.side, known.state.deflate, known.frame
    first = here.first if here.message >= 0 and not frame.first & 15 else frame.first
    data, final = not frame.first & 8, bool(frame.first & 128)
    facts: dict[str, object] = {
        "side": cut.side,
        "packet": cut.packet,
        "complete": cut.complete,
        "guess": here.guessed,
        "midstream": known.state.midstream,
        "open": here.message >= 0,
        "closed": here.closed,
        "first": first,
        "deflate": deflate,
        "http.sec_websocket_protocol": known.state.subprotocol,
    }
    if not (data and final):
        return facts
    if here.message >= 0 and not frame.first & 15:
        facts["parts"] = parts = _parts(talk, cut.side, here.message, cut.start)
        facts["left_out"] = parts and len(parts) >= FRAGMENTS_AT_MOST
    if first & 0x40 and deflate is not None and cut.complete:
        facts["inflated"] = _inflate(talk, cut, known, deflate)
    return facts


def frames(talk: Talk, side: int, at: int, stop: int) -> Iterator[tuple[int, Frame]]:
    """The frames of one direction from offset `at` on, with their offsets, until `stop`."""
    while at < stop:
        frame = read_frame(talk.peek(side, at, 14), at)
        if frame is None:
            return
        yield at, frame
        at = frame.stop


def _parts(talk: Talk, side: int, start: int, stop: int) -> tuple[Part, ...]:
    found: list[Part] = []
    size = 0
    for at, frame in frames(talk, side, start, stop):
        if frame.first & 8:
            continue
        packet = talk.ready(side, frame.stop)
        view = talk.view(side, frame.payload, frame.stop, packet)
        found.append(Part(packet, unmasked(view, frame.key), frame.stop - at))
        size += view.size
        if len(found) >= FRAGMENTS_AT_MOST or size >= BYTES_AT_MOST:
            break
    return tuple(found)


def _payload(talk: Talk, side: int, frame: Frame) -> bytes:
    data = talk.peek(side, frame.payload, min(frame.stop - frame.payload, BYTES_AT_MOST))
    return unmask(data, frame.key) if frame.key else data


def _inflate(talk: Talk, cut: Cut, known: Known, deflate: Deflate) -> Inflated:
    """Inflate the message that this frame ends, after all compressed messages of its direction before it."""
    side, here = cut.side, known.side
    start = here.message if here.message >= 0 and not known.frame.first & 15 else cut.start
    if not deflate.takeover(side):
        return _message(talk, side, start, cut.stop, Inflater())
    kept = contexts(talk.memory, side)
    at, inflater = kept.before(here.context, start)
    for before, stop in _messages(talk, side, at, start):
        _message(talk, side, before, stop, inflater, 0)
        kept.passed(stop, inflater, stop - before)
    kept.keep(start, inflater)
    result = _message(talk, side, start, cut.stop, inflater)
    kept.keep(cut.stop, inflater)
    if result.problem and here.guessed:
        text = "the beginning of this direction is not in the capture, and inflating needs all that came before"
        return result._replace(problem=f"{result.problem}: {text}")
    return result


def _messages(talk: Talk, side: int, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where the compressed messages between two offsets begin and end."""
    begin, compressed = -1, False
    for start, frame in frames(talk, side, at, stop):
        if frame.first & 8:
            continue
        if begin < 0 or frame.first & 15:
            begin, compressed = start, bool(frame.first & 0x40)
        if frame.first & 128:
            if compressed:
                yield begin, frame.stop
            begin = -1


def _message(talk: Talk, side: int, start: int, stop: int, inflater: Inflater, at_most: int | None = None) -> Inflated:
    data = b"".join(_payload(talk, side, frame) for _, frame in frames(talk, side, start, stop) if not frame.first & 8)
    return inflater.message(data) if at_most is None else inflater.message(data, at_most)
