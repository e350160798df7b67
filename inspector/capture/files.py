"""Opening a capture file: what it is decides its first bytes, never its name.

`open_capture` gives a `CaptureFile`, whichever format the file has: `scan` walks its records, `read` gives the bytes of
one. A file that is no capture is refused with one sentence that says what it seems to be instead.
"""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from inspector.capture.batch import Batch, CaptureError, Damage, Interface, Shape
from inspector.capture.blocks import SECTION_BYTES
from inspector.capture.compressed import Progress, compression_of, unpack
from inspector.capture.pcap import PcapFile, order_of
from inspector.capture.pcapng import PcapngFile
from inspector.capture.reader import CaptureFile
from inspector.core.escape import safe

__all__ = ["Batch", "CaptureError", "CaptureFile", "Damage", "Interface", "Shape", "open_capture"]

# Enough of the start to tell the formats apart, and to judge whether it is text.
START = 512

# First bytes of what people open by mistake, and what to call it.
OTHERS = (
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"snoop\0\0\0", "a snoop capture"),
    (b"\x54\x52\x00\x64", "a capture of Network General's Sniffer"),
    (b"TRSNIFF", "a capture of Network General's Sniffer"),
    (b"XCP\0", "a capture of Network General's Sniffer for Windows"),
    (b"GMBU", "a capture of Microsoft Network Monitor"),
    (b"RTSS", "a capture of Microsoft Network Monitor"),
    (b"SQLite format 3", "an SQLite database"),
    (b"#!", "a script"),
    (b"<?xml", "an XML document"),
)


def open_capture(path: str | Path, progress: Progress | None = None, most: int | None = None) -> CaptureFile:
    """Open a capture file of any format that is known; raises CaptureError with one sentence for the user.

    A compressed file is unpacked before this returns, up to `most` bytes (None: 100 times its size plus 1 GB);
    `progress(bytes read, bytes in all)` is called meanwhile, and may raise an exception of its own to stop.
    """
    name = safe(str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise CaptureError(f"There is no file {name}; check the path.") from None
    except PermissionError:
        raise CaptureError(f"{name} may not be read by this user; change its permissions or copy it.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CaptureError(f"{name} cannot be opened: {reason}.") from None
    try:
        about = os.fstat(descriptor)
        file = _detect(str(path), name, descriptor, progress, most)
        file.identity = about.st_dev, about.st_ino
        return file
    except OSError as error:
        os.close(descriptor)
        raise CaptureError(f"{name} cannot be read: {error.strerror}.") from None
    except BaseException:
        os.close(descriptor)
        raise


def _detect(path: str, name: str, descriptor: int, progress: Progress | None, most: int | None) -> CaptureFile:
    about = os.fstat(descriptor)
    if stat.S_ISDIR(about.st_mode):
        raise CaptureError(f"{name} is a directory; name a capture file in it.")
    if not stat.S_ISREG(about.st_mode):
        kind = _kind(about.st_mode)
        raise CaptureError(f"{name} is not an ordinary file but a {kind}; copy what it gives to a file.")
    if about.st_size == 0:
        raise CaptureError(f"{name} is empty: a capture file has at least a header of 24 bytes.")
    start = os.pread(descriptor, START, 0)
    compression = compression_of(start)
    if compression is None:
        return _reader(path, name, descriptor, about.st_size, start)
    unpacked = unpack(name, descriptor, compression, progress, most)
    try:
        start = os.pread(unpacked.descriptor, START, 0)
        inside = f"{name} is compressed with {compression}, and what is in it"
        file = _reader(path, inside, unpacked.descriptor, unpacked.size, start)
    except BaseException:
        os.close(unpacked.descriptor)
        raise
    os.close(descriptor)
    file.compressed_with(compression, unpacked.damages)
    return file


def _reader(path: str, name: str, descriptor: int, size: int, start: bytes) -> CaptureFile:
    if order_of(start):
        return PcapFile(path, descriptor, size, start)
    if start.startswith(SECTION_BYTES):
        return PcapngFile(path, descriptor, size, start)
    raise CaptureError(f"{name} is no capture file: {_looks_like(start)}; expected is pcap or pcapng.")


def _kind(mode: int) -> str:
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def _looks_like(start: bytes) -> str:
    compression = compression_of(start)
    if compression:
        return f"it is compressed with {compression}: it was packed twice"
    for magic, what in OTHERS:
        if start.startswith(magic):
            return f"it begins like {what}"
    if not start.strip(b"\0"):
        return "it begins with zero bytes"
    text = _text(start)
    if text:
        return f"it is a text file that begins with “{safe(text.strip().split(chr(10))[0].strip())[:30]}”"
    return f"it begins with the bytes {start[:8].hex(' ')}"


def _text(start: bytes) -> str:
    """The start as text if it is UTF-8 without control characters, its last character perhaps cut; else nothing."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return ""
    return text if all(one.isprintable() or one in "\t\r\n\f" for one in text) else ""
