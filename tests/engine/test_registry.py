"""Who claims what: claims, guesses, and the list of all fields."""

from __future__ import annotations

import re

import pytest

from inspector.core.field import Header, u8
from inspector.core.layer import Claim, Layer
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import computed
from inspector.engine.registry import Registry, known_fields, registry


class Toy(Header, name="toy"):
    number = u8("Number", also="toy.any")


def dissect_toy(view: View, situation: Situation) -> Layer:
    toy = Toy(view)
    return Layer("toy", "Toy", view.source, view.start * 8, toy.size * 8, toy.nodes, info="Toy")


def protocol(name: str = "toy", **more: object) -> Protocol:
    return Protocol(name, name.title(), dissect_toy, headers=(Toy,), **more)  # type: ignore[arg-type]


def test_the_first_claim_that_somebody_holds_wins() -> None:
    low, high = protocol("low", claims=(Claim("port", 1),)), protocol("high", claims=(Claim("port", 2),))
    known = Registry([low, high])
    assert known.claimed([Claim("port", 3), Claim("port", 2), Claim("port", 1)]) is high
    assert known.claimed([Claim("port", 3)]) is None
    assert known.claimed([Claim("protocol", "low")]) is low


def test_text_keys_count_without_regard_to_case() -> None:
    one = protocol(claims=(Claim("http.upgrade", "toy"),))
    assert Registry([one]).claimed([Claim("http.upgrade", "TOY")]) is one


def test_two_that_claim_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="both claim port = 1"):
        Registry([protocol("a", claims=(Claim("port", 1),)), protocol("b", claims=(Claim("port", 1),))])
    with pytest.raises(ValueError, match="called 'a'"):
        Registry([protocol("a"), protocol("a")])


def test_guesses_look_at_their_own_table_only() -> None:
    one = protocol(guess=lambda first: first[:1] == b"T", guess_in="tcp.payload")
    known = Registry([one])
    assert known.guessed("tcp.payload", b"Toy") is one
    assert known.guessed("tcp.payload", b"toy") is None
    assert known.guessed("udp.payload", b"Toy") is None


def test_fields_are_known_with_no_data() -> None:
    known = Registry([protocol(fields=(computed("toy.sum", "Sum"),))]).known_fields()
    assert list(known) == ["toy", "toy.number", "toy.any", "toy.sum"]


def test_protocols_are_found_by_file() -> None:
    names = set(registry().protocols)
    assert names >= {"frame", "eth", "ip", "ipv6", "udp", "tcp", "http", "websocket", "json", "data", "raw"}
    assert registry() is registry()


def test_every_field_name_begins_with_its_protocol_and_is_spelled_as_filters_are() -> None:
    known = known_fields()
    assert len(known) > 300
    for name, spec in known.items():
        assert spec.name == name
        prefix, dot, rest = name.partition(".")
        assert prefix.isidentifier(), name
        assert rest or (not dot and name in registry().protocols), name
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", name), name
        assert spec.label, name
    assert {"ip.ttl", "tcp.flags.syn", "tcp.port", "ip.addr", "websocket.opcode", "eth.dst.ig"} <= set(known)


def test_the_table_of_fields_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        known_fields()["toy"] = computed("toy", "Toy")  # type: ignore[index]
