"""Linux's cooked capture: what stands before a packet that was captured on "any" interface.

Link types LINUX_SLL (113) and LINUX_SLL2 (276), as libpcap documents them. Interfaces of different kinds have
different headers, so Linux takes them off and writes one of its own: whether the packet came or went, the address of
whoever sent it, the type of what is inside. The surprising things: the destination's address is lost; and the address
field has always eight bytes, of which only some are used. The second version also tells the interface.
"""

from __future__ import annotations

from collections.abc import Callable

from inspector.core.addresses import ether, ipv4
from inspector.core.field import Header, address, raw, u8, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec

SECOND_VERSION = 276
PACKET_TYPES = {
    0: "Unicast to us",
    1: "Broadcast",
    2: "Multicast",
    3: "Unicast to another host",
    4: "Sent by us",
}
HARDWARE = {
    0: "NET/ROM pseudo", 1: "Ethernet", 2: "Experimental Ethernet", 6: "IEEE 802", 15: "Frame Relay DLCI", 19: "ATM",
    24: "IEEE 1394.1995", 27: "EUI-64", 32: "InfiniBand", 280: "Controller Area Network", 512: "PPP",
    513: "Cisco HDLC", 519: "Raw IP", 768: "IPIP tunnel", 769: "IP6IP6 tunnel", 772: "Loopback",
    776: "sit0 device - IPv6-in-IPv4", 778: "GRE over IP", 801: "IEEE 802.11", 803: "IEEE 802.11 + radiotap header",
    804: "IEEE 802.15.4", 823: "GRE over IPv6", 824: "Netlink", 826: "Vsock monitor header",
    65534: "zero header length", 65535: "Void type, nothing is known",
}  # fmt: skip
TYPES = {
    0x0800: "IPv4", 0x0806: "ARP", 0x8100: "802.1Q Virtual LAN", 0x86DD: "IPv6", 0x8863: "PPPoE Discovery",
    0x8864: "PPPoE Session", 0x888E: "802.1X Authentication", 0x88CC: "Link Layer Discovery Protocol",
}  # fmt: skip
LINUX_TYPES = {1: "Raw 802.3", 3: "Ethernet", 4: "802.2 LLC", 7: "PPP HDLC", 12: "CAN", 13: "CAN FD"}
GRE = 778
LLC = 4
LARGEST_LINUX_TYPE = 0x0600
ROOM = 8
"""The bytes that are kept for the sender's address."""

When = Callable[[Header], bool]


def _said(header: Header, offset: int) -> int:
    """The two bytes at an offset of the header, -1 if they are not there."""
    start = header.view.start + offset
    data = header.view.source.data[start : min(start + 2, header.view.end)]
    return int.from_bytes(data, "big") if len(data) == 2 else -1


def _is(name: str, hardware_at: int, type_at: int) -> When:
    """Whether the type field is one of GRE's, one of Linux's own or an Ethernet type."""

    def decide(header: Header) -> bool:
        hardware, number = _said(header, hardware_at), _said(header, type_at)
        found = "gre" if hardware == GRE else "linux" if 0 <= number <= LARGEST_LINUX_TYPE else "ethernet"
        return name == found

    return decide


def _used(header: Header) -> int:
    return min(int(header.values["halen"]), ROOM)


class Cooked(Header, name="sll", label="Linux cooked capture v1"):
    """libpcap's LINKTYPE_LINUX_SLL."""

    pkttype = u16("Packet type", names=PACKET_TYPES)
    hatype = u16("Link-layer address type", names=HARDWARE)
    halen = u16("Link-layer address length")
    eth = address(6, "Source", of=("ether", ether), name="sll.src.eth", when=lambda sll: sll.halen == 6)
    ipv4 = address(4, "Source", of=("ipv4", ipv4), name="sll.src.ipv4", when=lambda sll: sll.halen == 4)
    other = raw(_used, "Source", name="sll.src.other", when=lambda sll: sll.halen not in (0, 4, 6))
    unused = raw(lambda sll: ROOM - _used(sll), "Unused", when=lambda sll: _used(sll) < ROOM)
    etype = u16("Protocol", base="hex", names=TYPES, when=_is("ethernet", 2, 14))
    ltype = u16("Protocol", base="hex", names=LINUX_TYPES, when=_is("linux", 2, 14))
    gretype = u16("Protocol", base="hex", names=TYPES, when=_is("gre", 2, 14))


class Cooked2(Header, name="sll", label="Linux cooked capture v2"):
    """libpcap's LINKTYPE_LINUX_SLL2."""

    etype = u16("Protocol", base="hex", names=TYPES, when=_is("ethernet", 8, 0))
    ltype = u16("Protocol", base="hex", names=LINUX_TYPES, when=_is("linux", 8, 0))
    gretype = u16("Protocol", base="hex", names=TYPES, when=_is("gre", 8, 0))
    reserved = raw(2, "Reserved")
    ifindex = u32("Interface index")
    hatype = u16("Link-layer address type", names=HARDWARE)
    pkttype = u8("Packet type", names=PACKET_TYPES)
    halen = u8("Link-layer address length")
    eth = address(6, "Source", of=("ether", ether), name="sll.src.eth", when=lambda sll: sll.halen == 6)
    ipv4 = address(4, "Source", of=("ipv4", ipv4), name="sll.src.ipv4", when=lambda sll: sll.halen == 4)
    other = raw(_used, "Source", name="sll.src.other", when=lambda sll: sll.halen not in (0, 4, 6))
    unused = raw(lambda sll: ROOM - _used(sll), "Unused", when=lambda sll: _used(sll) < ROOM)


TRAILER = Spec("sll.trailer", "Trailer", "bytes", key="trailer")


def dissect(view: View, situation: Situation) -> Layer:
    """Sixteen or twenty bytes; what they carry is claimed by `eth.type`, or by Linux's own number."""
    second = situation.facts.get("frame.link") == SECOND_VERSION
    sll: Header = Cooked2(view) if second else Cooked(view)
    layer = Layer("sll", type(sll).spec.label, view.source, view.start * 8, sll.size * 8, sll.nodes)
    layer.adopts = lambda surplus: [Node(TRAILER, surplus.source, surplus.start * 8, surplus.size * 8, surplus.data)]
    layer.info = PACKET_TYPES.get(sll.values.get("pkttype", -1), "Cooked capture")
    if sll.issue is not None:
        layer.issues.append(sll.issue)
        return layer
    layer.carries.append(Handover(sll.rest, _claims(sll)))
    return layer


def _claims(sll: Header) -> tuple[Claim, ...]:
    values = sll.values
    if "gretype" in values:
        return (Claim("gre.proto", values["gretype"]), Claim("eth.type", values["gretype"]))
    if "ltype" in values:
        return (Claim("eth.len", 0),) if values["ltype"] == LLC else (Claim("sll.ltype", values["ltype"]),)
    return (Claim("eth.type", values["etype"]),)


PROTOCOL = Protocol(
    "sll",
    "Linux cooked capture",
    dissect,
    headers=(Cooked, Cooked2),
    fields=(TRAILER,),
    claims=(Claim("frame.link", 113), Claim("frame.link", SECOND_VERSION)),
)
