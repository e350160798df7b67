"""ICMP: how hosts and routers tell each other what went wrong with an IPv4 packet, and the echo behind `ping`.

RFC 792; path MTU in RFC 1191, router discovery in RFC 1256, extensions in RFC 4884 (MPLS in RFC 4950), extended echo in
RFC 8335. Type and code say which message it is and how the rest reads. The surprising things: an error quotes the
beginning of the packet that caused it, often no more than its first 28 bytes, and only this quote tells the sender
which of its connections is meant; and the identifier of an echo has no agreed byte order, so both readings are shown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from inspector.core.addresses import ipv4
from inspector.core.checksum import STATES, State, add_words, internet_checksum
from inspector.core.field import Field, Header, address, bit, bits, raw, u8, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

TYPES = {
    0: "Echo (ping) reply", 1: "Reserved", 2: "Reserved", 3: "Destination unreachable",
    4: "Source quench (flow control)", 5: "Redirect", 6: "Alternate host address", 8: "Echo (ping) request",
    9: "Router advertisement", 10: "Router solicitation", 11: "Time-to-live exceeded", 12: "Parameter problem",
    13: "Timestamp request", 14: "Timestamp reply", 15: "Information request", 16: "Information reply",
    17: "Address mask request", 18: "Address mask reply", 19: "Reserved (for security)", 30: "Traceroute",
    31: "Datagram Conversion Error", 32: "Mobile Host Redirect", 33: "IPv6 Where-Are-You", 34: "IPv6 I-Am-Here",
    35: "Mobile Registration Request", 36: "Mobile Registration Reply", 37: "Domain Name Request",
    38: "Domain Name Reply", 39: "SKIP", 40: "Photuris", 41: "Experimental mobility protocols",
    42: "Extended Echo request", 43: "Extended Echo reply",
}  # fmt: skip
UNREACHABLE_CODES = {
    0: "Network unreachable", 1: "Host unreachable", 2: "Protocol unreachable", 3: "Port unreachable",
    4: "Fragmentation needed", 5: "Source route failed", 6: "Destination network unknown",
    7: "Destination host unknown", 8: "Source host isolated",
    9: "Network administratively prohibited", 10: "Host administratively prohibited",
    11: "Network unreachable for TOS", 12: "Host unreachable for TOS", 13: "Communication administratively filtered",
    14: "Host precedence violation", 15: "Precedence cutoff in effect",
}  # fmt: skip
REDIRECT_CODES = {
    0: "Redirect for network",
    1: "Redirect for host",
    2: "Redirect for TOS and network",
    3: "Redirect for TOS and host",
}
EXCEEDED_CODES = {0: "Time to live exceeded in transit", 1: "Fragment reassembly time exceeded"}
PROBLEM_CODES = {0: "Pointer indicates the error", 1: "Required option missing", 2: "Bad length"}
ADVERTISEMENT_CODES = {0: "Normal router advertisement", 16: "Does not route common traffic"}
EXTENDED_CODES = {
    0: "No error",
    1: "Malformed query",
    2: "No such interface",
    3: "No such table entry",
    4: "Multiple interfaces satisfy query",
}
STATES_OF_PROBED = {0: "Reserved", 1: "Incomplete", 2: "Reachable", 3: "Stale", 4: "Delay", 5: "Probe", 6: "Failed"}
CLASSES = {1: "MPLS Label Stack Class", 2: "Interface Information Object", 3: "Interface Identification Object"}
FRAGMENTATION_NEEDED = 4
MPLS = 1
A_DAY = 24 * 3600


def _kind() -> Field[int]:
    return u8("Type", names=TYPES)


def _code(names: Mapping[int, str] | None = None) -> Field[int]:
    return u8("Code", names=names or {})


def _checksum() -> Field[int]:
    return u16("Checksum", base="hex")


class Icmp(Header, name="icmp", label="Internet Control Message Protocol"):
    """RFC 792: what every message begins with."""

    type = _kind()
    code = _code()
    checksum = _checksum()


class Echo(Header, name="icmp"):
    """Echo, timestamp, information and address mask messages: who asked, and which question it was."""

    type = _kind()
    code = _code()
    checksum = _checksum()
    ident = u16("Identifier (BE)")
    seq = u16("Sequence Number (BE)")


class Timestamp(Echo, name="icmp"):
    """RFC 792, "Timestamp or Timestamp Reply Message": milliseconds since midnight UT."""

    originate_timestamp = u32("Originate Timestamp")
    receive_timestamp = u32("Receive Timestamp")
    transmit_timestamp = u32("Transmit Timestamp")


class Mask(Echo, name="icmp"):
    """RFC 950: the subnet mask of the link; out of use."""

    address_mask = address(4, "Address Mask", of=("ipv4", ipv4))


class Unreachable(Header, name="icmp"):
    """RFC 792 with RFC 1191's MTU and RFC 4884's length, which counts words of four bytes."""

    type = _kind()
    code = _code(UNREACHABLE_CODES)
    checksum = _checksum()
    unused = raw(1, "Unused")
    length = u8("Length")
    unused_rest = raw(2, "Unused", name="icmp.unused", when=lambda icmp: icmp.code != FRAGMENTATION_NEEDED)
    mtu = u16("MTU of next hop", when=lambda icmp: icmp.code == FRAGMENTATION_NEEDED)


class Quench(Header, name="icmp"):
    """RFC 792; deprecated by RFC 6633."""

    type = _kind()
    code = _code()
    checksum = _checksum()
    unused = raw(4, "Unused")


class Redirect(Header, name="icmp"):
    """RFC 792: the better first hop."""

    type = _kind()
    code = _code(REDIRECT_CODES)
    checksum = _checksum()
    redir_gw = address(4, "Gateway Address", of=("ipv4", ipv4))


class Advertisement(Header, name="icmp"):
    """RFC 1256 section 3.1."""

    type = _kind()
    code = _code(ADVERTISEMENT_CODES)
    checksum = _checksum()
    num_addrs = u8("Number of addresses")
    addr_entry_size = u8("Address entry size")
    lifetime = u16("Lifetime")


class RouterEntry(Header, name="icmp.router_entry", label="Router"):
    """One entry of a router advertisement."""

    router_address = address(4, "Router address", of=("ipv4", ipv4), name="icmp.router_address")
    pref_level = raw(
        4,
        "Preference level",
        name="icmp.pref_level",
        kind="int",
        decode=lambda data: int.from_bytes(data, "big", signed=True),
    )


class Exceeded(Header, name="icmp"):
    """RFC 792 with RFC 4884's length."""

    type = _kind()
    code = _code(EXCEEDED_CODES)
    checksum = _checksum()
    unused = raw(1, "Unused")
    length = u8("Length")
    unused_rest = raw(2, "Unused", name="icmp.unused")


class Problem(Header, name="icmp"):
    """RFC 792 with RFC 4884's length: the pointer is the byte of the quoted packet that is wrong."""

    type = _kind()
    code = _code(PROBLEM_CODES)
    checksum = _checksum()
    pointer = u8("Pointer")
    length = u8("Length")
    unused_rest = raw(2, "Unused", name="icmp.unused")


class ExtendedRequest(Header, name="icmp"):
    """RFC 8335 section 2: asks about an interface of a node, not about the node."""

    type = _kind()
    code = _code(EXTENDED_CODES)
    checksum = _checksum()
    ident = u16("Identifier (BE)")
    seq = u8("Sequence Number", name="icmp.ext.echo.seq")
    res = bits(7, "Reserved", name="icmp.ext.echo.req.res", base="hex")
    local = bit("Local bit", name="icmp.ext.echo.req.local")


class ExtendedReply(Header, name="icmp"):
    """RFC 8335 section 3."""

    type = _kind()
    code = _code(EXTENDED_CODES)
    checksum = _checksum()
    ident = u16("Identifier (BE)")
    seq = u8("Sequence Number", name="icmp.ext.echo.seq")
    state = bits(3, "State", name="icmp.ext.echo.rsp.state", names=STATES_OF_PROBED)
    res = bits(2, "Reserved", name="icmp.ext.echo.rsp.res", base="hex")
    active = bit("Active bit", name="icmp.ext.echo.rsp.active")
    ipv4 = bit("IPv4 bit", name="icmp.ext.echo.rsp.ipv4")
    ipv6 = bit("IPv6 bit", name="icmp.ext.echo.rsp.ipv6")


class Extension(Header, name="icmp.ext", label="ICMP Multi-Part Extensions"):
    """RFC 4884 section 7: what the objects behind the quoted packet begin with."""

    version = bits(4, "Version")
    res = bits(12, "Reserved", base="hex")
    checksum = _checksum()


Extension.spec = Spec("icmp.ext", "ICMP Multi-Part Extensions", "none", key="ext")


class ExtensionObject(Header, name="icmp.ext.object", label="Extension object"):
    """RFC 4884 section 8: the length counts these four bytes too."""

    length = u16("Length", name="icmp.ext.length")
    object_class = u8("Class", name="icmp.ext.class", names=CLASSES)
    ctype = u8("C-Type", name="icmp.ext.ctype")
    data = raw(
        lambda part: part.length - 4,
        "Data",
        name="icmp.ext.data",
        when=lambda part: part.length > 4 and part.object_class != MPLS,
    )


class Label(Header, name="icmp.mpls", label="MPLS label"):
    """RFC 4950: an entry of the label stack that the packet had when it died."""

    label = bits(20, "Label")
    exp = bits(3, "Experimental")
    s = bit("Stack bit")
    ttl = u8("Time to live")


STATUS = computed("icmp.checksum.status", "Checksum status", names=STATES)
CALCULATED = computed("icmp.checksum_calculated", "Calculated checksum", base="hex", digits=4)
IDENT_LE = computed("icmp.ident_le", "Identifier (LE)")
SEQ_LE = computed("icmp.seq_le", "Sequence Number (LE)")
ORIGINAL_LENGTH = computed("icmp.length.original_datagram", "Length of original datagram")
DATA_TIME = computed("icmp.data_time", "Timestamp from icmp data", "str")
DATA_TIME_RELATIVE = computed("icmp.data_time_relative", "Timestamp from icmp data (relative)", "time")
EXT_STATUS = computed("icmp.ext.checksum.status", "Checksum status", names=STATES)
FIELDS = (
    STATUS, CALCULATED, IDENT_LE, SEQ_LE, ORIGINAL_LENGTH, DATA_TIME, DATA_TIME_RELATIVE, EXT_STATUS,
)  # fmt: skip

ECHO_REPLY, ECHO_REQUEST, ADVERTISED, EXTENDED_REQUEST = 0, 8, 9, 42
ERRORS = (3, 4, 5, 11, 12)
"""The types that quote the packet they are about."""
FORMS: dict[int, type[Header]] = {
    0: Echo, 3: Unreachable, 4: Quench, 5: Redirect, 8: Echo, 9: Advertisement, 11: Exceeded, 12: Problem,
    13: Timestamp, 14: Timestamp, 15: Echo, 16: Echo, 17: Mask, 18: Mask, 42: ExtendedRequest, 43: ExtendedReply,
}  # fmt: skip


def dissect(view: View, situation: Situation) -> Layer:
    """The first byte chooses the form. An error hands its quote on to IP, an echo its data to nobody."""
    kind = view.source.data[view.start] if view.size else -1
    icmp = FORMS.get(kind, Icmp)(view)
    layer = Layer("icmp", "Internet Control Message Protocol", view.source, view.start * 8, icmp.size * 8, icmp.nodes)
    if "checksum" in icmp.values:
        _check(icmp, layer, situation)
    _add_second_readings(icmp)
    layer.info = _info(icmp, situation)
    if icmp.issue is not None:
        layer.issues.append(icmp.issue)
        return layer
    _hand_on(kind, icmp, layer, situation)
    return layer


def _hand_on(kind: int, icmp: Header, layer: Layer, situation: Situation) -> None:
    rest = icmp.rest
    if kind in ERRORS:
        _quote(icmp, layer, rest)
    elif kind == ADVERTISED:
        _add_routers(icmp, layer, rest)
    elif kind == EXTENDED_REQUEST:
        _add_extension(layer, rest)
    elif kind in (ECHO_REPLY, ECHO_REQUEST):
        layer.carries.append(Handover(_take_time(icmp, rest, situation), ()))
    elif rest.size:
        layer.carries.append(Handover(rest, ()))


def _check(icmp: Header, layer: Layer, situation: Situation) -> None:
    view, found = icmp.view, icmp.values["checksum"]
    spec = next(spec for spec in icmp.specs if spec.key == "checksum")
    if situation.facts.get("quoted") or situation.facts.get("incomplete") or view.missing:
        icmp.add(STATUS, int(State.UNCHECKED), after=spec)
        return
    data = view.data
    right = internet_checksum(data[:2] + b"\0\0" + data[4:])
    state = State.RIGHT if add_words(data) == 0xFFFF else State.WRONG
    if state is State.WRONG:
        icmp.add(CALCULATED, right, after=spec)
        text = f"the checksum is 0x{found:04x}, but the message adds up to 0x{right:04x}"
        layer.issues.append(Issue("checksum", spec.name, view.start * 8 + 16, 16, text))
    icmp.add(STATUS, int(state), after=spec)


def _add_second_readings(icmp: Header) -> None:
    """Identifier and sequence number with their bytes swapped, and the quote's length in bytes."""
    for spec in icmp.specs:
        value = icmp.values.get(spec.key)
        if value is None:
            continue
        if spec.name == "icmp.ident":
            icmp.add(IDENT_LE, value >> 8 | (value & 0xFF) << 8, beside=spec)
        elif spec.name == "icmp.seq":
            icmp.add(SEQ_LE, value >> 8 | (value & 0xFF) << 8, beside=spec)
        elif spec.name == "icmp.length" and value:
            icmp.add(ORIGINAL_LENGTH, value * 4, beside=spec)
    _join_unused(icmp)


def _join_unused(icmp: Header) -> None:
    """Without a length (older than RFC 4884) its byte is one of the unused ones, and they are one field."""
    place = next((i for i, node in enumerate(icmp.nodes) if node.name == "icmp.length"), None)
    if place is None or icmp.nodes[place].value:
        return
    around = [node for node in icmp.nodes[place - 1 : place + 2] if node.name in ("icmp.unused", "icmp.length")]
    first, last = around[0], around[-1]
    at, end = first.at or 0, (last.at or 0) + last.width
    spec = next(spec for spec in icmp.specs if spec.name == "icmp.unused")
    joined = Node(spec, first.source, at, end - at, icmp.view.source.data[at // 8 : end // 8])
    start = icmp.nodes.index(first)
    icmp.nodes[start : start + len(around)] = [joined]


def _quote(icmp: Header, layer: Layer, rest: View) -> None:
    """Hand the quoted packet on, and read the objects behind it if the length says where it ends."""
    words = icmp.values.get("length") or 0
    quoted = rest.first(words * 4, "icmp.length") if words else rest
    if words and rest.size > quoted.size:
        _add_extension(layer, rest.after(quoted.size))
    data = quoted.data
    whole = int.from_bytes(data[2:4], "big") if len(data) >= 4 else 20
    if quoted.size:
        # Of the packet that is quoted the rest is missing here, as if the capture had cut it.
        quoted = quoted._replace(wire_end=max(quoted.start + max(whole, 20), quoted.end))
        layer.carries.append(Handover(quoted, (Claim("eth.type", 0x0800),), {"quoted": True}))


def _add_routers(icmp: Header, layer: Layer, rest: View) -> None:
    for _ in range(icmp.values["num_addrs"]):
        entry = RouterEntry(rest)
        if entry.nodes:
            layer.nodes.append(entry.as_node())
        layer.width += entry.size * 8
        if entry.issue is not None:
            layer.issues.append(entry.issue)
            return
        # Newer entries may be longer than the two words that are known.
        rest = rest.after(max(icmp.values["addr_entry_size"] * 4, 8))


def _add_extension(layer: Layer, view: View) -> None:
    """The extension structure: a head of its own with a checksum, then objects up to the end."""
    head = Extension(view)
    data = view.data
    if "checksum" in head.values:
        state = State.RIGHT if add_words(data) == 0xFFFF else State.WRONG
        if head.values["checksum"] == 0:
            state = State.ABSENT
        elif view.missing:
            state = State.UNCHECKED
        head.add(EXT_STATUS, int(state), after=Extension.checksum)
    node = Node(Extension.spec, view.source, view.start * 8, view.size * 8, None, children=head.nodes)
    layer.nodes.append(node)
    if head.issue is not None:
        layer.issues.append(head.issue)
        return
    rest = head.rest
    while rest.size > 0:
        rest = _add_object(node, layer, rest)


def _add_object(node: Node, layer: Layer, rest: View) -> View:
    """One object as a child of the extension's node; returns what stands behind it."""
    part = ExtensionObject(rest)
    said = part.values.get("length", 0)
    child = part.as_node()
    node.children.append(child)
    if part.issue is not None or said < 4:
        if part.issue is not None:
            layer.issues.append(part.issue)
        else:
            text = f"the object gives its length as {said}, which would not even hold its own four bytes"
            layer.issues.append(Issue("malformed", ExtensionObject.length.name, rest.start * 8, 16, text))
        return rest.after(rest.size)
    child.width = min(said, rest.size) * 8
    if part.object_class == MPLS:
        stack = rest.first(said, "icmp.ext.length").after(4)
        while stack.size >= 4:
            label = Label(stack)
            child.children.append(label.as_node())
            stack = stack.after(4)
    return rest.after(said)


def _take_time(icmp: Header, rest: View, situation: Situation) -> View:
    """The time that `ping` writes at the start of its data, if it can be one: within a day of the capture."""
    if rest.size < 8 or not situation.time_ns:
        return rest
    for order in ("big", "little"):
        seconds = int.from_bytes(rest.data[:4], "big" if order == "big" else "little")
        fraction = int.from_bytes(rest.data[4:8], "big" if order == "big" else "little")
        if abs(seconds - situation.time_ns // 1_000_000_000) < A_DAY and fraction < 1_000_000:
            break
    else:
        return rest
    nanoseconds = seconds * 1_000_000_000 + fraction * 1000
    at = rest.start * 8
    icmp.nodes.append(Node(DATA_TIME, rest.source, at, 64, _date(seconds, fraction * 1000)))
    relative = situation.time_ns - nanoseconds
    icmp.nodes.append(Node(DATA_TIME_RELATIVE, rest.source, at, 64, relative, tiles=False))
    return rest.after(8)


def _date(seconds: int, nanoseconds: int) -> str:
    """As tshark prints an absolute time in UTC: `Jun  2, 2010 19:41:35.000000000 UTC`."""
    moment = time.gmtime(seconds)
    return (
        f"{MONTHS[moment.tm_mon - 1]} {moment.tm_mday:2d}, {time.strftime('%Y %H:%M:%S', moment)}.{nanoseconds:09d} UTC"
    )


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _info(icmp: Header, situation: Situation) -> str:
    kind, code = icmp.values.get("type"), icmp.values.get("code")
    if kind is None or code is None:
        return "ICMP message, cut"
    name = TYPES.get(kind, "Unknown ICMP (obsolete or malformed?)")
    spec: Spec = icmp.specs[1]
    if spec.names:
        return f"{name:20} ({spec.names.get(code, f'Unknown code: {code}')})"
    ident, seq = icmp.values.get("ident"), icmp.values.get("seq")
    if ident is None or seq is None:
        return name
    ttl = situation.facts.get("ttl")
    swapped = seq >> 8 | (seq & 0xFF) << 8
    return f"{name:20} id=0x{ident:04x}, seq={seq}/{swapped}" + (f", ttl={ttl}" if isinstance(ttl, int) else "")


HEADERS = (
    Icmp, Echo, Timestamp, Mask, Unreachable, Quench, Redirect, Advertisement, RouterEntry, Exceeded, Problem,
    ExtendedRequest, ExtendedReply, Extension, ExtensionObject, Label,
)  # fmt: skip
PROTOCOL = Protocol(
    "icmp",
    "Internet Control Message Protocol",
    dissect,
    headers=HEADERS,
    fields=FIELDS,
    claims=(Claim("ip.proto", 1),),
)
