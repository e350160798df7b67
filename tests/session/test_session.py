"""An open capture: loading by slices, packets with their context, readers, filters, caches."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.capture.files import CaptureError
from inspector.core import resources
from inspector.query.expression import QueryError
from inspector.session import session as sessions
from inspector.session.session import Session, open_session
from tests.cli.made import OPENING, tcp, write

ECHO = resources.captures() / "websocket-echo.pcap"


@pytest.fixture
def echo() -> Session:
    session = open_session(ECHO)
    session.load()
    return session


def test_a_capture_is_loaded_to_its_end(tmp_path: Path) -> None:
    session = open_session(ECHO)
    assert (session.count, session.complete, session.title, session.first_time_ns) == (0, False, ECHO.name, 0)
    slices = 1
    while not session.load(0):
        slices += 1
    assert slices > 1
    assert (session.count, session.complete, session.progress, session.damages) == (39, True, 1.0, [])
    assert session.size == ECHO.stat().st_size
    session.close()
    with pytest.raises(CaptureError, match="no file"):
        open_session(tmp_path / "none")


def test_a_packet_knows_what_the_others_say(echo: Session) -> None:
    packet = echo.packet(30)
    assert packet.fields("tcp.stream") == [0]
    assert packet.fields("tcp.seq") == [66236]
    assert packet.fields("websocket.opcode") == [2]
    assert next(source.packets for source in packet.sources if source.origins) == (27, 28, 30)
    assert echo.packet(30) is packet
    assert echo.pending(30) == ""
    assert echo.explain(packet, packet.layers[1].nodes[0]).short


def test_caches_are_bounded_and_change_nothing(echo: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [[node.show for _, node in echo.packet(number).walk()] for number in range(1, 40)]
    monkeypatch.setattr(sessions, "PACKETS_KEPT", 2)
    monkeypatch.setattr(sessions, "SUMMARIES_KEPT", 2)
    monkeypatch.setattr(sessions, "RECORD_BYTES_KEPT", 10)
    small = open_session(ECHO)
    small.load()
    for number in range(39, 0, -1):
        assert [node.show for _, node in small.packet(number).walk()] == shown[number - 1]
        assert small.summary(number) == echo.summary(number)
    assert len(small._packets) == len(small._summaries) == 2
    assert len(small._records) == 1


def test_readers_are_kept_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [frame for port in range(5) for frame in tcp(OPENING, 1000 + port)]
    session = open_session(write(tmp_path / "x.pcap", frames))
    session.load()
    monkeypatch.setattr(sessions, "READERS_KEPT", 3)
    first = session.reader(0)
    assert session.reader(0) is first
    for stream in range(5):
        session.reader(stream)
    assert len(session._readers) == 3
    assert session.reader(0) is not first
    with pytest.raises(IndexError):
        session.reader(5)


def test_filters_choose_and_errors_come_at_once(echo: Session) -> None:
    found = [number for batch in echo.matching("websocket.opcode == 9") for number in batch]
    assert found == [17, 21]
    assert [number for batch in echo.matching("udp") for number in batch] == []
    with pytest.raises(QueryError):
        echo.matching("no.such == 1")
