"""The options that TCP headers carry, each a tiny header.

RFC 9293 section 3.2 says how options are laid out; what each means is in the RFC named beside it. The names are
Wireshark's.
"""

from __future__ import annotations

from inspector.core.field import Header, bit, bits, raw, u8, u16, u32
from inspector.core.node import Node, Value
from inspector.core.spec import computed

KINDS = {
    0: "End of Option List",
    1: "No-Operation",
    2: "Maximum Segment Size",
    3: "Window Scale",
    4: "SACK Permitted",
    5: "SACK",
    8: "Time Stamp Option",
    19: "MD5 Signature Option",
    28: "User Timeout Option",
    29: "TCP Authentication Option",
    30: "Multipath TCP",
    34: "TCP Fast Open",
    253: "RFC3692-style Experiment 1",
    254: "RFC3692-style Experiment 2",
}
MULTIPATH_SUBTYPES = {
    0: "Multipath Capable",
    1: "Join Connection",
    2: "Data Sequence Signal",
    3: "Add Address",
    4: "Remove Address",
    5: "Change Subflow Priority",
    6: "TCP Fallback",
    7: "Fast Close",
    8: "Subflow Reset",
}


class Kind(Header, name="tcp.options.kind_only", label="TCP Option"):
    """The first byte of every option."""

    kind = u8("Kind", name="tcp.option_kind", names=KINDS)


class EndOfList(Kind, name="tcp.options.eol", label="TCP Option - End of Option List (EOL)"):
    """RFC 9293 section 3.2: one byte; what follows in the header is padding."""


class NoOperation(Kind, name="tcp.options.nop", label="TCP Option - No-Operation (NOP)"):
    """RFC 9293 section 3.2: one byte that aligns the next option."""


class Sized(Kind, name="tcp.options.sized", label="TCP Option"):
    """Kind and length; the length counts both."""

    length = u8("Length", name="tcp.option_len")


class Unknown(Sized, name="tcp.options.unknown", label="TCP Option - Unknown"):
    """An option that nothing more is known of."""

    payload = raw(lambda option: option.length - 2, "Payload", name="tcp.options.unknown.payload")


class MaximumSegmentSize(Sized, name="tcp.options.mss", label="TCP Option - Maximum segment size"):
    """RFC 9293 section 3.7.1: what this side accepts in one segment, in bytes without headers."""

    mss_val = u16("MSS Value", name="tcp.options.mss_val")


class WindowScale(Sized, name="tcp.options.wscale", label="TCP Option - Window scale"):
    """RFC 7323 section 2: by how many bits this side's windows will have to be shifted."""

    shift = u8("Shift count", name="tcp.options.wscale.shift")


class SackPermitted(Sized, name="tcp.options.sack_perm", label="TCP Option - SACK permitted"):
    """RFC 2018 section 2."""


class Sack(Sized, name="tcp.options.sack", label="TCP Option - SACK"):
    """RFC 2018 section 3: ranges of bytes that have arrived beyond the acknowledgment number."""

    blocks = raw(lambda option: option.length - 2, "Blocks", name="tcp.options.sack.blocks")


class SackBlock(Header, name="tcp.options.sack.block", label="SACK block"):
    """One range: from the left edge up to, without, the right edge; raw sequence numbers on the wire."""

    left = u32("Left edge", name="tcp.options.sack_le")
    right = u32("Right edge", name="tcp.options.sack_re")


class DuplicateSackBlock(Header, name="tcp.options.sack.duplicate", label="Duplicate SACK block"):
    """RFC 2883: a first block that was acknowledged already tells that these bytes arrived twice."""

    left = u32("Left edge of what came twice", name="tcp.options.sack.dsack_le")
    right = u32("Right edge of what came twice", name="tcp.options.sack.dsack_re")


class Timestamps(Sized, name="tcp.options.timestamp", label="TCP Option - Timestamps"):
    """RFC 7323 section 3.2."""

    tsval = u32("Timestamp value", name="tcp.options.timestamp.tsval")
    tsecr = u32("Timestamp echo reply", name="tcp.options.timestamp.tsecr")


class Md5Signature(Sized, name="tcp.options.md5", label="TCP Option - TCP MD5 signature"):
    """RFC 2385."""

    digest = raw(16, "MD5 digest", name="tcp.options.md5.digest")


class UserTimeout(Sized, name="tcp.options.user_to", label="TCP Option - User Timeout"):
    """RFC 5482: how long sent data may stay unacknowledged before the connection is given up."""

    granularity = bit("Granularity", name="tcp.options.user_to_granularity", names={True: "Minutes", False: "Seconds"})
    timeout = bits(15, "User Timeout", name="tcp.options.user_to_val")


class Authentication(Sized, name="tcp.options.ao", label="TCP Option - Authentication"):
    """RFC 5925."""

    keyid = u8("AO KeyID", name="tcp.options.ao.keyid")
    rnextkeyid = u8("AO RNextKeyID", name="tcp.options.ao.rnextkeyid")
    mac = raw(lambda option: option.length - 4, "AO MAC", name="tcp.options.ao.mac")


class Multipath(Sized, name="tcp.options.mptcp", label="TCP Option - Multipath TCP"):
    """RFC 8684: the subtype, and the rest as it stands."""

    subtype = bits(4, "Multipath TCP subtype", name="tcp.options.mptcp.subtype", names=MULTIPATH_SUBTYPES)
    rest4 = bits(4, "First bits of the content", name="tcp.options.mptcp.first_bits")
    content = raw(lambda option: option.length - 3, "Content", name="tcp.options.mptcp.content")


class FastOpen(Sized, name="tcp.options.tfo", label="TCP Option - TCP Fast Open"):
    """RFC 7413: an empty one asks for a cookie, any other is one."""

    cookie = raw(
        lambda option: option.length - 2,
        "Fast Open Cookie",
        name="tcp.options.tfo.cookie",
        when=lambda option: option.length != 2,
    )


class Experimental(Sized, name="tcp.options.experimental", label="TCP Option - Experimental"):
    """RFC 6994: two bytes tell whose experiment it is."""

    exid = u16("Experiment Identifier", name="tcp.options.experimental.exid", base="hex")
    data = raw(lambda option: option.length - 4, "Data", name="tcp.options.experimental.data")


OPTIONS: dict[int, type[Header]] = {
    0: EndOfList,
    1: NoOperation,
    2: MaximumSegmentSize,
    3: WindowScale,
    4: SackPermitted,
    5: Sack,
    8: Timestamps,
    19: Md5Signature,
    28: UserTimeout,
    29: Authentication,
    30: Multipath,
    34: FastOpen,
    253: Experimental,
    254: Experimental,
}
MULTIPLIER = computed("tcp.options.wscale.multiplier", "Multiplier")
SACK_COUNT = computed("tcp.options.sack.count", "TCP SACK Count")
COOKIE_REQUEST = computed("tcp.options.tfo.request", "Fast Open Cookie Request", "none")
FIELDS = (MULTIPLIER, SACK_COUNT, COOKIE_REQUEST)
HEADERS: tuple[type[Header], ...] = (Unknown, SackBlock, DuplicateSackBlock, *dict.fromkeys(OPTIONS.values()))


def describe(option: Header, acknowledged: int = 0, relative: Value = None) -> str | None:
    """The tree's line for an option, after its worked-out fields have been hung into it.

    `acknowledged` is the raw acknowledgment number of the segment: a SACK block below it is about bytes come twice.
    `relative` is the same number counted from the stream's beginning, where that is known: SACK's edges are then
    counted so too, as Wireshark does.
    """
    label = type(option).spec.label
    match option:
        case MaximumSegmentSize() if option.mss_val is not None:
            return f"{label}: {option.mss_val} bytes"
        case WindowScale() if option.shift is not None:
            option.add(MULTIPLIER, 1 << min(option.shift, 14), beside=WindowScale.shift)
            return f"{label}: {option.shift} (multiply by {1 << min(option.shift, 14)})"
        case Timestamps() if option.tsecr is not None:
            return f"{label}: TSval {option.tsval}, TSecr {option.tsecr}"
        case Sack():
            return f"{label} {_add_blocks(option, acknowledged, relative)}"
        case FastOpen() if option.length == 2:
            option.add(COOKIE_REQUEST, None, beside=FastOpen.length)
            return f"{label}: cookie request"
    return label


def summarize(option: Header) -> str:
    """What the packet list says of an option, in Wireshark's wording; nothing for most."""
    match option:
        case MaximumSegmentSize() if option.mss_val is not None:
            return f"MSS={option.mss_val}"
        case WindowScale() if option.shift is not None:
            return f"WS={1 << min(option.shift, 14)}"
        case SackPermitted():
            return "SACK_PERM"
        case Timestamps() if option.tsecr is not None:
            return f"TSval={option.tsval} TSecr={option.tsecr}"
        case Sack():
            edges = [f"SLE={left.show} SRE={right.show}" for left, right in _edges(option)]
            return " ".join(edges)
    return ""


def _add_blocks(option: Sack, acknowledged: int, relative: Value) -> str:
    holder = option.node(Sack.blocks)
    if holder is None or holder.at is None:
        return ""
    start, end = holder.at // 8, (holder.at + holder.width) // 8
    said: list[str] = []
    while start + 8 <= end:
        view = option.view._replace(start=start, end=start + 8)
        block: SackBlock | DuplicateSackBlock = SackBlock(view)
        if not said and (acknowledged - block.right) & 0xFFFFFFFF < 1 << 31:
            block = DuplicateSackBlock(view)
        if isinstance(relative, int):
            for edge in block.nodes:
                edge.value = (int(edge.show) - acknowledged + relative) & 0xFFFFFFFF
        holder.children.extend(block.nodes)
        said.append("-".join(edge.show for edge in block.nodes))
        start += 8
    holder.tiles = True
    option.add(SACK_COUNT, len(said))
    return " ".join(said)


def _edges(option: Sack) -> list[tuple[Node, Node]]:
    holder = option.node(Sack.blocks)
    children = holder.children if holder is not None else []
    return list(zip(children[::2], children[1::2], strict=False))
