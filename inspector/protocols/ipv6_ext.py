"""IPv6's extension headers: what is an option or a fragment field in IPv4 is a header of its own here.

RFC 8200 section 4: hop-by-hop options, routing, fragment, destination options. Each says which one comes next, so they
form a chain that ends at the transport. The surprising things: a length counts units of eight bytes and leaves the
first eight out, so 0 is a whole header; and the two high bits of an option's type tell what a node does that does not
know it, and the third whether routers may change it. Fragments are shown, not joined.
"""

from __future__ import annotations

from inspector.core.addresses import ipv6
from inspector.core.field import Header, address, bit, bits, group, raw, u8, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

NEXT_HEADERS = {
    0: "IPv6 Hop-by-Hop Option", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "Routing Header for IPv6",
    44: "Fragment Header for IPv6", 47: "GRE", 50: "Encap Security Payload", 51: "Authentication Header",
    58: "ICMPv6", 59: "No Next Header for IPv6", 60: "Destination Options for IPv6", 132: "SCTP",
    135: "Mobility Header",
}  # fmt: skip
OPTION_TYPES = {
    0x00: "Pad1", 0x01: "PadN", 0x04: "Tunnel Encapsulation Limit", 0x05: "Router Alert", 0x07: "CALIPSO",
    0x08: "SMF_DPD", 0x0F: "Performance and Diagnostic Metrics", 0x23: "RPL Option", 0x26: "Quick-Start",
    0x30: "Path MTU Record Option", 0x31: "IOAM Option", 0x63: "RPL Option (deprecated)", 0x6D: "MPL Option",
    0x8A: "Endpoint Identification", 0x8B: "ILNP Nonce", 0x8C: "Line-Identification Option", 0xC2: "Jumbo Payload",
    0xC9: "Home Address", 0xEE: "IP_DFF",
}  # fmt: skip
ACTIONS = {
    0: "Skip and continue",
    1: "Discard",
    2: "Discard and send ICMP Parameter Problem",
    3: "Discard and send ICMP if not multicast",
}
ALERTS = {0: "MLD", 1: "RSVP", 2: "Active Network"}
ROUTING_TYPES = {
    0: "Source Route",
    1: "Nimrod",
    2: "Type 2 Routing Header",
    3: "RPL Source Route Header",
    4: "Segment Routing",
}
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
PAD1, PADN = 0, 1


class HopByHop(Header, name="ipv6.hopopts", label="IPv6 Hop-by-Hop Option"):
    """RFC 8200 section 4.3: for every router on the way."""

    nxt = u8("Next Header", names=NEXT_HEADERS)
    len = u8("Length")


class Destination(Header, name="ipv6.dstopts", label="Destination Options for IPv6"):
    """RFC 8200 section 4.6: for the destination alone."""

    nxt = u8("Next Header", names=NEXT_HEADERS)
    len = u8("Length")


class Routing(Header, name="ipv6.routing", label="Routing Header for IPv6"):
    """RFC 8200 section 4.4: places to pass; the rest depends on the type."""

    nxt = u8("Next Header", names=NEXT_HEADERS)
    len = u8("Length")
    type = u8("Type", names=ROUTING_TYPES)
    segleft = u8("Segments Left")


class SourceRoute(Header, name="ipv6.routing"):
    """RFC 2460 section 4.4, type 0; deprecated by RFC 5095."""

    reserved = raw(4, "Reserved", name="ipv6.routing.src.reserved")


class MobileRoute(Header, name="ipv6.routing"):
    """RFC 6275 section 6.4, type 2."""

    reserved = raw(4, "Reserved", name="ipv6.routing.mipv6.reserved")
    home_address = address(16, "Home Address", of=("ipv6", ipv6), name="ipv6.routing.mipv6.home_address")


class SegmentRoute(Header, name="ipv6.routing"):
    """RFC 8754 section 2, type 4: the list is in reverse, the last place to pass first."""

    last_entry = u8("Last Entry", name="ipv6.routing.srh.last_entry")
    flags = u8("Flags", name="ipv6.routing.srh.flags", base="hex")
    tag = raw(2, "Tag", name="ipv6.routing.srh.tag")


class Fragment(Header, name="ipv6.fraghdr", label="Fragment Header for IPv6"):
    """RFC 8200 section 4.5: the offset counts units of eight bytes."""

    nxt = u8("Next header", names=NEXT_HEADERS)
    reserved_octet = u8("Reserved octet", base="hex")
    offset = bits(13, "Offset")
    reserved_bits = bits(2, "Reserved bits")
    more = bit("More Fragments")
    ident = u32("Identification", base="hex")


class Pad1(Header, name="ipv6.opt"):
    """RFC 8200 section 4.2: an option of one byte, without a length."""

    type = u8("Type", base="hex", names=OPTION_TYPES)


class Option(Header, name="ipv6.opt", label="IPv6 Option"):
    """RFC 8200 section 4.2: what all other options begin with; the length leaves type and length out."""

    type = group(
        8,
        "Type",
        options={"base": "hex", "names": OPTION_TYPES},
        action=bits(2, "Action", names=ACTIONS),
        change=bit("May Change"),
        rest=bits(5, "Low-Order Bits", base="hex"),
    )
    length = u8("Length")


class PadN(Option, name="ipv6.opt"):
    """RFC 8200 section 4.2."""

    padn = raw(lambda option: option.length, "PadN")


class RouterAlert(Option, name="ipv6.opt"):
    """RFC 2711."""

    router_alert = u16("Router Alert", names=ALERTS)


class TunnelLimit(Option, name="ipv6.opt"):
    """RFC 2473 section 4.1.1."""

    tel = u8("Tunnel Encapsulation Limit")


class Jumbo(Option, name="ipv6.opt"):
    """RFC 2675 section 2: the real length of a packet above 65,535 bytes."""

    jumbo = u32("Payload Length")


class HomeAddress(Option, name="ipv6.opt"):
    """RFC 6275 section 6.3."""

    home_address = address(16, "MIPv6 Home Address", of=("ipv6", ipv6), name="ipv6.opt.mipv6.home_address")


class Other(Option, name="ipv6.opt"):
    """An option that is not read further."""

    unknown = raw(lambda option: option.length, "Unknown Option Payload")


Option.spec = Spec("ipv6.opt", "IPv6 Option", "none", key="opt")
HOP_LENGTH = computed("ipv6.hopopts.len_oct", "Length in bytes")
DESTINATION_LENGTH = computed("ipv6.dstopts.len_oct", "Length in bytes")
ROUTING_LENGTH = computed("ipv6.routing.len_oct", "Length in bytes")
SOURCE_ADDRESS = computed("ipv6.routing.src.addr", "Address", "ipv6")
SEGMENT = computed("ipv6.routing.srh.addr", "Address", "ipv6")
ROUTING_DATA = computed("ipv6.routing.unknown_data", "Type-Specific Data", "bytes")
ONE_BYTE = Spec("ipv6.opt.pad1", "Pad1", "none", key="pad1")
FIELDS = (HOP_LENGTH, DESTINATION_LENGTH, ROUTING_LENGTH, SOURCE_ADDRESS, SEGMENT, ROUTING_DATA, ONE_BYTE)
OPTIONS: dict[int, type[Option]] = {
    0x01: PadN,
    0x04: TunnelLimit,
    0x05: RouterAlert,
    0xC2: Jumbo,
    0xC9: HomeAddress,
}
ADDRESS = 16


def dissect(view: View, situation: Situation) -> Layer:
    """One header of the chain; which one it is, the header before it said (the fact `ip.proto`)."""
    kind = situation.facts.get("ip.proto")
    if kind == FRAGMENT:
        return _dissect_fragment(view, situation)
    if kind == ROUTING:
        return _dissect_routing(view, situation)
    if kind == DESTINATION:
        return _dissect_options(Destination(view), "ipv6.dstopts", DESTINATION_LENGTH, situation)
    return _dissect_options(HopByHop(view), "ipv6.hopopts", HOP_LENGTH, situation)


def _dissect_options(header: Header, name: str, length: Spec, situation: Situation) -> Layer:
    layer = _layer(header, name)
    if header.issue is not None:
        return layer
    _take_length(header, layer, length)
    inside = header.rest.first(header.values["len"] * 8 + 6, header.specs[1].name)
    _add_options(layer, inside)
    _go_on(header, layer, situation)
    return layer


def _layer(header: Header, name: str) -> Layer:
    view = header.view
    layer = Layer(name, header.spec.label, view.source, view.start * 8, header.size * 8, header.nodes)
    layer.protocol = "IPv6"
    layer.info = header.spec.label
    if header.issue is not None:
        layer.issues.append(header.issue)
    return layer


def _take_length(header: Header, layer: Layer, spec: Spec) -> int:
    """Work out the header's length in bytes, and say so if that many are not there."""
    size: int = header.values["len"] * 8 + 8
    header.add(spec, size, beside=header.specs[1])
    view = header.view
    layer.width = min(size, view.size) * 8
    if size > view.size:
        kind = "truncated" if view.missing else "malformed"
        text = f"the header gives its length as {size} bytes, {view.said} leaves {view.size}"
        layer.issues.append(Issue(kind, header.specs[1].name, view.start * 8 + 8, 8, text))
    return size


def _go_on(header: Header, layer: Layer, situation: Situation, **changed: object) -> None:
    """Hand on what stands behind the header, with what the layers above need to know of the packet."""
    rest = header.view.after(header.values["len"] * 8 + 8)
    following = header.values["nxt"]
    layer.info = NEXT_HEADERS.get(following, f"Next header {following}")
    if rest.size > 0:
        facts = {**situation.facts, **changed, "ip.proto": following}
        layer.carries.append(Handover(rest, (Claim("ip.proto", following),), facts))


def _add_options(layer: Layer, view: View) -> None:
    while view.size > 0:
        kind = view.data[0]
        size = 1 if kind == PAD1 else 2 + (view.data[1] if view.size > 1 else 0)
        inside = view.first(size, "ipv6.opt.length")
        form: type[Header] = Pad1 if kind == PAD1 else OPTIONS.get(kind, Other)
        option = form(inside)
        node = Node(Option.spec, view.source, view.start * 8, inside.size * 8, None, children=option.nodes)
        node.label = OPTION_TYPES.get(kind, f"Unknown IPv6 Option ({kind})")
        layer.nodes.append(node)
        if kind == PAD1:
            node.children.append(Node(ONE_BYTE, view.source, view.start * 8, 8, None, tiles=False))
        if option.issue is not None:
            layer.issues.append(option.issue)
        view = view.after(size)


def _dissect_routing(view: View, situation: Situation) -> Layer:
    routing = Routing(view)
    layer = _layer(routing, "ipv6.routing")
    if routing.issue is not None:
        return layer
    size = _take_length(routing, layer, ROUTING_LENGTH)
    inside = routing.rest.first(size - 4, "ipv6.routing.len")
    changed: dict[str, object] = {}
    final = _add_route(routing, layer, inside)
    if final and routing.segleft:
        # The checksums are made for where the packet will end, not for its next stop (RFC 8200 section 8.1).
        changed["destination"] = final
    _go_on(routing, layer, situation, **changed)
    return layer


def _add_route(routing: Routing, layer: Layer, inside: View) -> bytes:
    """The type's own fields and addresses; returns the final destination's bytes, if they stand there."""
    form = {0: SourceRoute, 2: MobileRoute, 4: SegmentRoute}.get(routing.type)
    if form is None:
        if inside.size:
            node = Node(ROUTING_DATA, inside.source, inside.start * 8, inside.size * 8, inside.data)
            layer.nodes.append(node)
        return b""
    route = form(inside)
    layer.nodes.extend(route.nodes)
    if route.issue is not None:
        layer.issues.append(route.issue)
        return b""
    rest = route.rest
    if form is MobileRoute:
        return inside.data[4:20]
    wanted = route.values["last_entry"] + 1 if form is SegmentRoute else rest.size // ADDRESS
    spec, found = SEGMENT if form is SegmentRoute else SOURCE_ADDRESS, []
    for _ in range(min(wanted, rest.size // ADDRESS)):
        found.append(rest.data[:ADDRESS])
        layer.nodes.append(Node(spec, rest.source, rest.start * 8, ADDRESS * 8, ipv6(found[-1])))
        rest = rest.after(ADDRESS)
    return found[0 if form is SegmentRoute else -1] if found else b""


def _dissect_fragment(view: View, situation: Situation) -> Layer:
    fragment = Fragment(view)
    layer = _layer(fragment, "ipv6.fraghdr")
    if fragment.issue is not None:
        return layer
    following, piece = fragment.nxt, bool(fragment.offset or fragment.more)
    layer.info = NEXT_HEADERS.get(following, f"Next header {following}")
    if piece:
        more = "y" if fragment.more else "n"
        layer.info = (
            f"IPv6 fragment (off={fragment.offset * 8} more={more} ident=0x{fragment.ident:08x} nxt={following})"
        )
    if fragment.rest.size > 0:
        facts = {**situation.facts, "ip.proto": following, "incomplete": piece}
        claims = () if piece else (Claim("ip.proto", following),)
        layer.carries.append(Handover(fragment.rest, claims, facts))
    return layer


HEADERS: tuple[type[Header], ...] = (
    HopByHop, Destination, Routing, SourceRoute, MobileRoute, SegmentRoute, Fragment, Option, Pad1, *OPTIONS.values(),
    Other,
)  # fmt: skip
PROTOCOL = Protocol(
    "ipv6.ext",
    "IPv6 extension headers",
    dissect,
    headers=HEADERS,
    fields=FIELDS,
    claims=tuple(Claim("ip.proto", number) for number in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION)),
)
