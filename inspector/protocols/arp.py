"""ARP: asks the whole link who has an IPv4 address, and learns the hardware address from the answer.

RFC 826, with the probes and announcements of RFC 5227; RARP (RFC 903) and Inverse ARP (RFC 2390) share the layout. The
surprising things: it runs beside IP and not in it, so no router passes it on; nobody proves that an answer is true;
and a host also learns from requests, because they carry the asker's two addresses. The lengths of the addresses stand
in the packet, so ARP could serve any link and any network protocol; in practice they are 6 and 4.
"""

from __future__ import annotations

from inspector.core.addresses import ether, ipv4
from inspector.core.field import Header, address, raw, u8, u16
from inspector.core.layer import Claim, Layer
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

HARDWARE = {
    0: "NET/ROM pseudo", 1: "Ethernet", 2: "Experimental Ethernet", 3: "AX.25", 4: "ProNET", 5: "Chaos", 6: "IEEE 802",
    7: "ARCNET", 8: "Hyperchannel", 9: "Lanstar", 10: "Autonet Short Address", 11: "Localtalk", 12: "LocalNet",
    13: "Ultra link", 14: "SMDS", 15: "Frame Relay DLCI", 16: "ATM", 17: "HDLC", 18: "Fibre Channel",
    19: "ATM (RFC 2225)", 20: "Serial Line", 21: "ATM", 24: "IEEE 1394.1995", 27: "EUI-64", 31: "IPsec tunnel",
    32: "InfiniBand", 256: "Experimental 2", 257: "AEthernet",
}  # fmt: skip
PROTOCOL_TYPES = {0x0800: "IPv4", 0x86DD: "IPv6"}
OPCODES = {
    0: "reserved", 1: "request", 2: "reply", 3: "reverse request", 4: "reverse reply", 5: "drarp request",
    6: "drarp reply", 7: "drarp error", 8: "inverse request", 9: "inverse reply", 10: "arp nak", 11: "mars request",
    12: "mars multi", 13: "mars mserv", 14: "mars join", 15: "mars leave", 16: "mars nak", 17: "mars unserv",
    18: "mars sjoin", 19: "mars sleave", 20: "mars grouplist request", 21: "mars grouplist reply",
    22: "mars redirect map", 23: "mapos unarp", 24: "experimental 1", 25: "experimental 2", 65535: "reserved",
}  # fmt: skip
REQUEST, REPLY, REVERSE_REQUEST, REVERSE_REPLY, INVERSE_REQUEST, INVERSE_REPLY = 1, 2, 3, 4, 8, 9
ATM = 19
NOBODY = "0.0.0.0"
UNKNOWN = "00:00:00:00:00:00"


def _ethernet(arp: Arp) -> bool:
    return arp.hw_type in (1, 6) and arp.hw_size == 6


def _internet(arp: Arp) -> bool:
    return arp.proto_type == 0x0800 and arp.proto_size == 4


class Arp(Header, name="arp", label="Address Resolution Protocol"):
    """RFC 826, "Packet format". ATM's form (RFC 2225) is another one behind the protocol type, and is not read."""

    hw_type = u16("Hardware type", name="arp.hw.type", names=HARDWARE)
    proto_type = u16("Protocol type", name="arp.proto.type", base="hex", names=PROTOCOL_TYPES)
    hw_size = u8("Hardware size", name="arp.hw.size", when=lambda arp: arp.hw_type != ATM)
    proto_size = u8("Protocol size", name="arp.proto.size", when=lambda arp: arp.hw_type != ATM)
    opcode = u16("Opcode", names=OPCODES, when=lambda arp: arp.hw_type != ATM)
    src_mac = address(6, "Sender MAC address", of=("ether", ether), name="arp.src.hw_mac", when=_ethernet)
    src_hw = raw(
        lambda arp: arp.hw_size,
        "Sender hardware address",
        name="arp.src.hw",
        when=lambda arp: arp.hw_size and not _ethernet(arp),
    )
    src_ip = address(4, "Sender IP address", of=("ipv4", ipv4), name="arp.src.proto_ipv4", when=_internet)
    src_proto = raw(
        lambda arp: arp.proto_size,
        "Sender protocol address",
        name="arp.src.proto",
        when=lambda arp: arp.proto_size and not _internet(arp),
    )
    dst_mac = address(6, "Target MAC address", of=("ether", ether), name="arp.dst.hw_mac", when=_ethernet)
    dst_hw = raw(
        lambda arp: arp.hw_size,
        "Target hardware address",
        name="arp.dst.hw",
        when=lambda arp: arp.hw_size and not _ethernet(arp),
    )
    dst_ip = address(4, "Target IP address", of=("ipv4", ipv4), name="arp.dst.proto_ipv4", when=_internet)
    dst_proto = raw(
        lambda arp: arp.proto_size,
        "Target protocol address",
        name="arp.dst.proto",
        when=lambda arp: arp.proto_size and not _internet(arp),
    )

    @property
    def senders(self) -> tuple[str, str]:
        """Hardware and protocol address of the sender, as text."""
        return _text(self.src_mac, self.src_hw), _text(self.src_ip, self.src_proto)

    @property
    def targets(self) -> tuple[str, str]:
        """Hardware and protocol address of the target, as text."""
        return _text(self.dst_mac, self.dst_hw), _text(self.dst_ip, self.dst_proto)


GRATUITOUS = computed("arp.isgratuitous", "Is gratuitous", "bool")
PROBE = computed("arp.isprobe", "Is probe", "bool")
ANNOUNCEMENT = computed("arp.isannouncement", "Is announcement", "bool")


def dissect(view: View, situation: Situation) -> Layer:
    """The fixed part, then four addresses whose lengths it tells. Nothing is carried."""
    arp = Arp(view)
    layer = Layer("arp", "Address Resolution Protocol", view.source, view.start * 8, arp.size * 8, arp.nodes)
    if arp.issue is not None:
        layer.issues.append(arp.issue)
        return layer
    if arp.hw_type == ATM:
        layer.info = "ATM address resolution"
        return layer
    for spec in _character(arp):
        arp.add(spec, True, after=Arp.opcode)
    layer.protocol = _protocol(arp.opcode)
    layer.info = _info(arp)
    layer.label = f"Address Resolution Protocol ({_kind(arp)})"
    layer.surplus = arp.rest
    return layer


def _character(arp: Arp) -> list[Spec]:
    """What a request or an answer is beside that, told by its addresses; the last one comes first in the tree."""
    if arp.opcode not in (REQUEST, REPLY) or arp.src_ip is None:
        return []
    if arp.src_ip == arp.dst_ip:
        announcement = arp.opcode == REQUEST and arp.dst_mac == UNKNOWN
        return [ANNOUNCEMENT, GRATUITOUS] if announcement else [GRATUITOUS]
    return [PROBE] if arp.opcode == REQUEST and arp.src_ip == NOBODY else []


def _protocol(opcode: int) -> str:
    if opcode in (REVERSE_REQUEST, REVERSE_REPLY):
        return "RARP"
    if opcode in (INVERSE_REQUEST, INVERSE_REPLY):
        return "Inverse ARP"
    return "DRARP" if opcode in (5, 6, 7) else "MARS" if 11 <= opcode <= 22 else "ARP"


def _kind(arp: Arp) -> str:
    marks = _character(arp)
    if PROBE in marks:
        return "ARP Probe"
    if ANNOUNCEMENT in marks:
        return "ARP Announcement"
    name = OPCODES.get(arp.opcode, f"opcode {arp.opcode}")
    return f"{name}/gratuitous ARP" if marks else name


def _info(arp: Arp) -> str:
    (sender_hw, sender), (target_hw, target), marks = arp.senders, arp.targets, _character(arp)
    if ANNOUNCEMENT in marks:
        return f"ARP Announcement for {target}"
    if GRATUITOUS in marks:
        return f"Gratuitous ARP for {target} ({'Request' if arp.opcode == REQUEST else 'Reply'})"
    if PROBE in marks:
        return f"Who has {target}? (ARP Probe)"
    if arp.opcode == REQUEST:
        return f"Who has {target}? Tell {sender}"
    if arp.opcode in (REPLY, INVERSE_REPLY):
        return f"{sender} is at {sender_hw}" if arp.opcode == REPLY else f"{sender_hw} is at {sender}"
    if arp.opcode in (REVERSE_REQUEST, INVERSE_REQUEST, 5):
        return f"Who is {target_hw}? Tell {sender_hw}"
    if arp.opcode in (REVERSE_REPLY, 6):
        return f"{target_hw} is at {target}"
    name = OPCODES.get(arp.opcode)
    return name.upper() if name else f"Unknown ARP opcode 0x{arp.opcode:04x}"


def _text(known: str | None, other: bytes | None) -> str:
    if known is not None:
        return known
    return other.hex() if other else "<No address>"


PROTOCOL = Protocol(
    "arp",
    "Address Resolution Protocol",
    dissect,
    headers=(Arp,),
    fields=(GRATUITOUS, PROBE, ANNOUNCEMENT),
    claims=(Claim("eth.type", 0x0806), Claim("eth.type", 0x8035)),
)
