"""`inspector streams`: the TCP and UDP conversations as a table, or as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.cli.output import say_columns, say_json
from inspector.session.conversations import describe_streams, stream_rows
from inspector.session.session import Session

LOOKED_INTO = 100
"""Up to so many streams, the table says what each carries. In a larger capture that would take a hundred times as long
as all the rest, so the table goes without that column; the JSON objects always have it."""

HEAD = ("stream", "client", "server", "packets", "client bytes", "server bytes", "seconds", "state", "carries")
ALIGNED = "<<<>>>><<"


def say_streams(session: Session, as_json: bool) -> None:
    """Every TCP stream, then every UDP stream, in the order of their first packets."""
    if as_json:
        for row in describe_streams(session):
            say_json(row)
        return
    carries = len(stream_rows(session)) <= LOOKED_INTO
    last = len(HEAD) if carries else -1
    rows = (_cells(row)[:last] for row in describe_streams(session, carries=carries))
    say_columns([HEAD[:last], *rows], ALIGNED[:last])


def _cells(row: Mapping[str, object]) -> tuple[str, ...]:
    """One stream as the cells of the table."""
    carries = row["application"]
    return (
        f"{row['transport']}:{row['stream']}",
        str(row["client"]),
        str(row["server"]),
        str(row["packets"]),
        str(row["client_bytes"]),
        str(row["server_bytes"]),
        f"{row['duration']:.6f}",
        str(row["state"]),
        " ".join(carries) if isinstance(carries, list) else "",
    )
