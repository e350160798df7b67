"""The notes' claims are all there and whole."""

from __future__ import annotations

from inspector.knowledge.claims import claims


def test_each_claim_is_whole() -> None:
    found = claims()
    assert len(found) == 147
    for name, claim in found.items():
        assert claim.id == name
        assert claim.says
        assert claim.source
        assert claim.lesson
        assert claim.verdict in ("right", "simplified", "wrong")
        assert claim.fact or claim.verdict == "right", f"{name} is not right as it stands, but nothing is added"


def test_a_wrong_claim_brings_the_truth() -> None:
    mtu = claims()["mtu-1460"]
    assert mtu.verdict == "wrong"
    assert "1500" in mtu.fact
