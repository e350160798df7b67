"""A filter knows what it looks at, and says which text is wrong."""

from __future__ import annotations

import pytest

from inspector.query.expression import QueryError
from inspector.query.filter import compile_filter
from tests.query.fields import KNOWN


def test_names() -> None:
    text = 'not tcp.port in {80, 1..2} and max(ip.ttl, tcp.flags) > 1 or http.host[0:1] contains "a" xor ip'
    compiled = compile_filter(text, KNOWN)
    assert compiled.names == {"tcp.port", "ip.ttl", "tcp.flags", "http.host", "ip"}
    assert compiled.text == text
    assert compiled == compile_filter(text, KNOWN)
    assert len({compiled, compile_filter(text, KNOWN)}) == 1


def test_an_error_carries_the_text() -> None:
    with pytest.raises(QueryError) as caught:
        compile_filter("tcp.port == x", KNOWN)
    assert (caught.value.text, caught.value.column) == ("tcp.port == x", 13)
