"""DHCP and BOOTP: fields and places, each kind of option, lengths that lie, and any bytes at all."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP
from scapy.layers.dhcp import DHCP as ScapyDhcp
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from inspector.core.layer import Layer
from inspector.protocols.dhcp import COOKIE
from tests.protocols.dissecting import MACS, check_prefixes, layer, packet, placed, tiles

MAC = bytes.fromhex("02000000002a")
DISCOVER = b"\x35\x01\x01"


def fixed(
    operation: int = 1, *, hardware: int = 1, size: int = 6, address: bytes = MAC, sname: bytes = b"", file: bytes = b""
) -> bytes:
    head = bytes((operation, hardware, size, 0)) + bytes.fromhex("deadbeef 0003 8000")
    return head + bytes(16) + address.ljust(16, b"\0") + sname.ljust(64, b"\0") + file.ljust(128, b"\0")


def message(options: bytes, head: bytes | None = None) -> bytes:
    return (fixed() if head is None else head) + COOKIE + options


def carried(data: bytes) -> bytes:
    ip = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / data
    return bytes(Ether(MACS + b"\x08\x00") / ip)


def dhcp(data: bytes) -> Layer:
    assert tiles(packet(carried(data)))
    return layer(carried(data), "dhcp")


def test_deconstruct() -> None:
    assert placed(dhcp(message(DISCOVER + b"\x32\x04\x0a\0\0\x07\xff\0\0"))) == [
        ("dhcp.type", 0, 8, "1"),
        ("dhcp.hw.type", 8, 8, "0x01"),
        ("dhcp.hw.len", 16, 8, "6"),
        ("dhcp.hops", 24, 8, "0"),
        ("dhcp.id", 32, 32, "0xdeadbeef"),
        ("dhcp.secs", 64, 16, "3"),
        ("dhcp.flags.bc", 80, 1, "1"),
        ("dhcp.flags.reserved", 81, 15, "0x0000"),
        ("dhcp.ip.client", 96, 32, "0.0.0.0"),
        ("dhcp.ip.your", 128, 32, "0.0.0.0"),
        ("dhcp.ip.server", 160, 32, "0.0.0.0"),
        ("dhcp.ip.relay", 192, 32, "0.0.0.0"),
        ("dhcp.hw.mac_addr", 224, 48, "02:00:00:00:00:2a"),
        ("dhcp.hw.addr_padding", 272, 80, "00" * 10),
        ("dhcp.server", 352, 512, ""),
        ("dhcp.file", 864, 1024, ""),
        ("dhcp.cookie", 1888, 32, "99.130.83.99"),
        ("dhcp.option.type", 1920, 8, "53"),
        ("dhcp.option.length", 1928, 8, "1"),
        ("dhcp.option.dhcp", 1936, 8, "1"),
        ("dhcp.option.type", 1944, 8, "50"),
        ("dhcp.option.length", 1952, 8, "4"),
        ("dhcp.option.requested_ip_address", 1960, 32, "10.0.0.7"),
        ("dhcp.option.type", 1992, 8, "255"),
        ("dhcp.option.padding", 2000, 16, "0000"),
    ]


@pytest.mark.parametrize(
    "data, protocol, info",
    [
        (message(DISCOVER), "DHCP", "DHCP Discover - Transaction ID 0xdeadbeef"),
        (message(b"\x35\x01\x05\xff", fixed(2)), "DHCP", "DHCP ACK      - Transaction ID 0xdeadbeef"),
        (message(b"\xff"), "BOOTP", "Boot Request from 02:00:00:00:00:2a (02:00:00:00:00:2a)"),
        (fixed(2), "BOOTP", "Boot Reply"),
        (fixed(9), "BOOTP", "Unknown BOOTP message type (9)"),
    ],
)
def test_worded_as_in_wireshark(data: bytes, protocol: str, info: str) -> None:
    assert (dhcp(data).protocol, dhcp(data).info) == (protocol, info)


@pytest.mark.parametrize(
    "code, data, field, values",
    [
        (1, b"\xff\xff\xff\0", "subnet_mask", ["255.255.255.0"]),
        (2, b"\xff\xff\xf1\xf0", "time_offset", [-3600]),
        (3, bytes((10, 0, 0, 1, 10, 0, 0, 2)), "router", ["10.0.0.1", "10.0.0.2"]),
        (6, bytes((9, 9, 9, 9)), "domain_name_server", ["9.9.9.9"]),
        (12, b"laptop", "hostname", ["laptop"]),
        (15, b"example.org\0", "domain_name", ["example.org"]),
        (26, b"\x05\xdc", "interface_mtu", [1500]),
        (51, b"\0\0\x0e\x10", "ip_address_lease_time", [3600]),
        (54, bytes((10, 0, 0, 1)), "dhcp_server_id", ["10.0.0.1"]),
        (55, b"\1\3\6", "request_list_item", [1, 3, 6]),
        (57, b"\x05\xdc", "dhcp_max_message_size", [1500]),
        (58, b"\0\0\x07\x08", "renewal_time_value", [1800]),
        (60, b"MSFT 5.0", "vendor_class_id", ["MSFT 5.0"]),
        (82, b"\1\2ab\2\1c\5\1d", "agent_information_option.agent_circuit_id", [b"ab"]),
        (82, b"\1\2ab\2\1c\5\1d", "agent_information_option.agent_remote_id", [b"c"]),
        (82, b"\1\2ab\2\1c\5\1d", "agent_information_option.value", [b"d"]),
        (200, b"abc", "value", [b"abc"]),
    ],
)
def test_option(code: int, data: bytes, field: str, values: list[object]) -> None:
    found = dhcp(message(bytes((code, len(data))) + data + b"\xff"))
    assert found.values(f"dhcp.option.{field}") == values
    assert found.issues == []


def test_client_is_named_by_its_address_or_otherwise() -> None:
    found = dhcp(message(b"\x3d\x07\x01" + MAC + b"\xff"))
    assert found.values("dhcp.hw.mac_addr") == ["02:00:00:00:00:2a"] * 2
    assert dhcp(message(b"\x3d\x03\0me\xff")).value("dhcp.client_id") == b"\0me"


def test_other_hardware() -> None:
    found = dhcp(fixed(hardware=32, size=8, address=b"12345678"))
    assert found.value("dhcp.hw.addr") == b"12345678"
    assert found.value("dhcp.hw.addr_padding") == bytes(8)
    assert dhcp(fixed(size=0)).value("dhcp.hw.addr_padding") == MAC.ljust(16, b"\0")
    assert dhcp(fixed(size=200)).value("dhcp.hw.addr") == MAC.ljust(16, b"\0")


def test_names() -> None:
    found = dhcp(message(DISCOVER, fixed(sname=b"boot.example\0x", file=b"a/b")))
    assert (found.value("dhcp.server"), found.value("dhcp.file")) == ("boot.example", "a/b")


def test_overloaded_fields_hold_options() -> None:
    head = fixed(sname=b"\x0c\2ab\xff", file=b"\x0f\2cd\xff")
    found = dhcp(message(b"\x34\1\3" + DISCOVER + b"\xff", head))
    assert (found.value("dhcp.option.hostname"), found.value("dhcp.option.domain_name")) == ("ab", "cd")
    assert dhcp(message(b"\x34\1\1\xff", head)).values("dhcp.option.hostname") == []


def test_overload_in_an_overloaded_field_is_not_followed() -> None:
    found = dhcp(message(b"\x34\1\1\xff", fixed(sname=b"\x0c\2ab\xff", file=b"\x34\1\3\xff")))
    assert found.values("dhcp.option.option_overload") == [3, 1]
    assert found.values("dhcp.option.hostname") == []


def test_without_the_cookie() -> None:
    assert dhcp(fixed() + b"anything").value("dhcp.vendor_specific_options") == b"anything"


def test_padding_between_options() -> None:
    found = dhcp(message(b"\0\0" + DISCOVER + b"\0\xff"))
    assert found.values("dhcp.option.padding") == [b"\0\0", b"\0"]
    assert found.values("dhcp.option.dhcp") == [1]


@pytest.mark.parametrize(
    "options, field, says",
    [
        (b"\x32\x04\x0a\0", "dhcp.option.length", "gives its length as 4, but 2 bytes are left"),
        (b"\x32", "dhcp.option.length", "the options end after its first"),
        (b"\x03\x05\x0a\0\0\1\2\xff", "dhcp.option.router", "has 5 bytes, but its items have 4 each"),
        (b"\x52\x03\1\x09a\xff", "dhcp.option.suboption_length", "suboption 1 gives its length as 9"),
    ],
)
def test_lengths_that_lie(options: bytes, field: str, says: str) -> None:
    found = dhcp(message(options))
    assert [(issue.kind, issue.field) for issue in found.issues] == [("malformed", field)]
    assert says in found.issues[0].text


def test_cut_by_the_capture_is_no_lie() -> None:
    whole = carried(message(DISCOVER + b"\x32\x04\x0a\0\0\x07\xff"))
    cut = packet(whole[:-3], length=len(whole))
    assert [issue.kind for issue in next(one for one in cut.layers if one.name == "dhcp").issues] == ["truncated"]


def test_every_prefix() -> None:
    check_prefixes(carried(message(DISCOVER + b"\x37\x02\1\3\x33\4\0\0\0\1")), "dhcp")


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 65535), st.binary(min_size=6, max_size=6), st.integers(1, 8))
def test_scapy_and_dpkt_agree(ident: int, secs: int, mac: bytes, kind: int) -> None:
    made = bytes(BOOTP(xid=ident, secs=secs, chaddr=mac) / ScapyDhcp(options=[("message-type", kind), "end"]))
    found, other = dhcp(made), dpkt.dhcp.DHCP(made)
    assert (found.value("dhcp.id"), found.value("dhcp.secs")) == (other.xid, other.secs) == (ident, secs)
    assert found.value("dhcp.hw.mac_addr") == mac.hex(":")
    assert found.value("dhcp.option.dhcp") == other.opts[0][1][0] == kind


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert tiles(packet(carried(data)))


@given(st.binary(max_size=200), st.binary(max_size=64), st.binary(max_size=128), st.integers(0, 255))
def test_any_options(options: bytes, sname: bytes, file: bytes, size: int) -> None:
    assert tiles(packet(carried(message(b"\x34\1\3" + options, fixed(size=size, sname=sname, file=file)))))
