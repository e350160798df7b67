"""Saving: a selection of a capture in a new file, with every byte of it as it was.

The new file is made beside its final name and gets that name when it is whole, so a full disk or a broken-off save
leaves nothing behind and destroys nothing. It is never put in the place of the capture that is being read, under
whatever name or link that stands there too, and in the place of another file only if that was asked for.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Container
from pathlib import Path
from typing import BinaryIO, NamedTuple

from inspector.capture.commenting import LONGEST_COMMENT
from inspector.capture.files import open_capture
from inspector.capture.layout import Comments, Plan, plan
from inspector.capture.pcap import PcapFile
from inspector.capture.pcapng import PcapngFile
from inspector.capture.reader import CaptureFile
from inspector.core.escape import safe

PIECE = 1 << 20


class SaveError(Exception):
    """Nothing was saved, and what was there before is as it was; `str()` is one sentence for the user."""


class Saved(NamedTuple):
    """What the new file holds: packets, blocks with secrets, bytes; `converted`: a pcap file became pcapng."""

    packets: int
    secrets: int
    size: int
    converted: bool


def save(
    capture: CaptureFile,
    path: str | Path,
    chosen: Container[int],
    *,
    comments: Comments | None = None,
    secrets: bool = True,
    force: bool = False,
) -> Saved:
    """Write the packets whose numbers are in `chosen` to a new file. Raises SaveError.

    The format stays that of the capture, uncompressed. With `comments` (texts by packet number, added to those that a
    packet has) a pcap file becomes pcapng. Without `secrets`, blocks with decryption secrets are left out.
    """
    name, comments = safe(str(path)), comments or {}
    target = _target(capture, str(path), name, force)
    _check_comments(comments, chosen)
    found = plan(capture, chosen, comments, secrets)
    size = _write(capture, found, target, name, force)
    converted = bool(comments) and not isinstance(capture, PcapngFile)
    return Saved(found.packets, found.secrets, size, converted)


def _target(capture: CaptureFile, path: str, name: str, force: bool) -> str:
    """The path that the new file shall get, behind all symbolic links, if it may have it."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        there = None
    except (OSError, ValueError) as error:
        raise SaveError(f"{name} cannot be written: {_reason(error)}.") from None
    if there is not None:
        if (there.st_dev, there.st_ino) == capture.identity:
            raise SaveError(f"{name} is the capture that is being read and would be destroyed; choose another name.")
        if not stat.S_ISREG(there.st_mode):
            kind = "a directory" if stat.S_ISDIR(there.st_mode) else "no ordinary file"
            raise SaveError(f"{name} is {kind}; name a file that is to be written.")
    if os.path.lexists(path) and not force:
        raise SaveError(f"There is a file {name} already; choose another name, or --force to replace it.")
    return os.path.realpath(path)


def _check_comments(comments: Comments, chosen: Container[int]) -> None:
    for number, texts in comments.items():
        if number not in chosen:
            raise SaveError(f"Packet {number} is to get a comment but is not among those that are saved.")
        for text in texts:
            if (length := len(text.encode("utf-8", "replace"))) > LONGEST_COMMENT:
                raise SaveError(
                    f"The comment for packet {number} has {length} bytes, and pcapng has room for {LONGEST_COMMENT}; "
                    "shorten it."
                )


def _write(capture: CaptureFile, found: Plan, target: str, name: str, force: bool) -> int:
    """Write beside the target, then let the file have its name; returns its size."""
    folder = os.path.dirname(target)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".inspector-", dir=folder)
    except OSError as error:
        raise SaveError(f"{name} cannot be written in {safe(folder)}: {_reason(error)}.") from None
    try:
        with os.fdopen(descriptor, "wb", PIECE) as out:
            _copy(capture, found, out, name)
            out.flush()
            os.fsync(descriptor)
            size = out.tell()
        if isinstance(capture, PcapFile) and found.packets:
            _check_variant(capture, temporary, name)
        _rename(temporary, target, name, force)
        return size
    except OSError as error:
        raise SaveError(f"{name} was not saved: {_reason(error)}; nothing was left behind.") from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def _copy(capture: CaptureFile, found: Plan, out: BinaryIO, name: str) -> None:
    for piece in found.pieces:
        if isinstance(piece, bytes):
            out.write(piece)
            continue
        start, end = piece
        for at in range(start, end, PIECE):
            data = capture.read(at, min(PIECE, end - at))
            out.write(data)
            if len(data) < min(PIECE, end - at):
                raise SaveError(f"{name} was not saved: the capture became shorter meanwhile.")


def _check_variant(capture: PcapFile, temporary: str, name: str) -> None:
    """Some variants of pcap differ in nothing but where the records stand: the chosen ones must still tell it."""
    with open_capture(temporary) as file:
        if isinstance(file, PcapFile) and file.record_header != capture.record_header:
            raise SaveError(
                f"{name} was not saved: this is an old variant of pcap, and the chosen packets alone do not tell any "
                "more which; choose more, or add a comment to one, which makes the file pcapng."
            )


def _rename(temporary: str, target: str, name: str, force: bool) -> None:
    """Give the file its name. Without `force` not even a file that came to be a moment ago is replaced."""
    if force:
        os.replace(temporary, target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise SaveError(f"There is a file {name} now; choose another name, or --force to replace it.") from None
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise SaveError(f"There is a file {name} now; choose another name, or --force to replace it.") from None
        os.rename(temporary, target)


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
