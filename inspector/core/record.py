"""One packet as the capture file gives it, before anybody has looked into it."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """One packet's entry in a capture.

    `number` counts from 1. `time_ns` is nanoseconds since the epoch. `length` is the length on the wire; `data` holds
    the captured bytes, which may be fewer. `link` is the link type's number (1 is Ethernet), as in the pcap header.
    """

    number: int
    time_ns: int
    length: int
    link: int
    data: bytes
