"""A capture from standard input, written once into a temporary file that has no name.

A pipe cannot be read twice, and an index needs to. The file is made by the system's temporary folder, for this user
alone, and is gone when the process ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import BinaryIO

from inspector.capture.files import CaptureError, open_capture
from inspector.session.session import Session

PIECE = 1 << 20
ROOM_LEFT = 1 << 30
"""Writing stops while this many bytes of the disk are still free."""


def spooled(stream: BinaryIO) -> Session:
    """Read a whole capture from a pipe and open it. Raises CaptureError if it is none, or does not fit on the disk."""
    with tempfile.TemporaryFile(prefix="inspector-") as kept:
        while piece := stream.read(PIECE):
            if shutil.disk_usage(tempfile.gettempdir()).free < ROOM_LEFT + len(piece):
                raise CaptureError("Standard input does not fit on the disk: less than 1 GB would be left; free some.")
            kept.write(piece)
        kept.flush()
        try:
            capture = open_capture(f"/dev/fd/{kept.fileno()}")
        except CaptureError as error:
            text = str(error).replace(f"/dev/fd/{kept.fileno()}", "standard input")
            raise CaptureError(text[:1].upper() + text[1:]) from None
        if os.fstat(kept.fileno()).st_size == 0:
            capture.close()
            raise CaptureError("Standard input is empty; pipe a capture into it.")
        return Session(capture, "standard input")
