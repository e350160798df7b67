"""Saving a selection of an open capture: which packets an expression means, and the file they go into."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from inspector.capture.layout import Comments
from inspector.capture.write import Saved, SaveError, save
from inspector.session.session import Session

__all__ = ["SaveError", "Saved", "save_selection"]


def save_selection(
    session: Session,
    path: str | Path,
    expression: str = "",
    *,
    comments: Comments | None = None,
    secrets: bool = True,
    force: bool = False,
) -> Saved:
    """Save the packets that an expression selects (all, without one). Raises SaveError and QueryError."""
    chosen: Container[int] = range(1, session.count + 1)
    if expression:
        chosen = {number for batch in session.matching(expression) for number in batch}
    return save(session.capture, path, chosen, comments=comments, secrets=secrets, force=force)
