"""What tshark says of a capture: every field occurrence of its PDML, asked as the project agreed to ask.

Two passes, no name resolution, out-of-order segments reassembled, times in UTC. What tshark prints for people only
(resolved vendor names, expert texts, items without a name) is left out here, so that the comparison counts facts.
"""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OURS = frozenset(
    ("frame", "eth", "vlan", "ieee8021ad", "ieee8021ah", "null", "sll", "arp", "ip", "ipv6", "icmp", "icmpv6")
    + ("udp", "tcp", "http", "websocket", "json")
    + ("dns", "mdns", "llmnr", "dhcp")
)
AROUND = frozenset(("geninfo", "raw", "fake-field-wrapper", "data", "media", "png", "image-gif", "data-text-lines"))
"""Wrappers, and what tshark dissects of bodies that we show as bytes: nothing of ours comes behind them in a packet."""


class Occurrence(NamedTuple):
    """One field as tshark shows it: `show` is its text, `value` its bytes in hex, `pos` and `size` in bytes."""

    name: str
    show: str
    value: str
    pos: int
    size: int


def ask(path: Path) -> Iterator[tuple[int, list[Occurrence]]]:
    """Each packet's number and the occurrences of fields of our protocols, up to the first layer that is not ours."""
    command = ["tshark", "-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", str(path), "-T", "pdml"]
    environment = {**os.environ, "TZ": "UTC"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        number = 0
        for _, element in ET.iterparse(process.stdout):
            if element.tag == "packet":
                number += 1
                yield number, list(_occurrences(element))
                element.clear()


def _occurrences(packet: ET.Element) -> Iterator[Occurrence]:
    for proto in packet.findall("proto"):
        name = proto.get("name", "")
        if name not in OURS and name not in AROUND:
            return
        if name not in OURS and name != "fake-field-wrapper":
            continue
        for field in proto.iter("field"):
            if is_compared(field.get("name", "")):
                yield Occurrence(
                    field.get("name", ""),
                    field.get("show", ""),
                    field.get("unmaskedvalue") or field.get("value", ""),
                    int(field.get("pos", "0")),
                    int(field.get("size", "0")),
                )


def is_compared(name: str) -> bool:
    """Whether tshark is the judge of this field at all."""
    prefix = name.partition(".")[0]
    if prefix not in OURS or "." not in name:
        return False
    if name.endswith((".oui_resolved", ".expert", ".checksum.status")):
        return False
    return name not in {
        "frame.protocols",
        "frame.marked",
        "frame.ignored",
        "frame.encap_type",
        "frame.time",
    }
