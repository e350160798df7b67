"""Two hosts meet: what the bundled capture holds, read by dpkt, and a run of our own."""

from __future__ import annotations

import io
import socket

import dpkt
import pytest

from inspector.lab.make_captures import FOLDER
from inspector.lab.registry import scenario_called

CAPTURE = FOLDER / "arp-and-ping.pcap"
NEAR, FAR = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")


def frames() -> list[dpkt.ethernet.Ethernet]:
    return [dpkt.ethernet.Ethernet(data) for _, data in dpkt.pcap.Reader(io.BytesIO(CAPTURE.read_bytes()))]


def test_only_the_two_hosts_speak() -> None:
    assert {frame.src for frame in frames()} == {NEAR, FAR}


def test_capture_is_small() -> None:
    assert CAPTURE.stat().st_size < 30_000


def test_answer_tells_the_address_that_frames_then_go_to() -> None:
    replies = [frame.arp for frame in frames() if isinstance(frame.data, dpkt.arp.ARP) and frame.arp.op == 2]
    assert [(reply.sha, reply.spa) for reply in replies] == [(FAR, socket.inet_aton("10.0.0.2"))]


def test_port_unreachable_quotes_the_datagram() -> None:
    sent = [bytes(frame.ip) for frame in frames() if isinstance(frame.data, dpkt.ip.IP) and frame.ip.p == 17]
    errors = [frame.ip.icmp for frame in frames() if isinstance(frame.data, dpkt.ip.IP) and frame.ip.p == 1]
    (unreachable,) = [error for error in errors if (error.type, error.code) == (3, 3)]
    assert bytes(unreachable.data)[4:] == sent[0]


def test_checksums_are_filled_in() -> None:
    """Unlike on loopback: dpkt computes a sum anew when the field is zero."""
    segments = [frame.ip for frame in frames() if isinstance(frame.data, dpkt.ip.IP) and frame.ip.p == 6]
    assert segments
    for packet in segments:
        found, packet.tcp.sum = packet.tcp.sum, 0
        packet.sum = 0
        assert dpkt.ip.IP(bytes(packet)).tcp.sum == found


@pytest.mark.root
def test_run_ends_with_nothing_left_over() -> None:
    log = scenario_called("arp-and-ping").run()
    (stream,) = log.streams
    assert stream.server == "10.0.0.2:4567"
    assert "linux" in log.made_with
