"""Addresses as people write them, from the bytes that are on the wire."""

from __future__ import annotations

import ipaddress


def ether(data: bytes) -> str:
    """A MAC address: six bytes in hex with colons."""
    return data.hex(":")


def ipv4(data: bytes) -> str:
    """An IPv4 address: four numbers with dots."""
    return ".".join(map(str, data))


def ipv6(data: bytes) -> str:
    """An IPv6 address in the short form of RFC 5952; an embedded IPv4 address is written with dots as glibc does."""
    if data[:12] == b"\0" * 10 + b"\xff\xff" or (data[:12] == b"\0" * 12 and data[12:14] != b"\0\0"):
        prefix = "::ffff:" if data[10:12] == b"\xff\xff" else "::"
        return prefix + ipv4(data[12:])
    return str(ipaddress.IPv6Address(data))
