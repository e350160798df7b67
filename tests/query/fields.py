"""A handful of known fields and one packet, for the tests of the expression language."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.core.node import Value
from inspector.query.expression import Spec
from tests.query.judge import Known

KNOWN: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        Known("eth.src", "ether"),
        Known("frame.time", "time"),
        Known("frame.time_relative", "time"),
        Known("http.host", "str"),
        Known("ip.src", "ipv4"),
        Known("ip.ttl", "uint", {}, 8),
        Known("ipv6.src", "ipv6"),
        Known("tcp.analysis.retransmission", "none"),
        Known("tcp.flags", "uint", {}, 12),
        Known("tcp.flags.syn", "bool"),
        Known("tcp.payload", "bytes"),
        Known("tcp.port", "uint", {}, 16),
        Known("websocket.opcode", "uint", {1: "Text", 2: "Binary"}, 4),
    )
}

PACKET: dict[str, Sequence[Value]] = {
    "eth.src": ["00:11:22:33:44:55"],
    "frame.time_relative": [1_500_000_000],
    "http.host": ["localhost"],
    "ip.src": ["10.1.2.3"],
    "ip.ttl": [64],
    "ipv6.src": ["fe80::1"],
    "tcp.analysis.retransmission": [None],
    "tcp.flags": [0x12],
    "tcp.flags.syn": [True],
    "tcp.payload": [b"GET / HTTP/1.1\r\n"],
    "tcp.port": [50000, 80],
    "tcp": [b"\xc3P\0P"],
}


def packet(name: str) -> Sequence[Value]:
    return PACKET.get(name, ())
