"""The packet list's words are tshark's, for the layers up to TCP and UDP, the wrong packets too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from inspector.capture.files import open_capture
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from tests.capture.made import Packet, pcap
from tests.protocols.wire import ETHER, ipv4, ipv6, tcp, udp

LAYERS = ("eth", "ip", "ipv6", "tcp", "udp")
ETHER6 = ETHER[:12] + b"\x86\xdd"
SYN = bytes.fromhex("020405b4 0402 080a 11223344 55667788 01 030307")
SACK = bytes.fromhex("0101 050a 0a0b0c0d 0a0b0c0e")

FRAMES = {
    "udp": ETHER + ipv4(udp(b"\x00" * 9)),
    "udp over IPv6": ETHER6 + ipv6(udp(b"\x00" * 9, checksum=1)),
    "a UDP length too small": ETHER + ipv4(udp(b"hello", length=7)),
    "a UDP length too large": ETHER + ipv4(udp(b"hello", length=100)),
    "SYN": ETHER + ipv4(tcp(options=SYN, flags=2), 6),
    "no flags": ETHER + ipv4(tcp(flags=0), 6),
    "all flags": ETHER + ipv4(tcp(flags=0x1FF), 6),
    "a header length too small": ETHER + ipv4(tcp(b"hello", words=4), 6),
    "a total length too small": ETHER + ipv4(tcp(b"hello"), 6, length=12),
    "a total length too large": ETHER + ipv4(tcp(b"hello"), 6, length=1000),
    "a total length of 0": ETHER + ipv4(tcp(b"hello"), 6, length=0),
    "an IP header length too small": ETHER + ipv4(tcp(b"hello"), 6, words=4),
    "another IP version": ETHER + ipv4(tcp(b"hello"), 6, first=0x55),
    "an unknown protocol": ETHER + ipv4(b"hello", 253),
    "a first fragment": ETHER + ipv4(tcp(b"hello000"), 6, pieces=0x2000),
    "neither length nor type": ETHER[:12] + b"\x05\xe0" + bytes(50),
}


def relative(text: str) -> str:
    """Without context there are no relative numbers: ours are written as tshark counts a stream's first segment."""
    syn = "[SYN" in text or "SYN," in text
    return text.replace("Seq=16909060", f"Seq={0 if syn else 1}").replace("Ack=168496141", "Ack=1")


@pytest.mark.tshark
def test_the_list_says_what_tshark_says(tmp_path: Path) -> None:
    """Each frame in a file of its own, so that none is a retransmission of another."""
    for name, frame in FRAMES.items():
        path = tmp_path / "one.pcap"
        path.write_bytes(pcap([Packet(1, 0, frame)]))
        command = ["tshark", "-2", "-n", "-r", str(path), "-T", "fields", "-e", "_ws.col.Info"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC"})
        packet = dissect(Record(1, 0, len(frame), 1, frame), strict=True)
        ours = [layer.info for layer in packet.layers if layer.name in LAYERS][-1]
        assert relative(ours) == said.stdout.strip(), name


def test_the_frames_are_read_back_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "all.pcap"
    path.write_bytes(pcap([Packet(1, 0, frame) for frame in FRAMES.values()]))
    with open_capture(path) as capture:
        assert sum(len(batch) for batch in capture.scan()) == len(FRAMES) == 16
