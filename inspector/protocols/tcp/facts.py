"""TCP's computed fields: what a segment means in its connection, under Wireshark's names.

None of them stands in the header. The index works them out from all segments of the stream and the context brings them;
`tcp.seq`, `tcp.ack` and the window are shown beside the bytes they were worked out from.
"""

from __future__ import annotations

from inspector.core.checksum import STATES
from inspector.core.spec import Spec, computed

STREAM = computed("tcp.stream", "Stream index")
COMPLETENESS = computed("tcp.completeness", "Conversation completeness")
LENGTH = computed("tcp.len", "TCP Segment Len")
SEQ = computed("tcp.seq", "Sequence Number (relative)")
NEXT_SEQ = computed("tcp.nxtseq", "Next Sequence Number (relative)")
ACK = computed("tcp.ack", "Acknowledgment Number (relative)")
FLAGS_TEXT = computed("tcp.flags.str", "TCP Flags", "str")
WINDOW_SIZE = computed("tcp.window_size", "Calculated window size")
SCALE_FACTOR = computed(
    "tcp.window_size_scalefactor",
    "Window size scaling factor",
    "int",
    names={-1: "unknown", -2: "no window scaling used"},
)
STATUS = computed("tcp.checksum.status", "Checksum status", names=STATES)
CALCULATED = computed("tcp.checksum_calculated", "Calculated checksum", base="hex", digits=4)
TIME_RELATIVE = computed("tcp.time_relative", "Time since first frame in this TCP stream", "time")
TIME_DELTA = computed("tcp.time_delta", "Time since previous frame in this TCP stream", "time")
PAYLOAD = computed("tcp.payload", "TCP payload", "bytes")
SEGMENT_DATA = computed("tcp.segment_data", "TCP segment data", "bytes")
REASSEMBLED_IN = computed("tcp.reassembled_in", "Reassembled PDU in frame")
SEGMENTS = computed("tcp.segments", "Reassembled TCP Segments", "none")
SEGMENT = computed("tcp.segment", "TCP Segment")
SEGMENT_COUNT = computed("tcp.segment.count", "Segment count")
REASSEMBLED_LENGTH = computed("tcp.reassembled.length", "Reassembled TCP length")
REASSEMBLED_DATA = computed("tcp.reassembled.data", "Reassembled TCP Data", "bytes")
OPTIONS = computed("tcp.options", "Options", "bytes")
PADDING = computed("tcp.options.padding", "Padding behind the options", "bytes")

ANALYSIS = computed("tcp.analysis", "SEQ/ACK analysis", "none")
ANALYSIS_FLAGS = computed("tcp.analysis.flags", "TCP Analysis Flags", "none")
ANALYSIS_VALUES: tuple[Spec, ...] = (
    computed("tcp.analysis.acks_frame", "This is an ACK to the segment in frame"),
    computed("tcp.analysis.ack_rtt", "The RTT to ACK the segment was", "time"),
    computed("tcp.analysis.initial_rtt", "iRTT", "time"),
    computed("tcp.analysis.bytes_in_flight", "Bytes in flight"),
    computed("tcp.analysis.push_bytes_sent", "Bytes sent since last PSH flag"),
    computed("tcp.analysis.duplicate_ack_num", "Duplicate ACK #"),
    computed("tcp.analysis.duplicate_ack_frame", "Duplicate to the ACK in frame"),
    computed("tcp.analysis.rto", "The RTO for this segment was", "time"),
    computed("tcp.analysis.rto_frame", "RTO based on delta from frame"),
)
ANALYSIS_MARKS: tuple[Spec, ...] = (
    computed("tcp.analysis.retransmission", "This frame is a (suspected) retransmission", "none"),
    computed("tcp.analysis.fast_retransmission", "This frame is a (suspected) fast retransmission", "none"),
    computed("tcp.analysis.spurious_retransmission", "This frame is a (suspected) spurious retransmission", "none"),
    computed("tcp.analysis.out_of_order", "This frame is a (suspected) out-of-order segment", "none"),
    computed("tcp.analysis.lost_segment", "Previous segment(s) not captured (common at capture start)", "none"),
    computed("tcp.analysis.ack_lost_segment", "ACKed segment that wasn't captured (common at capture start)", "none"),
    computed("tcp.analysis.duplicate_ack", "Duplicate ACK", "none"),
    computed("tcp.analysis.window_update", "TCP window update", "none"),
    computed("tcp.analysis.window_full", "The window that the receiver gave is now completely full", "none"),
    computed("tcp.analysis.zero_window", "TCP Zero Window segment", "none"),
    computed("tcp.analysis.zero_window_probe", "TCP Zero Window Probe", "none"),
    computed("tcp.analysis.zero_window_probe_ack", "ACK to a TCP Zero Window Probe", "none"),
    computed("tcp.analysis.keep_alive", "TCP keep-alive segment", "none"),
    computed("tcp.analysis.keep_alive_ack", "ACK to a TCP keep-alive segment", "none"),
    computed("tcp.analysis.reused_ports", "A new connection with the ports of an earlier one", "none"),
)
LIST_WORDS = {
    "tcp.analysis.fast_retransmission": "TCP Fast Retransmission",
    "tcp.analysis.spurious_retransmission": "TCP Spurious Retransmission",
    "tcp.analysis.retransmission": "TCP Retransmission",
    "tcp.analysis.out_of_order": "TCP Out-Of-Order",
    "tcp.analysis.lost_segment": "TCP Previous segment not captured",
    "tcp.analysis.ack_lost_segment": "TCP ACKed unseen segment",
    "tcp.analysis.duplicate_ack": "TCP Dup ACK",
    "tcp.analysis.window_update": "TCP Window Update",
    "tcp.analysis.window_full": "TCP Window Full",
    "tcp.analysis.zero_window_probe_ack": "TCP ZeroWindowProbeAck",
    "tcp.analysis.zero_window_probe": "TCP ZeroWindowProbe",
    "tcp.analysis.zero_window": "TCP ZeroWindow",
    "tcp.analysis.keep_alive_ack": "TCP Keep-Alive ACK",
    "tcp.analysis.keep_alive": "TCP Keep-Alive",
    "tcp.analysis.reused_ports": "TCP Port numbers reused",
}
FIELDS: tuple[Spec, ...] = (
    STREAM, COMPLETENESS, LENGTH, SEQ, NEXT_SEQ, ACK, FLAGS_TEXT, WINDOW_SIZE, SCALE_FACTOR, STATUS, CALCULATED,
    TIME_RELATIVE, TIME_DELTA, PAYLOAD, SEGMENT_DATA, REASSEMBLED_IN, SEGMENTS, SEGMENT, SEGMENT_COUNT,
    REASSEMBLED_LENGTH, REASSEMBLED_DATA, OPTIONS, PADDING, ANALYSIS, ANALYSIS_FLAGS, *ANALYSIS_VALUES, *ANALYSIS_MARKS,
)  # fmt: skip
