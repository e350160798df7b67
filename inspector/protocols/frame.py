"""What the capture file itself says of a packet: its number, its time, its length. No byte of it was on the wire.

Wireshark calls this pseudo-layer "frame", and so do we. All its fields are computed; what depends on other packets
(time since the previous one) comes from the context.
"""

from __future__ import annotations

from inspector.core.context import Context
from inspector.core.layer import Layer, Packet
from inspector.core.node import Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.record import Record
from inspector.core.source import Source, View
from inspector.core.spec import Spec, computed

NUMBER = computed("frame.number", "Packet number")
TIME_EPOCH = computed("frame.time_epoch", "Time since the epoch", "time")
TIME_DELTA = computed("frame.time_delta", "Time since the previous packet", "time")
TIME_DELTA_DISPLAYED = computed("frame.time_delta_displayed", "Time since the previous shown packet", "time")
TIME_RELATIVE = computed("frame.time_relative", "Time since the first packet", "time")
OFFSET_SHIFT = computed("frame.offset_shift", "Time shift of this packet", "time")
LENGTH = computed("frame.len", "Length on the wire")
CAPTURED = computed("frame.cap_len", "Length captured")
PROTOCOLS = computed("frame.protocols", "Protocols in this packet", "str")
LINK = computed("frame.link", "Link type")
COMMENT = computed("frame.comment", "Comment in the capture file", "str")

FIELDS = (
    NUMBER, TIME_EPOCH, TIME_DELTA, TIME_DELTA_DISPLAYED, TIME_RELATIVE, OFFSET_SHIFT, LENGTH, CAPTURED, LINK,
    PROTOCOLS, COMMENT,
)  # fmt: skip


def describe(record: Record, context: Context) -> Layer:
    """The layer that stands before all others."""
    values: dict[Spec, Value] = {
        NUMBER: record.number,
        TIME_EPOCH: record.time_ns,
        TIME_DELTA: context.facts.get(TIME_DELTA.name),
        TIME_DELTA_DISPLAYED: context.facts.get(TIME_DELTA_DISPLAYED.name),
        TIME_RELATIVE: context.facts.get(TIME_RELATIVE.name),
        OFFSET_SHIFT: 0,
        LENGTH: record.length,
        CAPTURED: len(record.data),
        LINK: record.link,
    }
    nodes = [Node(spec, None, None, 0, value, tiles=False) for spec, value in values.items() if value is not None]
    nodes += [Node(COMMENT, None, None, 0, comment, tiles=False) for comment in context.comments]
    label = f"Frame {record.number}"
    return Layer("frame", label, Source("record", b""), 0, 0, nodes)


def finish(packet: Packet) -> None:
    """Add what is known only when all layers are: which protocols the packet holds."""
    frame = packet.layers[0]
    frame.source = packet.sources[0]
    names = ":".join(layer.name for layer in packet.layers[1:50])
    frame.nodes.append(Node(PROTOCOLS, None, None, 0, names, tiles=False))


def dissect(view: View, situation: Situation) -> Layer:
    """Never asked for: no payload is a frame. `describe` makes the layer."""
    raise NotImplementedError("the frame layer is described from the record, not dissected from bytes")


PROTOCOL = Protocol("frame", "Frame", dissect, fields=FIELDS)
