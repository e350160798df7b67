"""Two hosts of our own: network namespaces of Linux, joined by a cable (a veth pair).

What loopback cannot show is here: MAC addresses, ARP, neighbour discovery, an MTU of 1500, checksums that are filled
in, routers' complaints. Each namespace has interfaces, addresses, routes and tables of its own, so the kernel plays
both hosts for real. A socket belongs to the namespace in which it was made, for ever: inside `Host.inside` a scenario
makes its sockets. The surprising thing: entering changes only the calling thread, so the rest of the program stays
where it was. Making namespaces needs root. Nothing here reaches any other network, and all of it is taken away at the
end.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inspector.lab.errors import LabError
from inspector.lab.scene import Scene

NAMED = Path("/run/netns")
"""Where iproute2 keeps the namespaces that have a name."""
INTERFACE = "eth0"
CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
PATIENCE = 8.0


@dataclass(frozen=True)
class Host:
    """One end of the cable: its namespace, and its addresses there."""

    namespace: str
    mac: str
    ipv4: str
    ipv6: str

    def ip(self, *arguments: str) -> str:
        """Run iproute2's `ip` inside. Raises LabError."""
        return _run("ip", "-n", self.namespace, *arguments)

    def set(self, key: str, value: str) -> None:
        """A kernel setting of this host alone, by its path under /proc/sys."""
        with self.inside():
            Path("/proc/sys", key).write_text(value, encoding="ascii")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Inside the with block this thread is on the host: sockets made there stay there."""
        with open("/proc/thread-self/ns/net", "rb") as home, (NAMED / self.namespace).open("rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())


@dataclass(frozen=True)
class TwoHosts(Scene):
    """The scene with its two hosts; the near one's end of the cable is where the packets are captured."""

    near: Host = Host("", "", "", "")
    far: Host = Host("", "", "", "")

    def plug_in(self) -> None:
        """Connect the far host, and wait until both have made sure that nobody else has their IPv6 addresses."""
        self.far.ip("link", "set", INTERFACE, "up")
        end = time.monotonic() + PATIENCE
        while any(host.ip("-6", "address", "show", "tentative").strip() for host in (self.near, self.far)):
            if time.monotonic() > end:
                raise LabError(
                    f"The two hosts should have checked their IPv6 addresses within {PATIENCE:.0f} seconds and have "
                    "not: run it again when the machine is less busy."
                )
            time.sleep(0.05)


@contextmanager
def two_hosts() -> Iterator[TwoHosts]:
    """Build both hosts, with the far one still unplugged, and take them away afterwards. Raises LabError."""
    if os.geteuid() != 0:
        raise LabError(
            "This scenario builds two hosts out of network namespaces, which only root may do: run the same command "
            "with sudo, or open the bundled capture arp-and-ping.pcap instead."
        )
    near = Host(f"inspector-near-{os.getpid()}", "02:00:00:00:00:0a", "10.0.0.1", "fd00::1")
    far = Host(f"inspector-far-{os.getpid()}", "02:00:00:00:00:0b", "10.0.0.2", "fd00::2")
    made: list[Host] = []
    try:
        for host in (near, far):
            _run("ip", "netns", "add", host.namespace)
            made.append(host)
        near.ip("link", "add", INTERFACE, "type", "veth", "peer", "name", INTERFACE, "netns", far.namespace)
        for host in (near, far):
            _set_up(host)
        near.ip("link", "set", INTERFACE, "up")
        prefix = ("ip", "netns", "exec", near.namespace)
        yield TwoHosts(interface=INTERFACE, prefix=prefix, near=near, far=far)
    finally:
        for host in made:
            subprocess.run(["ip", "netns", "del", host.namespace], check=False, capture_output=True)


def _set_up(host: Host) -> None:
    host.ip("link", "set", "lo", "up")
    host.ip("link", "set", INTERFACE, "address", host.mac)
    host.ip("address", "add", f"{host.ipv4}/24", "dev", INTERFACE)
    host.ip("address", "add", f"{host.ipv6}/64", "dev", INTERFACE)
    with host.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        _fill_checksums_in(any_socket.fileno())


def _fill_checksums_in(descriptor: int) -> None:
    """Have the kernel compute checksums itself. By default it leaves them to the card, and a veth has none."""
    command = array.array("I", [ETHTOOL_STXCSUM, 0])
    request = struct.pack("16sP8x", INTERFACE.encode(), command.buffer_info()[0])
    fcntl.ioctl(descriptor, SIOCETHTOOL, request)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise LabError(f"A network namespace could not be entered ({os.strerror(ctypes.get_errno())}): run it as root.")


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError(
            f"The two hosts are built with the program {command[0]!r}, which is not installed: install iproute2."
        ) from None
    if done.returncode:
        said = " ".join((done.stderr.strip() or "no reason given").split())
        raise LabError(
            f"The two hosts could not be built ({' '.join(command)}: {said}): is this Linux, and are you root?"
        )
    return done.stdout
