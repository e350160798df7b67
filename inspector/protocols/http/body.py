"""Undoing what was done to a body on its way: chunks taken apart, compression inflated, each with its origins.

RFC 9112 7.1 (chunked) and RFC 9110 8.4.1 (codings). A content coding is undone with a limit on what comes out: a few
kilobytes can inflate to gigabytes. The surprising thing: "deflate" should mean zlib's format (RFC 1950), but servers
send raw deflate (RFC 1951) under the same name, so both are tried.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

from inspector.core.source import Origin, Source, View

INFLATED_AT_MOST = 16 << 20
"""Bytes that a compressed body may become; what is beyond is left out and said."""
CODINGS_AT_MOST = 8
CHUNKS_AT_MOST = 100_000
"""Chunks of one message that are shown one by one."""

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*((?:;[^\n]*?)?)\r?\n")


class Chunk(NamedTuple):
    """Where one chunk stands in its source: the size line, the data, the line break behind it."""

    start: int
    data: int
    data_stop: int
    stop: int
    size: int


class Dechunked(NamedTuple):
    """The chunks found, where the last one's trailers begin and the body ends, and what was wrong and where."""

    chunks: list[Chunk]
    trailers: int
    stop: int
    problem: str
    problem_at: int


def chunks(view: View) -> Dechunked:
    """Walk the chunks of a body. Stops at the first that is not all there or not well formed."""
    data, at = view.source.data, view.start
    found: list[Chunk] = []
    while len(found) < CHUNKS_AT_MOST:
        line = _SIZE.match(data, at, view.end)
        if line is None:
            text = "a chunk should begin with its size in hexadecimal digits and a line break"
            return Dechunked(found, view.end, view.end, text if at < view.end else "the last chunk is missing", at)
        size = int(line[1], 16)
        if size == 0:
            found.append(Chunk(at, line.end(), line.end(), line.end(), 0))
            return Dechunked(found, line.end(), view.end, "", 0)
        begin = line.end()
        stop = min(begin + size, view.end)
        behind = stop + (2 if data[stop : stop + 2] == b"\r\n" else 1 if data[stop : stop + 1] == b"\n" else 0)
        behind = min(behind, view.end)
        found.append(Chunk(at, begin, stop, behind, size))
        if stop - begin < size:
            text = f"the chunk's size says {size} bytes, but {stop - begin} are here"
            return Dechunked(found, view.end, view.end, text, at)
        if behind == stop and stop < view.end:
            return Dechunked(found, view.end, view.end, "a chunk's data should be followed by a line break", stop)
        at = behind
    return Dechunked(found, view.end, view.end, f"only the first {CHUNKS_AT_MOST} chunks are shown", at)


def joined(view: View, found: Dechunked) -> Source:
    """The chunks' data put together."""
    origins, at, parts = [], 0, []
    data = view.source.data
    for chunk in found.chunks:
        size = chunk.data_stop - chunk.data
        if size:
            origins.append(Origin(at, size, view.source, view.source.packet, chunk.data, size))
            parts.append(data[chunk.data : chunk.data_stop])
            at += size
    return Source("Dechunked", b"".join(parts), origins)


class Inflated(NamedTuple):
    """A body with one coding undone, and what went wrong on the way ("" for nothing)."""

    view: View
    problem: str


def decode(view: View, coding: str) -> Inflated | None:
    """Undo one content coding; None for one that is not known."""
    undo = _DECODERS.get(coding)
    if undo is None:
        return None
    data = view.data
    try:
        inflated, problem = undo(data)
    except Exception as error:  # three libraries, each with errors of its own
        inflated, problem = b"", f"the body could not be inflated as {coding}: {error}"
    if len(inflated) > INFLATED_AT_MOST:
        inflated = inflated[:INFLATED_AT_MOST]
        problem = f"the inflated body is longer than {INFLATED_AT_MOST >> 20} MB; only its beginning is shown"
    origin = Origin(0, len(inflated), view.source, view.source.packet, view.start, len(data))
    source = Source(f"Inflated ({coding})", inflated, (origin,))
    return Inflated(source.view(said="the end of the compressed data"), problem)


def _zlib(data: bytes, wbits: int) -> tuple[bytes, str]:
    """Inflate with zlib; a gzip body may be several members (RFC 1952 2.2)."""
    parts: list[bytes] = []
    size = 0
    while data and size <= INFLATED_AT_MOST:
        inflater = zlib.decompressobj(wbits)
        try:
            part = inflater.decompress(data, INFLATED_AT_MOST + 1 - size)
        except zlib.error as error:
            if not size:
                raise
            return b"".join(parts), f"the compressed data is damaged: {error}"
        parts.append(part)
        size += len(part)
        if not inflater.eof:
            problem = "" if size > INFLATED_AT_MOST else "the compressed data ends before its end mark"
            return b"".join(parts), problem
        data = inflater.unused_data if wbits == 31 else b""
    return b"".join(parts), ""


def _gzip(data: bytes) -> tuple[bytes, str]:
    return _zlib(data, 31)


def _deflate(data: bytes) -> tuple[bytes, str]:
    try:
        return _zlib(data, 15)
    except zlib.error:
        return _zlib(data, -15)


def _brotli(data: bytes) -> tuple[bytes, str]:
    import brotli  # type: ignore[import-untyped]

    inflater = brotli.Decompressor()
    parts: list[bytes] = []
    size, rest = 0, data
    while size <= INFLATED_AT_MOST:
        try:
            part = inflater.process(rest, output_buffer_limit=INFLATED_AT_MOST + 1 - size)
        except brotli.error as error:
            return b"".join(parts), f"the compressed data is damaged: {error}"
        rest = b""
        parts.append(part)
        size += len(part)
        if inflater.is_finished() or not part:
            break
    whole = inflater.is_finished() or size > INFLATED_AT_MOST
    return b"".join(parts), "" if whole else "the compressed data ends before its end mark"


def _zstd(data: bytes) -> tuple[bytes, str]:
    """A body may be several frames (RFC 8878 3.1). Fed in small bites, since the library takes no limit."""
    import zstandard

    parts: list[bytes] = []
    size, at = 0, 0
    while at < len(data) and size <= INFLATED_AT_MOST:
        inflater = zstandard.ZstdDecompressor(max_window_size=8 << 20).decompressobj()
        while at < len(data) and size <= INFLATED_AT_MOST and not inflater.eof:
            bite = data[at : at + 64]
            at += len(bite)
            try:
                parts.append(inflater.decompress(bite))
            except zstandard.ZstdError as error:
                return b"".join(parts), f"the compressed data is damaged: {error}"
            size += len(parts[-1])
        at -= len(inflater.unused_data)
        if not inflater.eof and size <= INFLATED_AT_MOST:
            return b"".join(parts), "the compressed data ends before its end mark"
    return b"".join(parts), ""


_DECODERS: dict[str, Callable[[bytes], tuple[bytes, str]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
