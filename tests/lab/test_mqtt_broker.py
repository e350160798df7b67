"""The lab's broker: whole packets only, and nothing that it does not know."""

from __future__ import annotations

import pytest

from inspector.lab.errors import LabError
from inspector.lab.mqtt_broker import Broker, packet, varint


def test_broker_waits_for_whole_packets_and_refuses_strange_ones() -> None:
    broker = Broker()
    assert list(broker.feed(b"\xc0")) == []
    assert list(broker.feed(b"\x00\xc0\x00")) == [b"\xd0\x00", b"\xd0\x00"]
    assert varint(321) == b"\xc1\x02"
    with pytest.raises(LabError, match="type 0"):
        list(broker.feed(packet(0)))
