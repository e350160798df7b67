"""802.1ad, also called Q-in-Q: the outer tag, by which a provider carries its customers' own VLANs.

IEEE 802.1Q clause 9.6 (once 802.1ad). The Ethernet type 0x88a8 announces it, and inside is mostly a customer's tag
with 0x8100. The surprising thing: Wireshark gives the same four bytes other names than the inner tag's, so a filter on
`vlan.id` looks at the customer's number and not at the provider's.
"""

from __future__ import annotations

from inspector.core.field import Header, bit, bits, u16
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View

TYPES = {
    0x0800: "IPv4",
    0x0806: "ARP",
    0x8100: "802.1Q Virtual LAN",
    0x86DD: "IPv6",
    0x88A8: "802.1ad Provider Bridge (Q-in-Q)",
    0x88E7: "802.1ah Provider Backbone Bridge (mac-in-mac)",
}


class ServiceTag(Header, name="ieee8021ad", label="IEEE 802.1ad"):
    """IEEE 802.1Q clause 9.6, the service tag."""

    priority = bits(3, "Priority")
    dei = bit("DEI")
    id = bits(12, "ID")
    etype = u16("Type", name="ieee8021ah.etype", base="hex", names=TYPES)


def dissect(view: View, situation: Situation) -> Layer:
    """Four bytes; what they carry is claimed by `eth.type` as if there were no tag."""
    tag = ServiceTag(view)
    layer = Layer("ieee8021ad", "IEEE 802.1ad", view.source, view.start * 8, tag.size * 8, tag.nodes)
    if tag.issue is not None:
        layer.issues.append(tag.issue)
        return layer
    layer.label = f"IEEE 802.1ad, ID: {tag.id}"
    layer.protocol = "802.1ad"
    layer.info = f"PRI: {tag.priority}  DEI: {tag.dei:d}  ID: {tag.id}"
    layer.carries.append(Handover(tag.rest, (Claim("eth.type", tag.etype),)))
    return layer


PROTOCOL = Protocol(
    "ieee8021ad",
    "IEEE 802.1ad",
    dissect,
    headers=(ServiceTag,),
    claims=(Claim("eth.type", 0x88A8),),
)
