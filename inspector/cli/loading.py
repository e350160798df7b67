"""Waiting for a large capture: who sits at a terminal is told how far it is, everybody else is left alone."""

from __future__ import annotations

import sys
from math import inf
from time import monotonic

from inspector.cli.output import on_terminal
from inspector.session.session import Session

PATIENCE = 1.0
"""Seconds without a word."""
STEP = 0.2
ERASE = "\r\x1b[K"
"""Back to the start of the line, and erase it: the only things that a command sends to steer a terminal."""


def load(session: Session) -> None:
    """Index the whole capture. Progress goes to standard error, if that is a terminal and it takes over a second."""
    if not on_terminal(sys.stderr):
        session.load(inf)
        return
    began, told = monotonic(), False
    try:
        while not session.load(STEP):
            if monotonic() - began > PATIENCE:
                sys.stderr.write(f"{ERASE}{session.count} packets, {int(100 * session.progress)} % of the file")
                sys.stderr.flush()
                told = True
    finally:
        if told:
            sys.stderr.write(ERASE)
            sys.stderr.flush()
