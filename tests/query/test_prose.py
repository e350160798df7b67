"""References in prose become spans, whatever the packet holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.query.prose import MISSING, ProseSpan, references, substitute


def test_a_reference_becomes_a_span_of_its_own() -> None:
    spans = substitute("{tcp.srcport} has {{no}} room for {ip.ttl}.", {"tcp.srcport": "{ip.ttl}"}.get)
    assert spans == [
        ProseSpan("field", "tcp.srcport", "{ip.ttl}"),
        ProseSpan("literal", "", " has {no} room for "),
        ProseSpan("field", "ip.ttl", MISSING),
        ProseSpan("literal", "", "."),
    ]


def test_names_in_order() -> None:
    assert references("{b} {a} {{c}} {b} { d } {e!r} {f:x}") == ["b", "a"]


@given(st.text(alphabet="{}a.! \n"), st.text())
def test_prose_never_raises_and_keeps_what_is_said(template: str, said: str) -> None:
    spans = substitute(template, lambda name: said)
    assert all(span.text == said for span in spans if span.kind == "field")
    assert [span.name for span in spans if span.kind == "field" and span.name] == [
        span.name for span in spans if span.kind == "field"
    ]
    assert {span.name for span in spans if span.kind == "field"} == set(references(template))
