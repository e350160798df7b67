"""Where we and tshark 4.0.17 differ, and why. A row that no longer occurs fails the test: the table is the truth."""

from __future__ import annotations

# Names that tshark prints for these protocols and that we do not have.
UNKNOWN = {
    "frame.section_number": "pcapng's bookkeeping of sections and interfaces, no field of a protocol",
    "frame.interface_id": "pcapng's bookkeeping of sections and interfaces, no field of a protocol",
    "frame.interface_name": "pcapng's bookkeeping of sections and interfaces, no field of a protocol",
    "frame.drop_count": "an option of pcapng's packet block, no field of a protocol",
    "http.chat": "tshark's expert note that repeats the first line",
    "tcp.connection.syn": "tshark's expert note; what it says is in the flags' annotations",
    "tcp.connection.synack": "tshark's expert note; what it says is in the flags' annotations",
    "tcp.connection.fin": "tshark's expert note; what it says is in the flags' annotations",
    "tcp.connection.fin_active": "tshark's expert note; what it says is in the flags' annotations",
    "tcp.connection.fin_passive": "tshark's expert note; what it says is in the flags' annotations",
    "tcp.pdu.size": "tshark's own bookkeeping of messages in a segment; ours have places instead",
    "ip.ttl.too_small": "tshark's expert note; what it says is in the annotation of ip.ttl",
    "icmp.resp_in": "which answer belongs to which echo is not looked up yet",
    "icmp.resp_to": "which answer belongs to which echo is not looked up yet",
    "icmp.resptime": "which answer belongs to which echo is not looked up yet",
    "icmpv6.resp_in": "which answer belongs to which echo is not looked up yet",
    "icmpv6.resp_to": "which answer belongs to which echo is not looked up yet",
    "icmpv6.resptime": "which answer belongs to which echo is not looked up yet",
    "ip.fragment": "fragments are not joined yet",
    "ip.fragment.overlap": "fragments are not joined yet",
    "ip.fragment.count": "fragments are not joined yet",
    "ip.fragments": "fragments are not joined yet",
    "ip.reassembled_in": "fragments are not joined yet",
    "ip.reassembled.length": "fragments are not joined yet",
    "ip.reassembled.data": "fragments are not joined yet",
    **{
        f"dns.{name}": "it takes other packets, and a datagram is dissected alone: dns.id finds the others"
        for name in (
            "response_in",
            "response_to",
            "time",
            "retransmission",
            "retransmit_request",
            "retransmit_request_in",
            "retransmit_response",
            "retransmit_response_in",
        )
    },
}

JOINED = (
    "tshark joins fragments of both directions and inflates what it joined; we keep the directions apart (RFC 6455)"
)
FRAGMENTS = "the datagram stands in fragments, which are not joined yet"
TLS = "the segments of a TLS record, which is not a protocol of ours yet"
INTERIM = "tshark counts an interim response (100 Continue) as a response of its own; RFC 9110 15.2 says it is none"
END_OPTION = "tshark writes 0, the number of padding, for the end option, whose byte is 255"
AFTER_END = "tshark reads on behind the end-of-list option; RFC 9293 3.1 says the list ends there"

# Files that are not asked about, and why.
NOT_ASKED = {
    "pcapng-big-endian-difficult.pcapng": "tshark counts custom blocks as packets, so the numbers do not match",
}

# Fields whose values differ somewhere: (file, field) and the reason.
DIFFERENT = {
    ("http-packets.pcap", "http.file_data"): "tshark adds an empty field for a chunked body of no bytes",
    **{("websocket-deflate.pcap", f"websocket.{name}"): JOINED for name in (
        "fragment", "fragment.count", "reassembled.length", "payload.text", "payload.continue", "payload",
    )},
    **{("http-keep-alive.pcap", f"http.{name}"): INTERIM for name in (
        "request_number", "response_number", "next_response_in", "next_request_in", "prev_response_in",
    )},
    **{("tls12-dsb.pcapng", f"tcp.{name}"): TLS for name in (
        "segment_data", "segment", "segments", "segment.count", "reassembled_in", "reassembled.length",
        "reassembled.data",
    )},
    **{("ip4_fragments.pcap", f"udp.{name}"): FRAGMENTS for name in (
        "srcport", "dstport", "port", "length", "checksum", "stream", "payload", "time_relative", "time_delta",
    )},
    **{("ipv4-websocket-segmented.pcap", f"tcp.{name}"): AFTER_END for name in ("option_kind", "options.eol")},
    ("dhcp-nanosecond.pcap", "dhcp.option.type"): END_OPTION,
}  # fmt: skip
