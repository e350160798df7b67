"""What can go wrong in the lab, told in one sentence to the person who ran it."""

from __future__ import annotations


class LabError(Exception):
    """A scenario could not run or did not go as it should. Its text is one sentence: what, where, and what to do."""
