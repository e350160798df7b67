"""A capture file as a whole: what it is, when it was made, by whom, what is in it, what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.capture.annex import Annex, annex_of
from inspector.capture.batch import Damage, Interface
from inspector.capture.blocks import Section
from inspector.capture.pcapng import PcapngFile
from inspector.session.hierarchy import Hierarchy
from inspector.session.session import Session

STEP = 1000
"""After how many packets `progress` is told."""


@dataclass(slots=True)
class Overview:
    """What `inspector info` shows. Times are nanoseconds since the epoch, None if there is no packet.

    `first_ns` and `last_ns` are the earliest and the latest time of any packet, which need not be those of the first
    and the last one: captures are not always in order. Packets without a time (pcapng's simple ones, which get 0) are
    left out there. `tally` counts packets by the interface's place in the list.
    """

    format: str
    size: int
    packets: int
    sections: list[Section]
    interfaces: list[Interface]
    tally: dict[int, int]
    annex: Annex
    comments: list[str]
    damages: list[Damage] = field(default_factory=list)
    packet_comments: list[tuple[int, str]] = field(default_factory=list)
    captured: int = 0
    length: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    in_order: bool = True
    hierarchy: Hierarchy = field(default_factory=Hierarchy)

    @property
    def duration_ns(self) -> int:
        return self.last_ns - self.first_ns if self.first_ns is not None and self.last_ns is not None else 0


def overview(session: Session, progress: Callable[[int, int], None] | None = None) -> Overview:
    """Look at every packet of a loaded session; `progress(packets looked at, packets in all)` may raise to stop."""
    capture = session.capture
    sections = list(capture.sections) if isinstance(capture, PcapngFile) else []
    found = Overview(
        session.format,
        session.size,
        session.count,
        sections,
        list(capture.interfaces),
        dict(capture.tally),
        annex_of(capture),
        list(capture.comments),
    )
    before: int | None = None
    may_lack_time = isinstance(capture, PcapngFile)
    for number in range(1, session.count + 1):
        packet = session.packet(number)
        found.hierarchy.add(packet)
        found.captured += packet.captured
        found.length += packet.length
        if packet.time_ns or not may_lack_time:
            before = _take_time(found, packet.time_ns, before)
        if progress is not None and number % STEP == 0:
            progress(number, session.count)
    commented = capture.commented if isinstance(capture, PcapngFile) else ()
    found.packet_comments = [(number, text) for number in commented for text in capture.comment(number)]
    found.damages = session.damages
    return found


def _take_time(found: Overview, time: int, before: int | None) -> int:
    """Let a packet's time count; returns the time to compare the next one with."""
    found.first_ns = time if found.first_ns is None else min(found.first_ns, time)
    found.last_ns = time if found.last_ns is None else max(found.last_ns, time)
    found.in_order = found.in_order and (before is None or time >= before)
    return time
