"""The four bytes that BSD and macOS put before packets of their loopback: which kind of address the packet has.

Link types NULL (0) and LOOP (108). The surprising things: NULL writes the number in the byte order of the machine that
captured, LOOP always in the network's; and each system has another number for IPv6, since the numbers are those of its
own programming interface (AF_INET6: 24 on NetBSD, 28 on FreeBSD, 30 on macOS) and were never meant for a wire.
"""

from __future__ import annotations

from inspector.core.field import Header, raw, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View

LOOP = 108
IP_FAMILY, IPV6_FAMILIES = 2, (24, 28, 30)
FAMILIES = {2: "IP", 7: "OSI", 16: "Appletalk", 23: "Netware IPX/SPX", 24: "IPv6", 28: "IPv6", 30: "IPv6"}
TYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6"}
SMALLEST_TYPE = 0x0600
LARGEST = 0xFFFF
ETHERNET_TYPES = {IP_FAMILY: 0x0800, **dict.fromkeys(IPV6_FAMILIES, 0x86DD)}


def _either_way(data: bytes) -> int:
    """The number in the byte order that makes it small: families have one byte, Ethernet types two."""
    number = int.from_bytes(data, "little")
    return number if number <= LARGEST else int.from_bytes(data, "big")


class Null(Header, name="null", label="Null/Loopback"):
    """libpcap's LINKTYPE_NULL: the family in the byte order of whoever captured."""

    family = raw(4, "Family", kind="uint", decode=_either_way, names=FAMILIES)


class Typed(Header, name="null"):
    """What some programs write instead: an Ethernet type, filled up to four bytes."""

    type = raw(4, "Type", kind="uint", decode=_either_way, names=TYPES, base="hex", digits=4)


class Loop(Header, name="null"):
    """libpcap's LINKTYPE_LOOP: the family in network byte order."""

    family = u32("Family", names=FAMILIES)


def dissect(view: View, situation: Situation) -> Layer:
    """Four bytes; what they carry is claimed by `eth.type`, as if it had come by Ethernet."""
    header: Header = Loop(view) if situation.facts.get("frame.link") == LOOP else Null(view)
    number = header.values.get("family", 0)
    if isinstance(header, Null) and SMALLEST_TYPE <= number <= LARGEST:
        header = Typed(view)
    layer = Layer("null", "Null/Loopback", view.source, view.start * 8, header.size * 8, header.nodes)
    layer.info = "Null/Loopback"
    if header.issue is not None:
        layer.issues.append(header.issue)
        return layer
    kind = number if isinstance(header, Typed) else ETHERNET_TYPES.get(number)
    claims = (Claim("null.family", number),) if kind is None else (Claim("eth.type", kind),)
    layer.carries.append(Handover(header.rest, claims))
    return layer


PROTOCOL = Protocol(
    "null",
    "Null/Loopback",
    dissect,
    headers=(Null, Typed, Loop),
    claims=(Claim("frame.link", 0), Claim("frame.link", LOOP)),
)
