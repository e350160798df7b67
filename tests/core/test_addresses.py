"""Addresses as people write them."""

from __future__ import annotations

import ipaddress
import socket

from hypothesis import given
from hypothesis import strategies as st

from inspector.core.addresses import ether, ipv4, ipv6


def test_a_mac_address() -> None:
    assert ether(bytes.fromhex("0200deadbeef")) == "02:00:de:ad:be:ef"


@given(st.binary(min_size=4, max_size=4))
def test_ipv4_as_the_standard_library_writes_it(data: bytes) -> None:
    assert ipv4(data) == str(ipaddress.IPv4Address(data))


@given(
    st.one_of(
        st.binary(min_size=16, max_size=16), st.lists(st.sampled_from([0, 0, 0, 1, 0xFFFF]), min_size=8, max_size=8)
    )
)
def test_ipv6_means_the_same_address(data: bytes | list[int]) -> None:
    raw = data if isinstance(data, bytes) else b"".join(word.to_bytes(2, "big") for word in data)
    assert socket.inet_pton(socket.AF_INET6, ipv6(raw)) == raw
    assert ipv6(raw) == socket.inet_ntop(socket.AF_INET6, raw)
