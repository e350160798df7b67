"""What a written value means beside a field of each kind."""

from __future__ import annotations

import pytest

from inspector.query.expression import Kind, Network, Written
from inspector.query.values import Unfit, constant, number
from tests.query.fields import KNOWN


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("80", "uint", 80),
        ("0x50", "uint", 80),
        ("0120", "uint", 80),
        ("0b1010000", "uint", 80),
        ("True", "bool", 1),
        ("256", "bool", 1),
        ("47:45", "bytes", b"GE"),
        ("4745", "bytes", b"GE"),
        ("474", "bytes", b"G\x04"),
        ("0x47", "bytes", b"G"),
        ("0000.0000.0001", "ether", b"\0\0\0\0\0\1"),
        ("10.0.0.0/8", "ipv4", Network(0x0A000000, 8, 32)),
        ("::1", "ipv6", Network(1, 128, 128)),
        ("0.000000001", "time", 1),
        ("1732272459.215022000", "time", 1732272459215022000),
        ("0.5", "float", 0.5),
        ("47:45", "str", "47:45"),
    ],
)
def test_words(text: str, kind: Kind, value: object) -> None:
    assert constant(Written(1, "", text), kind, None) == value


@pytest.mark.parametrize(
    "text, kind",
    [
        ("a", "uint"),
        ("08", "uint"),
        ("0x4500", "bytes"),
        ("4:5", "bytes"),
        ("00:11:22", "ether"),
        ("1.2.3", "ipv4"),
        ("1.2.3.4/33", "ipv4"),
        ("1.2.3.4", "ipv6"),
        ("1e3", "time"),
        ("maybe", "bool"),
        ("1", "none"),
    ],
)
def test_words_that_do_not_fit(text: str, kind: Kind) -> None:
    with pytest.raises(Unfit):
        constant(Written(1, "", text), kind, None)


def test_names_of_values() -> None:
    assert constant(Written(1, "string", "text"), "uint", KNOWN["websocket.opcode"]) == 1
    assert constant(Written(1, "", "Not"), "str", None) == "Not"


def test_dates() -> None:
    moment = KNOWN["frame.time"]
    for text in ("Nov 22, 2024 10:47:39.215022", "2024-11-22 10:47:39.215022", "2024-11-22T10:47:39.215022Z"):
        assert constant(Written(1, "string", text), "time", moment) == 1732272459215022000
    with pytest.raises(Unfit):
        constant(Written(1, "", "1"), "time", moment)


def test_numbers() -> None:
    assert [number(text) for text in ("0", "00", "0x", "1_0", "９")] == [0, 0, None, None, None]
