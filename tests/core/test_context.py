"""The context: values by name, empty unless somebody worked them out."""

from __future__ import annotations

import dataclasses

import pytest

from inspector.core.context import ALONE, Context, Conversation, Pdu
from inspector.core.source import Source


def test_alone_knows_nothing() -> None:
    assert Context() == ALONE
    assert (dict(ALONE.facts), ALONE.conversations) == ({}, ())


def test_a_conversation_says_nothing_it_was_not_told() -> None:
    found = Conversation("tcp", 0)
    assert (found.pdus, found.segment, found.reassembled_in, found.pending, found.claimed) == ((), False, 0, "", "")


@pytest.mark.parametrize(
    "made, name",
    [(ALONE, "facts"), (Conversation("tcp", 0), "stream"), (Pdu("http", Source("a", b"").view()), "view")],
)
def test_nobody_changes_it(made: object, name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, name, None)
