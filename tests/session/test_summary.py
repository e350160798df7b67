"""The packet list's line."""

from __future__ import annotations

from pathlib import Path

from inspector.core.layer import Layer, Packet
from inspector.core.source import Source
from inspector.session.session import open_session
from inspector.session.summary import JOINED_AT_MOST, summarize
from tests.cli.made import OPENING, tcp, write


def packet(*layers: Layer) -> Packet:
    source = Source("record", b"")
    return Packet(3, 5, 60, 60, 1, [source], [Layer("frame", "Frame", source, 0, 0), *layers])


def layer(name: str, info: str, **options: object) -> Layer:
    return Layer(name, name, Source("record", b""), 0, 0, info=info, **options)  # type: ignore[arg-type]


def test_the_line_of_a_real_packet(tmp_path: Path) -> None:
    session = open_session(write(tmp_path / "x.pcap", tcp(OPENING)))
    session.load()
    line = summarize(session.packet(1))
    assert line == session.summary(1)
    assert (line.number, line.source, line.destination, line.protocol) == (1, "10.0.0.1", "10.0.0.2", "TCP")
    assert line.info.startswith("40000 → 80 [SYN] Seq=0")
    assert not line.issue


def test_many_messages_are_counted() -> None:
    frames = [layer("websocket", f"m{i}", protocol="WebSocket") for i in range(JOINED_AT_MOST + 2)]
    line = summarize(packet(layer("tcp", "ports"), *frames))
    assert (line.protocol, line.info) == ("WebSocket", "m0, m1, m2, m3, m4 (+2 more)")


def test_mere_bytes_leave_the_line_to_their_carrier() -> None:
    line = summarize(packet(layer("udp", "5 → 6"), layer("data", "x", listed=False)))
    assert (line.protocol, line.info) == ("UDP", "5 → 6")


def test_a_packet_of_nothing() -> None:
    assert summarize(packet())[2:] == ("", "", "", 60, "", False)
