"""What a protocol declares: defaults that claim nothing."""

from __future__ import annotations

from inspector.core.context import ALONE
from inspector.core.layer import Claim, Layer
from inspector.core.protocol import Cut, Protocol, Situation
from inspector.core.source import View


def dissect(view: View, situation: Situation) -> Layer:
    return Layer("toy", "Toy", view.source, 0, 0)


def test_a_protocol_claims_nothing_by_itself() -> None:
    toy = Protocol("toy", "Toy", dissect)
    assert (toy.headers, toy.fields, toy.claims, toy.guess, toy.guess_in, toy.grammar) == ((), (), (), None, "", None)
    assert toy.transport is False


def test_a_situation_without_a_context_is_alone() -> None:
    assert Situation().context is ALONE
    assert Situation().conversation is None


def test_a_cut_is_complete_and_becomes_nothing_unless_told() -> None:
    cut = Cut("http", 0, 0, 10, 1, None, None)
    assert cut.complete
    assert cut.becomes is None
    assert Claim("ip.proto", 6) == ("ip.proto", 6)
