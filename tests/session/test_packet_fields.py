"""A packet's values as filters ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.session.packet_fields import PacketFields
from inspector.session.session import open_session
from tests.cli.made import ACK, OPENING, tcp, write


@pytest.fixture
def fields(tmp_path: Path) -> PacketFields:
    session = open_session(write(tmp_path / "x.pcap", tcp([*OPENING, (0, ACK, b"hello")], 9999)))
    session.load()
    return PacketFields(session.packet(4))


def test_values_occur_as_often_as_in_the_packet(fields: PacketFields) -> None:
    assert list(fields("tcp.port")) == [40000, 9999]
    assert list(fields("ip.addr")) == ["10.0.0.1", "10.0.0.2"]
    assert list(fields("tcp.flags.ack")) == [True]
    assert list(fields("udp.port")) == []
    assert list(fields.layers("tcp.port")) == [1, 1]


def test_layers_are_bytes(fields: PacketFields) -> None:
    (header,) = fields("tcp")
    assert isinstance(header, bytes)
    assert len(header) == 20
    assert [len(whole) for whole in fields.whole("tcp")] == [25]
    assert fields.whole("tcp")[0].endswith(b"hello")
    assert list(fields.whole("udp")) == []
