"""IPv4: the packet that carries data from one address to another, across any number of networks.

RFC 791 section 3.1, with the service byte as RFC 2474 and RFC 3168 read it. The surprising things: the header's length
is counted in words of four bytes, the fragment offset in units of eight; and the total length may be smaller than what
the frame holds, because Ethernet fills short frames up.
"""

from __future__ import annotations

from inspector.core.addresses import ipv4
from inspector.core.checksum import STATES, State, internet_checksum
from inspector.core.field import Header, address, bit, bits, group, raw, u8, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import computed
from inspector.core.tlv import walk_options

PROTOCOLS = {
    0: "IPv6 Hop-by-Hop Option",
    1: "ICMP",
    2: "IGMP",
    4: "IPIP",
    6: "TCP",
    17: "UDP",
    33: "DCCP",
    41: "IPv6",
    43: "IPv6 Routing",
    44: "IPv6 Fragment",
    46: "RSVP",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    59: "No Next Header",
    60: "IPv6 Destination Options",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
    115: "L2TP",
    132: "SCTP",
    136: "UDP-Lite",
}
DSCP = {
    0: "Default", 1: "Lower effort", 8: "Class Selector 1", 10: "Assured Forwarding 11", 12: "Assured Forwarding 12",
    14: "Assured Forwarding 13", 16: "Class Selector 2", 18: "Assured Forwarding 21", 20: "Assured Forwarding 22",
    22: "Assured Forwarding 23", 24: "Class Selector 3", 26: "Assured Forwarding 31", 28: "Assured Forwarding 32",
    30: "Assured Forwarding 33", 32: "Class Selector 4", 34: "Assured Forwarding 41", 36: "Assured Forwarding 42",
    38: "Assured Forwarding 43", 40: "Class Selector 5", 44: "Voice Admit", 46: "Expedited Forwarding",
    48: "Class Selector 6", 56: "Class Selector 7",
}  # fmt: skip
ECN = {
    0: "Not ECN-Capable Transport",
    1: "ECN-Capable Transport codepoint '01'",
    2: "ECN-Capable Transport codepoint '10'",
    3: "Congestion Experienced",
}
STAMP_FLAGS = {0: "Time stamps only", 1: "Time stamp and address", 3: "Time stamps for prespecified addresses"}
OPTION_CLASSES = {0: "Control", 1: "Reserved for future use", 2: "Debugging and measurement", 3: "Reserved"}


class Ip(Header, name="ip", label="Internet Protocol Version 4"):
    """RFC 791 section 3.1."""

    version = bits(4, "Version")
    hdr_len = bits(4, "Header Length", times=4)
    dsfield = group(
        8,
        "Differentiated Services Field",
        options={"base": "hex"},
        dscp=bits(6, "Differentiated Services Codepoint", names=DSCP),
        ecn=bits(2, "Explicit Congestion Notification", names=ECN),
    )
    len = u16("Total Length")
    id = u16("Identification", base="hex")
    flags = group(
        3,
        "Flags",
        options={"base": "hex"},
        rb=bit("Reserved bit"),
        df=bit("Don't fragment"),
        mf=bit("More fragments"),
    )
    frag_offset = bits(13, "Fragment Offset")
    ttl = u8("Time to Live")
    proto = u8("Protocol", names=PROTOCOLS)
    checksum = u16("Header Checksum", base="hex")
    src = address(4, "Source Address", of=("ipv4", ipv4), also=("ip.addr", "ip.src_host", "ip.host"))
    dst = address(4, "Destination Address", of=("ipv4", ipv4), also=("ip.addr", "ip.dst_host", "ip.host"))


class OptionType(Header, name="ip.opt", label="IP Option"):
    """The first byte of every option; for end-of-list and no-operation it is the whole option."""

    type = group(
        8,
        "Type",
        options={"name": "ip.opt.type"},
        copy=bit("Copy on fragmentation"),
        opt_class=bits(2, "Class", name="ip.opt.type.class", names=OPTION_CLASSES),
        number=bits(5, "Number"),
    )


class EndOfOptions(OptionType, name="ip.options.eol", label="IP Option - End of Options List (EOL)"):
    """RFC 791 section 3.1: the list ends here."""


class NoOperation(OptionType, name="ip.options.nop", label="IP Option - No-Operation (NOP)"):
    """RFC 791 section 3.1: aligns the next option."""


class OptionLength(OptionType, name="ip.opt"):
    """Type and length, which all other options begin with; the length counts both."""

    length = u8("Length", name="ip.opt.len")


class UnknownOption(OptionLength, name="ip.opt.unknown", label="IP Option - Unknown"):
    """An option that nothing more is known of."""

    content = raw(lambda option: option.length - 2, "Content", name="ip.opt.data")


class RouterAlert(OptionLength, name="ip.options.routeralert", label="IP Option - Router Alert"):
    """RFC 2113."""

    ra = u16("Router Alert", name="ip.opt.ra")


class StreamId(OptionLength, name="ip.options.sid", label="IP Option - Stream ID"):
    """RFC 791 section 3.1; obsolete."""

    sid = u16("Stream Identifier", name="ip.opt.sid")


class RouteOption(OptionLength, name="ip.opt.route_option"):
    """A list of addresses and a pointer, counted from 1, to the next one to be used or written."""

    ptr = u8("Pointer", name="ip.opt.ptr")
    route = raw(lambda option: option.length - 3, "Route", name="ip.opt.route")


class RecordRoute(RouteOption, name="ip.options.record_route", label="IP Option - Record Route"):
    """RFC 791 section 3.1: each router writes its address at the pointer."""


class LooseSourceRoute(RouteOption, name="ip.options.route", label="IP Option - Loose Source Route"):
    """RFC 791 section 3.1: the packet must pass these addresses, others between them are allowed."""


class StrictSourceRoute(RouteOption, name="ip.options.source_route", label="IP Option - Strict Source Route"):
    """RFC 791 section 3.1: the packet must pass these addresses and no others."""


class TimestampOption(OptionLength, name="ip.options.timestamp", label="IP Option - Timestamp"):
    """RFC 791 section 3.1: milliseconds since midnight UT, with or without the address that wrote them."""

    ptr = u8("Pointer", name="ip.opt.ptr")
    overflow = bits(4, "Overflow", name="ip.opt.overflow")
    flag = bits(4, "Flag", name="ip.opt.flag", base="hex", names=STAMP_FLAGS)
    stamps = raw(lambda option: option.length - 4, "Time stamps", name="ip.opt.time_stamps")


class Stamp(Header, name="ip.opt.stamp", label="Time stamp"):
    """One entry of the timestamp option, flag 0."""

    time_stamp = u32("Time stamp", name="ip.opt.time_stamp")


class AddressedStamp(Header, name="ip.opt.addressed_stamp", label="Time stamp with address"):
    """One entry of the timestamp option, flags 1 and 3."""

    addr = address(4, "Address", of=("ipv4", ipv4), name="ip.opt.time_stamp_addr")
    time_stamp = u32("Time stamp", name="ip.opt.time_stamp")


class RouteAddress(Header, name="ip.opt.route_address", label="Route address"):
    """One entry of a route."""

    rec_rt = address(4, "Route", of=("ipv4", ipv4), name="ip.rec_rt", also=("ip.addr", "ip.rec_rt_host", "ip.host"))


OPTIONS: dict[int, type[Header]] = {
    0: EndOfOptions,
    1: NoOperation,
    7: RecordRoute,
    68: TimestampOption,
    131: LooseSourceRoute,
    136: StreamId,
    137: StrictSourceRoute,
    148: RouterAlert,
}
STATUS = computed("ip.checksum.status", "Header checksum status", names=STATES)
CALCULATED = computed("ip.checksum_calculated", "Calculated checksum", base="hex", digits=4)
OPTIONS_FIELD = computed("ip.options", "Options", "bytes")


def dissect(view: View, situation: Situation) -> Layer:
    """Header and options; the payload is claimed by `ip.proto`, unless it is a fragment."""
    ip = Ip(view)
    layer = Layer("ip", "Internet Protocol Version 4", view.source, view.start * 8, ip.size * 8, ip.nodes)
    if ip.issue is not None:
        layer.issues.append(ip.issue)
        return layer
    wrong = _wrong_start(ip)
    if wrong is not None:
        issue, layer.info = wrong
        layer.issues.append(issue)
        layer.carries.append(Handover(ip.rest, ()))
        return layer
    inside = _within_length(ip, layer)
    header_length = ip.hdr_len
    _add_options(ip, layer, inside.first(header_length - 20, "ip.hdr_len"))
    layer.width = (min(header_length, view.size)) * 8
    _check(ip, layer)
    payload = inside.after(header_length - 20)
    if not layer.info:
        layer.info = f"{PROTOCOLS.get(ip.proto, 'Unknown')} ({ip.proto})"
    if payload.size <= 0:
        return layer
    fragment = ip.flags.mf or ip.frag_offset
    facts = {
        "source": view.source.data[view.start + 12 : view.start + 16],
        "destination": view.source.data[view.start + 16 : view.start + 20],
        "incomplete": bool(fragment),
        "cut": ip.len > view.size,
        "ttl": ip.ttl,
        "ip.proto": ip.proto,
    }
    if fragment:
        _say_offset(ip)
        inner = PROTOCOLS.get(ip.proto, "Unknown")
        layer.info = f"Fragmented IP protocol (proto={inner} {ip.proto}, off={ip.frag_offset * 8}, ID={ip.id:04x})"
    claims = () if fragment else (Claim("ip.proto", ip.proto),)
    layer.carries.append(Handover(payload, claims, facts))
    return layer


def _say_offset(ip: Ip) -> None:
    """The field counts units of 8 bytes, readers count bytes."""
    node = ip.node(Ip.frag_offset)
    if node is not None and ip.frag_offset:
        node.label = f"{Ip.frag_offset.label}: {ip.frag_offset * 8} ({ip.frag_offset} times 8 bytes)"


def _wrong_start(ip: Ip) -> tuple[Issue, str] | None:
    """What makes the rest of the header mean nothing, and the line for the packet list."""
    at = ip.view.start * 8
    if ip.version != 4:
        text = f"the version says {ip.version}, but what carries this packet says that it is IPv4"
        return Issue("malformed", Ip.version.name, at, 4, text), f"Bogus IPv4 version ({ip.version}, must be 4)"
    if ip.hdr_len < 20:
        text = f"the header length says {ip.hdr_len}, but the fields that always exist take 20 bytes"
        info = f"Bogus IP header length ({ip.hdr_len}, must be at least 20)"
        return Issue("malformed", Ip.hdr_len.name, at + 4, 4, text), info
    return None


def _within_length(ip: Ip, layer: Layer) -> View:
    """The bytes behind the fixed header that the total length claims."""
    view, there = ip.view, ip.view.size
    said = ip.len
    at = view.start * 8 + 16
    if said == 0:
        # Segmentation offload: the card cuts the packet later and fills the length in.
        layer.surplus = ip.rest.after(ip.rest.size)
        return ip.rest
    if said < ip.hdr_len:
        text = f"the total length says {said}, but the header length alone says {ip.hdr_len}"
        layer.issues.append(Issue("malformed", Ip.len.name, at, 16, text))
        layer.info = f"Bogus IP length ({said}, less than header length {ip.hdr_len})"
        return ip.rest.first(ip.hdr_len - 20, "ip.hdr_len")
    if said > there:
        kind = "truncated" if view.missing else "malformed"
        layer.issues.append(Issue(kind, Ip.len.name, at, 16, f"the total length says {said}, the packet has {there}"))
    layer.surplus = ip.rest.after(said - 20)
    return ip.rest.first(said - 20, "ip.len")


def _add_options(ip: Ip, layer: Layer, view: View) -> None:
    if view.size <= 0:
        return
    walked = walk_options(view, OPTIONS, UnknownOption)
    node = Node(OPTIONS_FIELD, view.source, view.start * 8, view.size * 8, view.data, children=walked.nodes)
    node.label = f"Options: ({view.size} bytes)"
    for option in walked.headers:
        _add_entries(option)
    layer.nodes.append(node)
    layer.issues.extend(walked.issues)


def _add_entries(option: Header) -> None:
    """The addresses of a route and the entries of a timestamp option, below the bytes that hold them."""
    if isinstance(option, RouteOption):
        kind: type[Header] = RouteAddress
        holder = option.node(type(option).route)
    elif isinstance(option, TimestampOption):
        kind = Stamp if option.flag == 0 else AddressedStamp
        holder = option.node(TimestampOption.stamps)
    else:
        return
    if holder is None or holder.at is None:
        return
    start, end = holder.at // 8, (holder.at + holder.width) // 8
    while start < end:
        entry = kind(View(option.view.source, start, end, "ip.opt.len"))
        if entry.issue is not None or entry.size == 0:
            return
        holder.children.extend(entry.nodes)
        start += entry.size


def _check(ip: Ip, layer: Layer) -> None:
    data = ip.view.source.data[ip.view.start : ip.view.start + ip.hdr_len]
    if len(data) < ip.hdr_len:
        ip.add(STATUS, int(State.UNCHECKED), after=Ip.checksum)
        return
    right = internet_checksum(data[:10] + b"\0\0" + data[12:])
    state = State.RIGHT if internet_checksum(data) == 0 else State.WRONG
    ip.add(STATUS, int(state), after=Ip.checksum)
    if state is State.WRONG:
        ip.add(CALCULATED, right, after=Ip.checksum)
        text = f"the header checksum is 0x{ip.checksum:04x}, but the header adds up to 0x{right:04x}"
        layer.issues.append(Issue("checksum", Ip.checksum.name, ip.view.start * 8 + 80, 16, text))


PROTOCOL = Protocol(
    "ip",
    "Internet Protocol Version 4",
    dissect,
    headers=(Ip, UnknownOption, RouteAddress, Stamp, AddressedStamp, *OPTIONS.values()),
    fields=(STATUS, CALCULATED, OPTIONS_FIELD),
    claims=(Claim("eth.type", 0x0800), Claim("frame.link", 228), Claim("ip.proto", 4), Claim("raw.version", 4)),
)
