"""The options of neighbour discovery: type, length in units of eight bytes, content.

RFC 4861 section 4.6; routes RFC 4191, DNS servers and search lists RFC 8106, flags RFC 5175, nonce RFC 3971, captive
portal RFC 8910, NAT64 prefix RFC 8781. The surprising thing: a length of 0 would make a reader stand still for ever, so
a message that has one must be thrown away whole.
"""

from __future__ import annotations

from inspector.core.addresses import ether, ipv6
from inspector.core.field import Header, Mark, address, bit, bits, decode_text, group, raw, u8, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.source import View
from inspector.core.spec import Spec, computed

TYPES = {
    1: "Source link-layer address", 2: "Target link-layer address", 3: "Prefix information", 4: "Redirected header",
    5: "MTU", 6: "NBMA Shortcut Limit Option", 7: "Advertisement Interval", 8: "Home Agent Information",
    9: "Source Address List", 10: "Target Address List", 11: "CGA", 12: "RSA Signature", 13: "Timestamp", 14: "Nonce",
    15: "Trust Anchor", 16: "Certificate", 17: "IP Address/Prefix Option", 18: "New Router Prefix Information",
    19: "Link-layer Address", 20: "Neighbor Advertisement Acknowledgment", 23: "MAP", 24: "Route Information",
    25: "Recursive DNS Server", 26: "RA Flags Extension", 27: "Handover Key Request", 28: "Handover Key Reply",
    29: "Handover Assist Information", 30: "Mobile Node Identifier Option", 31: "DNS Search List Option",
    32: "Proxy Signature (PS)", 33: "Address Registration Option", 34: "6LoWPAN Context Option",
    35: "Authoritative Border Router", 36: "6LoWPAN Capability Indication Option", 37: "DHCP Captive-Portal",
    38: "PREF64 Option", 253: "RFC3692-style Experiment 1", 254: "RFC3692-style Experiment 2",
}  # fmt: skip
PREFERENCES = {0: "Medium", 1: "High", 2: "Reserved", 3: "Low"}
FOREVER = {0xFFFFFFFF: "Infinity"}
PREFIX_LENGTHS = {0: "96 bits", 1: "64 bits", 2: "56 bits", 3: "48 bits", 4: "40 bits", 5: "32 bits"}
LONGEST_NAME = 255


class Option(Header, name="icmpv6.opt", label="ICMPv6 Option"):
    """RFC 4861 section 4.6: what every option begins with; the length counts units of 8 bytes, these two included."""

    type = u8("Type", names=TYPES)
    length = u8("Length")


Option.spec = Spec("icmpv6.opt", "ICMPv6 Option", "none", key="opt")


class Other(Option, name="icmpv6.opt"):
    """An option that is not read further."""

    data = raw(lambda option: option.length * 8 - 2, "Data", name="icmpv6.data")


def _link_size(option: Option) -> int:
    return {1: 6, 2: 8}.get(option.length, option.length * 8 - 2)


def _link_padding(option: Option) -> int:
    return option.length * 8 - 2 - _link_size(option)


class SourceLink(Option, name="icmpv6.opt"):
    """RFC 4861 section 4.6.1: the sender's own hardware address. 6 bytes on Ethernet, 8 on IEEE 802.15.4."""

    linkaddr = raw(_link_size, "Link-layer address", also="icmpv6.opt.src_linkaddr")
    padding = raw(_link_padding, "Padding", kind="none", when=_link_padding)


class TargetLink(Option, name="icmpv6.opt"):
    """RFC 4861 section 4.6.1: the hardware address of the target."""

    linkaddr = raw(_link_size, "Link-layer address", also="icmpv6.opt.target_linkaddr")
    padding = raw(_link_padding, "Padding", kind="none", when=_link_padding)


class PrefixInformation(Option, name="icmpv6.opt"):
    """RFC 4861 section 4.6.2."""

    prefix_length = u8("Prefix Length", name="icmpv6.opt.prefix.length")
    flag = group(
        8,
        "Flag",
        options={"name": "icmpv6.opt.prefix.flag", "base": "hex"},
        on_link=bit("On-link flag(L)", name="icmpv6.opt.prefix.flag.l"),
        a=bit("Autonomous address-configuration flag(A)"),
        r=bit("Router address flag(R)"),
        reserved=bits(5, "Reserved"),
    )
    valid_lifetime = u32("Valid Lifetime", name="icmpv6.opt.prefix.valid_lifetime", names=FOREVER)
    preferred_lifetime = u32("Preferred Lifetime", name="icmpv6.opt.prefix.preferred_lifetime", names=FOREVER)
    reserved = raw(4, "Reserved", kind="none")
    prefix = address(16, "Prefix", of=("ipv6", ipv6))


class RedirectedHeader(Option, name="icmpv6.opt"):
    """RFC 4861 section 4.6.3: the beginning of the packet that took the detour."""

    reserved = raw(6, "Reserved", kind="none")
    redirected_packet = raw(lambda option: option.length * 8 - 8, "Redirected Packet", kind="none")


class Mtu(Option, name="icmpv6.opt"):
    """RFC 4861 section 4.6.4."""

    reserved = raw(2, "Reserved", kind="none")
    mtu = u32("MTU")


class Interval(Option, name="icmpv6.opt"):
    """RFC 6275 section 7.3."""

    reserved = raw(2, "Reserved", kind="none")
    advertisement_interval = u32("Advertisement Interval")


class Nonce(Option, name="icmpv6.opt"):
    """RFC 3971 section 5.3.2; Linux sends it to know its own solicitations again (RFC 7527)."""

    nonce = raw(lambda option: option.length * 8 - 2, "Nonce")


def _route_size(option: Option) -> int:
    return option.length * 8 - 8


class RouteInformation(Option, name="icmpv6.opt"):
    """RFC 4191 section 2.3: 0, 8 or 16 bytes of the prefix are sent."""

    prefix_length = u8("Prefix Length", name="icmpv6.opt.prefix.length")
    flag = u8(
        "Flag",
        name="icmpv6.opt.route_info.flag",
        base="hex",
        marks={"route_preference": Mark(3, 2, "Route Preference", names=PREFERENCES)},
    )
    route_lifetime = u32("Route Lifetime", names=FOREVER)
    prefix = raw(
        _route_size,
        "Prefix",
        kind="ipv6",
        decode=lambda data: ipv6(data[:16].ljust(16, b"\0")),
        when=lambda option: option.length > 1,
    )


class Servers(Option, name="icmpv6.opt"):
    """RFC 8106 section 5.1; the addresses come behind."""

    reserved = raw(2, "Reserved", kind="none")
    lifetime = u32("Lifetime", name="icmpv6.opt.rdnss.lifetime", names=FOREVER)


class Flags(Option, name="icmpv6.opt"):
    """RFC 5175 section 4: the flags of the advertisement again, with room for more."""

    efo = group(
        16,
        "Flags Expansion Option",
        options={"base": "hex"},
        m=bit("Managed address configuration"),
        o=bit("Other configuration"),
        h=bit("Home Agent"),
        prf=bits(2, "Prf (Default Router Preference)", names=PREFERENCES),
        p=bit("Proxy"),
        rsv=bits(10, "Reserved"),
    )
    reserved = raw(4, "Reserved", kind="none")


class SearchList(Option, name="icmpv6.opt"):
    """RFC 8106 section 5.2; the names come behind."""

    reserved = raw(2, "Reserved", kind="none")
    lifetime = u32("Lifetime", name="icmpv6.opt.dnssl.lifetime", names=FOREVER)


class CaptivePortal(Option, name="icmpv6.opt"):
    """RFC 8910 section 2.3: the address of a web page, filled up with zeros."""

    captive_portal = raw(
        lambda option: option.length * 8 - 2,
        "Captive Portal",
        kind="str",
        decode=lambda data: decode_text(data.rstrip(b"\0")),
    )


class Nat64(Option, name="icmpv6.opt"):
    """RFC 8781 section 4: the first 96 bits of the prefix."""

    scaled_lifetime = bits(13, "Scaled Lifetime", name="icmpv6.opt.pref64.scaled_lifetime")
    plc = bits(3, "PLC (Prefix Length Code)", name="icmpv6.opt.pref64.plc", base="hex", digits=4, names=PREFIX_LENGTHS)
    prefix = raw(
        12, "Prefix", name="icmpv6.opt.pref64.prefix", kind="ipv6", decode=lambda data: ipv6(data.ljust(16, b"\0"))
    )


OPTIONS: dict[int, type[Option]] = {
    1: SourceLink, 2: TargetLink, 3: PrefixInformation, 4: RedirectedHeader, 5: Mtu, 7: Interval, 14: Nonce,
    24: RouteInformation, 25: Servers, 26: Flags, 31: SearchList, 37: CaptivePortal, 38: Nat64,
}  # fmt: skip
HEADERS: tuple[type[Header], ...] = (Option, Other, *OPTIONS.values())
SERVER = computed("icmpv6.opt.rdnss", "Recursive DNS Servers", "ipv6")
NAME = computed("icmpv6.opt.dnssl", "Domain Names", "str")
PADDING = Spec("icmpv6.opt.padding", "Padding", "none", key="padding")
FIELDS = (SERVER, NAME)


def add_options(layer: Layer, view: View) -> list[Option]:
    """Read options to the end of the message; each becomes a node of the layer."""
    found: list[Option] = []
    while view.size > 0:
        data = view.data
        units = data[1] if len(data) > 1 else 1
        inside = view.first(units * 8 if units else 2, "icmpv6.opt.length")
        option = OPTIONS.get(data[0], Other)(inside) if units else Option(inside)
        node = Node(Option.spec, view.source, view.start * 8, inside.size * 8, None, children=option.nodes)
        node.label = f"ICMPv6 Option ({_describe(option)})"
        layer.nodes.append(node)
        found.append(option)
        if units == 0:
            text = "the option gives its length as 0, which would not even hold its type and length"
            layer.issues.append(Issue("malformed", Option.length.name, view.start * 8 + 8, 8, text))
            return found
        if units * 8 > view.size:
            kind = "truncated" if view.missing else "malformed"
            text = f"the option gives its length as {units * 8} bytes, the message has {view.size}"
            layer.issues.append(Issue(kind, Option.length.name, view.start * 8 + 8, 8, text))
        elif option.issue is not None:
            layer.issues.append(option.issue)
        _add_lists(option, node, layer)
        view = view.after(units * 8)
    return found


def _add_lists(option: Option, node: Node, layer: Layer) -> None:
    rest = option.rest
    if option.issue is not None:
        return
    if isinstance(option, Servers):
        while rest.size >= 16:
            node.children.append(Node(SERVER, rest.source, rest.start * 8, 128, ipv6(rest.data[:16])))
            rest = rest.after(16)
    elif isinstance(option, SearchList):
        _add_names(node, rest)
    elif isinstance(option, RedirectedHeader):
        _hand_on(option, layer)


def _add_names(node: Node, rest: View) -> None:
    """Names as DNS writes them, each part behind its length, without compression."""
    data = rest.data
    start = 0
    while start < len(data) and data[start]:
        end, parts = start, []
        while end < len(data) and data[end] and end - start < LONGEST_NAME:
            parts.append(decode_text(data[end + 1 : end + 1 + data[end]]))
            end += 1 + data[end]
        end = min(end + 1, len(data))
        place = (rest.start + start) * 8
        node.children.append(Node(NAME, rest.source, place, (end - start) * 8, ".".join(parts)))
        start = end
    if start < len(data):
        place = (rest.start + start) * 8
        node.children.append(Node(PADDING, rest.source, place, (len(data) - start) * 8, data[start:]))


def _hand_on(option: RedirectedHeader, layer: Layer) -> None:
    node = option.node(RedirectedHeader.redirected_packet)
    if node is None or node.at is None or not node.width:
        return
    start, end = node.at // 8, (node.at + node.width) // 8
    layer.carries.append(quote(View(option.view.source, start, end, "icmpv6.opt.length"), node))


def quote(view: View, node: Node | None = None) -> Handover:
    """The beginning of a packet that a message is about. What is missing of it is missing on purpose."""
    data = view.data
    whole = 40 + int.from_bytes(data[4:6], "big") if len(data) >= 6 else 40
    view = view._replace(wire_end=max(view.start + whole, view.end))
    return Handover(view, (Claim("eth.type", 0x86DD),), {"quoted": True}, node=node)


def link_address(options: list[Option]) -> str:
    """The first hardware address among some options, or nothing."""
    for option in options:
        data = option.values.get("linkaddr")
        if isinstance(data, bytes) and data:
            return ether(data)
    return ""


def _describe(option: Option) -> str:
    kind, values = option.values.get("type"), option.values
    name = "cut" if kind is None else TYPES.get(kind, f"Unknown {kind}")
    if option.issue is not None:
        return name
    if isinstance(option, (SourceLink, TargetLink)):
        return f"{name} : {ether(values['linkaddr'])}"
    if isinstance(option, PrefixInformation):
        return f"{name} : {values['prefix']}/{values['prefix_length']}"
    if isinstance(option, (Mtu, Interval)):
        return f"{name} : {values['mtu' if isinstance(option, Mtu) else 'advertisement_interval']}"
    return name
