"""Two hosts on one cable meet: who has which address, are you there, and what comes back when something is wrong.

The kernel of Linux plays both hosts and makes all answers. The near host asks through raw sockets, as `ping` does: the
echo requests here have ping's layout, a time in front and then a pattern. The far host routes two networks behind it
that hold nobody, one of them with a smaller MTU, so that a router's complaints are real too.
"""

from __future__ import annotations

import platform
import socket
import struct
import time

from inspector.core.checksum import internet_checksum
from inspector.lab.errors import LabError
from inspector.lab.scenario import Scenario, Sight
from inspector.lab.stage import Stage
from inspector.lab.two_hosts import INTERFACE, Host, TwoHosts, two_hosts

IDENT = 0x2A17
PATTERN = bytes(range(0x10, 0x38))
PINGS, PAUSE, PATIENCE = 3, 0.02, 2.0
CLOSED_PORT = 33434
BEHIND, NARROW = "10.9.0.1", "10.9.1.1"
BEHIND_IPV6, NARROW_IPV6 = "fd09::1", "fd09:1::1"
NARROW_MTU = 1280
FREE_ADDRESS = "10.0.0.3"
GREETING, ANSWER = b"hello, neighbour\n", b"hello to you\n"


async def play(stage: Stage) -> None:
    """Everything in a fixed order: each step waits for its answer."""
    hosts = stage.scene
    if not isinstance(hosts, TwoHosts):
        raise TypeError("this scenario plays between two hosts")
    near, far = hosts.near, hosts.far
    stage.log.made_with["linux"] = platform.release().partition("-")[0]
    _add_networks_behind(near, far)
    hosts.plug_in()
    _probe_and_announce(near)
    _ping(near, far)
    _ping_ipv6(near, far)
    _talk(stage, near, far)
    _meet_errors(near, far)


def _add_networks_behind(near: Host, far: Host) -> None:
    far.set("net/ipv4/ip_forward", "1")
    far.set("net/ipv6/conf/all/forwarding", "1")
    # A host that is asked for several errors in a second answers only some of them otherwise.
    far.set("net/ipv4/icmp_ratelimit", "0")
    far.set("net/ipv6/icmp/ratelimit", "0")
    far.ip("link", "add", "back", "type", "veth", "peer", "name", "nobody")
    for interface in ("back", "nobody"):
        far.ip("link", "set", interface, "up")
    for destination, more in ((BEHIND, ()), (NARROW, ("mtu", str(NARROW_MTU)))):
        far.ip("route", "add", f"{destination}/32", "dev", "back", *more)
    for destination, more in ((BEHIND_IPV6, ()), (NARROW_IPV6, ("mtu", str(NARROW_MTU)))):
        far.ip("-6", "route", "add", f"{destination}/128", "dev", "back", *more)
    near.ip("route", "add", "10.9.0.0/16", "via", far.ipv4, "dev", INTERFACE)
    near.ip("-6", "route", "add", "fd09::/16", "via", far.ipv6, "dev", INTERFACE)


def _probe_and_announce(near: Host) -> None:
    """As a host does before it takes another address (RFC 5227), here 10.0.0.3, which is free."""
    mac, wanted = bytes.fromhex(near.mac.replace(":", "")), socket.inet_aton(FREE_ADDRESS)
    with near.inside():
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with link:
        link.bind((INTERFACE, 0))
        for sender in (bytes(4), wanted):
            addresses = mac + sender + bytes(6) + wanted
            link.send(b"\xff" * 6 + mac + bytes.fromhex("0806 0001 0800 06 04 0001") + addresses)
            time.sleep(PAUSE)


def _ping(near: Host, far: Host) -> None:
    with near.inside():
        door = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with door:
        door.settimeout(PATIENCE)
        for number in range(1, PINGS + 1):
            message = struct.pack("!BBHHH", 8, 0, 0, IDENT, number) + _ping_data()
            message = message[:2] + internet_checksum(message).to_bytes(2, "big") + message[4:]
            door.sendto(message, (far.ipv4, 0))
            _await(door, f"ping number {number}", lambda answer: answer[20] == 0)
            time.sleep(PAUSE)


def _ping_ipv6(near: Host, far: Host) -> None:
    with near.inside():
        door = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    with door:
        door.settimeout(PATIENCE)
        for number in range(1, PINGS + 1):
            # The kernel fills the checksum in, since it knows the addresses.
            door.sendto(struct.pack("!BBHHH", 128, 0, 0, IDENT, number) + _ping_data(), (far.ipv6, 0))
            _await(door, f"IPv6 ping number {number}", lambda answer: answer[0] == 129)
            time.sleep(PAUSE)


def _ping_data() -> bytes:
    now = time.time_ns() // 1000
    return struct.pack("<QQ", now // 1_000_000, now % 1_000_000) + PATTERN


def _await(door: socket.socket, what: str, is_answer: object) -> None:
    """Wait for an answer. Raises LabError."""
    assert callable(is_answer)
    try:
        while not is_answer(door.recv(2048)):
            pass
    except TimeoutError:
        raise LabError(f"The far host should have answered {what} and did not: run it again.") from None


def _talk(stage: Stage, near: Host, far: Host) -> None:
    """One TCP connection on Ethernet, with the segment size that an MTU of 1500 leaves."""
    port = stage.ports["talk"]
    with far.inside():
        listener = socket.create_server((far.ipv4, port))
    with near.inside():
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with listener, client:
        listener.settimeout(PATIENCE)
        client.settimeout(PATIENCE)
        client.connect((far.ipv4, port))
        server, _ = listener.accept()
        with server:
            stage.log.stream(f"{near.ipv4}:{client.getsockname()[1]}", f"{far.ipv4}:{port}")
            server.settimeout(PATIENCE)
            client.sendall(GREETING)
            if server.recv(100) != GREETING:
                raise LabError("The far host should have received the greeting whole and did not: run it again.")
            server.sendall(ANSWER)
            client.recv(100)
            client.shutdown(socket.SHUT_WR)
            server.recv(100)
        client.recv(100)


def _meet_errors(near: Host, far: Host) -> None:
    """Ask for what cannot be: a port nobody listens on, a hop too far, a packet too large."""
    with near.inside():
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagram6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with datagram, datagram6:
        datagram.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
        datagram.sendto(b"is anybody there?", (far.ipv4, CLOSED_PORT))
        datagram6.sendto(b"is anybody there?", (far.ipv6, CLOSED_PORT))
        time.sleep(PAUSE)
        datagram.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        datagram6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
        _send(datagram, b"one hop only", (BEHIND, CLOSED_PORT))
        _send(datagram6, b"one hop only", (BEHIND_IPV6, CLOSED_PORT))
        time.sleep(PAUSE)
        datagram.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
        datagram6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 64)
        large = b"too large " * 140
        _send(datagram, large, (NARROW, CLOSED_PORT))
        _send(datagram6, large, (NARROW_IPV6, CLOSED_PORT))
        time.sleep(0.2)


def _send(door: socket.socket, data: bytes, to: tuple[str, int]) -> None:
    """Send, though the socket may just have been told of an earlier error: then the first try brings that news."""
    try:
        door.sendto(data, to)
    except OSError:
        door.sendto(data, to)


SCENARIO = Scenario(
    name="arp-and-ping",
    title="Two hosts on one Ethernet: addresses found, pings, a TCP handshake, and the errors of IP",
    sights=(
        Sight("an ARP request, sent to everybody", "arp.opcode == 1 && eth.dst == ff:ff:ff:ff:ff:ff"),
        Sight("the answer with the MAC address", "arp.opcode == 2"),
        Sight("a probe before an address is taken", "arp.isprobe == 1"),
        Sight("an announcement", "arp.isannouncement == 1"),
        Sight("an echo request", "icmp.type == 8"),
        Sight("its reply", "icmp.type == 0"),
        Sight("a neighbour solicitation, IPv6's ARP request", "icmpv6.type == 135"),
        Sight("a neighbour advertisement with the MAC address", "icmpv6.opt.linkaddr && icmpv6.type == 136"),
        Sight("a host that makes sure that its IPv6 address is free", "icmpv6.type == 135 && ipv6.src == ::"),
        Sight("groups that are joined (MLDv2), behind a hop-by-hop header", "icmpv6.type == 143 && ipv6.hopopts.nxt"),
        Sight("an echo request over IPv6", "icmpv6.type == 128"),
        Sight("a SYN with the segment size of Ethernet", "tcp.options.mss_val == 1460 && tcp.flags.ack == 0"),
        Sight("port unreachable, with the quoted datagram", "icmp.type == 3 && icmp.code == 3 && udp"),
        Sight("time exceeded at a router", "icmp.type == 11"),
        Sight("fragmentation needed, with the MTU", f"icmp.mtu == {NARROW_MTU}"),
        Sight("packet too big, the same in IPv6", f"icmpv6.mtu == {NARROW_MTU}"),
    ),
    ports={"talk": 4567},
    play=play,
    scene=two_hosts,
    expression="arp or ip or ip6",
)
