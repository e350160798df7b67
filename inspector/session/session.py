"""What is open: one capture, its index, its streams. The only door for the window and the command line.

A session joins what the rooms below know into the `Context` of each packet, so that the one function `dissect` can
show all of it: the index brings stream numbers, relative sequence numbers, windows and times; the stream readers bring
the messages that end in the packet. The surprising thing: a message's beginning can only be known from the start of
its stream, so a look at one packet may start the stream's boundary pass; `patience` bounds how long that may hold
the caller up, and `pending` says what is still being looked for.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from math import inf
from pathlib import Path
from time import monotonic
from typing import TypeVar

from inspector.capture.files import CaptureFile, Damage, open_capture
from inspector.core.context import Context, Conversation
from inspector.core.layer import Packet
from inspector.core.node import Node
from inspector.engine.dissect import dissect
from inspector.engine.registry import known_fields, registry
from inspector.index.index import Index, TransportFacts
from inspector.knowledge.annotations import Explanation
from inspector.knowledge.scope import explain_node
from inspector.query.filter import Filter, compile_filter
from inspector.session.packet_fields import PacketFields
from inspector.session.summary import Summary, summarize
from inspector.streams.conversation import StreamReader
from inspector.streams.segments import Segments

PACKETS_KEPT = 256
SUMMARIES_KEPT = 4096
READERS_KEPT = 1024
RECORD_BYTES_KEPT = 8 << 20
BATCH_SECONDS = 0.1

T = TypeVar("T")


class Session:
    """An open capture.

    `count` packets are indexed so far, `complete` once the file has been read to its end. Packets are numbered from 1.
    `patience` is how many seconds a call may spend on finding message boundaries before it answers without them.
    """

    def __init__(self, capture: CaptureFile, title: str | None = None) -> None:
        self.capture = capture
        self.index = Index(capture)
        self.path = capture.path
        self.title = title if title is not None else os.path.basename(capture.path)
        self.complete = False
        self.patience: float = inf
        self._lock = threading.RLock()
        self._packets: OrderedDict[int, Packet] = OrderedDict()
        self._summaries: OrderedDict[int, Summary] = OrderedDict()
        self._records: dict[int, bytes] = {}
        self._records_size = 0
        self._readers: OrderedDict[int, tuple[StreamReader, int]] = OrderedDict()

    @property
    def count(self) -> int:
        return self.index.count

    @property
    def format(self) -> str:
        return self.capture.format

    @property
    def size(self) -> int:
        """The file's size in bytes."""
        return self.capture.size

    @property
    def damages(self) -> list[Damage]:
        """What is wrong with the file, as far as it has been read."""
        return self.capture.damages

    @property
    def progress(self) -> float:
        """How much of the file is indexed, from 0 to 1."""
        if self.complete or self.size <= 0:
            return 1.0
        return min(self.capture.position / self.size, 1.0)

    @property
    def first_time_ns(self) -> int:
        """The first packet's time, in nanoseconds since the epoch; 0 while there is none."""
        return self.index.row(1).time_ns if self.count else 0

    def load(self, seconds: float = inf) -> bool:
        """Index further packets for about this long. True when the file is read to its end."""
        before = self.count
        self.complete = self.index.extend(seconds)
        if before and self.count > before:
            self._forget()
        return self.complete

    @property
    def grown(self) -> bool:
        """Whether the file was written to since it was read to its end: `load` then finds more."""
        return self.complete and self.capture.grown

    def _forget(self) -> None:
        """What was shown of earlier packets may name later ones (the packet that completes a message)."""
        with self._lock:
            self._packets.clear()
            self._summaries.clear()

    def packet(self, number: int) -> Packet:
        """A packet with all its layers and all that the rest of the capture says about it."""
        with self._lock:
            found = self._packets.get(number)
            if found is not None:
                self._packets.move_to_end(number)
                return found
            context, settled = self._context(number)
            found = dissect(self.index.record(number), context)
            if settled and self.complete:
                _keep(self._packets, number, found, PACKETS_KEPT)
            return found

    def summary(self, number: int) -> Summary:
        """The packet list's line for a packet."""
        with self._lock:
            found = self._summaries.get(number)
            if found is not None:
                return found
            context, settled = self._context(number)
            found = summarize(dissect(self.index.record(number), context))
            if settled and self.complete:
                _keep(self._summaries, number, found, SUMMARIES_KEPT)
            return found

    def pending(self, number: int) -> str:
        """What is still being looked for in this packet, as a sentence; empty when all is known."""
        with self._lock:
            context, _ = self._context(number)
            return next((found.pending for found in context.conversations if found.pending), "")

    def reader(self, stream: int) -> StreamReader:
        """The reader of one TCP stream, brought up to what the index knows."""
        with self._lock:
            kept = self._readers.get(stream)
            count = self.count
            if kept is None:
                segments = self._segments(stream)
                row = self.index.stream("tcp", stream)
                reader = StreamReader(segments, self._bytes, registry(), (row.client[1], row.server[1]))
            elif kept[1] == count:
                self._readers.move_to_end(stream)
                return kept[0]
            else:
                reader = kept[0]
                segments = self._segments(stream, len(reader.talk.segments))
                if len(segments):
                    reader.extend(segments)
            self._readers[stream] = (reader, count)
            self._readers.move_to_end(stream)
            while len(self._readers) > READERS_KEPT:
                self._readers.popitem(last=False)
            return reader

    def fields(self, packet: Packet) -> PacketFields:
        """The packet's values, as filters and annotations ask for them."""
        return PacketFields(packet)

    def compile(self, text: str) -> Filter:
        """An expression, checked against all known fields. Raises QueryError, whose text is one sentence."""
        return compile_filter(text, known_fields())

    def matching(self, text: str) -> Iterator[list[int]]:
        """The numbers of the packets that an expression selects, in batches as they are found.

        A batch comes at least every tenth of a second, an empty one where nothing was found. Raises QueryError at once.
        """
        chosen = self.compile(text)
        return self._search(chosen)

    def _search(self, chosen: Filter) -> Iterator[list[int]]:
        found: list[int] = []
        since = monotonic()
        number = 0
        while number < self.count:
            number += 1
            if chosen.matches(self.fields(self.packet(number))):
                found.append(number)
            if monotonic() - since > BATCH_SECONDS:
                yield found
                found, since = [], monotonic()
        yield found

    def explain(self, packet: Packet, node: Node) -> Explanation:
        """What a field is, and what its value means in this packet."""
        return explain_node(packet, node)

    def close(self) -> None:
        self.capture.close()

    @cached_property
    def protocols(self) -> list[str]:
        """The names of all protocols that can be dissected."""
        return sorted(registry().protocols)

    def _bytes(self, number: int) -> bytes:
        """A record's bytes. Cutting a stream asks for the same records many times, so the latest are kept."""
        data = self._records.get(number)
        if data is None:
            data = self._records[number] = self.index.record(number).data
            self._records_size += len(data)
            while self._records_size > RECORD_BYTES_KEPT and len(self._records) > 1:
                self._records_size -= len(self._records.pop(next(iter(self._records))))
        return data

    def _segments(self, stream: int, known: int = 0) -> Segments:
        """The segments of a stream, without the first `known`."""
        return Segments(*(column[known:] for column in self.index.segments(stream)))

    def _context(self, number: int) -> tuple[Context, bool]:
        """The context of a packet, and whether it is final as far as message boundaries go."""
        frame, transports = self.index.facts(number)
        conversations = [self._conversation(number, found) for found in transports]
        settled = not any(conversation.pending for conversation in conversations)
        return Context(frame, tuple(conversations), tuple(self.capture.comment(number))), settled

    def _conversation(self, number: int, found: TransportFacts) -> Conversation:
        if found.transport != "tcp" or found.stream < 0:
            return Conversation(found.transport, found.stream, found.facts)
        reader = self.reader(found.stream)
        if not reader.finished:
            reader.advance(self.patience)
        placed = reader.placed(number)
        return Conversation(
            found.transport,
            found.stream,
            found.facts,
            placed.pdus,
            placed.segment,
            placed.reassembled_in,
            placed.pending,
            placed.claimed,
        )


def open_session(path: str | Path, most: int | None = None) -> Session:
    """Open a capture file. Raises CaptureError, whose text is one sentence for the user. Nothing is indexed yet.

    Of a compressed file at most `most` bytes are unpacked; None is the limit of `open_capture`.
    """
    return Session(open_capture(path, most=most))


def _keep(cache: OrderedDict[int, T], number: int, value: T, at_most: int) -> None:
    cache[number] = value
    while len(cache) > at_most:
        cache.popitem(last=False)
