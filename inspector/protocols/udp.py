"""UDP: ports, a length and a checksum, and nothing more: no handshake, no order, no promise.

RFC 768. The surprising thing: over IPv4 a checksum of 0 means that the sender made none; one that really comes to 0
is sent as 0xffff.
"""

from __future__ import annotations

from inspector.core.checksum import STATES, State, judge, pseudo_header
from inspector.core.field import Header, u16
from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import computed


class Udp(Header, name="udp", label="User Datagram Protocol"):
    """RFC 768."""

    srcport = u16("Source Port", also="udp.port")
    dstport = u16("Destination Port", also="udp.port")
    length = u16("Length")
    checksum = u16("Checksum", base="hex")


STATUS = computed("udp.checksum.status", "Checksum status", names=STATES)
CALCULATED = computed("udp.checksum_calculated", "Calculated checksum", base="hex", digits=4)
STREAM = computed("udp.stream", "Stream index")
TIME_RELATIVE = computed("udp.time_relative", "Time since the first packet of this stream", "time")
TIME_DELTA = computed("udp.time_delta", "Time since the previous packet of this stream", "time")
PAYLOAD = computed("udp.payload", "Payload", "bytes")
FIELDS = (STATUS, CALCULATED, STREAM, TIME_RELATIVE, TIME_DELTA, PAYLOAD)


def dissect(view: View, situation: Situation) -> Layer:
    """Eight bytes; the payload is claimed by `udp.port`, the lower number first."""
    udp = Udp(view)
    layer = Layer("udp", "User Datagram Protocol", view.source, view.start * 8, udp.size * 8, udp.nodes)
    if udp.issue is not None:
        layer.issues.append(udp.issue)
        return layer
    layer.info = f"{udp.srcport} → {udp.dstport} Len={max(udp.length - 8, 0)}"
    payload = _payload(udp, layer)
    _check(udp, layer, situation)
    conversation = situation.conversation
    if conversation is not None:
        for spec in (STREAM, TIME_RELATIVE, TIME_DELTA):
            if spec.name in conversation.facts:
                udp.add(spec, conversation.facts[spec.name])
    if payload.size > 0:
        at, width = payload.start * 8, payload.size * 8
        layer.nodes.append(Node(PAYLOAD, view.source, at, width, payload.data, tiles=False))
        low, high = sorted((udp.srcport, udp.dstport))
        layer.carries.append(Handover(payload, (Claim("udp.port", low), Claim("udp.port", high))))
    return layer


def _payload(udp: Udp, layer: Layer) -> View:
    there, said = udp.rest.size + 8, udp.length
    if said == 0 and udp.rest.size > 0xFFFF - 8:
        return udp.rest
    if said < 8:
        layer.info = f"{udp.srcport} → {udp.dstport} [BAD UDP LENGTH {said} < 8]"
        text = f"the UDP length says {said}, but the header alone has 8 bytes"
        layer.issues.append(Issue("malformed", Udp.length.name, udp.view.start * 8 + 32, 16, text))
        return udp.rest.first(0, "udp.length")
    if said > there:
        kind = "truncated" if udp.view.missing else "malformed"
        text = f"the UDP length says {said}, the packet has {there}"
        layer.issues.append(Issue(kind, Udp.length.name, udp.view.start * 8 + 32, 16, text))
        if kind == "malformed":
            bad = f"[BAD UDP LENGTH {said} > IP PAYLOAD LENGTH]"
            layer.info = f"{udp.srcport} → {udp.dstport} {bad} Len={said - 8}"
    layer.surplus = udp.rest.after(said - 8)
    return udp.rest.first(said - 8, "udp.length")


def _check(udp: Udp, layer: Layer, situation: Situation) -> None:
    facts, view = situation.facts, udp.view
    source, destination = facts.get("source"), facts.get("destination")
    state, right = State.UNCHECKED, 0
    if udp.checksum == 0 and isinstance(source, bytes) and len(source) == 4:
        state = State.ABSENT
    elif isinstance(source, bytes) and isinstance(destination, bytes) and not facts.get("incomplete"):
        data = view.source.data[view.start : view.start + udp.length]
        if len(data) == udp.length >= 8:
            state, right = judge(udp.checksum, pseudo_header(source, destination, 17, udp.length), data)
            right = right or 0xFFFF
    udp.add(STATUS, int(state), after=Udp.checksum)
    if state in (State.WRONG, State.UNFINISHED):
        udp.add(CALCULATED, right, after=Udp.checksum)
    if state is State.WRONG:
        text = f"the checksum is 0x{udp.checksum:04x}, but the bytes add up to 0x{right:04x}"
        layer.issues.append(Issue("checksum", Udp.checksum.name, view.start * 8 + 48, 16, text))


PROTOCOL = Protocol(
    "udp",
    "User Datagram Protocol",
    dissect,
    headers=(Udp,),
    fields=FIELDS,
    claims=(Claim("ip.proto", 17),),
    transport=True,
)
