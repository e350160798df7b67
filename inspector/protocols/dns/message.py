"""One DNS message: header, questions, and three sections of records, every byte named.

RFC 1035 section 4.1; multicast RFC 6762, LLMNR RFC 4795, dynamic update RFC 2136. The same format serves all of them,
with a bit here and there that means something else.
"""

from __future__ import annotations

from itertools import product

from inspector.core.layer import Claim, Handover, Layer
from inspector.core.node import Issue, Node
from inspector.core.protocol import Situation
from inspector.core.source import View
from inspector.core.spec import Spec
from inspector.protocols.dns import fields
from inspector.protocols.dns.names import HEADER
from inspector.protocols.dns.reader import Ended, Reader
from inspector.protocols.dns.records import read_data

OPT = 41
INFO_AT_MOST = 4096
"""Characters of the list's line: a message can hold 13,000 questions."""
SRV = 33

Bits = tuple[tuple[Spec, int], ...]
"""The fields of the flags and their widths, from the highest bit."""


def _flags(response: bool, llmnr: bool, authentic: bool) -> Bits:
    """Which bits mean something: some do in answers only, and LLMNR has its own.

    A question may set `authenticated` to say that it understands it (RFC 6840 section 5.7).
    """
    f, unused = fields, fields.UNUSED
    return (
        (f.RESPONSE, 1),
        (f.OPCODE, 4),
        (f.CONFLICT if llmnr else f.AUTHORITATIVE if response else unused, 1),
        (f.TRUNCATED, 1),
        (f.TENTATIVE if llmnr else f.RECURSION_DESIRED, 1),
        (f.RECURSION_AVAILABLE if response and not llmnr else unused, 1),
        (unused if llmnr else f.Z, 1),
        (f.AUTHENTICATED if (response or authentic) and not llmnr else unused, 1),
        (unused if llmnr else f.CHECKING_DISABLED, 1),
        (f.RCODE if response else unused, 4),
    )


_EITHER = (False, True)
FLAGS = {which: _flags(*which) for which in product(_EITHER, _EITHER, _EITHER)}
"""By whether it is a response, whether it is LLMNR, and the AD bit."""

DNS = ("dns", "Domain Name System")
MDNS = ("mdns", "Multicast Domain Name System")
LLMNR = ("llmnr", "Link-local Multicast Name Resolution")


def dissect(view: View, situation: Situation) -> Layer:
    """A datagram is one message. In a stream each has two bytes with its length before it, RFC 1035 section 4.2.2.

    Who carries the bytes shows in where they end: UDP alone says `udp.length`.
    """
    if "stream" in situation.facts or not view.said.startswith("udp."):
        return _in_stream(view, situation)
    return dissect_as(DNS, view)


def dissect_multicast(view: View, situation: Situation) -> Layer:
    """Multicast DNS: one datagram, one message."""
    return dissect_as(MDNS, view)


def dissect_llmnr(view: View, situation: Situation) -> Layer:
    """LLMNR, which has two flags of its own."""
    return dissect_as(LLMNR, view)


def _in_stream(view: View, situation: Situation) -> Layer:
    length = Reader(view, [])
    try:
        size = length.number(fields.LENGTH, 2)
    except Ended:
        layer = _Message(DNS, view.first(0, "the capture")).layer
        layer.issues[:] = length.issues
        return layer
    whole = view.after(2)
    layer = dissect_as(DNS, whole.first(size, fields.LENGTH.name))
    layer.nodes[:0] = length.nodes
    layer.at, layer.width = view.start * 8, layer.width + 16
    if situation.facts.get("guess"):
        text = "that a message begins here is a guess, since bytes before it are missing from the capture"
        layer.issues.insert(0, Issue("guess", fields.LENGTH.name, layer.at, 16, text))
    if size > whole.size:
        text = f"dns.length says {size}, but {whole.size} bytes are in the capture"
        layer.issues.insert(0, Issue("truncated", fields.LENGTH.name, layer.at, 16, text))
    elif whole.size > size:
        layer.carries.append(Handover(whole.after(size), (Claim("protocol", "dns"),), situation.facts))
    return layer


def dissect_as(protocol: tuple[str, str], view: View) -> Layer:
    """The message that fills the view, as DNS, multicast DNS or LLMNR."""
    return _Message(protocol, view).run()


class _Message:
    """One message on its way into a layer."""

    def __init__(self, protocol: tuple[str, str], view: View) -> None:
        self.multicast, self.llmnr = protocol[0] == "mdns", protocol[0] == "llmnr"
        self.name, self.label = protocol
        self.layer = Layer(self.name, self.label, view.source, view.start * 8, view.size * 8)
        self.layer.info = self.label
        self.reader = Reader(view, self.layer.issues)
        self.reader.nodes = self.layer.nodes
        self.opcode, self.response = 0, False
        self.said: list[str] = []

    def run(self) -> Layer:
        try:
            counts = self._header()
            self._sections(counts)
        except Ended:
            return self.layer
        finally:
            self.layer.info = "".join((self.layer.info, *self.said))[:INFO_AT_MOST]
        self._behind()
        return self.layer

    # The header.

    def _header(self) -> list[int]:
        reader = self.reader
        ident = reader.number(fields.ID, 2)
        flags = reader.number(fields.FLAGS, 2)
        self.response, self.opcode, rcode = bool(flags >> 15), flags >> 11 & 15, flags & 15
        reader.nodes[-1].children = self._bits(flags)
        operation = fields.OPCODES.get(self.opcode, f"Unknown operation ({self.opcode})")
        error = fields.RCODES.get(rcode, f"Unknown error ({rcode})")
        operation += " response" if self.response else ""
        says = f"{operation}, {error}" if self.response else operation
        reader.nodes[-1].label = f"Flags: 0x{flags:04x} {says}"
        self.layer.label = f"{self.label} ({'response' if self.response else 'query'})"
        self.layer.info = f"{operation} 0x{ident:04x}" + (f" {error}" if self.response and rcode else "")
        return [reader.number(spec, 2) for spec in self._counts.specs]

    @property
    def _counts(self) -> fields.Counts:
        return fields.UPDATE_COUNTS if self.opcode == fields.UPDATE else fields.COUNTS

    def _bits(self, flags: int) -> list[Node]:
        found, offset = [], 0
        for spec, width in FLAGS[self.response, self.llmnr, bool(flags & 0x20)]:
            value = flags >> (16 - offset - width) & ((1 << width) - 1)
            shown = bool(value) if spec.kind == "bool" else value
            found.append(self.reader.bits(spec, 2, offset, width, shown))
            offset += width
        return found

    # The sections.

    def _sections(self, counts: list[int]) -> None:
        """All four sections; the records of one hang below its heading, and so does what a cut leaves of them."""
        for section, count in enumerate(counts):
            if not count:
                continue
            reader, outer, start = self.reader, self.reader.nodes, self.reader.at
            holder = reader.place(fields.SECTIONS[section], start, 0, None)
            holder.label = self._counts.headings[section]
            reader.nodes = holder.children
            try:
                for _ in range(count):
                    self._one(fields.RECORD if section else fields.QUERY)
            finally:
                reader.nodes = outer
                if holder.children:
                    outer.append(holder)
                    holder.width = (reader.at - start) * 8

    def _one(self, spec: Spec) -> None:
        """One question or record with its own node."""
        reader, outer, start = self.reader, self.reader.nodes, self.reader.at
        holder = reader.place(spec, start, 0, None)
        reader.nodes = holder.children
        try:
            holder.label = self._query() if spec is fields.QUERY else self._record()
        finally:
            reader.nodes = outer
            if holder.children:
                outer.append(holder)
                holder.width = (reader.at - start) * 8

    def _query(self) -> str:
        reader, at = self.reader, self.reader.at
        name = reader.name(fields.QUERY_NAME)
        reader.nodes.append(reader.place(fields.QUERY_NAME_LENGTH, at, name.size, name.length, tiles=False))
        reader.nodes.append(reader.place(fields.QUERY_LABELS, at, name.size, name.labels, tiles=False))
        kind = fields.short_type(reader.number(fields.QUERY_TYPE, 2))
        klass, unicast = self._class(fields.QUERY_UNICAST, fields.QUERY_CLASS)
        asked = f', "Q{"U" if unicast else "M"}" question' if self.multicast else ""
        self.said.append(f" {kind} {name.text}{asked}")
        return f"{name.text}: type {kind}, class {_class_name(klass)}{asked}"

    def _class(self, flag: Spec, spec: Spec) -> tuple[int, bool]:
        """Two bytes; multicast DNS took the highest bit for itself (RFC 6762 sections 5.4 and 10.2)."""
        reader, at = self.reader, self.reader.at
        whole = reader.number(spec, 2)
        if not self.multicast:
            return whole, False
        reader.nodes[-1:] = [
            reader.bits(flag, at, 0, 1, bool(whole >> 15)),
            reader.bits(spec, at, 1, 15, whole & 0x7FFF),
        ]
        return whole & 0x7FFF, bool(whole >> 15)

    def _record(self) -> str:
        reader, at = self.reader, self.reader.at
        name = reader.name(fields.NAME)
        number = reader.number(fields.TYPE, 2)
        kind = fields.short_type(number)
        label = f"{name.text}: type {kind}"
        flush = False
        if number == OPT:
            self._edns()
        else:
            if number == SRV:
                self._service(name.text, at, name.size)
            klass, flush = self._class(fields.CACHE_FLUSH, fields.CLASS)
            label += f", class {_class_name(klass)}" + (", cache flush" if flush else "")
            reader.number(fields.TTL, 4)
        said = self._data(number)
        self.said.append(f" {kind}{', cache flush' if flush else ''}{''.join(f' {word}' for word in said)}")
        return ", ".join((label, *said))

    def _edns(self) -> None:
        """The OPT record uses class and time to live for something else, RFC 6891 section 6.1.2."""
        reader = self.reader
        if self.multicast:
            self._class(fields.CACHE_FLUSH, fields.PAYLOAD_SIZE_MDNS)
        else:
            reader.number(fields.PAYLOAD_SIZE, 2)
        reader.number(fields.EXTENDED_RCODE, 1)
        reader.number(fields.EDNS_VERSION, 1)
        at = reader.at
        flags = reader.number(fields.EDNS_Z, 2)
        reader.nodes[-1].children = [
            reader.bits(fields.EDNS_DO, at, 0, 1, bool(flags >> 15)),
            reader.bits(fields.EDNS_RESERVED, at, 1, 15, flags & 0x7FFF),
        ]

    def _service(self, name: str, at: int, size: int) -> None:
        """An SRV record's name says service, protocol and domain (RFC 2782)."""
        parts = name.split(".", 2)
        specs = (fields.SRV_SERVICE, fields.SRV_PROTOCOL, fields.SRV_NAME)
        if len(parts) == 3 and parts[0].startswith("_"):
            for spec, part in zip(specs, parts, strict=True):
                self.reader.nodes.append(self.reader.place(spec, at, size, part, tiles=False))

    def _data(self, number: int) -> list[str]:
        """The record's data, exactly the bytes that its length claims: what it lies about stays inside it."""
        reader = self.reader
        length_at = reader.at
        size = reader.number(fields.DATA_LENGTH, 2)
        if size > reader.left:
            reader.complain(
                fields.DATA_LENGTH,
                f"dns.resp.len says {size}, but {reader.left} bytes are left",
                at=length_at,
                ended=True,
            )
        if not size:
            return []
        stop, end, before = min(reader.at + size, reader.end), reader.end, reader.said
        short = size > reader.left
        reader.end, reader.said = stop, before if short else fields.DATA_LENGTH.name
        noted = len(reader.issues)
        try:
            return read_data(reader, number)
        except Ended:
            if short:
                del reader.issues[noted:]
                raise
            return []
        finally:
            reader.end, reader.said = end, before
            reader.at = stop if not short else reader.at

    def _behind(self) -> None:
        """Bytes that no count of the header speaks of."""
        reader = self.reader
        if reader.left and reader.at >= HEADER:
            size = reader.left
            reader.nodes.append(Node(fields.EXTRANEOUS_LENGTH, None, None, 0, size))
            reader.data(fields.EXTRANEOUS, size)


def _class_name(number: int) -> str:
    return fields.CLASSES.get(number, f"Unknown ({number})")
