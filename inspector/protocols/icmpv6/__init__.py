"""ICMPv6: errors and echo as in IPv4, and besides what ARP, IGMP and router discovery were for.

RFC 4443; neighbour discovery RFC 4861 (its options are in `options`), multicast listener discovery RFC 2710 and RFC
3810. The surprising things: without it IPv6 does not work at all, because it finds the neighbours' hardware addresses;
routers never cut packets, so "packet too big" must come through; and neighbour discovery only counts with a hop limit
of 255, which no packet has that passed a router.
"""

from __future__ import annotations

from collections.abc import Mapping

from inspector.core.addresses import ipv6
from inspector.core.checksum import STATES, State, judge, pseudo_header
from inspector.core.field import Field, Header, address, bit, bits, group, raw, u8, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed
from inspector.protocols.icmpv6 import options
from inspector.protocols.icmpv6.options import PREFERENCES, add_options, link_address, quote

TYPES = {
    1: "Destination Unreachable", 2: "Packet Too Big", 3: "Time Exceeded", 4: "Parameter Problem",
    100: "Private experimentation", 101: "Private experimentation",
    127: "Reserved for expansion of ICMPv6 error messages", 128: "Echo (ping) request", 129: "Echo (ping) reply",
    130: "Multicast Listener Query", 131: "Multicast Listener Report", 132: "Multicast Listener Done",
    133: "Router Solicitation", 134: "Router Advertisement", 135: "Neighbor Solicitation",
    136: "Neighbor Advertisement", 137: "Redirect", 138: "Router Renumbering", 139: "Node Information Query",
    140: "Node Information Reply", 141: "Inverse Neighbor Discovery Solicitation",
    142: "Inverse Neighbor Discovery Advertisement", 143: "Multicast Listener Report Message v2",
    144: "Home Agent Address Discovery Request", 145: "Home Agent Address Discovery Reply",
    146: "Mobile Prefix Solicitation", 147: "Mobile Prefix Advertisement", 148: "Certification Path Solicitation",
    149: "Certification Path Advertisement", 150: "Experimental Mobility", 151: "Multicast Router Advertisement",
    152: "Multicast Router Solicitation", 153: "Multicast Router Termination", 154: "FMIPv6", 155: "RPL Control",
    156: "Locator Update", 157: "Duplicate Address Request", 158: "Duplicate Address Confirmation",
    159: "MPL Control Message", 160: "Extended Echo request", 161: "Extended Echo reply",
    200: "Private experimentation", 201: "Private experimentation",
    255: "Reserved for expansion of ICMPv6 informational messages",
}  # fmt: skip
UNREACHABLE_CODES = {
    0: "no route to destination",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
    5: "Source address failed ingress/egress policy",
    6: "Reject route to destination",
    7: "Error in Source Routing Header",
}
EXCEEDED_CODES = {0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded"}
PROBLEM_CODES = {
    0: "erroneous header field encountered",
    1: "unrecognized Next Header type encountered",
    2: "unrecognized IPv6 option encountered",
    3: "IPv6 First Fragment has incomplete IPv6 Header Chain",
}
RECORD_TYPES = {
    1: "Include",
    2: "Exclude",
    3: "Changed to include",
    4: "Changed to exclude",
    5: "Allow new sources",
    6: "Block old sources",
}
PROTOCOL_NUMBER = 58


def _kind() -> Field[int]:
    return u8("Type", names=TYPES)


def _code(names: Mapping[int, str] | None = None) -> Field[int]:
    return u8("Code", names=names or {})


def _checksum() -> Field[int]:
    return u16("Checksum", base="hex")


def _has_length(header: Header) -> bool:
    """RFC 4884: the first of the four unused bytes says how long the quote is, if anything follows it."""
    return header.view.source.data[header.position : header.position + 1] not in (b"", b"\0")


class Message(Header, name="icmpv6", label="Internet Control Message Protocol v6"):
    """RFC 4443 section 2.1: what every message begins with."""

    type = _kind()
    code = _code()
    checksum = _checksum()


class Unreachable(Header, name="icmpv6"):
    """RFC 4443 section 3.1."""

    type = _kind()
    code = _code(UNREACHABLE_CODES)
    checksum = _checksum()
    length = u8("Length of original datagram", when=_has_length)
    reserved = raw(lambda message: 4 if message.length is None else 3, "Reserved")


class TooBig(Message, name="icmpv6"):
    """RFC 4443 section 3.2."""

    mtu = u32("MTU")


class Exceeded(Header, name="icmpv6"):
    """RFC 4443 section 3.3."""

    type = _kind()
    code = _code(EXCEEDED_CODES)
    checksum = _checksum()
    length = u8("Length of original datagram", when=_has_length)
    reserved = raw(lambda message: 4 if message.length is None else 3, "Reserved")


class Problem(Header, name="icmpv6"):
    """RFC 4443 section 3.4."""

    type = _kind()
    code = _code(PROBLEM_CODES)
    checksum = _checksum()
    pointer = u32("Pointer")


class Echo(Message, name="icmpv6"):
    """RFC 4443 section 4."""

    identifier = u16("Identifier", name="icmpv6.echo.identifier", base="hex")
    sequence_number = u16("Sequence", name="icmpv6.echo.sequence_number")


class Listener(Message, name="icmpv6"):
    """RFC 2710 section 3: query, report and done of the first version."""

    maximum_response_delay = u16("Maximum Response Delay [ms]", name="icmpv6.mld.maximum_response_delay")
    reserved = raw(2, "Reserved")
    multicast_address = address(16, "Multicast Address", of=("ipv6", ipv6), name="icmpv6.mld.multicast_address")


class ListenerQuery(Message, name="icmpv6"):
    """RFC 3810 section 5.1: told from the first version's by its length."""

    maximum_response_code = u16("Maximum Response Code", name="icmpv6.mld.maximum_response_code")
    reserved = raw(2, "Reserved")
    multicast_address = address(16, "Multicast Address", of=("ipv6", ipv6), name="icmpv6.mld.multicast_address")
    flag = group(
        8,
        "Flags",
        options={"name": "icmpv6.mld.flag", "base": "hex"},
        reserved=bits(4, "Reserved"),
        s=bit("Suppress Router-Side Processing"),
        qrv=bits(3, "QRV (Querier's Robustness Variable)"),
    )
    qqi = u8("QQIC (Querier's Query Interval Code)", name="icmpv6.mld.qqi")
    nb_sources = u16("Number of Sources", name="icmpv6.mld.nb_sources")


class ListenerReport(Message, name="icmpv6"):
    """RFC 3810 section 5.2."""

    reserved = raw(2, "Reserved")
    nb_mcast_records = u16("Number of Multicast Address Records", name="icmpv6.mldr.nb_mcast_records")


class AddressRecord(Header, name="icmpv6.mldr.mar", label="Multicast Address Record"):
    """RFC 3810 section 5.2.4: one group and which senders to it are wanted; auxiliary data counts words of 4 bytes."""

    record_type = u8("Record Type", names=RECORD_TYPES)
    aux_data_len = u8("Aux Data Len")
    nb_sources = u16("Number of Sources")
    multicast_address = address(16, "Multicast Address", of=("ipv6", ipv6))


class RouterSolicitation(Message, name="icmpv6"):
    """RFC 4861 section 4.1; inverse neighbour discovery (RFC 3122) looks the same."""

    reserved = raw(4, "Reserved")


class RouterAdvertisement(Message, name="icmpv6"):
    """RFC 4861 section 4.2; preference RFC 4191, home agent RFC 6275, proxy RFC 4389."""

    cur_hop_limit = u8("Cur hop limit", name="icmpv6.nd.ra.cur_hop_limit")
    flag = group(
        8,
        "Flags",
        options={"name": "icmpv6.nd.ra.flag", "base": "hex"},
        m=bit("Managed address configuration"),
        o=bit("Other configuration"),
        h=bit("Home Agent"),
        prf=bits(2, "Prf (Default Router Preference)", names=PREFERENCES),
        p=bit("Proxy"),
        rsv=bits(2, "Reserved"),
    )
    router_lifetime = u16("Router lifetime (s)", name="icmpv6.nd.ra.router_lifetime")
    reachable_time = u32("Reachable time (ms)", name="icmpv6.nd.ra.reachable_time")
    retrans_timer = u32("Retrans timer (ms)", name="icmpv6.nd.ra.retrans_timer")


class NeighborSolicitation(Message, name="icmpv6"):
    """RFC 4861 section 4.3."""

    reserved = raw(4, "Reserved")
    target_address = address(16, "Target Address", of=("ipv6", ipv6), name="icmpv6.nd.ns.target_address")


class NeighborAdvertisement(Message, name="icmpv6"):
    """RFC 4861 section 4.4."""

    flag = group(
        32,
        "Flags",
        options={"name": "icmpv6.nd.na.flag", "base": "hex"},
        r=bit("Router"),
        s=bit("Solicited"),
        o=bit("Override"),
        rsv=bits(29, "Reserved"),
    )
    target_address = address(16, "Target Address", of=("ipv6", ipv6), name="icmpv6.nd.na.target_address")


class Redirect(Message, name="icmpv6"):
    """RFC 4861 section 4.5."""

    reserved = raw(4, "Reserved")
    target_address = address(16, "Target Address", of=("ipv6", ipv6), name="icmpv6.nd.rd.target_address")
    destination = address(16, "Destination Address", of=("ipv6", ipv6), name="icmpv6.rd.na.destination_address")


class Unknown(Message, name="icmpv6"):
    """A message that is not read further."""

    data = raw(lambda message: message.view.end - message.position, "Data")


AddressRecord.spec = Spec("icmpv6.mldr.mar", "Multicast Address Record", "none", key="mar")
STATUS = computed("icmpv6.checksum.status", "Checksum status", names=STATES)
CALCULATED = computed("icmpv6.checksum_calculated", "Calculated checksum", base="hex", digits=4)
QUERY_SOURCE = computed("icmpv6.mld.source_address", "Source Address", "ipv6")
RECORD_SOURCE = computed("icmpv6.mldr.mar.source_address", "Source Address", "ipv6")
AUXILIARY = computed("icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data", "bytes")
FIELDS = (STATUS, CALCULATED, QUERY_SOURCE, RECORD_SOURCE, AUXILIARY)

SHORTEST_SECOND_QUERY = 28
ERRORS = (1, 2, 3, 4)
ECHOES = (128, 129)
FORMS: dict[int, type[Header]] = {
    1: Unreachable, 2: TooBig, 3: Exceeded, 4: Problem, 128: Echo, 129: Echo, 130: Listener, 131: Listener,
    132: Listener, 133: RouterSolicitation, 134: RouterAdvertisement, 135: NeighborSolicitation,
    136: NeighborAdvertisement, 137: Redirect, 141: RouterSolicitation, 142: RouterSolicitation, 143: ListenerReport,
}  # fmt: skip
WITH_OPTIONS = (RouterSolicitation, RouterAdvertisement, NeighborSolicitation, NeighborAdvertisement, Redirect)


def dissect(view: View, situation: Situation) -> Layer:
    """The first byte chooses the form. An error hands its quote on to IPv6, an echo its data to nobody."""
    kind = view.source.data[view.start] if view.size else -1
    form = FORMS.get(kind, Unknown)
    if kind == 130 and view.size >= SHORTEST_SECOND_QUERY:
        form = ListenerQuery
    message = form(view)
    label = "Internet Control Message Protocol v6"
    layer = Layer("icmpv6", label, view.source, view.start * 8, message.size * 8, message.nodes)
    layer.protocol = "ICMPv6"
    if "checksum" in message.values:
        _check(message, layer, situation)
    layer.info = TYPES.get(kind, f"Unknown ({kind})")
    if message.issue is not None:
        layer.issues.append(message.issue)
        return layer
    _read_rest(kind, message, layer, situation)
    return layer


def _read_rest(kind: int, message: Header, layer: Layer, situation: Situation) -> None:
    rest = message.rest
    names = message.specs[1].names
    if names:
        layer.info += f" ({names.get(message.values['code'], 'Unknown')})"
    if kind in ERRORS:
        words = message.values.get("length")
        quoted = rest.first(words * 8, "icmpv6.length") if words else rest
        if quoted.size:
            layer.carries.append(quote(quoted))
    elif isinstance(message, Echo):
        hops = situation.facts.get("ttl")
        layer.info += f" id=0x{message.identifier:04x}, seq={message.sequence_number}"
        layer.info += f", hop limit={hops}" if isinstance(hops, int) else ""
        layer.carries.append(Handover(rest, ()))
    elif isinstance(message, WITH_OPTIONS):
        found = add_options(layer, rest)
        layer.width += rest.size * 8
        layer.info += _whereabouts(message, link_address(found))
    elif isinstance(message, ListenerQuery):
        _add_addresses(layer.nodes, QUERY_SOURCE, rest, message.nb_sources)
    elif isinstance(message, ListenerReport):
        _add_records(message, layer, rest)


def _check(message: Header, layer: Layer, situation: Situation) -> None:
    facts, view, found = situation.facts, message.view, message.values["checksum"]
    source, destination = facts.get("source"), facts.get("destination")
    spec = message.specs[2]
    partial = view.missing or any(facts.get(reason) for reason in ("quoted", "incomplete", "cut"))
    state, right = State.UNCHECKED, 0
    if isinstance(source, bytes) and isinstance(destination, bytes) and not partial:
        state, right = judge(found, pseudo_header(source, destination, PROTOCOL_NUMBER, view.size), view.data)
    if state in (State.WRONG, State.UNFINISHED):
        message.add(CALCULATED, right, after=spec)
    if state is State.WRONG:
        text = f"the checksum is 0x{found:04x}, but the message adds up to 0x{right:04x}"
        layer.issues.append(Issue("checksum", spec.name, view.start * 8 + 16, 16, text))
    message.add(STATUS, int(state), after=spec)


def _whereabouts(message: Header, mac: str) -> str:
    """What Wireshark adds to the line of a neighbour discovery message."""
    source = f" from {mac}" if mac else ""
    if isinstance(message, NeighborSolicitation):
        return f" for {message.target_address}{source}"
    if isinstance(message, NeighborAdvertisement):
        names = [name for name, key in (("rtr", "r"), ("sol", "s"), ("ovr", "o")) if getattr(message.flag, key)]
        marks = f" ({', '.join(names)})" if names else ""
        return f" {message.target_address}{marks}" + (f" is at {mac}" if mac else "")
    if isinstance(message, Redirect):
        return f" is at {mac}" if mac else ""
    return source


def _add_addresses(nodes: list[Node], spec: Spec, rest: View, count: int) -> View:
    """As many addresses as are promised and there; returns what stands behind them."""
    for _ in range(min(count, rest.size // 16)):
        nodes.append(Node(spec, rest.source, rest.start * 8, 128, ipv6(rest.data[:16])))
        rest = rest.after(16)
    return rest


def _add_records(message: ListenerReport, layer: Layer, rest: View) -> None:
    for _ in range(message.nb_mcast_records):
        start = rest.start
        record = AddressRecord(rest)
        node = record.as_node()
        node.value = None
        layer.nodes.append(node)
        if record.issue is not None:
            layer.issues.append(record.issue)
            return
        rest = _add_addresses(node.children, RECORD_SOURCE, record.rest, record.nb_sources)
        extra = rest.first(record.aux_data_len * 4, "icmpv6.mldr.mar.aux_data_len")
        if extra.size:
            node.children.append(Node(AUXILIARY, rest.source, rest.start * 8, extra.size * 8, extra.data))
        rest = rest.after(extra.size)
        node.width = (rest.start - start) * 8
        kind = RECORD_TYPES.get(record.record_type, "Unknown")
        node.label = f"Multicast Address Record {kind}: {record.multicast_address}"


PROTOCOL = Protocol(
    "icmpv6",
    "Internet Control Message Protocol v6",
    dissect,
    headers=(Message, *dict.fromkeys(FORMS.values()), ListenerQuery, AddressRecord, Unknown, *options.HEADERS),
    fields=(*FIELDS, *options.FIELDS),
    claims=(Claim("ip.proto", PROTOCOL_NUMBER),),
)
