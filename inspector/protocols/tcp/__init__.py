"""TCP: a reliable stream of bytes in each direction, between two ports of two machines.

RFC 9293 section 3.1. The surprising things: sequence numbers count bytes, not segments, and SYN and FIN count as one
byte each; the window is scaled by a factor that was told only once, in the handshake; and TCP keeps no message
boundaries, so what a segment's bytes mean is decided by the stream. `options` holds the options, `facts` the
fields that are worked out from the whole connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from inspector.core.checksum import State, judge, pseudo_header
from inspector.core.context import Conversation, Pdu
from inspector.core.field import Flags, Header, bit, bits, group, u16, u32
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec
from inspector.core.tlv import walk_options
from inspector.protocols.tcp import facts, options


class Tcp(Header, name="tcp", label="Transmission Control Protocol"):
    """RFC 9293 section 3.1; the bits CWR and ECE are RFC 3168's, AE is RFC 9768's."""

    srcport = u16("Source Port", also="tcp.port")
    dstport = u16("Destination Port", also="tcp.port")
    seq_raw = u32("Sequence Number (raw)")
    ack_raw = u32("Acknowledgment Number (raw)")
    hdr_len = bits(4, "Header Length", times=4)
    flags = group(
        12,
        "Flags",
        options={"base": "hex"},
        res=bits(3, "Reserved", kind="bool"),
        ae=bit("Accurate ECN"),
        cwr=bit("Congestion Window Reduced"),
        ece=bit("ECN-Echo"),
        urg=bit("Urgent"),
        ack=bit("Acknowledgment"),
        push=bit("Push"),
        reset=bit("Reset"),
        syn=bit("Syn"),
        fin=bit("Fin"),
    )
    window_size_value = u16("Window")
    checksum = u16("Checksum", base="hex")
    urgent_pointer = u16("Urgent Pointer")


FLAG_LETTERS = "RRRACEUAPRSF"
FLAG_NAMES = (
    ("fin", "FIN"), ("syn", "SYN"), ("reset", "RST"), ("push", "PSH"), ("ack", "ACK"),
    ("urg", "URG"), ("ece", "ECE"), ("cwr", "CWR"), ("ae", "AE"),
)  # fmt: skip


def dissect(view: View, situation: Situation) -> Layer:
    """Header and options, then what the stream says: the messages that end in this segment, or whose part it is."""
    tcp = Tcp(view)
    layer = Layer("tcp", "Transmission Control Protocol", view.source, view.start * 8, tcp.size * 8, tcp.nodes)
    if tcp.issue is not None:
        layer.issues.append(tcp.issue)
        return layer
    if tcp.hdr_len < 20:
        text = f"the header length says {tcp.hdr_len}, but the fields that always exist take 20 bytes"
        layer.issues.append(Issue("malformed", Tcp.hdr_len.name, view.start * 8 + 96, 4, text))
    size = max(tcp.hdr_len, 20)
    if size > view.size:
        kind = "truncated" if view.missing else "malformed"
        text = f"the header length says {size}, but {view.said} leaves {view.size}"
        layer.issues.append(Issue(kind, Tcp.hdr_len.name, view.start * 8 + 96, 4, text))
    known = situation.conversation.facts if situation.conversation is not None else {}
    found = _add_options(tcp, layer, tcp.rest.first(size - 20, "tcp.hdr_len"), known)
    layer.width = min(size, view.size) * 8
    payload = tcp.rest.after(size - 20)
    wire_length = max((view.wire_end or view.end) - view.start - size, 0)
    if not situation.facts.get("incomplete") and not situation.facts.get("quoted"):
        tcp.add(facts.LENGTH, wire_length, after=Tcp.dstport)
    _add_flags_text(tcp)
    _check(tcp, layer, situation)
    conversation = situation.conversation
    if conversation is not None:
        _add_facts(tcp, conversation)
    layer.info = _info(tcp, conversation, wire_length, found)
    if payload.size > 0 or (conversation is not None and conversation.pdus):
        _hand_on(tcp, layer, payload, situation)
    return layer


def _add_options(tcp: Tcp, layer: Layer, view: View, known: Mapping[str, Value]) -> list[Header]:
    if view.size <= 0:
        return []
    describe = partial(options.describe, acknowledged=tcp.ack_raw, relative=known.get(facts.ACK.name))
    walked = walk_options(view, options.OPTIONS, options.Unknown, describe)
    node = Node(facts.OPTIONS, view.source, view.start * 8, view.size * 8, view.data, children=walked.nodes)
    node.label = f"Options: ({view.size} bytes)"
    end = max((child.at or 0) + child.width for child in walked.nodes) if walked.nodes else view.start * 8
    if walked.headers and isinstance(walked.headers[-1], options.EndOfList) and end < view.end * 8:
        rest = view.source.data[end // 8 : view.end]
        node.children.append(Node(facts.PADDING, view.source, end, view.end * 8 - end, rest))
    layer.nodes.append(node)
    layer.issues.extend(walked.issues)
    return walked.headers


def _add_flags_text(tcp: Tcp) -> None:
    node = tcp.node(Tcp.flags)
    if node is None:
        return
    letters = "".join(letter if tcp.flags >> (11 - i) & 1 else "·" for i, letter in enumerate(FLAG_LETTERS))
    node.children.append(Node(facts.FLAGS_TEXT, node.source, node.at, node.width, letters, tiles=False))
    node.label = f"Flags: 0x{int(tcp.flags):03x} ({_flag_names(tcp.flags)})"


def _flag_names(flags: Flags) -> str:
    names = [name for key, name in FLAG_NAMES if getattr(flags, key)]
    return ", ".join(names) or "<None>"


def _check(tcp: Tcp, layer: Layer, situation: Situation) -> None:
    source, destination = situation.facts.get("source"), situation.facts.get("destination")
    view = tcp.view
    state, right = State.UNCHECKED, 0
    facts_below = situation.facts
    whole = not view.missing and not facts_below.get("incomplete") and not facts_below.get("cut")
    if isinstance(source, bytes) and isinstance(destination, bytes) and whole:
        state, right = judge(tcp.checksum, pseudo_header(source, destination, 6, view.size), view.data)
    tcp.add(facts.STATUS, int(state), after=Tcp.checksum)
    if state in (State.WRONG, State.UNFINISHED):
        tcp.add(facts.CALCULATED, right, after=Tcp.checksum)
    if state is State.WRONG:
        text = f"the checksum is 0x{tcp.checksum:04x}, but the bytes add up to 0x{right:04x}"
        layer.issues.append(Issue("checksum", Tcp.checksum.name, view.start * 8 + 128, 16, text))


# Each is put right behind its anchor, so the last of an anchor's fields stands first.
PLACED: tuple[tuple[Spec, Spec, bool], ...] = (
    (facts.COMPLETENESS, Tcp.dstport, False),
    (facts.STREAM, Tcp.dstport, False),
    (facts.NEXT_SEQ, Tcp.seq_raw, False),
    (facts.SEQ, Tcp.seq_raw, True),
    (facts.ACK, Tcp.ack_raw, True),
    (facts.SCALE_FACTOR, Tcp.window_size_value, True),
    (facts.WINDOW_SIZE, Tcp.window_size_value, True),
)


def _add_facts(tcp: Tcp, conversation: Conversation) -> None:
    known = conversation.facts
    for spec, anchor, placed in PLACED:
        if spec.name in known:
            if placed:
                tcp.add(spec, known[spec.name], beside=anchor)
            else:
                tcp.add(spec, known[spec.name], after=anchor)
    for spec in (facts.TIME_RELATIVE, facts.TIME_DELTA):
        if spec.name in known:
            tcp.add(spec, known[spec.name])
    marks = [Node(spec, None, None, 0, None) for spec in facts.ANALYSIS_MARKS if spec.name in known]
    values = [Node(spec, None, None, 0, known[spec.name]) for spec in facts.ANALYSIS_VALUES if spec.name in known]
    if marks or values:
        analysis = tcp.add(facts.ANALYSIS, None)
        analysis.children.extend(values)
        if marks:
            analysis.children.append(Node(facts.ANALYSIS_FLAGS, None, None, 0, None, children=marks))


def _info(tcp: Tcp, conversation: Conversation | None, length: int, found: list[Header]) -> str:
    known = conversation.facts if conversation is not None else {}
    marks = "".join(f"[{words}] " for name, words in facts.LIST_WORDS.items() if name in known)
    parts = [f"{tcp.srcport} → {tcp.dstport} [{_flag_names(tcp.flags)}]", f"Seq={known.get('tcp.seq', tcp.seq_raw)!s}"]
    if tcp.flags.ack:
        parts.append(f"Ack={known.get('tcp.ack', tcp.ack_raw)!s}")
    parts.append(f"Win={known.get('tcp.window_size', tcp.window_size_value)!s}")
    if tcp.flags.urg:
        parts.append(f"Urg={tcp.urgent_pointer}")
    if tcp.hdr_len < 20:
        return f"{marks}{' '.join(parts)}, bogus TCP header length ({tcp.hdr_len}, must be at least 20)"
    parts.append(f"Len={length}")
    parts.extend(said for option in found if (said := options.summarize(option)))
    return marks + " ".join(parts)


def _hand_on(tcp: Tcp, layer: Layer, payload: View, situation: Situation) -> None:
    """Decide what the payload's bytes are: messages of their own, parts of a longer one, or nobody's."""
    at, width = payload.start * 8, payload.size * 8
    if width:
        layer.nodes.append(Node(facts.PAYLOAD, payload.source, at, width, payload.data, tiles=False))
    conversation = situation.conversation
    if conversation is None:
        low, high = sorted((tcp.srcport, tcp.dstport))
        claims = (Claim("tcp.port", low), Claim("tcp.port", high), Claim("tcp.payload", 0))
        if not situation.facts.get("incomplete"):
            layer.carries.append(Handover(payload, claims))
        return
    pdus = [_rebase(pdu, payload, situation.number) for pdu in conversation.pdus]
    if not pdus and not conversation.segment and not conversation.claimed:
        layer.carries.append(Handover(payload, ()))
        return
    inside = sorted((pdu.view.start, pdu.view.end) for pdu in pdus if pdu.view.source is payload.source)
    for start, end in _between(payload.start, payload.end, inside):
        data = payload.source.data[start:end]
        layer.nodes.append(Node(facts.SEGMENT_DATA, payload.source, start * 8, (end - start) * 8, data))
    if conversation.reassembled_in:
        layer.nodes.append(Node(facts.REASSEMBLED_IN, None, None, 0, conversation.reassembled_in))
    for pdu in pdus:
        if pdu.view.source is not payload.source:
            layer.nodes.append(_segments(pdu))
        layer.carries.append(Handover(pdu.view, (Claim("protocol", pdu.protocol),), pdu.facts))


def _rebase(pdu: Pdu, payload: View, number: int) -> Pdu:
    """A message that stands in this record in one piece is read from the record's own source."""
    source = pdu.view.source
    if source is not payload.source and not source.origins and source.packet == number:
        return Pdu(pdu.protocol, pdu.view._replace(source=payload.source), pdu.facts)
    return pdu


def _between(start: int, end: int, inside: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches of start to end that lie in none of the sorted ranges `inside`."""
    found = []
    for low, high in inside:
        if low > start:
            found.append((start, low))
        start = max(start, high)
    if start < end:
        found.append((start, end))
    return found


def _segments(pdu: Pdu) -> Node:
    """Which packets a reassembled message was put together from."""
    source = pdu.view.source
    node = Node(facts.SEGMENTS, source, 0, len(source.data) * 8, None, tiles=False)
    node.label = f"{len(source.origins)} Reassembled TCP Segments ({len(source.data)} bytes)"
    for origin in source.origins:
        at, width = origin.start * 8, origin.length * 8
        node.children.append(Node(facts.SEGMENT, source, at, width, origin.packet, tiles=False))
    node.children.append(Node(facts.SEGMENT_COUNT, None, None, 0, len(source.origins)))
    node.children.append(Node(facts.REASSEMBLED_LENGTH, None, None, 0, len(source.data)))
    whole = Node(facts.REASSEMBLED_DATA, source, 0, len(source.data) * 8, source.data, tiles=False)
    node.children.append(whole)
    return node


PROTOCOL = Protocol(
    "tcp",
    "Transmission Control Protocol",
    dissect,
    headers=(Tcp, *options.HEADERS),
    fields=(*facts.FIELDS, *options.FIELDS),
    claims=(Claim("ip.proto", 6),),
    transport=True,
)
