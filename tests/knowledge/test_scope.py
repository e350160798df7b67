"""An explanation speaks of its own option and its own header, also where a packet holds several."""

from __future__ import annotations

from functools import cache

from inspector.core.layer import Packet
from inspector.core.node import Node
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from inspector.knowledge.scope import Scope, explain_node
from inspector.query.prose import MISSING

OPTIONS = bytes.fromhex("020405b4 0402 080a 00000007 00000000 01 030307")
SYN = bytes.fromhex("c350 0bb8 00000064 00000000 a0 02 faf0 0000 0000") + OPTIONS


def _ip(proto: int, payload: bytes, ttl: int, last: int) -> bytes:
    length = (20 + len(payload)).to_bytes(2, "big")
    addresses = bytes((192, 0, 2, last, 192, 0, 2, last + 1))
    return b"\x45\x00" + length + b"\0\0\x40\0" + bytes((ttl, proto)) + b"\0\0" + addresses + payload


@cache
def _tunnel() -> Packet:
    """A SYN in an IPv4 packet in another, without a link layer."""
    data = _ip(4, _ip(6, SYN, 64, 1), 128, 11)
    return dissect(Record(1, 0, len(data), 101, data), strict=True)


def _nodes(name: str) -> list[Node]:
    return [node for _, node in _tunnel().walk() if node.spec.name == name]


def _said(node: Node) -> str:
    return "".join(span.text for span in explain_node(_tunnel(), node).here)


def test_each_option_is_explained_by_its_own_kind() -> None:
    said = [_said(node) for node in _nodes("tcp.option_kind")]
    parts = ["largest segment", "selective acknowledgments", "timestamps", "a filler", "to be shifted"]
    assert len(said) == len(parts)
    for text, part in zip(said, parts):
        assert part in text


def test_each_ip_header_of_a_tunnel_is_explained_by_its_own_values() -> None:
    outer, inner = _nodes("ip.ttl")
    assert "what Windows starts with" in _said(outer)
    assert "what Linux and macOS start with" in _said(inner)
    assert [Scope(_tunnel(), node).text("ip.src") for node in (outer, inner)] == ["192.0.2.11", "192.0.2.1"]


def test_layers_and_absent_fields() -> None:
    scope = Scope(_tunnel(), _nodes("tcp.srcport")[0])
    assert list(scope.fields("tcp"))
    assert list(scope.fields("udp")) == []
    assert scope.text("udp.srcport") is None
    assert list(scope.fields("tcp.dstport")) == [3000]


def test_every_field_of_the_headers_is_explained_with_values_that_are_there() -> None:
    for layer, node in _tunnel().walk():
        said = explain_node(_tunnel(), node)
        assert said.short, node
        assert said.here, node
        if layer.name != "tcp":  # the stream's own facts need a capture around the packet
            assert MISSING not in [span.text for span in said.here], node
