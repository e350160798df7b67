"""Expressions on one packet. What tshark says about a thousand of them is in test_table.py."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from inspector.core.node import Value
from inspector.query.expression import QueryError
from inspector.query.filter import compile_filter
from tests.query.fields import KNOWN, packet


@pytest.mark.parametrize(
    "text, selected",
    [
        ("tcp.port == 80", True),
        ("tcp.port != 80", False),
        ("tcp.port !== 80", True),
        ("tcp.port === 80", False),
        ("!(tcp.port == 81)", True),
        ("websocket.opcode != 1", False),
        ("!(websocket.opcode == 1)", True),
        ("tcp.port == 80 xor ip.ttl == 64", False),
        ("tcp.port == 81 xor ip.ttl == 64", True),
        ("ip.src == 10.0.0.0/8 and ipv6.src == fe80::/10", True),
        ("tcp.flags.syn == True and tcp.flags & 0x10", True),
        ("frame.time_relative > 1.499999999 and frame.time_relative <= 1.5", True),
        ('tcp.payload matches "http/1\\\\.[01]"', True),
        ("tcp.analysis.retransmission", True),
        ('string(tcp.port) matches "^8"', True),
    ],
)
def test_one_packet(text: str, selected: bool) -> None:
    assert compile_filter(text, KNOWN).matches(packet) is selected


def test_references_speak_of_another_packet() -> None:
    same = compile_filter("tcp.port == ${tcp.port}", KNOWN)
    assert not same.matches(packet)
    assert same.matches(packet, packet)
    assert not same.matches(packet, lambda name: [81])
    assert same.references == {"tcp.port"}


def test_a_pattern_that_would_run_for_ever_is_stopped() -> None:
    slow = compile_filter('http.host matches "^(a|a|a)*(a|a|a)*(a|a|a)*$"', KNOWN)
    with pytest.raises(QueryError, match="took over a second"):
        slow.matches(lambda name: ["a" * 40 + "b"])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "tcp" + ")" * 200,
        "not (" * 200 + "tcp" + ")" * 200,
        "(tcp and " * 200 + "tcp" + ")" * 200,
        "tcp.port" + " + 1" * 200 + " == 280",
        "tcp.port == " + "{1 + " * 100 + "0" + "}" * 100,
        "max(" * 50 + "tcp.port" + ")" * 50 + " == 50000",
        "tcp.port == " + "max(tcp.port, " * 50 + "1" + ")" * 50,
        "tcp.payload" + "[0:]" * 200 + ' == "GET / HTTP/1.1\\r\\n"',
    ],
)
def test_the_deepest_expressions_are_evaluated(text: str) -> None:
    selected = compile_filter(text, KNOWN).matches(packet)
    assert selected is ("{1" not in text)


class Tunnel:
    """A packet with an IP header inside another."""

    def __call__(self, name: str) -> Sequence[Value]:
        return {"ip.src": ["10.0.0.1", "10.0.0.2"], "ip": [b"outer", b"inner"]}.get(name, [])

    def layers(self, name: str) -> Sequence[int]:
        return [1, 2]

    def whole(self, name: str) -> Sequence[bytes]:
        return [b"outer inner", b"inner"]


@pytest.mark.parametrize(
    "text, selected",
    [
        ("ip.src#1 == 10.0.0.1", True),
        ("ip.src#2 == 10.0.0.1", False),
        ("ip.src#[-1] == 10.0.0.2", True),
        ("ip.src#[1-2] == 10.0.0.2", True),
        ("ip#2", True),
        ("ip#3", False),
        ('ip contains "r inner"', True),
        ("len(ip) == 5", True),
    ],
)
def test_layers(text: str, selected: bool) -> None:
    assert compile_filter(text, KNOWN).matches(Tunnel()) is selected
