"""Ethernet II: the frame that carries packets from one machine to the next on the same link.

IEEE 802.3 clause 3. Fourteen bytes: where to, where from, what is inside. The surprising things: the destination comes
first, so that a switch can decide before the frame has fully arrived; a number up to 1500 in the type field is not a
type but a length (IEEE 802.3 frames); and frames shorter than 60 bytes are filled up, with bytes that belong to nobody.
"""

from __future__ import annotations

from inspector.core.addresses import ether
from inspector.core.field import Header, Mark, Options, address, u16
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec

TYPES = {
    0x0800: "IPv4",
    0x0806: "ARP",
    0x8035: "RARP",
    0x8100: "802.1Q Virtual LAN",
    0x86DD: "IPv6",
    0x8847: "MPLS label switched packet",
    0x8848: "MPLS with upstream-assigned label",
    0x8863: "PPPoE Discovery",
    0x8864: "PPPoE Session",
    0x888E: "802.1X Authentication",
    0x88A8: "802.1ad Provider Bridge (Q-in-Q)",
    0x88CC: "Link Layer Discovery Protocol",
    0x88E5: "802.1AE (MACsec)",
    0x9000: "Loopback (Configuration Test Protocol)",
}
SMALLEST_TYPE = 0x0600
LARGEST_LENGTH = 1500
SHORTEST_FRAME = 60
"""Without the frame check sequence; what is shorter is filled up before it is sent."""
LOCAL = {True: "Locally administered address (this is NOT the factory default)", False: "Globally unique address"}
GROUP = {True: "Group address (multicast/broadcast)", False: "Individual address (unicast)"}


def _inside(side: str, key: str) -> Options:
    return {
        "also": (f"eth.{key}_resolved", "eth.addr", "eth.addr_resolved"),
        "marks": {
            "oui": Mark(0, 24, f"{side} OUI", also="eth.addr.oui"),
            "lg": Mark(6, 1, "LG bit", names=LOCAL, also="eth.lg"),
            "ig": Mark(7, 1, "IG bit", names=GROUP, also="eth.ig"),
        },
    }


class Addresses(Header, name="eth"):
    """What both forms of the frame begin with."""

    dst = address(6, "Destination", of=("ether", ether), **_inside("Destination", "dst"))
    src = address(6, "Source", of=("ether", ether), **_inside("Source", "src"))


class Ethernet(Addresses, name="eth", label="Ethernet II"):
    """IEEE 802.3 clause 3.1.1, in its Ethernet II form."""

    type = u16("Type", base="hex", names=TYPES)


class LengthEthernet(Addresses, name="eth", label="IEEE 802.3 Ethernet"):
    """The older form, where the third field is the payload's length."""

    len = u16("Length")


PADDING = Spec("eth.padding", "Padding", "bytes", key="padding")
TRAILER = Spec("eth.trailer", "Trailer", "bytes", key="trailer")
FCS = Spec("eth.fcs", "Frame check sequence", "uint", key="fcs", base="hex", digits=8)


def dissect(view: View, situation: Situation) -> Layer:
    """Fourteen bytes; what they carry is claimed by `eth.type`, or by `eth.len` for the older form."""
    ethernet = Ethernet(view)
    if ethernet.type is not None and ethernet.type <= LARGEST_LENGTH:
        return _dissect_length_form(view)
    layer = Layer("eth", "Ethernet II", view.source, view.start * 8, ethernet.size * 8, ethernet.nodes)
    layer.adopts = lambda surplus: _behind(view, surplus)
    if ethernet.issue is not None:
        layer.issues.append(ethernet.issue)
        return layer
    layer.info = TYPES.get(ethernet.type, f"Type 0x{ethernet.type:04x}")
    if ethernet.type < SMALLEST_TYPE:
        text = f"a type is at least {SMALLEST_TYPE} and a length at most {LARGEST_LENGTH}, this is {ethernet.type}"
        layer.issues.append(Issue("malformed", Ethernet.type.name, view.start * 8 + 96, 16, text))
        layer.info = f"Ethernet Unknown: Invalid length/type: 0x{ethernet.type:04x} ({ethernet.type})"
    layer.carries.append(Handover(ethernet.rest, (Claim("eth.type", ethernet.type),)))
    return layer


def _dissect_length_form(view: View) -> Layer:
    ethernet = LengthEthernet(view)
    layer = Layer("eth", "IEEE 802.3 Ethernet", view.source, view.start * 8, ethernet.size * 8, ethernet.nodes)
    layer.adopts = lambda surplus: _behind(view, surplus)
    layer.info = "802.3 frame"
    there = ethernet.rest.size
    if ethernet.len > there:
        kind = "truncated" if view.missing else "malformed"
        text = f"the length says {ethernet.len}, the frame has {there}"
        layer.issues.append(Issue(kind, LengthEthernet.len.name, view.start * 8 + 96, 16, text))
    inside = ethernet.rest.first(ethernet.len, "eth.len")
    layer.surplus = ethernet.rest.after(ethernet.len)
    layer.carries.append(Handover(inside, (Claim("eth.len", 0),)))
    return layer


def _behind(frame: View, surplus: View) -> list[Node]:
    """What stands behind the packet: zeros up to the shortest frame, then a trailer, then perhaps the check sequence.

    Most captures leave the check sequence (FCS) out, and nothing tells whether one did: four bytes or more at the end
    of a frame of at least 64 are taken for it, as Wireshark does.
    """
    nodes, start, end = [], surplus.start, surplus.end
    data = frame.source.data
    fill = SHORTEST_FRAME - (start - frame.start)
    if 0 < fill <= end - start and not any(data[start : start + fill]):
        nodes.append(Node(PADDING, frame.source, start * 8, fill * 8, data[start : start + fill]))
        start += fill
    checked = end - start >= 4 and end - frame.start >= SHORTEST_FRAME + 4 and not frame.missing
    stop = end - 4 if checked else end
    if stop > start:
        nodes.append(Node(TRAILER, frame.source, start * 8, (stop - start) * 8, data[start:stop]))
    if checked:
        nodes.append(Node(FCS, frame.source, stop * 8, 32, int.from_bytes(data[stop:end], "big")))
    return nodes


PROTOCOL = Protocol(
    "eth",
    "Ethernet",
    dissect,
    headers=(Ethernet, LengthEthernet),
    fields=(PADDING, TRAILER, FCS),
    claims=(Claim("frame.link", 1),),
)
