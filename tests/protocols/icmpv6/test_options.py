"""The options of neighbour discovery: contents, lists, lengths that lie, any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet6 import (
    ICMPv6ND_RA,
    ICMPv6NDOptDNSSL,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptRouteInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from inspector.core.layer import Layer
from tests.protocols.dissecting import MACS, layer, packet, tiles


def behind(*options: object) -> bytes:
    """A router advertisement with these options."""
    made = Ether(MACS + b"\x86\xdd") / IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA()
    for option in options:
        made = made / option
    return bytes(made)


def read(*options: object) -> Layer:
    return layer(behind(*options), "icmpv6")


def test_link_layer_address_has_two_names() -> None:
    found = read(ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01"))
    mac = bytes.fromhex("020000000001")
    assert (found.value("icmpv6.opt.linkaddr"), found.value("icmpv6.opt.src_linkaddr")) == (mac, mac)
    assert found.value("icmpv6.opt.target_linkaddr") is None
    assert found.info.endswith("from 02:00:00:00:00:01")
    (option,) = [node for node in found.nodes if node.name == "icmpv6.opt"]
    assert option.text == "ICMPv6 Option (Source link-layer address : 02:00:00:00:00:01)"


def test_prefix_information() -> None:
    found = read(ICMPv6NDOptPrefixInfo(prefixlen=64, prefix="fd00::", L=1, A=0, validlifetime=9, preferredlifetime=5))
    names = ("prefix", "prefix.length", "prefix.flag.l", "prefix.flag.a", "prefix.valid_lifetime")
    assert [found.value(f"icmpv6.opt.{name}") for name in names] == ["fd00::", 64, True, False, 9]
    assert found.value("icmpv6.opt.prefix.preferred_lifetime") == 5


def test_mtu() -> None:
    assert read(ICMPv6NDOptMTU(mtu=1480)).value("icmpv6.opt.mtu") == 1480


def test_servers() -> None:
    found = read(ICMPv6NDOptRDNSS(dns=["fd00::53", "fd00::54"], lifetime=300))
    assert found.values("icmpv6.opt.rdnss") == ["fd00::53", "fd00::54"]
    assert found.value("icmpv6.opt.rdnss.lifetime") == 300


def test_search_list() -> None:
    data = behind(ICMPv6NDOptDNSSL(searchlist=["example.org", "a.test"], lifetime=9))
    assert layer(data, "icmpv6").values("icmpv6.opt.dnssl") == ["example.org", "a.test"]
    assert tiles(packet(data))


@pytest.mark.parametrize("length, prefix", [(1, None), (2, "fd01::"), (3, "fd01::")])
def test_route_sends_as_much_of_its_prefix_as_it_needs(length: int, prefix: str | None) -> None:
    found = read(ICMPv6NDOptRouteInfo(plen=48, prefix="fd01::", len=length, prf=3, rtlifetime=400))
    assert found.value("icmpv6.opt.prefix") == prefix
    assert found.value("icmpv6.opt.route_info.flag.route_preference") == 3
    assert found.value("icmpv6.opt.route_lifetime") == 400


def test_nonce_portal_and_translator() -> None:
    found = read(
        Raw(bytes.fromhex("0e01 a6248bc95875")),
        Raw(b"\x25\x02urn:ietf:pa\0\0\0"),
        Raw(bytes.fromhex("2602 00f8 0064ff9b 00000000 00000000")),
    )
    assert found.value("icmpv6.opt.nonce") == bytes.fromhex("a6248bc95875")
    assert found.value("icmpv6.opt.captive_portal") == "urn:ietf:pa"
    assert found.value("icmpv6.opt.pref64.scaled_lifetime") == 31
    assert found.value("icmpv6.opt.pref64.prefix") == "64:ff9b::"


def test_longer_link_address_is_padded() -> None:
    found = read(Raw(b"\x01\x02abcdefgh" + bytes(6)))
    assert found.value("icmpv6.opt.linkaddr") == b"abcdefgh"


def test_unknown_option_is_bytes() -> None:
    assert read(Raw(b"\xc8\x01abcdef")).value("icmpv6.data") == b"abcdef"


def test_length_of_zero_ends_the_reading() -> None:
    data = behind(Raw(b"\x01\x00abcdef"))
    found = layer(data, "icmpv6")
    assert [issue.text for issue in found.issues] == [
        "the option gives its length as 0, which would not even hold its type and length"
    ]
    assert tiles(packet(data))


def test_length_beyond_the_message() -> None:
    found = read(Raw(b"\x01\x05abcdef"))
    assert [(issue.kind, issue.field) for issue in found.issues] == [("malformed", "icmpv6.opt.length")]
    assert found.issues[0].text == "the option gives its length as 40 bytes, the message has 8"


def test_hostile_names_are_bounded() -> None:
    found = packet(behind(Raw(b"\x1f\xff\0\0\0\0\0\x09" + b"\x01a" * 1016)))
    assert all(len(str(name)) < 300 for name in found.fields("icmpv6.opt.dnssl"))
    assert tiles(found)


@given(st.sampled_from([1, 2, 3, 4, 5, 7, 14, 24, 25, 26, 31, 37, 38, 99]), st.integers(0, 6), st.binary(max_size=60))
def test_any_bytes_in_each_option(kind: int, length: int, data: bytes) -> None:
    assert tiles(packet(behind(Raw(bytes((kind, length)) + data))))
