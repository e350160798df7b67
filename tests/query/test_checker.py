"""Names and types: what a word means, and how an error says what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.query.expression import QueryError
from inspector.query.filter import compile_filter
from tests.query.fields import KNOWN, packet

_WORDS = [
    "tcp",
    "tcp.port",
    "ip.src",
    "ipv6.src",
    "eth.src",
    "http.host",
    "tcp.payload",
    "tcp.flags.syn",
    "frame.time_relative",
    "websocket.opcode",
    "tcp.analysis.retransmission",
    "80",
    "0",
    "-1",
    "0.5",
    "==",
    "!=",
    "===",
    "!==",
    "<",
    ">=",
    "in",
    "contains",
    "matches",
    "and",
    "or",
    "xor",
    "not",
    "(",
    ")",
    "{",
    "}",
    "{1,2}",
    "[0:2]",
    "[-1]",
    "#1",
    "${tcp.port}",
    '"a"',
    '"Text"',
    "'c'",
    "any",
    "all",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "len(",
    "max(",
    "count(",
    "upper(",
    "string(",
    "abs(",
    ",",
    "..",
    "10.0.0.0/8",
    "::1",
    "00:11",
]


@pytest.mark.parametrize(
    "text, said",
    [
        ("tcp.prot == 80", "column 1: no field or layer is called tcp.prot: did you mean tcp.port?"),
        ("TCP", "column 1: no field or layer is called TCP: did you mean tcp?"),
        ("tcp and htp.host", "column 9: no field or layer is called htp.host: did you mean http.host?"),
        ("tcp.port == 70000", "column 13: 70000 is more than this field can hold: its highest value is 65535"),
        ("tcp.port == ip.src", "column 13: tcp.port is a number and ip.src is an IPv4 address: they don't compare"),
        ("80 == tcp.port", "column 1: no field or layer is called 80"),
        (
            "tcp.port contains 8",
            "column 10: contains looks into text and bytes, and tcp.port is a number: "
            "use string(tcp.port) contains ...",
        ),
        ("ip.src == 10.0.0.1/33", "column 11: an address of 32 bits has a prefix of at most 32, and not 33"),
        (
            "size(tcp) > 1",
            "column 1: no function is called size: there are len, count, upper, lower, max, min, abs, string",
        ),
        ('websocket.opcode == "Tex"', 'column 21: Tex is none of this field\'s values: "Text", "Binary"'),
    ],
)
def test_an_error_says_where_and_what(text: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_filter(text, KNOWN)
    assert str(caught.value) == said


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(QueryError, match=r"^column 11: the regular expression can't be read: "):
        compile_filter('http.host matches "(a"', KNOWN)


@given(st.lists(st.sampled_from(_WORDS), max_size=30).map(" ".join))
def test_what_is_accepted_can_be_evaluated(text: str) -> None:
    try:
        compiled = compile_filter(text, KNOWN)
    except QueryError:
        return
    assert compiled.matches(packet) in (True, False)
    assert compiled.matches(lambda name: ()) in (True, False)
