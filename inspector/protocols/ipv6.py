"""IPv6: the packet of the Internet protocol's sixth version, with addresses of 16 bytes.

RFC 8200 section 3. The surprising things: the payload length does not count this header, there is no checksum at all,
and what would be an option in IPv4 is a header of its own behind this one.
"""

from __future__ import annotations

from inspector.core.addresses import ether, ipv6
from inspector.core.field import Header, address, bits, group, u8, u16
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

NEXT_HEADERS = {
    0: "IPv6 Hop-by-Hop Option",
    4: "IPIP",
    6: "TCP",
    17: "UDP",
    41: "IPv6",
    43: "Routing Header for IPv6",
    44: "Fragment Header for IPv6",
    47: "GRE",
    50: "Encap Security Payload",
    51: "Authentication Header",
    58: "ICMPv6",
    59: "No Next Header for IPv6",
    60: "Destination Options for IPv6",
    132: "SCTP",
    135: "Mobility Header",
}
DSCP = {0: "Default", 46: "Expedited Forwarding", 48: "Class Selector 6", 56: "Class Selector 7"}
ECN = {
    0: "Not ECN-Capable Transport",
    1: "ECN-Capable Transport codepoint '01'",
    2: "ECN-Capable Transport codepoint '10'",
    3: "Congestion Experienced",
}


class Ipv6(Header, name="ipv6", label="Internet Protocol Version 6"):
    """RFC 8200 section 3."""

    version = bits(4, "Version", also="ip.version")
    tclass = group(
        8,
        "Traffic Class",
        options={"base": "hex", "digits": 8},
        dscp=bits(6, "Differentiated Services Codepoint", names=DSCP),
        ecn=bits(2, "Explicit Congestion Notification", names=ECN),
    )
    flow = bits(20, "Flow Label", base="hex", digits=6)
    plen = u16("Payload Length")
    nxt = u8("Next Header", names=NEXT_HEADERS)
    hlim = u8("Hop Limit")
    src = address(16, "Source Address", of=("ipv6", ipv6), also=("ipv6.addr", "ipv6.src_host", "ipv6.host"))
    dst = address(16, "Destination Address", of=("ipv6", ipv6), also=("ipv6.addr", "ipv6.dst_host", "ipv6.host"))


SRC_SLAAC_MAC = computed("ipv6.src_slaac_mac", "Source SLAAC MAC", "ether")
DST_SLAAC_MAC = computed("ipv6.dst_slaac_mac", "Destination SLAAC MAC", "ether")
SLAAC_MAC = Spec("ipv6.slaac_mac", "SLAAC MAC", "ether", key="slaac_mac", hidden=True)


def dissect(view: View, situation: Situation) -> Layer:
    """Forty bytes; the payload is claimed by `ip.proto`, in which both versions share their numbers."""
    ipv6_header = Ipv6(view)
    layer = Layer(
        "ipv6", "Internet Protocol Version 6", view.source, view.start * 8, ipv6_header.size * 8, ipv6_header.nodes
    )
    _add_macs(ipv6_header)
    if ipv6_header.issue is not None:
        layer.issues.append(ipv6_header.issue)
        return layer
    if ipv6_header.version != 6:
        text = f"the version says {ipv6_header.version}, but what carries this packet says that it is IPv6"
        layer.issues.append(Issue("malformed", Ipv6.version.name, view.start * 8, 4, text))
        layer.info = f"Bogus IPv6 version ({ipv6_header.version}, must be 6)"
        layer.carries.append(Handover(ipv6_header.rest, ()))
        return layer
    rest, said = ipv6_header.rest, ipv6_header.plen
    payload = rest
    if said or ipv6_header.nxt != 0:  # a length of 0 with a hop-by-hop header may be a jumbogram (RFC 2675)
        if said > rest.size:
            kind = "truncated" if view.missing else "malformed"
            text = f"the payload length says {said}, the packet has {rest.size}"
            layer.issues.append(Issue(kind, Ipv6.plen.name, view.start * 8 + 32, 16, text))
        payload = rest.first(said, "ipv6.plen")
        layer.surplus = rest.after(said)
    layer.info = NEXT_HEADERS.get(ipv6_header.nxt, f"Next header {ipv6_header.nxt}")
    if payload.size > 0:
        facts = {
            "source": view.source.data[view.start + 8 : view.start + 24],
            "destination": view.source.data[view.start + 24 : view.start + 40],
            "cut": said > rest.size,
            "ttl": ipv6_header.hlim,
            "ip.proto": ipv6_header.nxt,
        }
        layer.carries.append(Handover(payload, (Claim("ip.proto", ipv6_header.nxt),), facts))
    return layer


def _add_macs(header: Ipv6) -> None:
    """The MAC address that an address made by SLAAC holds (RFC 4291 appendix A): bit 7 flipped, ff:fe taken out."""
    for spec, named in ((Ipv6.src, SRC_SLAAC_MAC), (Ipv6.dst, DST_SLAAC_MAC)):
        node = header.node(spec)
        if node is None or node.at is None or node.width != 128:
            continue
        low = node.raw[8:]
        if low[3:5] != b"\xff\xfe":
            continue
        value = ether(bytes((low[0] ^ 2,)) + low[1:3] + low[5:])
        for mac in (named, SLAAC_MAC):
            node.children.append(Node(mac, node.source, node.at + 64, 64, value, tiles=False))


PROTOCOL = Protocol(
    "ipv6",
    "Internet Protocol Version 6",
    dissect,
    headers=(Ipv6,),
    fields=(SRC_SLAAC_MAC, DST_SLAAC_MAC, SLAAC_MAC),
    claims=(Claim("eth.type", 0x86DD), Claim("frame.link", 229), Claim("ip.proto", 41), Claim("raw.version", 6)),
)
