"""Compressed captures: unpacked once, when they are opened, into a temporary file that has no name.

Packets are read at any place of the file, and compressed data can only be read from its start. So gzip, zstd and lz4
files are written out first; the file belongs to this user alone (0600) and is gone when it is closed, however the
process ends. The surprising thing is how large the little can become: a kilobyte of zstd may hold 40 MB. So the input
is fed in pieces of a kilobyte, which bounds the memory, and what comes out is bounded by 100 times the input plus 1 GB
(or by --max-size), and by what the disk has left. What was unpacked until then is shown.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, Protocol

from inspector.capture.batch import CaptureError, Damage

FED = 1024
CHECKED = 1 << 20
TIMES_LARGER = 100
ALWAYS = 1 << 30
ROOM_LEFT = 1 << 30
ZSTD_WINDOW = 1 << 27

MAGICS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}

Progress = Callable[[int, int], None]


class Unpacker(Protocol):
    """What the decompressors of zlib, zstandard and lz4 have in common; one is good for one member, or frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Unpacked(NamedTuple):
    """A descriptor of the temporary file, how many bytes it has, and what was wrong with the compressed data."""

    descriptor: int
    size: int
    damages: list[Damage]


def compression_of(start: bytes) -> str | None:
    """The name of the compression that a file begins with."""
    return next((name for magic, name in MAGICS.items() if start.startswith(magic)), None)


def unpack(
    name: str, descriptor: int, kind: str, progress: Progress | None = None, most: int | None = None
) -> Unpacked:
    """Write out a compressed file, at most `most` bytes; `progress(bytes read, bytes in all)` may raise to stop.

    What does not fit (the limit, or the disk) is left out and said in `damages`. Raises CaptureError if nothing comes
    out at all.
    """
    size = os.fstat(descriptor).st_size
    with tempfile.TemporaryFile(prefix="inspector-", buffering=0) as kept:
        stream = _Stream(name, kind)
        sink = _Sink(kept.fileno(), size * TIMES_LARGER + ALWAYS if most is None else most)
        at = 0
        while not stream.ended and (data := os.pread(descriptor, FED, at)):
            at += len(data)
            for piece in stream.feed(data, at):
                if why := sink.take(piece):
                    stream.stop(at, why)
                    break
            if progress is not None and at % CHECKED == 0:
                progress(at, size)
        stream.finish(at)
        if not sink.written:
            why = f" ({stream.damages[0].text})" if stream.damages else ""
            raise CaptureError(
                f"{name} is compressed with {kind}, but there is nothing in it to read{why.replace('.)', ')')}."
            )
        return Unpacked(_keep(kept), sink.written, stream.damages)


class _Sink:
    """The temporary file as long as it may grow. `take` gives the reason why it may not any more, else nothing."""

    def __init__(self, descriptor: int, most: int) -> None:
        self.written = 0
        self._descriptor = descriptor
        self._most = most
        self._checked = 0

    def take(self, piece: bytes) -> str:
        if self.written + len(piece) > self._most:
            self._write(piece[: self._most - self.written])
            return f"it becomes more than {self._most} bytes; --max-size lets it"
        if self.written - self._checked >= CHECKED:
            self._checked = self.written
            if shutil.disk_usage(tempfile.gettempdir()).free < ROOM_LEFT:
                return f"less than 1 GB would be left in {tempfile.gettempdir()}; make room there"
        try:
            self._write(piece)
        except OSError as error:
            return f"{tempfile.gettempdir()} takes no more ({error.strerror}); make room there"
        return ""

    def _write(self, piece: bytes) -> None:
        while piece:
            done = os.write(self._descriptor, piece)
            self.written += done
            piece = piece[done:]


class _Stream:
    """Members, or frames, of compressed data that follow each other."""

    def __init__(self, name: str, kind: str) -> None:
        self.ended = False
        self.damages: list[Damage] = []
        self._kind = kind
        self._new, self._error = _unpackers(name, kind)
        self._member: Unpacker | None = self._new()
        self._head = b""

    def feed(self, data: bytes, end: int) -> list[bytes]:
        """What some more bytes unpack to; `end` is their end in the compressed file."""
        out = []
        while data and not self.ended:
            if self._member is None and not (data := self._next_member(data, end)):
                break
            assert self._member is not None
            try:
                out.append(self._member.decompress(data))
            except self._error as error:
                self._damage(end - len(data), f"is damaged ({error})")
                break
            data = (self._member.unused_data or b"") if self._member.eof else b""
            if self._member.eof:
                self._member = None
        return out

    def finish(self, end: int) -> None:
        """Say what is missing when no more data comes."""
        if self.ended:
            return
        if self._member is not None:
            self._damage(end, "ends too early")
        elif self._head.strip(b"\0"):
            self._damage(end - len(self._head), "is followed by bytes that are none")

    def stop(self, end: int, why: str) -> None:
        """Take no more, for a reason that is none of the data's."""
        self.ended = True
        text = f"The {self._kind} data was unpacked only up to byte {end} of the compressed file: {why}."
        self.damages.append(Damage(end, text))

    def _next_member(self, data: bytes, end: int) -> bytes:
        """The start of the next member, or nothing while it is not all there; zero bytes between are padding."""
        head = (self._head + data).lstrip(b"\0")
        magic = next(magic for magic, kind in MAGICS.items() if kind == self._kind)
        self._head = b""
        if head.startswith(magic):
            self._member = self._new()
            return head
        if magic.startswith(head):
            self._head = head
        else:
            self._damage(end - len(head), "is followed by bytes that are none")
        return b""

    def _damage(self, offset: int, what: str) -> None:
        self.ended = True
        text = f"The {self._kind} data {what} at byte {offset} of the compressed file; packets behind are missing."
        self.damages.append(Damage(offset, text))


def _unpackers(name: str, kind: str) -> tuple[Callable[[], Unpacker], type[Exception]]:
    """What makes a decompressor of this kind, and what it raises when the data is wrong."""
    if kind == "gzip":
        return lambda: zlib.decompressobj(wbits=31), zlib.error
    try:
        if kind == "lz4":
            import lz4.frame

            return lz4.frame.LZ4FrameDecompressor, RuntimeError
        import zstandard

        return lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj(), zstandard.ZstdError
    except ImportError:
        package = "lz4" if kind == "lz4" else "zstandard"
        raise CaptureError(
            f"{name} is compressed with {kind}, and to unpack it the Python package {package} is needed."
        ) from None


def _keep(kept: BinaryIO) -> int:
    """A descriptor that stays open when the temporary file object is closed."""
    return os.dup(kept.fileno())
