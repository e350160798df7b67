"""802.1Q: the tag by which one Ethernet carries several networks that do not see each other.

IEEE 802.1Q clause 9.6. Four bytes pushed in between addresses and type: the Ethernet type 0x8100 announces the tag,
two bytes say which network and how urgent, and then comes the type that stood there before. The surprising things: the
number of the network has only 12 bits, which is why providers put a second tag before the first (0x9100 in the older
form that stands here, 0x88a8 in the standard one); and what follows may be a length instead of a type, as in Ethernet.
"""

from __future__ import annotations

from inspector.core.field import Header, bit, bits, u16
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View

PRIORITIES = {
    0: "Best Effort (default)",
    1: "Background",
    2: "Excellent Effort",
    3: "Critical Applications",
    4: "Video, < 100ms latency and jitter",
    5: "Voice, < 10ms latency and jitter",
    6: "Internetwork Control",
    7: "Network Control",
}
ELIGIBLE = {True: "Eligible", False: "Ineligible"}
TYPES = {
    0x0800: "IPv4",
    0x0806: "ARP",
    0x8100: "802.1Q Virtual LAN",
    0x86DD: "IPv6",
    0x8847: "MPLS label switched packet",
    0x8863: "PPPoE Discovery",
    0x8864: "PPPoE Session",
    0x888E: "802.1X Authentication",
    0x88A8: "802.1ad Provider Bridge (Q-in-Q)",
    0x88CC: "Link Layer Discovery Protocol",
    0x9100: "QinQ: old non-standard 802.1ad",
}
LONGEST_LENGTH = 1500
"""Up to here the last two bytes are a length (IEEE 802.3 clause 3.2.6); types begin at 1536."""


class Tag(Header, name="vlan"):
    """The tag control information, which both forms begin with (IEEE 802.1Q clause 9.6)."""

    priority = bits(3, "Priority", names=PRIORITIES)
    dei = bit("DEI", names=ELIGIBLE)
    id = bits(12, "ID")


class TypeTag(Tag, name="vlan", label="802.1Q Virtual LAN"):
    """The tag and the type of what is inside."""

    etype = u16("Type", base="hex", names=TYPES)


class LengthTag(Tag, name="vlan", label="802.1Q Virtual LAN"):
    """The tag of an IEEE 802.3 frame, whose payload's length comes behind it."""

    len = u16("Length")


def dissect(view: View, situation: Situation) -> Layer:
    """Four bytes; what they carry is claimed by `eth.type` as if there were no tag."""
    tag = TypeTag(view)
    if tag.etype is not None and tag.etype <= LONGEST_LENGTH:
        return _dissect_length_form(view)
    layer = _layer(tag)
    if tag.issue is not None:
        layer.issues.append(tag.issue)
        return layer
    layer.carries.append(Handover(tag.rest, (Claim("eth.type", tag.etype),)))
    return layer


def _dissect_length_form(view: View) -> Layer:
    tag = LengthTag(view)
    layer = _layer(tag)
    if tag.len > tag.rest.size:
        kind = "truncated" if view.missing else "malformed"
        text = f"the length says {tag.len}, the frame has {tag.rest.size}"
        layer.issues.append(Issue(kind, LengthTag.len.name, view.start * 8 + 16, 16, text))
    layer.surplus = tag.rest.after(tag.len)
    layer.carries.append(Handover(tag.rest.first(tag.len, "vlan.len"), (Claim("eth.len", 0),)))
    return layer


def _layer(tag: Tag) -> Layer:
    label = "802.1Q Virtual LAN"
    layer = Layer("vlan", label, tag.view.source, tag.view.start * 8, tag.size * 8, tag.nodes)
    if tag.id is not None:
        layer.label = f"{label}, PRI: {tag.priority}, DEI: {tag.dei:d}, ID: {tag.id}"
        layer.info = f"PRI: {tag.priority}  DEI: {tag.dei:d}  ID: {tag.id}"
    return layer


PROTOCOL = Protocol(
    "vlan",
    "802.1Q Virtual LAN",
    dissect,
    headers=(TypeTag, LengthTag),
    claims=(Claim("eth.type", 0x8100), Claim("eth.type", 0x9100)),
)
