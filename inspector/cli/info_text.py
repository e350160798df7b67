"""`inspector info`: a capture file as a whole, for people and, with --json, for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from inspector.capture.annex import Statistics
from inspector.capture.batch import Interface
from inspector.capture.blocks import ORDERS
from inspector.cli.output import on_terminal, say, say_columns, say_json
from inspector.cli.packet_json import LINKS
from inspector.core.spec import seconds
from inspector.session.overview import Overview, overview
from inspector.session.session import Session

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def say_info(session: Session, as_json: bool) -> None:
    """Look at all packets and print what came of it."""
    watched = on_terminal(sys.stderr)
    found = overview(session, _progress if watched else None)
    if watched:
        sys.stderr.write("\r\x1b[K")
    if as_json:
        say_json(describe(session.title, found))
    else:
        _say(session.title, found)


def _progress(done: int, of: int) -> None:
    sys.stderr.write(f"\r{done} of {of} packets")
    sys.stderr.flush()


def describe(title: str, found: Overview) -> dict[str, object]:
    """The overview as plain values: times as text with nine decimals, None where there is nothing."""
    annex = found.annex
    return {
        "file": title,
        "format": found.format,
        "size": found.size,
        "packets": found.packets,
        "captured": found.captured,
        "length": found.length,
        "first": _or_none(found.first_ns),
        "last": _or_none(found.last_ns),
        "duration": seconds(found.duration_ns),
        "in_order": found.in_order,
        "sections": [
            {"order": ORDERS[one.order], "hardware": one.hardware, "os": one.os, "application": one.application}
            for one in found.sections
        ],
        "interfaces": [_interface(i, one, found.tally.get(i, 0)) for i, one in enumerate(found.interfaces)],
        "statistics": [_statistics(one) for one in annex.statistics],
        "comments": found.comments,
        "packet_comments": [{"packet": number, "text": text} for number, text in found.packet_comments],
        "secrets": [{"kind": one.kind, "size": one.size} for one in annex.secrets],
        "names": [{"address": address, "name": name} for address, name in annex.names],
        "hierarchy": [
            {"depth": depth, "name": level.name, "packets": level.packets, "bytes": level.bytes}
            for depth, level in found.hierarchy.walk()
        ],
        "damages": [{"offset": one.offset, "text": one.text} for one in found.damages],
    }


def _or_none(time_ns: int | None) -> str | None:
    return None if time_ns is None else seconds(time_ns)


def _interface(number: int, one: Interface, packets: int) -> dict[str, object]:
    return {
        "interface": number,
        "name": one.name,
        "description": one.description,
        "link": LINKS.get(one.link, str(one.link)),
        "link_number": one.link,
        "snaplen": one.snaplen,
        "resolution": one.resolution,
        "offset": one.offset,
        "fcs": one.fcs,
        "section": one.section,
        "filter": one.filter,
        "os": one.os,
        "hardware": one.hardware,
        "packets": packets,
    }


def _statistics(one: Statistics) -> dict[str, object]:
    return {
        "interface": one.interface,
        "time": seconds(one.time_ns),
        "start": _or_none(one.start_ns),
        "end": _or_none(one.end_ns),
        **one.counts,
        "comments": one.comments,
    }


def _say(title: str, found: Overview) -> None:
    say(f"File       {title}")
    say(f"Format     {found.format}")
    say(f"Size       {found.size:,} bytes")
    say(f"Packets    {found.packets:,}")
    say(f"Bytes      {found.length:,} on the wire, {found.captured:,} captured")
    if found.first_ns is not None and found.last_ns is not None:
        order = "" if found.in_order else ", not in the order of time"
        say(f"First      {_date(found.first_ns)}")
        say(f"Last       {_date(found.last_ns)}")
        say(f"Duration   {seconds(found.duration_ns)} seconds{order}")
    for line in _made_by(found):
        say(f"Made by    {line}")
    for number, one in enumerate(found.interfaces):
        say(f"Interface  {_interface_line(number, one, found.tally.get(number, 0))}")
    for statistics in found.annex.statistics:
        say(f"Statistics {_statistics_line(statistics)}")
    for text in found.comments:
        say(f"Comment    {text}")
    for packet, text in found.packet_comments:
        say(f"Comment    packet {packet}: {text}")
    for secrets in found.annex.secrets:
        say(f"Secrets    {secrets.kind}, {secrets.size:,} bytes")
    for address, name in found.annex.names:
        say(f"Name       {address} is {name}")
    _say_hierarchy(found)
    damages = [f"at byte {one.offset:,}: {one.text}" for one in found.damages] or ["none found"]
    for line in damages:
        say(f"Damage     {line}")


def _say_hierarchy(found: Overview) -> None:
    rows = [
        ("  " * depth + level.name, f"{level.packets:,}", f"{level.bytes:,}") for depth, level in found.hierarchy.walk()
    ]
    if rows:
        say("")
        say_columns([("Protocol", "packets", "bytes"), *rows], "<>>")
        if found.hierarchy.cut:
            say(f"{found.hierarchy.cut:,} packets have more layers than are listed")
        say("")


def _date(time_ns: int) -> str:
    """The date in UTC with all nine decimals, and the seconds since the epoch where no calendar reaches."""
    whole, rest = divmod(time_ns, 1_000_000_000)
    try:
        date = EPOCH + timedelta(seconds=whole)
    except OverflowError:
        return f"{seconds(time_ns)} seconds since 1970"
    return f"{date:%Y-%m-%d %H:%M:%S}.{rest:09d} UTC"


def _made_by(found: Overview) -> Iterator[str]:
    """Who made the sections, each maker once."""
    seen = set()
    for one in found.sections:
        line = ", ".join(part for part in (one.application, one.os, one.hardware) if part)
        if line and line not in seen:
            seen.add(line)
            yield line


def _interface_line(number: int, one: Interface, packets: int) -> str:
    name = f" {one.name}" if one.name else ""
    more = [
        f"{packets:,} packet{'' if packets == 1 else 's'}",
        f"link type {LINKS.get(one.link, 'unnamed')} ({one.link})",
    ]
    more.append(f"at most {one.snaplen:,} bytes of each" if one.snaplen else "no limit of length")
    more.append(_unit(one.resolution))
    if one.offset:
        more.append(f"{one.offset} seconds added to each time")
    if one.fcs is not None:
        more.append(f"{one.fcs} bytes of check sequence")
    if one.description:
        more.append(one.description)
    if one.filter:
        more.append(f"filter “{one.filter}”")
    more += [part for part in (one.os, one.hardware) if part]
    return f"{number}{name}: {', '.join(more)}"


def _unit(resolution: int) -> str:
    names = {1: "seconds", 1000: "milliseconds", 10**6: "microseconds", 10**9: "nanoseconds", 10**12: "picoseconds"}
    return f"times in {names[resolution]}" if resolution in names else f"times in units of 1/{resolution} second"


def _statistics_line(one: Statistics) -> str:
    counts = [f"{count:,} {name.replace('_', ' ')}" for name, count in one.counts.items()]
    times = []
    if one.start_ns is not None:
        times.append(f"from {_date(one.start_ns)}")
    if one.end_ns is not None:
        times.append(f"to {_date(one.end_ns)}")
    said = [*counts, " ".join(times), *one.comments]
    return f"of interface {one.interface}: {', '.join(part for part in said if part) or 'nothing counted'}"
