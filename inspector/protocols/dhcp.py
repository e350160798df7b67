"""DHCP: how a machine that knows nothing gets an address, a router and the name servers.

RFC 2131, options RFC 2132, on top of BOOTP's message (RFC 951). The machine calls into the network (Discover), servers
offer, it asks for one offer (Request) and gets it confirmed (ACK). The surprising thing: the asker has no address yet,
so it sends from 0.0.0.0 to everybody, and what the message really is stands in an option, number 53.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from inspector.core.addresses import ether, ipv4
from inspector.core.field import Header, address, bit, bits, group, raw, u8, u16, u32
from inspector.core.layer import Claim, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Kind, Spec, computed

COOKIE = bytes((99, 130, 83, 99))
ETHERNET = 1
PAD, OVERLOAD, MESSAGE, CLIENT, RELAY, END = 0, 52, 53, 61, 82, 255

OPERATIONS = {1: "Boot Request", 2: "Boot Reply"}
HARDWARE = {1: "Ethernet", 6: "IEEE 802", 15: "Frame Relay", 20: "Serial Line", 24: "IEEE 1394", 32: "InfiniBand"}
MESSAGES = {
    1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NAK", 7: "Release", 8: "Inform",
    9: "Force Renew", 10: "Lease query", 11: "Lease Unassigned", 12: "Lease Unknown", 13: "Lease Active",
}  # fmt: skip
OVERLOADS = {1: "Boot file name holds options", 2: "Server host name holds options", 3: "Both hold options"}
NODE_TYPES = {1: "B-node", 2: "P-node", 4: "M-node", 8: "H-node"}
CODES = {
    0: "Padding", 1: "Subnet Mask", 2: "Time Offset", 3: "Router", 4: "Time Server", 5: "Name Server",
    6: "Domain Name Server", 7: "Log Server", 8: "Quotes Server", 9: "LPR Server", 10: "Impress Server",
    11: "Resource Location Server", 12: "Host Name", 13: "Boot File Size", 14: "Merit Dump File", 15: "Domain Name",
    16: "Swap Server", 17: "Root Path", 18: "Extensions Path", 19: "IP Forwarding", 20: "Non-Local Source Routing",
    21: "Policy Filter", 22: "Maximum Datagram Reassembly Size", 23: "Default IP Time-to-Live",
    24: "Path MTU Aging Timeout", 25: "Path MTU Plateau Table", 26: "Interface MTU", 27: "All Subnets are Local",
    28: "Broadcast Address", 29: "Perform Mask Discovery", 30: "Mask Supplier", 31: "Perform Router Discover",
    32: "Router Solicitation Address", 33: "Static Route", 34: "Trailer Encapsulation", 35: "ARP Cache Timeout",
    36: "Ethernet Encapsulation", 37: "TCP Default TTL", 38: "TCP Keepalive Interval", 39: "TCP Keepalive Garbage",
    40: "Network Information Service Domain", 41: "Network Information Service Servers",
    42: "Network Time Protocol Servers", 43: "Vendor-Specific Information", 44: "NetBIOS over TCP/IP Name Server",
    45: "NetBIOS over TCP/IP Datagram Distribution Name Server", 46: "NetBIOS over TCP/IP Node Type",
    47: "NetBIOS over TCP/IP Scope", 48: "X Window System Font Server", 49: "X Window System Display Manager",
    50: "Requested IP Address", 51: "IP Address Lease Time", 52: "Option Overload", 53: "DHCP Message Type",
    54: "DHCP Server Identifier", 55: "Parameter Request List", 56: "Message", 57: "Maximum DHCP Message Size",
    58: "Renewal Time Value", 59: "Rebinding Time Value", 60: "Vendor class identifier", 61: "Client identifier",
    66: "TFTP Server Name", 67: "Bootfile name", 69: "SMTP Server", 70: "POP3 Server", 77: "User Class Information",
    80: "Rapid commit", 81: "Client Fully Qualified Domain Name", 82: "Agent Information Option",
    90: "Authentication", 93: "Client System Architecture", 94: "Client Network Device Interface",
    97: "UUID/GUID-based Client Identifier", 100: "PCode", 101: "TCode", 108: "IPv6-Only Preferred",
    114: "DHCP Captive-Portal", 116: "DHCP Auto-Configuration", 118: "Subnet Selection Option",
    119: "Domain Search", 120: "SIP Servers", 121: "Classless Static Route", 124: "V-I Vendor Class",
    125: "V-I Vendor-specific Information", 150: "TFTP Server Address",
    249: "Private/Classless Static Route (Microsoft)",
    252: "Private/Proxy autodiscovery", 255: "End",
}  # fmt: skip


def _until_nul(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")


def _is_mac(header: Any) -> bool:
    return bool(header.hw_type == ETHERNET and header.hw_len == 6)


def _address_size(header: Any) -> int:
    return min(int(header.hw_len), 16)


class Dhcp(Header, name="dhcp", label="Dynamic Host Configuration Protocol"):
    """RFC 2131 section 2: the fixed part, 236 bytes."""

    type = u8("Message type", names=OPERATIONS)
    hw_type = u8("Hardware type", name="dhcp.hw.type", base="hex", names=HARDWARE)
    hw_len = u8("Hardware address length", name="dhcp.hw.len")
    hops = u8("Hops")
    id = u32("Transaction ID", base="hex")
    secs = u16("Seconds elapsed")
    flags = group(
        16,
        "Bootp flags",
        options={"base": "hex"},
        bc=bit("Broadcast flag", names={True: "Broadcast", False: "Unicast"}),
        reserved=bits(15, "Reserved flags", base="hex", digits=4),
    )
    client = address(4, "Client IP address", of=("ipv4", ipv4), name="dhcp.ip.client")
    your = address(4, "Your (client) IP address", of=("ipv4", ipv4), name="dhcp.ip.your")
    server = address(4, "Next server IP address", of=("ipv4", ipv4), name="dhcp.ip.server")
    relay = address(4, "Relay agent IP address", of=("ipv4", ipv4), name="dhcp.ip.relay")
    mac = address(6, "Client MAC address", of=("ether", ether), name="dhcp.hw.mac_addr", when=_is_mac)
    addr = raw(
        _address_size,
        "Client hardware address",
        name="dhcp.hw.addr",
        when=lambda header: not _is_mac(header) and header.hw_len > 0,
    )
    padding = raw(
        lambda header: 16 - _address_size(header),
        "Client hardware address padding",
        name="dhcp.hw.addr_padding",
        when=lambda header: header.hw_len < 16,
    )
    sname = raw(64, "Server host name", name="dhcp.server", kind="str", decode=_until_nul)
    file = raw(128, "Boot file name", name="dhcp.file", kind="str", decode=_until_nul)


class Reading(NamedTuple):
    """How an option's value is read: items of `size` bytes (0: all of it), each a field of this spec."""

    spec: Spec
    size: int
    decode: Callable[[bytes], Value]


def _number(data: bytes) -> Value:
    return int.from_bytes(data, "big")


def _signed(data: bytes) -> Value:
    return int.from_bytes(data, "big", signed=True)


def _spec(name: str, label: str, kind: Kind = "uint", **more: Any) -> Spec:
    return computed(f"dhcp.option.{name}", label, kind, **more)


def _ips(name: str, label: str) -> Reading:
    return Reading(_spec(name, label, "ipv4"), 4, ipv4)


def _text(name: str, label: str) -> Reading:
    return Reading(_spec(name, label, "str"), 0, _until_nul)


def _count(name: str, label: str, size: int, **more: Any) -> Reading:
    return Reading(_spec(name, label, **more), size, _number)


READINGS = {
    1: _ips("subnet_mask", "Subnet Mask"),
    2: Reading(_spec("time_offset", "Time Offset", "int"), 4, _signed),
    3: _ips("router", "Router"),
    4: _ips("time_server", "Time Server"),
    6: _ips("domain_name_server", "Domain Name Server"),
    7: _ips("log_server", "Log Server"),
    12: _text("hostname", "Host Name"),
    15: _text("domain_name", "Domain Name"),
    17: _text("root_path", "Root Path"),
    23: _count("default_ip_ttl", "Default IP Time-to-Live", 1),
    26: _count("interface_mtu", "Interface MTU", 2),
    28: _ips("broadcast_address", "Broadcast Address"),
    42: _ips("ntp_server", "Network Time Protocol Server"),
    44: _ips("netbios_over_tcpip_name_server", "NetBIOS over TCP/IP Name Server"),
    46: _count("netbios_over_tcpip_node_type", "NetBIOS over TCP/IP Node Type", 1, names=NODE_TYPES),
    50: _ips("requested_ip_address", "Requested IP Address"),
    51: _count("ip_address_lease_time", "IP Address Lease Time", 4),
    OVERLOAD: _count("option_overload", "Option Overload", 1, names=OVERLOADS),
    MESSAGE: _count("dhcp", "DHCP", 1, names=MESSAGES),
    54: _ips("dhcp_server_id", "DHCP Server Identifier"),
    55: _count("request_list_item", "Parameter Request List Item", 1, names=CODES),
    56: _text("message", "Message"),
    57: _count("dhcp_max_message_size", "Maximum DHCP Message Size", 2),
    58: _count("renewal_time_value", "Renewal Time Value", 4),
    59: _count("rebinding_time_value", "Rebinding Time Value", 4),
    60: _text("vendor_class_id", "Vendor class identifier"),
    66: _text("tftp_server_name", "TFTP Server Name"),
    67: _text("bootfile_name", "Bootfile name"),
}
"""The options whose value is one field or a list of equal ones, by number."""

OPTION = computed("dhcp.option", "Option", "none")
TYPE = _spec("type", "Option", names=CODES)
LENGTH = _spec("length", "Length")
VALUE = _spec("value", "Value", "bytes")
LAST = _spec("end", "Option End")
PADDING = _spec("padding", "Padding", "bytes")
MAGIC = computed("dhcp.cookie", "Magic cookie", "ipv4")
VENDOR = computed("dhcp.vendor_specific_options", "Bootp vendor specific options", "bytes")
CLIENT_ID = computed("dhcp.client_id", "Identifier", "bytes")
SUBOPTION = _spec("agent_information_option.suboption", "Option 82 Suboption")
SUBLENGTH = _spec("suboption_length", "Length")
CIRCUIT = _spec("agent_information_option.agent_circuit_id", "Agent Circuit ID", "bytes")
REMOTE = _spec("agent_information_option.agent_remote_id", "Agent Remote ID", "bytes")
SUBVALUE = _spec("agent_information_option.value", "Value", "bytes")
FIELDS = (
    OPTION, TYPE, LENGTH, VALUE, LAST, PADDING, MAGIC, VENDOR, CLIENT_ID, SUBOPTION, SUBLENGTH, CIRCUIT, REMOTE,
    SUBVALUE, *(reading.spec for reading in READINGS.values()),
)  # fmt: skip


def dissect(view: View, situation: Situation) -> Layer:
    """The whole datagram is one message."""
    return _Message(view).run()


class _Message:
    """One message on its way into a layer."""

    def __init__(self, view: View) -> None:
        self.dhcp = Dhcp(view)
        self.view = view
        self.layer = Layer(
            "dhcp", Dhcp.spec.label, view.source, view.start * 8, view.size * 8, self.dhcp.nodes, protocol="BOOTP"
        )
        self.kind: int | None = None
        self.overload = 0

    def run(self) -> Layer:
        dhcp, layer = self.dhcp, self.layer
        if dhcp.type is not None:
            layer.info = OPERATIONS.get(dhcp.type, f"Unknown BOOTP message type ({dhcp.type})")
        if dhcp.type == 1 and dhcp.mac is not None:
            layer.info += f" from {dhcp.mac} ({dhcp.mac})"
        if dhcp.issue is not None:
            layer.issues.append(dhcp.issue)
            return layer
        self._behind(dhcp.rest)
        overload, self.overload = self.overload, 0
        for mask, spec in ((1, Dhcp.file), (2, Dhcp.sname)):
            node = dhcp.node(spec)
            if overload & mask and node is not None and node.at is not None:
                start = node.at // 8
                node.label = f"{spec.label}: options"
                node.children = self._options(View(self.view.source, start, start + node.width // 8, spec.name))
        if self.kind is not None:
            name = MESSAGES.get(self.kind, f"Unknown ({self.kind})")
            layer.protocol = "DHCP"
            layer.label += f" ({name})"
            layer.info = f"DHCP {name:<8} - Transaction ID 0x{dhcp.id:x}"
        return layer

    def _node(self, spec: Spec, at: int, size: int, value: Value) -> Node:
        return Node(spec, self.view.source, at * 8, size * 8, value)

    def _behind(self, rest: View) -> None:
        """The magic cookie and the options; without the cookie 64 bytes of which only BOOTP knew the meaning."""
        data, at = rest.data, rest.start
        if data[:4] != COOKIE:
            if data:
                self.layer.nodes.append(self._node(VENDOR, at, len(data), data))
            return
        cookie = self._node(MAGIC, at, 4, ipv4(data[:4]))
        cookie.label = "Magic cookie: DHCP"
        self.layer.nodes.append(cookie)
        self.layer.nodes.extend(self._options(rest.after(4)))

    def _options(self, view: View) -> list[Node]:
        """Code, length and value, until the end option; codes 0 and 255 are a single byte. RFC 2132 section 2."""
        found: list[Node] = []
        data, at = view.source.data, view.start
        while at < view.end:
            code = data[at]
            if code == PAD:
                at = self._padding(found, view, at)
            elif code == END:
                holder = self._node(OPTION, at, 1, None)
                mark = Node(LAST, view.source, at * 8, 8, END, tiles=False)
                holder.children, holder.label = [self._node(TYPE, at, 1, END), mark], "Option: (255) End"
                found.append(holder)
                if at + 1 < view.end:
                    found.append(self._node(PADDING, at + 1, view.end - at - 1, data[at + 1 : view.end]))
                break
            else:
                at = self._option(found, view, at)
        return found

    def _padding(self, found: list[Node], view: View, at: int) -> int:
        data, stop = view.source.data, at
        while stop < view.end and data[stop] == PAD:
            stop += 1
        found.append(self._node(PADDING, at, stop - at, data[at:stop]))
        return stop

    def _option(self, found: list[Node], view: View, at: int) -> int:
        data, code = view.source.data, view.source.data[at]
        cut = "truncated" if view.missing or view.said == "the capture" else "malformed"
        holder = self._node(OPTION, at, 1, None)
        holder.label = f"Option: ({code}) {CODES.get(code, 'Unknown')}"
        holder.children = [self._node(TYPE, at, 1, code)]
        found.append(holder)
        if at + 1 >= view.end:
            text = f"option {code} should have a length in its second byte, but the options end after its first"
            self.layer.issues.append(Issue(cut, LENGTH.name, at * 8, 8, text))
            return view.end
        size, start = data[at + 1], at + 2
        stop = min(start + size, view.end)
        holder.width = (stop - at) * 8
        holder.children.append(self._node(LENGTH, at + 1, 1, size))
        if start + size > view.end:
            text = f"option {code} gives its length as {size}, but {view.end - start} bytes are left"
            self.layer.issues.append(Issue(cut, LENGTH.name, at * 8 + 8, 8, text))
        if stop > start:
            value = self._node(VALUE, start, stop - start, data[start:stop])
            holder.children.append(value)
            if stop == start + size:
                value.children = self._meaning(code, start, data[start:stop])
        return stop

    def _meaning(self, code: int, at: int, data: bytes) -> list[Node]:
        if code == MESSAGE and len(data) == 1:
            self.kind = data[0]
        if code == OVERLOAD and len(data) == 1:
            self.overload = data[0]
        if code == CLIENT:
            return self._client(at, data)
        if code == RELAY:
            return self._relay(at, data)
        reading = READINGS.get(code)
        if reading is None:
            return []
        size = reading.size or len(data)
        if len(data) % size:
            text = f"option {code} has {len(data)} bytes, but its items have {size} each"
            self.layer.issues.append(Issue("malformed", reading.spec.name, at * 8, len(data) * 8, text))
            return []
        return [
            self._node(reading.spec, at + i, size, reading.decode(data[i : i + size]))
            for i in range(0, len(data), size)
        ]

    def _client(self, at: int, data: bytes) -> list[Node]:
        """RFC 2132 section 9.14: a hardware type and address, or anything that is the client's alone."""
        if data[0] == ETHERNET and len(data) == 7:
            return [self._node(Dhcp.hw_type, at, 1, data[0]), self._node(Dhcp.mac, at + 1, 6, ether(data[1:]))]
        return [self._node(CLIENT_ID, at, len(data), data)]

    def _relay(self, at: int, data: bytes) -> list[Node]:
        """RFC 3046: what the relay says about where the client is plugged in."""
        found: list[Node] = []
        i = 0
        while i + 2 <= len(data):
            code, size = data[i], data[i + 1]
            found.append(self._node(SUBOPTION, at + i, 1, code))
            found.append(self._node(SUBLENGTH, at + i + 1, 1, size))
            i += 2
            if i + size > len(data):
                text = f"suboption {code} gives its length as {size}, but option 82 has {len(data) - i} bytes left"
                self.layer.issues.append(Issue("malformed", SUBLENGTH.name, (at + i - 1) * 8, 8, text))
                break
            if size:
                spec = {1: CIRCUIT, 2: REMOTE}.get(code, SUBVALUE)
                found.append(self._node(spec, at + i, size, data[i : i + size]))
            i += size
        return found


PROTOCOL = Protocol(
    "dhcp",
    "Dynamic Host Configuration Protocol",
    dissect,
    headers=(Dhcp,),
    fields=FIELDS,
    claims=(Claim("udp.port", 67), Claim("udp.port", 68)),
)
