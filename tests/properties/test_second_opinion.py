"""scapy and dpkt as second opinions: random valid packets, built by scapy, read by three; all common fields are equal.

scapy fills in lengths and checksums, so that its sums prove ours. The number of values compared is printed and has a
lower bound, so that the test cannot go blind.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import dpkt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP, IPOption, IPOption_RR
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from inspector.core.layer import Packet
from inspector.core.record import Record
from inspector.engine.dissect import dissect
from tests.properties.tiles import assert_tiles

EXAMPLES = 300
# Ports that nobody claims: what the payload means is not this test's question.
PORTS = st.integers(20_000, 60_000)
MACS = st.binary(min_size=6, max_size=6).map(lambda data: data.hex(":"))
ADDRESSES4 = st.ip_addresses(v=4).map(str)
ADDRESSES6 = st.ip_addresses(v=6).map(str)
PAYLOADS = st.binary(max_size=60)
WORDS = st.integers(0, 0xFFFFFFFF)
compared: Counter[str] = Counter()

TCP_OPTIONS = st.lists(
    st.one_of(
        st.just(("NOP", None)),
        st.integers(0, 0xFFFF).map(lambda size: ("MSS", size)),
        st.integers(0, 14).map(lambda shift: ("WScale", shift)),
        st.just(("SAckOK", b"")),
        st.tuples(WORDS, WORDS).map(lambda edges: ("SAck", edges)),
        st.tuples(WORDS, WORDS).map(lambda stamps: ("Timestamp", stamps)),
    ),
    max_size=3,
)
IP_OPTIONS = st.one_of(
    st.just([]),
    st.lists(ADDRESSES4, min_size=1, max_size=6).map(lambda stops: [IPOption_RR(routers=stops)]),
    st.just([IPOption(b"\x94\x04\x00\x00")]),
)
TCPS = st.builds(
    TCP,
    sport=PORTS,
    dport=PORTS,
    seq=WORDS,
    ack=WORDS,
    flags=st.integers(0, 0x1FF),
    reserved=st.integers(0, 7),
    window=st.integers(0, 0xFFFF),
    urgptr=st.integers(0, 0xFFFF),
    options=TCP_OPTIONS,
)
UDPS = st.builds(UDP, sport=PORTS, dport=PORTS)
IPS = st.builds(
    IP,
    tos=st.integers(0, 255),
    id=st.integers(0, 0xFFFF),
    flags=st.sampled_from([0, 2]),
    ttl=st.integers(0, 255),
    src=ADDRESSES4,
    dst=ADDRESSES4,
    options=IP_OPTIONS,
)
IPV6S = st.builds(
    IPv6, tc=st.integers(0, 255), fl=st.integers(0, 0xFFFFF), hlim=st.integers(0, 255), src=ADDRESSES6, dst=ADDRESSES6
)
FRAMES = st.builds(Ether, src=MACS, dst=MACS)


def equal(packet: Packet, pairs: dict[str, Any], judge: str) -> None:
    for name, want in pairs.items():
        found = packet.fields(name)
        assert (found == want) if isinstance(want, list) else (found[:1] == [want]), f"{name}: {found}, {judge}: {want}"
        compared[judge] += 1


def ether_as_scapy(frame: Any) -> dict[str, Any]:
    return {"eth.src": frame.src, "eth.dst": frame.dst, "eth.type": frame.type}


def ip_as_scapy(ip: Any) -> dict[str, Any]:
    route = [stop for option in ip.options for stop in getattr(option, "routers", [])]
    return {
        "ip.version": ip.version, "ip.hdr_len": ip.ihl * 4, "ip.dsfield": ip.tos, "ip.len": ip.len, "ip.id": ip.id,
        "ip.flags": int(ip.flags), "ip.flags.df": bool(ip.flags & 2), "ip.frag_offset": ip.frag, "ip.ttl": ip.ttl,
        "ip.proto": ip.proto, "ip.checksum": ip.chksum, "ip.src": ip.src, "ip.dst": ip.dst, "ip.rec_rt": route,
        "ip.checksum.status": 1,
    }  # fmt: skip


def ipv6_as_scapy(ip: Any) -> dict[str, Any]:
    return {
        "ipv6.version": ip.version, "ipv6.tclass": ip.tc, "ipv6.flow": ip.fl, "ipv6.plen": ip.plen, "ipv6.nxt": ip.nh,
        "ipv6.hlim": ip.hlim,
    }  # fmt: skip


def _acknowledged(ack: int, edge: int) -> bool:
    return (ack - edge) & 0xFFFFFFFF < 1 << 31


def tcp_as_scapy(tcp: Any) -> dict[str, Any]:
    options: dict[str, list[Any]] = {}
    for kind, value in tcp.options:
        options.setdefault(kind, []).append(value)
    # RFC 2883: an option's first block that the segment acknowledges already reports bytes that came twice.
    twice = [edges[:2] for edges in options.get("SAck", []) if edges and _acknowledged(tcp.ack, edges[1])]
    first = [edges[2 * _acknowledged(tcp.ack, edges[1]) :] if edges else () for edges in options.get("SAck", [])]
    sacks, again = [edge for edges in first for edge in edges], [edge for edges in twice for edge in edges]
    return {
        "tcp.srcport": tcp.sport, "tcp.dstport": tcp.dport, "tcp.seq_raw": tcp.seq, "tcp.ack_raw": tcp.ack,
        "tcp.hdr_len": tcp.dataofs * 4, "tcp.flags": int(tcp.flags) | tcp.reserved << 9,
        "tcp.flags.syn": bool(tcp.flags.S), "tcp.flags.ack": bool(tcp.flags.A), "tcp.flags.fin": bool(tcp.flags.F),
        "tcp.window_size_value": tcp.window, "tcp.checksum": tcp.chksum, "tcp.checksum.status": 1,
        "tcp.urgent_pointer": tcp.urgptr, "tcp.options.mss_val": options.get("MSS", []),
        "tcp.options.wscale.shift": options.get("WScale", []),
        "tcp.options.timestamp.tsval": [stamps[0] for stamps in options.get("Timestamp", [])],
        "tcp.options.timestamp.tsecr": [stamps[1] for stamps in options.get("Timestamp", [])],
        "tcp.options.sack_le": sacks[::2], "tcp.options.sack_re": sacks[1::2],
        "tcp.options.sack.dsack_le": again[::2], "tcp.options.sack.dsack_re": again[1::2],
    }  # fmt: skip


def udp_as_scapy(udp: Any) -> dict[str, Any]:
    return {
        "udp.srcport": udp.sport, "udp.dstport": udp.dport, "udp.length": udp.len, "udp.checksum": udp.chksum,
        "udp.checksum.status": 1,
    }  # fmt: skip


def as_dpkt(frame: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"eth.src": frame.src.hex(":"), "eth.dst": frame.dst.hex(":"), "eth.type": frame.type}
    ip = frame.data
    if isinstance(ip, dpkt.ip.IP):
        found |= {
            "ip.hdr_len": ip.hl * 4, "ip.dsfield": ip.tos, "ip.len": ip.len, "ip.id": ip.id, "ip.ttl": ip.ttl,
            "ip.proto": ip.p, "ip.checksum": ip.sum, "ip.flags.df": bool(ip.df), "ip.flags.mf": bool(ip.mf),
            "ip.frag_offset": ip.offset // 8, "ip.src": ".".join(map(str, ip.src)),
        }  # fmt: skip
    else:
        found |= {
            "ipv6.tclass": ip.fc,
            "ipv6.flow": ip.flow,
            "ipv6.plen": ip.plen,
            "ipv6.nxt": ip.nxt,
            "ipv6.hlim": ip.hlim,
        }
    inner = ip.data
    if isinstance(inner, dpkt.tcp.TCP):
        found |= {
            "tcp.srcport": inner.sport, "tcp.dstport": inner.dport, "tcp.seq_raw": inner.seq, "tcp.ack_raw": inner.ack,
            "tcp.hdr_len": inner.off * 4, "tcp.window_size_value": inner.win, "tcp.checksum": inner.sum,
            "tcp.urgent_pointer": inner.urp, "tcp.options": [inner.opts] if inner.opts else [],
            "tcp.payload": [inner.data] if inner.data else [],
            "tcp.option_kind": [kind for kind, _ in dpkt.tcp.parse_opts(inner.opts)][: _until_end(inner.opts)],
        }  # fmt: skip
    else:
        found |= {
            "udp.srcport": inner.sport, "udp.dstport": inner.dport, "udp.length": inner.ulen, "udp.checksum": inner.sum,
            "udp.payload": [inner.data] if inner.data else [],
        }  # fmt: skip
    return found


def _until_end(options: bytes) -> int | None:
    """dpkt goes on behind the end of the list, which RFC 9293 section 3.2 forbids."""
    kinds = [kind for kind, _ in dpkt.tcp.parse_opts(options)]
    return kinds.index(0) + 1 if 0 in kinds else None


def judged(built: Any) -> None:
    data = bytes(built)
    packet = dissect(Record(1, 0, len(data), 1, data), strict=True)
    assert_tiles(packet)
    assert not packet.issues
    scapy = Ether(data)
    equal(packet, ether_as_scapy(scapy), "scapy")
    equal(packet, ip_as_scapy(scapy[IP]) if IP in scapy else ipv6_as_scapy(scapy[IPv6]), "scapy")
    equal(packet, tcp_as_scapy(scapy[TCP]) if TCP in scapy else udp_as_scapy(scapy[UDP]), "scapy")
    equal(packet, as_dpkt(dpkt.ethernet.Ethernet(data)), "dpkt")


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None)
@given(FRAMES, st.one_of(IPS, IPV6S), st.one_of(TCPS, UDPS), PAYLOADS)
def check(frame: Any, ip: Any, inner: Any, payload: bytes) -> None:
    judged(frame / ip / inner / payload)


def test_three_readers_agree(capsys: pytest.CaptureFixture[str]) -> None:
    compared.clear()
    check()
    with capsys.disabled():
        print(f"\n{EXAMPLES} random packets: {compared['scapy']} values agree with scapy, {compared['dpkt']} with dpkt")
    assert compared["scapy"] > EXAMPLES * 12
    assert compared["dpkt"] > EXAMPLES * 10
