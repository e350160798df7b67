"""A capture from standard input, written once into a temporary file that has no name.

A pipe cannot be read twice, and an index needs to. The file is made in the system's temporary folder, for this user
alone, and is gone when the process ends, however it ends. If the disk fills up, or the limit of --max-size is reached,
what came until then is shown, and the rest of the pipe is left alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from math import inf
from typing import BinaryIO

from inspector.capture.files import CaptureError, CaptureFile, Damage, open_capture
from inspector.session.session import Session

PIECE = 1 << 20
ROOM_LEFT = 1 << 30
"""Writing stops while this many bytes of the disk are still free."""


def spooled(stream: BinaryIO, most: int | None = None) -> Session:
    """Read a whole capture from a pipe, at most `most` bytes of it, and open it. Raises CaptureError if it is none."""
    with tempfile.TemporaryFile(prefix="inspector-", buffering=0) as kept:
        size, why = _copy(stream, kept.fileno(), inf if most is None else most)
        if not size:
            reason = f"Nothing of standard input could be kept: {why}." if why else "Standard input is empty"
            raise CaptureError(reason if why else f"{reason}; pipe a capture into it.")
        capture = _open(kept.fileno(), most)
    if why:
        capture.add_damage(Damage(size, f"Standard input was read up to here only: {why}."))
    capture.identity = _identity(stream)
    return Session(capture, "standard input")


def _identity(stream: BinaryIO) -> tuple[int, int] | None:
    """Which file standard input is, if it is one: nothing may be saved over it."""
    try:
        about = os.fstat(stream.fileno())
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _copy(stream: BinaryIO, descriptor: int, most: float) -> tuple[int, str]:
    """Copy to the end, or until there is no more room: how many bytes came over, and why no more did."""
    written = 0
    while piece := stream.read(PIECE):
        if written + len(piece) > most:
            piece = piece[: int(most) - written]
            return written + _write(descriptor, piece), f"it has more than {most} bytes; --max-size lets it"
        if shutil.disk_usage(tempfile.gettempdir()).free < ROOM_LEFT + len(piece):
            return written, f"less than 1 GB would be left in {tempfile.gettempdir()}; make room there"
        done = _write(descriptor, piece)
        written += done
        if done < len(piece):
            return written, f"{tempfile.gettempdir()} takes no more; make room there"
    return written, ""


def _write(descriptor: int, piece: bytes) -> int:
    """Write as much as the disk takes."""
    done = 0
    try:
        while done < len(piece):
            done += os.write(descriptor, piece[done:])
    except OSError:
        pass
    return done


def _open(descriptor: int, most: int | None) -> CaptureFile:
    name = f"/dev/fd/{descriptor}"
    try:
        return open_capture(name, most=most)
    except CaptureError as error:
        text = str(error).replace(name, "standard input")
        raise CaptureError(text[:1].upper() + text[1:]) from None
