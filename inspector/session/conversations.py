"""The conversations of a capture, as `inspector streams --json` gives them."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.core.addresses import ipv4, ipv6
from inspector.core.spec import seconds
from inspector.index.index import StreamRow
from inspector.session.session import Session

FIN, SYN, RST, ACK = 1, 2, 4, 16
SYNACK_SEEN, ACK_SEEN = 2, 4
LOOKED_AT = 256
"""How many packets of a stream are dissected, at most, to tell what it carries."""

TRANSPORTS = ("tcp", "udp")


def stream_rows(session: Session) -> list[StreamRow]:
    """Every TCP stream, then every UDP stream, in order of their first packets."""
    return [row for transport in TRANSPORTS for row in session.index.streams(transport)]


def describe_streams(session: Session, *, carries: bool = True) -> Iterator[dict[str, object]]:
    """Every TCP stream, then every UDP stream, in order of their first packets; the keys are a contract.

    Without `carries`, `application` stays empty and no message is looked for: many streams are told of quickly.
    """
    return (_describe(session, row, carries) for row in stream_rows(session))


def _describe(session: Session, row: StreamRow, carries: bool) -> dict[str, object]:
    if carries:
        row = with_requester_first(session, row)
    return {
        "stream": row.number,
        "transport": row.transport,
        "client": endpoint(row.client),
        "server": endpoint(row.server),
        "packets": row.packets,
        "first": row.first,
        "last": row.last,
        "client_bytes": row.client_bytes,
        "server_bytes": row.server_bytes,
        "start": seconds(row.start_ns),
        "duration": row.duration_ns / 1e9,
        "application": application(session, row) if carries else [],
        "state": state(row),
        "retransmissions": row.retransmissions,
        "handshake": row.transport == "tcp" and row.handshake,
    }


def with_requester_first(session: Session, row: StreamRow) -> StreamRow:
    """The row with the ends exchanged where the capture lacks the SYN and the bytes show that the other end asks."""
    if row.transport != "tcp" or row.has_syn:
        return row
    reader = session.reader(row.number)
    reader.advance(session.patience)
    if not reader.talk.swapped:
        return row
    return row._replace(
        client=row.server,
        server=row.client,
        client_bytes=row.server_bytes,
        server_bytes=row.client_bytes,
        client_flags=row.server_flags,
        server_flags=row.client_flags,
    )


def endpoint(end: tuple[bytes, int]) -> str:
    """An address and a port: 127.0.0.1:80, [::1]:80."""
    address, port = end
    return f"{ipv4(address)}:{port}" if len(address) == 4 else f"[{ipv6(address)}]:{port}"


def state(row: StreamRow) -> str:
    """Where the conversation stands at the end of the capture, in one word of the contract.

    A reset answer to a bare SYN is a refusal. A stream whose beginning is missing is `midstream` as long as its end
    is missing too.
    """
    if row.transport != "tcp":
        return "open"
    client, server = row.client_flags, row.server_flags
    if server & RST and not server & SYN and client & SYN and not row.client_bytes + row.server_bytes:
        return "refused"
    if (client | server) & RST:
        return "reset"
    if client & FIN and server & FIN:
        return "closed"
    if (client | server) & FIN:
        return "closing"
    if not (client | server) & SYN:
        return "midstream"
    if not server:
        return "unanswered"
    if not row.handshake or not row.completeness & ACK_SEEN:
        return "opening"
    return "open"


def application(session: Session, row: StreamRow) -> list[str]:
    """The protocols above the transport, outermost first, as far as the stream's first packets show them.

    A message ends in a packet that brings bytes, or the end of all bytes.
    """
    if row.transport == "tcp":
        segments = session.index.segments(row.number)
        telling = (segments.length > 0) | (segments.flags & (FIN | RST) != 0)
        numbers = segments.packet[telling][:LOOKED_AT].tolist()
    else:
        numbers = [row.first]
    found: dict[str, None] = {}
    for number in numbers:
        above = False
        for layer in session.packet(number).layers:
            if above and layer.name != "data":
                found[layer.name] = None
            above = above or layer.name == row.transport
    return list(found)
