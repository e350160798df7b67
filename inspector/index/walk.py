"""The vector walk: from a batch of records to columns, without looking at any packet one by one.

It finds where layers 3 and 4 begin (never assuming 14, 20 or 40) behind Ethernet, NULL, LOOP, RAW, SLL and SLL2, up to
three VLAN tags, IPv4 headers of any length and IPv6 with hop-by-hop, routing and destination headers, and reads the TCP
and UDP headers there. What it cannot see through (tunnels, quoted packets, fragments, headers that were cut off,
headers that lie, other link types) it marks with `more`: such records are dissected one by one, and nothing is lost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inspector.capture.batch import Batch
from inspector.index.addresses import Addresses
from inspector.index.gather import Gather
from inspector.index.options import window_shifts
from inspector.index.table import Array

ETHERNET, NULL, LOOP, SLL, SLL2, IPV4_ONLY, IPV6_ONLY = 1, 0, 108, 113, 276, 228, 229
RAW = (101, 12, 14)

IPV4, IPV6 = 0x0800, 0x86DD
VLAN = (0x8100, 0x88A8, 0x9100)
VLANS_AT_MOST = 3

CARRIERS = (*VLAN, 0x6558, 0x880B, 0x8847, 0x8848, 0x8864, 0x88E7)
"""Ethernet types that can hold IP further in: more VLAN tags, bridging, PPP, MPLS, PPPoE, provider backbone bridges."""

EXTENSIONS = (0, 43, 60)
EXTENSIONS_AT_MOST = 8
TUNNELS = (4, 41, 44, 47, 51, 55, 97, 98, 115, 135, 136, 137, 139, 140)
"""IP protocols that can hold IP or a transport further in: IP in IP, 6in4, fragment, GRE, AH, EtherIP, L2TP ..."""
TUNNEL_PORTS = (2152, 3544, 4789, 4790, 6081)
"""UDP ports that hold packets: GTP-U, Teredo, VXLAN, VXLAN-GPE, GENEVE."""

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
ICMP_ERRORS = (3, 4, 5, 11, 12)
ICMPV6_ERRORS = (1, 2, 3, 4)
SYN = 2

Rows = dict[str, Array]


class Walked(NamedTuple):
    """What the walk found: a row for each record, a head for each transport header, in the order of the records.

    Rows: offset captured length time link l3 l4 more (and dissect: which of these could show transports to
    dissection). Heads: record (position in the batch), transport, source and destination (see `Addresses`; the port in
    the low 16 bits), seq ack flags window length captured offset shift, all 0 for UDP but the lengths and the offset.
    """

    rows: Rows
    heads: Rows


class _Walk:
    """The places of one batch on their way inwards. `at`, `end`, `wire` are a record's first byte, its end in the
    capture and its end on the wire."""

    def __init__(self, batch: Batch, start: int, stop: int) -> None:
        self.gather = Gather(batch.data)
        self.offsets = np.frombuffer(batch.offsets, np.int64)[start:stop]
        self.at = self.offsets - batch.base
        self._read_record_headers(batch, start, stop)
        self.end = self.at + self.captured
        self.wire = self.at + np.maximum(self.length, self.captured)
        size = stop - start
        self.l3 = self.at.copy()
        self.kind = np.zeros(size, np.int64)
        self.more = np.zeros(size, bool)
        self.fragments = np.zeros(size, bool)

    def _read_record_headers(self, batch: Batch, start: int, stop: int) -> None:
        if batch.shape is None:
            self.captured = np.frombuffer(batch.captured, np.uint32)[start:stop].astype(np.int64)
            self.length = np.frombuffer(batch.lengths, np.uint32)[start:stop].astype(np.int64)
            self.time = np.frombuffer(batch.times, np.int64)[start:stop]
            return
        header, order, first, second, shift = batch.shape
        words = self.at - header
        upper, lower = self.gather.u32(words, order), self.gather.u32(words + 4, order)
        self.time = upper.astype(np.int64) * first + lower.astype(np.int64) * second + shift
        self.captured = self.gather.u32(words + 8, order).astype(np.int64)
        self.length = self.gather.u32(words + 12, order).astype(np.int64)

    def enter_link(self, links: Array) -> None:
        """Find what the link layer carries: `kind` is an Ethernet type, 0 if unknown."""
        for link in np.unique(links).tolist():
            chosen = np.flatnonzero(links == link) if len(links) and (links != link).any() else np.arange(len(links))
            self._enter(int(link), chosen)

    def _enter(self, link: int, chosen: Array) -> None:
        at, end = self.at[chosen], self.end[chosen]
        if link in (ETHERNET, SLL, SLL2):
            type_at, size = {ETHERNET: (12, 14), SLL: (14, 16), SLL2: (0, 20)}[link]
            self._enter_type(chosen, at + type_at, at + size, end)
        elif link in (NULL, LOOP):
            family = self.gather.u32(at, ">" if link == LOOP else "<")
            if link == NULL:  # in the byte order of the machine that captured
                family = np.where(family > 0xFFFF, family.byteswap(), family)
            kind = np.where(family == 2, IPV4, np.where(np.isin(family, (10, 24, 28, 30)), IPV6, 0))
            self._arrive(chosen, kind, at + 4, at + 4 <= end)
        elif link in RAW:
            version = self.gather.u8(at) >> 4
            kind = np.where(version == 4, IPV4, np.where(version == 6, IPV6, 0))
            self._arrive(chosen, kind, at, at < end)
        elif link in (IPV4_ONLY, IPV6_ONLY):
            self._arrive(chosen, np.full(len(at), IPV4 if link == IPV4_ONLY else IPV6), at, at < end)
        else:
            self.more[chosen] = True

    def _arrive(self, chosen: Array, kind: Array, l3: Array, there: Array) -> None:
        self.kind[chosen] = np.where(there, kind, 0)
        self.l3[chosen] = l3
        self.more[chosen] |= ~there

    def _enter_type(self, chosen: Array, type_at: Array, l3: Array, end: Array) -> None:
        kind, there = self.gather.u16(type_at), l3 <= end
        for _ in range(VLANS_AT_MOST):
            tagged = np.isin(kind, VLAN) & (l3 + 4 <= end)
            if not tagged.any():
                break
            kind = np.where(tagged, self.gather.u16(l3 + 2), kind)
            l3 = np.where(tagged, l3 + 4, l3)
        self._arrive(chosen, kind, l3, there)
        snap = (kind < 0x600) & (self.gather.u16(l3) == 0xAAAA)
        self.more[chosen] |= np.isin(kind, CARRIERS) | snap

    def enter_network(self) -> None:
        """Find the transport: `proto`, `l4`, and `inner`, where the IP packet ends on the wire (-1: no IP)."""
        gather, l3 = self.gather, self.l3
        v4, v6 = self.kind == IPV4, self.kind == IPV6
        fits = l3 + np.where(v6, 40, 20) <= self.end
        version = gather.u8(l3)
        self.more |= (v4 | v6) & (~fits | ((version >> 4) != np.where(v6, 6, 4)))
        v4, v6 = v4 & ~self.more, v6 & ~self.more
        header = (version & 15) * 4
        total, pieces = gather.u16(l3 + 2), gather.u16(l3 + 6) & 0x3FFF
        self.fragments = v4 & (pieces != 0)
        self.more |= v4 & ((header < 20) | (pieces != 0) | ((total < header) & (total != 0)))
        self.v4, self.v6 = v4 & ~self.more, v6
        self.proto = np.where(self.v4, gather.u8(l3 + 9), -1)
        self.l4 = l3 + header
        # A total length of 0 was left to the network card: the packet goes as far as the frame.
        self.inner = np.where(total == 0, self.wire, np.minimum(l3 + total, self.wire))
        if v6.any():
            self._enter_ipv6()
        ip = self.v4 | self.v6
        self.more |= ip & np.isin(self.proto, TUNNELS)
        self._mark_errors(self.v4 & (self.proto == ICMP), ICMP_ERRORS)
        self._mark_errors(self.v6 & (self.proto == ICMPV6), ICMPV6_ERRORS)

    def _enter_ipv6(self) -> None:
        gather, l3, v6 = self.gather, self.l3, self.v6
        size = gather.u16(l3 + 4)
        self.proto = np.where(v6, gather.u8(l3 + 6), self.proto)
        self.l4 = np.where(v6, l3 + 40, self.l4)
        self.inner = np.where(v6, np.minimum(l3 + 40 + size, self.wire), self.inner)
        self.more |= v6 & (size == 0)
        for _ in range(EXTENSIONS_AT_MOST):
            extended = v6 & np.isin(self.proto, EXTENSIONS) & (self.l4 + 8 <= self.end)
            if not extended.any():
                break
            next_header, length = gather.u8(self.l4), (gather.u8(self.l4 + 1) + 1) * 8
            self.proto = np.where(extended, next_header, self.proto)
            self.l4 = np.where(extended, self.l4 + length, self.l4)
        self.more |= v6 & np.isin(self.proto, EXTENSIONS)
        self.fragments |= v6 & (self.proto == 44)
        self.v6 = v6 & ~self.more

    def _mark_errors(self, icmp: Array, types: tuple[int, ...]) -> None:
        if icmp.any():
            self.more |= icmp & ((self.l4 >= self.end) | np.isin(self.gather.u8(self.l4), types))

    def heads(self, addresses: Addresses) -> Rows:
        """Read the transport headers."""
        tcp, udp = self.proto == TCP, self.proto == UDP
        held = np.minimum(self.end, self.inner)
        ip = (self.v4 | self.v6) & (tcp | udp)
        self.more |= ip & (self.l4 + np.where(tcp, 20, 8) > held)
        chosen = np.flatnonzero(ip & ~self.more)
        gather, l4, tcp = self.gather, self.l4[chosen], tcp[chosen]
        ports, inner, held = gather.u32(l4), self.inner[chosen], held[chosen]
        source_port, destination_port = ports >> 16, ports & 0xFFFF
        words = gather.u16(l4 + 12)
        header = np.where(tcp, (words >> 12) * 4, 8)
        said = gather.u16(l4 + 4)  # a UDP datagram's own length
        lying = np.where(tcp, (header < 20) | (l4 + header > held), said < 8)
        lying |= ~tcp & (np.isin(source_port, TUNNEL_PORTS) | np.isin(destination_port, TUNNEL_PORTS))
        if lying.any():
            self.more[chosen[lying]] = True
            kept = ~lying
            chosen, l4, tcp, inner, held = chosen[kept], l4[kept], tcp[kept], inner[kept], held[kept]
            source_port, destination_port = source_port[kept], destination_port[kept]
            words, header, said = words[kept], header[kept], said[kept]
        body = l4 + header
        inner = np.where(tcp, inner, np.minimum(inner, l4 + said))
        source, destination = addresses.pairs(gather, self.l3[chosen], self.v6[chosen])
        flags = np.where(tcp, words & 0xFFF, 0)
        found = {
            "record": chosen,
            "transport": np.where(tcp, TCP, UDP),
            "source": source << np.uint64(16) | source_port,
            "destination": destination << np.uint64(16) | destination_port,
            "seq": np.where(tcp, gather.u32(l4 + 4), 0),
            "ack": np.where(tcp, gather.u32(l4 + 8), 0),
            "flags": flags,
            "window": np.where(tcp, gather.u16(l4 + 14), 0),
            "length": np.maximum(inner - body, 0),
            "captured": np.maximum(np.minimum(held, inner) - body, 0),
            "offset": body - self.at[chosen],
            "unsized": np.zeros(len(chosen), bool),
        }
        found["shift"] = window_shifts(gather, l4 + 20, body, flags & SYN != 0)
        return found

    def rows(self, links: Array) -> Rows:
        found = (self.v4 | self.v6) & (self.kind != 0)
        return {
            "offset": self.offsets,
            "captured": self.captured,
            "length": self.length,
            "time": self.time,
            "link": links,
            "l3": np.where((self.kind == IPV4) | (self.kind == IPV6), self.l3 - self.at, 0),
            "l4": np.where(found & ~self.fragments, np.minimum(self.l4 - self.at, 0xFFFF), 0),
            "kind": self.kind,
            "more": self.more,
            "dissect": self.more & ~self.fragments,
        }


def walk(batch: Batch, start: int, stop: int, addresses: Addresses) -> Walked:
    """The records of a batch from position `start` to `stop` as columns."""
    links = np.frombuffer(batch.links, np.uint16)[start:stop]
    walking = _Walk(batch, start, stop)
    walking.enter_link(links)
    walking.enter_network()
    heads = walking.heads(addresses)
    return Walked(walking.rows(links), heads)
