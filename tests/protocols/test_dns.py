"""DNS over UDP and TCP, multicast DNS and LLMNR: fields and places, records, names that lie, and any bytes at all."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from inspector.core.context import Context, Conversation, Pdu
from inspector.core.layer import Layer, Packet
from inspector.core.record import Record
from inspector.core.source import Source
from inspector.engine.dissect import dissect
from inspector.protocols.dns.message import DNS as AS_DNS
from inspector.protocols.dns.message import dissect_as
from inspector.protocols.dns.names import read_name
from tests.protocols.dissecting import MACS, check_prefixes, layer, packet, placed, tiles
from tests.streams.script import Talk, plain

POINTER = b"\xc0\x0c"
"""Where the first name of a message stands."""


def name(text: str) -> bytes:
    labels = [part.encode() for part in text.split(".") if part]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def question(owner: str | bytes, kind: int = 1, klass: int = 1) -> bytes:
    return (owner if isinstance(owner, bytes) else name(owner)) + struct.pack("!HH", kind, klass)


def record(kind: int, data: bytes, owner: bytes = POINTER, klass: int = 1, ttl: int = 300, size: int = -1) -> bytes:
    return owner + struct.pack("!HHIH", kind, klass, ttl, len(data) if size < 0 else size) + data


def message(*sections: list[bytes], flags: int = 0x8180, ident: int = 0x1A2B) -> bytes:
    four = [*sections, [], [], [], []][:4]
    counts = struct.pack("!6H", ident, flags, *map(len, four))
    return counts + b"".join(b"".join(section) for section in four)


def carried(data: bytes, port: int = 53) -> bytes:
    ip = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=port, dport=40000) / data
    return bytes(Ether(MACS + b"\x08\x00") / ip)


def dns(data: bytes, port: int = 53) -> Layer:
    found = {53: "dns", 5353: "mdns", 5355: "llmnr"}[port]
    assert tiles(packet(carried(data, port)))
    return layer(carried(data, port), found)


def answer(kind: int, data: bytes) -> Layer:
    """A response with one record of this type."""
    return dns(message([question("example.com", kind)], [record(kind, data)]))


QUERY = message([question("example.com")], flags=0x0100)


# Header and question


def test_deconstruct() -> None:
    assert placed(dns(QUERY)) == [
        ("dns.id", 0, 16, "0x1a2b"),
        ("dns.flags.response", 16, 1, "0"),
        ("dns.flags.opcode", 17, 4, "0"),
        ("dns.flags.unused", 21, 1, "0"),
        ("dns.flags.truncated", 22, 1, "0"),
        ("dns.flags.recdesired", 23, 1, "1"),
        ("dns.flags.unused", 24, 1, "0"),
        ("dns.flags.z", 25, 1, "0"),
        ("dns.flags.unused", 26, 1, "0"),
        ("dns.flags.checkdisable", 27, 1, "0"),
        ("dns.flags.unused", 28, 4, "0"),
        ("dns.count.queries", 32, 16, "1"),
        ("dns.count.answers", 48, 16, "0"),
        ("dns.count.auth_rr", 64, 16, "0"),
        ("dns.count.add_rr", 80, 16, "0"),
        ("dns.qry.name", 96, 104, "example.com"),
        ("dns.qry.type", 200, 16, "1"),
        ("dns.qry.class", 216, 16, "0x0001"),
    ]
    assert (dns(QUERY).value("dns.qry.name.len"), dns(QUERY).value("dns.count.labels")) == (11, 2)


@pytest.mark.parametrize(
    "data, info",
    [
        (QUERY, "Standard query 0x1a2b A example.com"),
        (message([question("a", 6)], flags=0x2000), "Zone change notification 0x1a2b SOA a"),
        (message([question("a", 28)], flags=0x8183), "Standard query response 0x1a2b No such name AAAA a"),
        (message([question("a")], flags=0x7000), "Unknown operation (14) 0x1a2b A a"),
        (message([question("a", 999)], flags=0), "Standard query 0x1a2b Unknown (999) a"),
        (
            message([question("a.b", 15)], [record(15, b"\0\x0a\4mail" + POINTER)]),
            "Standard query response 0x1a2b MX a.b MX 10 mail.a.b",
        ),
    ],
)
def test_worded_as_in_wireshark(data: bytes, info: str) -> None:
    assert dns(data).info == info


def test_every_flag_of_an_answer() -> None:
    found = dns(message([], flags=0xFFFF))
    assert found.value("dns.flags") == 0xFFFF
    for key in (
        "response",
        "authoritative",
        "truncated",
        "recdesired",
        "recavail",
        "z",
        "authenticated",
        "checkdisable",
    ):
        assert found.value(f"dns.flags.{key}") is True, key
    assert (found.value("dns.flags.opcode"), found.value("dns.flags.rcode")) == (15, 15)


def test_question_that_understands_authentication() -> None:
    assert dns(message([question("a")], flags=0x0120)).value("dns.flags.authenticated") is True
    assert dns(QUERY).values("dns.flags.authenticated") == []


def test_update_counts_other_things() -> None:
    found = dns(message([question("a.b", 6)], [record(1, bytes(4))], flags=0x2800))
    assert (found.value("dns.count.zones"), found.value("dns.count.prerequisites")) == (1, 1)
    assert found.values("dns.count.queries") == []


# Records


@pytest.mark.parametrize(
    "kind, data, fields",
    [
        (1, bytes((192, 0, 2, 1)), {"a": "192.0.2.1"}),
        (28, IPv6Address("2001:db8::1").packed, {"aaaa": "2001:db8::1"}),
        (5, b"\3www" + POINTER, {"cname": "www.example.com"}),
        (2, name("ns.example.org"), {"ns": "ns.example.org"}),
        (12, name("host.example.org"), {"ptr.domain_name": "host.example.org"}),
        (39, name("x.org"), {"dname": "x.org"}),
        (15, b"\0\x0a\4mail" + POINTER, {"mx.preference": 10, "mx.mail_exchange": "mail.example.com"}),
        (
            6,
            name("ns") + name("root.mail") + struct.pack("!5I", 1, 2, 3, 4, 5),
            {"soa.mname": "ns", "soa.rname": "root.mail", "soa.serial_number": 1, "soa.minimum_ttl": 5},
        ),
        (33, struct.pack("!3H", 1, 2, 5060) + name("sip.x"), {"srv.port": 5060, "srv.target": "sip.x"}),
        (257, b"\x80\5issueca.org", {"caa.flags.issuer_critical": True, "caa.tag": "issue", "caa.issue": "ca.org"}),
        (257, b"\0\3abcxyz", {"caa.unknown": "xyz"}),
        (43, b"\x30\x39\x0d\x02" + b"d" * 32, {"ds.key_id": 12345, "ds.digest": b"d" * 32}),
        (
            46,
            struct.pack("!HBBIIIH", 1, 13, 2, 300, 1_700_000_000, 1_690_000_000, 555) + name("a.b") + b"sig",
            {
                "rrsig.signature_expiration": "Nov 14, 2023 22:13:20.000000000 UTC",
                "rrsig.signers_name": "a.b",
                "rrsig.signature": b"sig",
            },
        ),
        (999, b"abc", {"data": b"abc"}),
        (
            65,
            b"\0\1\0" + b"\0\1\0\3\2h3" + b"\0\3\0\2\1\xbb" + b"\0\4\0\4\xc0\0\2\1" + b"\0\7\0\1q",
            {
                "svcb.targetname": "<Root>",
                "svcb.svcparam.alpn": "h3",
                "svcb.svcparam.port": 443,
                "svcb.svcparam.ipv4hint.ip": "192.0.2.1",
                "svcb.svcparam.value": b"q",
            },
        ),
    ],
)
def test_record(kind: int, data: bytes, fields: dict[str, object]) -> None:
    found = answer(kind, data)
    assert {key: found.value(f"dns.{key}") for key in fields} == fields
    assert found.issues == []


def test_key_has_a_tag() -> None:
    """The example of RFC 4034 section 5.4: this key has the tag 60485."""
    import base64

    text = (
        "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvx"
        "egXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
    )
    found = answer(48, b"\x01\x00\x03\x05" + base64.b64decode(text))
    assert found.value("dns.dnskey.key_id") == 60485
    assert found.value("dns.dnskey.flags.zone_key") is True


def test_texts() -> None:
    found = answer(16, b"\5hello\3w\xffd")
    assert found.values("dns.txt") == ["hello", "w\\xffd"]
    assert found.values("dns.txt.length") == [5, 3]


def test_service_is_said_by_the_name() -> None:
    found = dns(message([question("_sip._tcp.a.b", 33)], [record(33, bytes(6) + name("x"))]))
    assert [found.value(f"dns.srv.{key}") for key in ("service", "proto", "name")] == ["_sip", "_tcp", "a.b"]


def test_types_of_a_bit_map() -> None:
    found = answer(47, name("b") + b"\0\6\x62\1\x80\x08\0\3\1\1\x40")
    assert found.values("dns.resp.type") == [47, 1, 2, 6, 15, 16, 28, 46, 47, 257]


@pytest.mark.parametrize("maps", [b"\0\0", b"\0\x21" + bytes(33), b"\1\1\x40\0\1\x40", b"\0\5\x40"])
def test_bit_maps_that_lie(maps: bytes) -> None:
    assert [issue.kind for issue in answer(47, name("b") + maps).issues] == ["malformed"]


def test_settings() -> None:
    options = b"\0\x0a\0\x10" + bytes(range(16)) + b"\0\x08\0\x07\0\1\x18\0\xc0\xa8\1" + b"\0\x0f\0\4\0\x12no"
    found = dns(
        message(
            [question("a")], [], [], [b"\0" + struct.pack("!HHBBHH", 41, 1232, 1, 0, 0x8001, len(options)) + options]
        )
    )
    assert found.value("dns.rr.udp_payload_size") == 1232
    assert (found.value("dns.resp.ext_rcode"), found.value("dns.resp.z.do")) == (1, True)
    assert found.value("dns.resp.z.reserved") == 1
    assert found.value("dns.opt.cookie.server") == bytes(range(8, 16))
    assert found.value("dns.opt.client.addr4") == "192.168.1.0"
    assert (found.value("dns.opt.ext_error.info_code"), found.value("dns.opt.ext_error.extra_text")) == (18, "no")


# Neighbours


def test_multicast_takes_the_highest_bit() -> None:
    found = dns(message([question("a.local", 1, 0x8001)], [record(1, bytes(4), klass=0x8001)]), 5353)
    assert (found.value("dns.qry.qu"), found.value("dns.qry.class")) == (True, 1)
    assert (found.value("dns.resp.cache_flush"), found.value("dns.resp.class")) == (True, 1)
    assert found.info.endswith('A a.local, "QU" question A, cache flush 0.0.0.0')


def test_llmnr_has_flags_of_its_own() -> None:
    found = dns(message([question("wpad")], flags=0x8500), 5355)
    assert (found.value("dns.flags.conflict"), found.value("dns.flags.tentative")) == (True, True)
    assert found.values("dns.flags.authoritative") == found.values("dns.flags.recavail") == []


# What lies


@pytest.mark.parametrize(
    "owner, says",
    [
        (POINTER, "a loop without an end"),
        (b"\1a" + POINTER, "a loop without an end"),
        (b"\xc0\x20", "leads forward to byte 32"),
        (b"\xc0\x02", "into the header"),
        (b"\x40abc\0", "no length"),
        (b"\x3fab\0", "should have 63 bytes"),
        (b"\xc0", "cut in half"),
        (name(".".join(["a" * 63] * 4)), "longer than 255 bytes"),
    ],
)
def test_names_that_lie(owner: bytes, says: str) -> None:
    data = message([owner + struct.pack("!HH", 1, 1)], flags=0x0100)
    found = dns(data[:13] if owner == b"\xc0" else data)
    assert [issue.kind for issue in found.issues] == ["malformed"]
    assert says in found.issues[0].text


def test_pointers_that_lead_back_in_turns_never_loop() -> None:
    """Two names that point into each other: only the one that leads forward is refused."""
    data = bytes(12) + b"\1a\xc0\x10" + b"\1b\xc0\x0c"
    assert "leads forward to byte 16" in read_name(data, 16, 20).problem
    assert "leads forward to byte 16" in read_name(data, 12, 20).problem


def test_a_chain_of_pointers_is_bounded() -> None:
    data = bytes(12) + b"\0\0" + b"".join((0xC000 | at).to_bytes(2, "big") for at in range(12, 2000, 2))
    assert "more than 127 pointers" in read_name(data, len(data) - 2, len(data)).problem
    assert read_name(data, 14 + 2 * 100, len(data)).problem == ""


def test_longest_name_is_allowed() -> None:
    longest = name(".".join(["a" * 63] * 3 + ["a" * 61]))
    assert len(longest) == 255
    assert read_name(bytes(12) + longest, 12, 267).problem == ""


def test_length_that_lies_stays_inside_its_record() -> None:
    found = dns(message([question("a")], [record(1, b"\1\2\3"), record(1, b"\1\2\3\4\5"), record(1, b"\1\2\3\4")]))
    assert [(issue.kind, issue.field) for issue in found.issues] == [
        ("malformed", "dns.a"),
        ("malformed", "dns.resp.len"),
    ]
    assert found.values("dns.a") == ["1.2.3.4", "1.2.3.4"]


def test_length_beyond_the_end() -> None:
    found = dns(message([question("a")], [record(16, b"\1a", size=500)]))
    assert found.issues[0].text == "dns.resp.len says 500, but 2 bytes are left"


def test_counts_beyond_the_end() -> None:
    found = dns(QUERY[:4] + b"\xff\xff" + QUERY[6:])
    assert [issue.kind for issue in found.issues] == ["malformed"]
    assert found.values("dns.qry.name") == ["example.com"]


def test_list_line_is_bounded() -> None:
    found = dissect_as(AS_DNS, Source("message", message([question("a")] * 3000)).view())
    assert (len(found.info), len(found.values("dns.qry.name"))) == (4096, 3000)


def test_bytes_behind_the_end() -> None:
    found = dns(QUERY + b"more")
    assert (found.value("dns.extraneous.data"), found.value("dns.extraneous.length")) == (b"more", 4)


# TCP


def in_stream(data: bytes, conversations: tuple[Conversation, ...] | None = None) -> Packet:
    frame = bytes(Ether(MACS + b"\x08\x00") / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=40000, dport=53) / data)
    record_ = Record(1, 0, len(frame), 1, frame)
    return dissect(record_, Context({}, conversations) if conversations else Context(), strict=True)


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def test_two_messages_in_a_segment() -> None:
    found = in_stream(framed(QUERY) + framed(message([question("b.c", 28)], flags=0x0100)))
    assert found.fields("dns.length") == [29, 21]
    assert found.fields("dns.qry.name") == ["example.com", "b.c"]
    assert tiles(found)
    assert found.issues == []


def test_message_of_a_conversation() -> None:
    source = Source("reassembled", framed(QUERY)[:-4])
    talk = Conversation("tcp", 0, pdus=(Pdu("dns", source.view(), {"stream": True, "guess": True}),), claimed="dns")
    found = in_stream(b"x", (talk,))
    assert [issue.kind for _, issue in found.issues][:2] == ["truncated", "guess"]
    assert found.fields("dns.qry.name") == ["example.com"]


@pytest.mark.parametrize("data", [b"\0", b"\0\0", b"\0\5abcde", b"\xff\xff" + QUERY])
def test_odd_streams(data: bytes) -> None:
    assert tiles(in_stream(data))


# Streams


def cut(rows: list[tuple[int, int, bytes, int]]) -> list[tuple[int, int, int, bool]]:
    reader = Talk(rows, ports=(40000, 53)).reader()
    return [(one.side, one.start, one.stop, one.complete) for one in reader.cuts()]


ANSWER = message([question("example.com")], [record(1, bytes(4))])


def test_stream_is_cut_by_lengths_however_it_arrives() -> None:
    parts = [(0, framed(QUERY) + framed(QUERY)), (1, framed(ANSWER)), (0, framed(QUERY)), (1, framed(ANSWER))]
    expected = cut(plain(parts))
    one, other = len(QUERY) + 2, len(ANSWER) + 2
    assert sorted(expected) == [
        (0, 0, one, True),
        (0, one, 2 * one, True),
        (0, 2 * one, 3 * one, True),
        (1, 0, other, True),
        (1, other, 2 * other, True),
    ]
    bytewise = [(side, data[i : i + 1]) for side, data in parts for i in range(len(data))]
    assert sorted(cut(plain(bytewise))) == sorted(expected)


def test_message_that_has_not_ended() -> None:
    assert cut(plain([(0, framed(QUERY)[:-3])])) == [(0, 0, len(QUERY) - 1, False)]


def test_hole_inside_a_message_is_bridged_by_its_length() -> None:
    rows = plain([(0, framed(QUERY)[:10]), (0, framed(QUERY)[10:20]), (0, framed(QUERY)[20:] + framed(QUERY))])
    size = len(QUERY) + 2
    assert cut([rows[0], rows[2]]) == [(0, 0, size, False), (0, size, 2 * size, True)]


def test_hole_over_a_length_begins_again_at_a_segment() -> None:
    rows = plain([(0, framed(QUERY)), (0, framed(QUERY)), (0, framed(ANSWER))])
    size = len(QUERY) + 2
    assert cut([rows[0], rows[2]]) == [(0, 0, size, True), (0, 2 * size, 2 * size + len(ANSWER) + 2, True)]


# Laws


@pytest.mark.parametrize(
    "data",
    [
        QUERY,
        message([question("a.b", 6)], [record(5, name("x.y")), record(1, bytes(4))], [record(16, b"\3abc")]),
        message([], [], [], [record(65, b"\0\1\0\0\1\0\3\2h3"), record(47, name("b") + b"\0\1\x40")]),
    ],
)
def test_every_prefix(data: bytes) -> None:
    check_prefixes(carried(data), "dns")


LABELS = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20), min_size=1, max_size=6)


@given(LABELS, st.integers(0, 65535), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_scapy_and_dpkt_agree(labels: list[str], ident: int, ttl: int, address: int) -> None:
    owner, shown = ".".join(labels), ".".join(map(str, address.to_bytes(4, "big")))
    made = bytes(DNS(id=ident, qr=1, qd=DNSQR(qname=owner), an=DNSRR(rrname=owner, ttl=ttl, rdata=shown)))
    found, other = dns(made), dpkt.dns.DNS(made)
    assert (found.value("dns.id"), found.value("dns.qry.name")) == (other.id, other.qd[0].name) == (ident, owner)
    assert found.value("dns.resp.ttl") == ttl
    assert found.value("dns.a") == shown
    assert other.an[0].ip == address.to_bytes(4, "big")


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for port in (53, 5353, 5355):
        assert tiles(packet(carried(data, port)))
    assert tiles(in_stream(data))


KINDS = st.sampled_from([1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41, 43, 46, 47, 48, 59, 60, 64, 65, 257, 999])


@given(KINDS, st.binary(max_size=80), st.integers(-3, 3))
def test_any_data_of_each_type(kind: int, data: bytes, lie: int) -> None:
    size = max(len(data) + lie, 0)
    assert tiles(packet(carried(message([question("a.b")], [record(kind, data, size=size), record(1, bytes(4))]))))


@given(st.binary(max_size=400), st.integers(0, 400))
def test_names_of_any_bytes(data: bytes, at: int) -> None:
    found = read_name(data, min(at, len(data)), len(data))
    assert found.length <= 255
    assert found.size <= len(data)


def test_the_worst_message_is_read_whole() -> None:
    """Every record's name is a chain of as many pointers as are allowed; nothing is kept of them but the name."""
    places = [23, *range(26, 26 + 2 * 125, 2)]
    chain = b"\1a\0" + b"".join((0xC000 | at).to_bytes(2, "big") for at in places)
    last = (0xC000 | 26 + 2 * 125).to_bytes(2, "big")
    records = [record(999, chain, owner=b"\0"), *[record(1, b"", owner=last)] * 4000]
    found = dissect_as(AS_DNS, Source("message", message([], records)).view())
    assert found.values("dns.resp.name") == ["<Root>", *["a"] * 4000]
    assert found.issues == []
