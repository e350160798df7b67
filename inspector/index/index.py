"""The index: what is known of every packet of a capture without dissecting it again.

Opening a capture walks it once, batch by batch: (state, batch) -> (state, columns). The same path follows a file that
grows. The rows hold where a record stands and where its layers begin; the heads hold one entry for each TCP or UDP
header, with its stream. The surprising thing is what is *not* kept a packet: relative numbers, windows and completeness
depend on later packets too, so they are worked out from the stream's few numbers when a packet is looked at.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from math import inf
from time import monotonic
from typing import NamedTuple

import numpy as np

from inspector.capture.batch import Batch
from inspector.capture.reader import CaptureFile
from inspector.core.node import Value
from inspector.core.record import Record
from inspector.index import walk as walking
from inspector.index.addresses import Addresses
from inspector.index.analysis import Analysis, Segment
from inspector.index.columns import Column, Columns
from inspector.index.dissected import Head, heads_of
from inspector.index.flows import ACK, FIN, SCALE_UNKNOWN, SCALE_UNUSED, SYN, Flows
from inspector.index.marker import Marker
from inspector.index.marks import REUSED_PORTS
from inspector.index.options import sack_bytes
from inspector.index.table import CHUNK, Array, Table

ROWS = {
    "offset": "i8", "captured": "u4", "length": "u4", "time": "i8", "link": "u2", "kind": "u2", "l3": "u2", "l4": "u2",
    "more": "?", "head": "u4", "heads": "u1",
}  # fmt: skip
HEADS = {
    "packet": "u4", "time": "i8", "before": "i8", "stream": "u4", "side": "u1", "transport": "u1", "unsized": "?",
    "seq": "u4", "ack": "u4", "flags": "u2", "window": "u2", "shift": "u1", "length": "u4", "captured": "u4",
    "offset": "u4", "marks": "u2",
}  # fmt: skip
HEADS_AT_MOST = 255
COLUMNS_AT_MOST = 8
ANALYSED_AT_MOST = 2_000_000
SMALLEST_SACK = 20 + 12
"""A TCP header with room for one SACK range and what fills it up to whole words."""
TCP, UDP = 6, 17
TRANSPORTS = {TCP: "tcp", UDP: "udp"}
NUMBERS = {"tcp": TCP, "udp": UDP}
MOD = 0xFFFFFFFF

SMALLEST_SLICE = 256
CAUTIOUS = 4096
"""How many records are taken at first by who has little time, before it is known how long they take."""


class Row(NamedTuple):
    """One packet's row. `l3` and `l4` are offsets in the record (0: none is known); `transport` 6, 17 or 0, `stream`
    (-1: none) and `side` (0 client, 1 server) are the first transport header's. With `more` the columns are not the
    whole truth: the packet may hold further headers."""

    time_ns: int
    length: int
    captured: int
    link: int
    l3: int
    l4: int
    transport: int
    stream: int
    side: int
    more: bool


class TransportFacts(NamedTuple):
    """What the capture says of one transport header: computed fields by name, times in nanoseconds."""

    transport: str
    stream: int
    facts: Mapping[str, Value]


class StreamRow(NamedTuple):
    """One stream. Ends are (address bytes, port); bytes are payload bytes on the wire, with those sent again; flags are
    all TCP flags that the side ever set. `client` sent the SYN, else has the higher port."""

    number: int
    transport: str
    client: tuple[bytes, int]
    server: tuple[bytes, int]
    packets: int
    first: int
    last: int
    client_bytes: int
    server_bytes: int
    start_ns: int
    duration_ns: int
    completeness: int
    retransmissions: int
    client_flags: int
    server_flags: int

    @property
    def has_syn(self) -> bool:
        """Whether the client's SYN is in the capture."""
        return bool(self.client_flags & SYN)

    @property
    def handshake(self) -> bool:
        """Whether both SYNs are in the capture."""
        return bool(self.client_flags & self.server_flags & SYN)


class TcpSegments(NamedTuple):
    """All TCP headers of one stream, in the order of the capture. `length` is the payload on the wire, `captured` how
    much of it the record holds, `offset` where it begins there."""

    packet: Array
    side: Array
    seq: Array
    length: Array
    captured: Array
    offset: Array
    flags: Array
    time_ns: Array


class Index:
    """All packets of a capture, as far as they have been walked.

    One thread extends, any may read what `count` has published. `chunk` is how many records are worked at together; it
    changes no result.
    """

    def __init__(self, capture: CaptureFile, chunk: int = CHUNK) -> None:
        self.capture = capture
        self.chunk = chunk
        self.count = 0
        self.rows = Table(ROWS)
        self.heads = Table(HEADS)
        self.flows = {TCP: Flows(tcp=True), UDP: Flows(tcp=False)}
        self._marker = Marker(self.flows[TCP])
        self._addresses = Addresses()
        self._scan: Iterator[Batch] | None = None
        self._batch: Batch | None = None
        self._taken = 0
        self._analyses: OrderedDict[int, tuple[Analysis, Array]] = OrderedDict()
        self._columns: OrderedDict[str, Column] = OrderedDict()
        self._reader = Columns(capture, self.rows, self.heads)
        self._lock = threading.Lock()

    # Building

    def extend(self, seconds: float = inf) -> bool:
        """Walk on for about this long; True at the end of what the file has now."""
        until = monotonic() + seconds
        size = self.chunk if seconds == inf else min(self.chunk, CAUTIOUS)
        while True:
            held = self._batch
            batch = self._next()
            if batch is None:
                return True
            began, stop = monotonic(), min(self._taken + size, len(batch))
            if began >= until and batch is not held:
                return False  # reading a piece of the file took all the time; the batch is kept
            self._add(batch, self._taken, stop)
            now = monotonic()
            if seconds != inf:
                a_record = (now - began) / (stop - self._taken)
                size = max(min(int((until - now) / a_record / 2), 2 * size, self.chunk), SMALLEST_SLICE)
            self._taken = stop
            if now >= until:
                return False

    def _next(self) -> Batch | None:
        """The batch that is being walked, or the next one; None at the end of the file."""
        if self._batch is not None and self._taken < len(self._batch):
            return self._batch
        if self._scan is None:
            self._scan = self.capture.scan(CHUNK)
        self._batch, self._taken = next(self._scan, None), 0
        if self._batch is None:
            self._scan = None
        return self._batch

    def _add(self, batch: Batch, start: int, stop: int) -> None:
        rows, heads = walking.walk(batch, start, stop, self._addresses)
        if rows["dissect"].any():
            heads = self._with_dissected(batch, start, rows, heads)
        record, size = heads["record"], len(heads["record"])
        packet, time = self.count + 1 + record, rows["time"][record]
        row = heads["row"] = self.heads.count + np.arange(size)
        new = {**heads, "packet": packet, "time": time}
        for name, kind in (("stream", np.int64), ("side", np.uint8), ("before", np.int64), ("marks", np.uint16)):
            new[name] = np.zeros(size, kind)
        for transport, flows in self.flows.items():
            chosen = np.flatnonzero(heads["transport"] == transport)
            if len(chosen):
                mine = {name: column[chosen] for name, column in heads.items()}
                placed = flows.place(mine, packet[chosen], time[chosen], row[chosen])
                new["stream"][chosen], new["side"][chosen] = placed.stream, placed.side
                new["before"][chosen] = placed.before
                if transport == TCP:
                    new["marks"][chosen] = self._marker.mark(placed, mine, packet[chosen], time[chosen])
        edges = np.searchsorted(record, np.arange(stop - start + 1))
        rows["head"], rows["heads"] = self.heads.count + edges[:-1], np.minimum(np.diff(edges), HEADS_AT_MOST)
        self.heads.append(new, size)
        self.rows.append(rows, stop - start)
        self.count = self.rows.count

    def _with_dissected(
        self, batch: Batch, start: int, rows: dict[str, Array], heads: dict[str, Array]
    ) -> dict[str, Array]:
        """Add the headers that only dissection finds, each where its record stands."""
        found: list[tuple[int, Head]] = []
        for position in np.flatnonzero(rows["dissect"]).tolist():
            data = batch.record(start + position)
            row = int(rows["time"][position]), int(rows["length"][position]), int(rows["link"][position])
            record = Record(self.count + 1 + position, *row, data)
            found.extend((position, head) for head in heads_of(record)[:HEADS_AT_MOST])
        if not found:
            return heads
        added: dict[str, Array] = {"record": np.array([position for position, _ in found])}
        for name in Head._fields:
            values = [getattr(head, name) for _, head in found]
            if name in ("source", "destination"):
                values = [self._addresses.number(address) << 16 | port for address, port in values]
            added[name] = np.array(values, heads[name].dtype)
        joined = {name: np.concatenate((column, added[name])) for name, column in heads.items()}
        order = np.argsort(joined["record"], kind="stable")
        return {name: column[order] for name, column in joined.items()}

    # Reading

    def _place(self, number: int) -> int:
        if not 1 <= number <= self.count:
            raise IndexError(f"there is no packet {number}: the index holds packets 1 to {self.count}")
        return number - 1

    def record(self, number: int) -> Record:
        """One packet with its bytes, read from the file; fewer than were captured if the file became shorter."""
        offset, captured, time, length, link = self.rows.row(
            self._place(number), "offset", "captured", "time", "length", "link"
        )
        return Record(number, time, length, link, self.capture.read(offset, captured))

    def row(self, number: int) -> Row:
        place = self._place(number)
        time, length, captured, link, l3, l4 = self.rows.row(place, "time", "length", "captured", "link", "l3", "l4")
        head, heads, more = self.rows.row(place, "head", "heads", "more")
        transport, stream, side = self.heads.row(head, "transport", "stream", "side") if heads else (0, -1, 0)
        return Row(time, length, captured, link, l3, l4, transport, stream, side, bool(more))

    def facts(self, number: int) -> tuple[Mapping[str, Value], tuple[TransportFacts, ...]]:
        """What other packets decide about one: for the frame, and for each transport header in order."""
        place = self._place(number)
        time = self.rows.at("time", place)
        delta = time - self.rows.at("time", place - 1) if place else 0
        frame: dict[str, Value] = {
            "frame.time_delta": delta,
            "frame.time_delta_displayed": delta,
            "frame.time_relative": time - self.rows.at("time", 0),
        }
        head, heads = self.rows.row(place, "head", "heads")
        return frame, tuple(self._transport(head + i) for i in range(heads))

    def _transport(self, head: int) -> TransportFacts:
        transport, stream, time, before = self.heads.row(head, "transport", "stream", "time", "before")
        name = TRANSPORTS[transport]
        facts: dict[str, Value] = {f"{name}.stream": stream}
        if transport == TCP:
            facts.update(self._tcp(head, stream))
        elif self.heads.at("unsized", head):
            return TransportFacts(name, stream, facts)  # a datagram quoted in an error came at another time
        while transport == UDP and before >= 0 and self.heads.at("unsized", before):
            before = self.heads.at("before", before)
        facts[f"{name}.time_relative"] = time - int(self.flows[transport].columns["start"][stream])
        facts[f"{name}.time_delta"] = time - self.heads.at("time", before) if before >= 0 else 0
        return TransportFacts(name, stream, facts)

    def _tcp(self, head: int, stream: int) -> dict[str, Value]:
        """Relative numbers and the window. Of a header whose payload's size is unknown, numbers stay as they are."""
        flows = self.flows[TCP]
        side, seq, ack, flags, window = self.heads.row(head, "side", "seq", "ack", "flags", "window")
        length, unsized = self.heads.row(head, "length", "unsized")
        own = 2 * stream + side
        scale = flows.scale[own]
        done = "at_first" if self.heads.at("before", head) < 0 else "completeness"
        facts: dict[str, Value] = {"tcp.completeness": int(flows.columns[done][stream])}
        if not unsized:
            seq = (seq - flows.base_at(own, head)) & MOD
            ack = (ack - flows.base_at(own ^ 1, head)) & MOD if flags & ACK else ack
            facts["tcp.nxtseq"] = (seq + length + bool(flags & (SYN | FIN))) & MOD
            if not flags & SYN and scale >= 0:
                window <<= scale
        facts.update({"tcp.seq": seq, "tcp.ack": ack, "tcp.window_size": window})
        if not flags & SYN:
            unscaled = scale in (SCALE_UNKNOWN, SCALE_UNUSED)
            facts["tcp.window_size_scalefactor"] = scale if unscaled else 1 << scale
        facts.update(self._analysed(head, stream))
        return facts

    def _analysed(self, head: int, stream: int) -> dict[str, Value]:
        """The fields tcp.analysis.*, worked out for the whole stream when its first packet is looked at."""
        with self._lock:
            found = self._analyses.pop(stream, None)
            if found is None:
                found = Analysis(self.flows[TCP].reused, self._sacked), self._heads_of(TCP, stream)[:0]
            analysis, heads = found
            if not len(heads) or head > heads[-1]:
                heads = self._heads_of(TCP, stream)
                analysis.take(self._segments(heads[analysis.taken :]))
            self._analyses[stream] = analysis, heads
            while len(self._analyses) > 1 and sum(len(kept) for _, kept in self._analyses.values()) > ANALYSED_AT_MOST:
                self._analyses.popitem(last=False)
        own = 2 * stream + self.heads.at("side", head)
        later = REUSED_PORTS if self.flows[TCP].contradicted(own, head) else 0
        return analysis.facts(int(np.searchsorted(heads, head)), later)

    def _segments(self, heads: Array) -> Iterator[Segment]:
        names = ("packet", "time", "side", "seq", "ack", "flags", "window", "length", "shift", "unsized")
        for start in range(0, len(heads), CHUNK):
            chosen = heads[start : start + CHUNK]
            columns = (self.heads.take(name, chosen).tolist() for name in names)
            yield from map(Segment, chosen.tolist(), *columns)

    def _sacked(self, head: int) -> int:
        """The bytes that a header's SACK ranges cover. Few headers have any: only these are read from the file."""
        packet, offset, flags = self.heads.row(head, "packet", "offset", "flags")
        l4 = self.rows.at("l4", packet - 1)
        if flags & SYN or not l4 or offset - l4 < SMALLEST_SACK:
            return 0
        record = self.rows.at("offset", packet - 1)
        return sack_bytes(self.capture.read(record + l4 + 20, offset - l4 - 20))

    def streams(self, transport: str = "tcp") -> list[StreamRow]:
        """All streams of "tcp" or "udp", by number."""
        flows = self.flows[NUMBERS[transport]]
        return [self.stream(transport, number) for number in range(flows.count)]

    def stream(self, transport: str, number: int) -> StreamRow:
        """One stream. Raises IndexError if there is none of that number."""
        flows = self.flows[NUMBERS[transport]]
        if not 0 <= number < flows.count:
            raise IndexError(f"there is no {transport} stream {number}: there are {flows.count}, counted from 0")
        values = {name: int(column[number]) for name, column in flows.columns.items()}
        start, end = values.pop("start"), values.pop("end")
        client, server = self._end(values.pop("client")), self._end(values.pop("server"))
        del values["last_head"], values["at_first"]
        return StreamRow(number, transport, client, server, start_ns=start, duration_ns=end - start, **values)

    def _end(self, end: int) -> tuple[bytes, int]:
        return self._addresses.address(end >> 16), end & 0xFFFF

    def _heads_of(self, transport: int, stream: int) -> Array:
        """The numbers of all heads of one stream, in order."""
        columns = self.flows[transport].columns
        start = self.rows.at("head", int(columns["first"][stream]) - 1)
        stop = int(columns["last_head"][stream]) + 1
        found = []
        place = start
        for streams, kinds in zip(self.heads.parts("stream", start, stop), self.heads.parts("transport", start, stop)):
            found.append(place + np.flatnonzero((streams == stream) & (kinds == transport)))
            place += len(streams)
        return np.concatenate(found)

    def column(self, name: str) -> Column | None:
        """One field of all packets, for a field that always stands at the same place of a header; None for others."""
        with self._lock:
            count = self.count
            known = self._columns.pop(name, None)
            done = len(known.present) if known is not None else 0
            if known is None or done < count:
                new = self._reader.column(name, done, count)
                if new is None:
                    return None
                known = new if known is None else Column(*(np.concatenate(pair) for pair in zip(known, new)))
            self._columns[name] = known
            while len(self._columns) > COLUMNS_AT_MOST:
                self._columns.popitem(last=False)
            return known

    def more(self) -> Array:
        """Which packets have to be looked at by dissection, because their columns are not the whole truth."""
        return self.rows.part("more", 0, self.count)

    def segments(self, stream: int) -> TcpSegments:
        """All segments of one TCP stream. Raises IndexError if there is none of that number."""
        self.stream("tcp", stream)
        heads = self._heads_of(TCP, stream)
        names = ("packet", "side", "seq", "length", "captured", "offset", "flags", "time")
        return TcpSegments(*(self.heads.take(name, heads) for name in names))
