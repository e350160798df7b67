"""What goes to the clipboard is one printable line, and the filter finds the packet that it was taken from."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from inspector.core.node import Node, Value
from inspector.core.spec import Kind, Spec
from inspector.engine.registry import known_fields
from inspector.query.filter import compile_filter
from inspector.ui.copying import expression, quoted, value


def node(name: str, kind: Kind, found: Value, **options: object) -> Node:
    return Node(Spec(name, "Label", kind, **options), None, 0, 8, found)  # type: ignore[arg-type]


@given(strategies.text())
def test_a_copied_value_is_one_printable_line(text: str) -> None:
    assert value(node("http.host", "str", text)).isprintable()
    assert expression(node("http.host", "str", text)).isprintable()


def test_controls_are_written_as_escapes() -> None:
    assert value(node("http.host", "str", "a\r\nrm -rf ~\x1b")) == "a\\r\\nrm -rf ~\\x1b"
    assert quoted('say "hi"\\\n') == '"say \\"hi\\"\\\\\\x0a"'


@pytest.mark.parametrize(
    "found, said",
    [
        (node("ip.ttl", "uint", 64), "ip.ttl == 64"),
        (node("ip.id", "uint", 7, base="hex", digits=4), "ip.id == 0x0007"),
        (node("tcp.flags.syn", "bool", True), "tcp.flags.syn == 1"),
        (node("ip.src", "ipv4", "10.0.0.1"), "ip.src == 10.0.0.1"),
        (node("tcp.payload", "bytes", b"\x00\xff"), "tcp.payload == 00:ff"),
        (node("tcp.payload", "bytes", b""), "tcp.payload"),
        (node("tcp.payload", "bytes", bytes(100)), f"tcp.payload[0:64] == {bytes(64).hex(':')}"),
        (node("http.host", "str", "a"), 'http.host == "a"'),
        (node("tcp", "none", None), "tcp"),
    ],
)
def test_the_filter_compiles(found: Node, said: str) -> None:
    assert expression(found) == said
    compile_filter(said, known_fields())


@given(strategies.text(alphabet=strategies.characters(exclude_categories=["Cs"]), max_size=20))
def test_the_filter_of_any_text_matches_that_text(text: str) -> None:
    chosen = compile_filter(expression(node("http.host", "str", text)), known_fields())
    assert chosen.matches(lambda name: [text] if name == "http.host" else [])
