"""The state of a conversation, who is its client, and what it carries, on small captures made for each case."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.session.conversations import describe_streams, endpoint
from inspector.session.session import open_session
from tests.cli.made import ACK, CLOSING, FIN, OPENING, PSH, RST, SYN, Step, tcp, write

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASKED: list[Step] = [(0, ACK | PSH, GET), (1, ACK | PSH, DONE)]

STATES: dict[str, list[list[Step]]] = {
    "unanswered": [[(0, SYN, b"")], [(0, SYN, b"")] * 3],
    "opening": [[(0, SYN, b""), (1, SYN | ACK, b"")]],
    "open": [OPENING, [*OPENING, *ASKED]],
    "closing": [[*OPENING, (0, FIN | ACK, b"")], [*OPENING, *ASKED, (1, FIN | ACK, b""), (0, ACK, b"")]],
    "closed": [[*OPENING, *CLOSING], [*ASKED, *CLOSING]],
    "reset": [[*OPENING, (1, RST | ACK, b"")], [*OPENING, *ASKED, (0, RST, b"")], [*OPENING, *CLOSING, (1, RST, b"")]],
    "refused": [[(0, SYN, b""), (1, RST | ACK, b"")]],
    "midstream": [ASKED, [(0, ACK, b"x")]],
}


def described(path: Path, steps: list[Step], port: int = 80, *, carries: bool = True) -> dict[str, object]:
    session = open_session(write(path / "x.pcap", tcp(steps, port)))
    session.load()
    (row,) = describe_streams(session, carries=carries)
    session.close()
    return row


@pytest.mark.parametrize(
    ("state", "index"), [(state, index) for state, rows in STATES.items() for index in range(len(rows))]
)
def test_states(state: str, index: int, tmp_path: Path) -> None:
    assert described(tmp_path, STATES[state][index])["state"] == state


def test_all_keys_of_the_contract(tmp_path: Path) -> None:
    assert described(tmp_path, [*OPENING, *ASKED, *CLOSING]) == {
        "stream": 0,
        "transport": "tcp",
        "client": "10.0.0.1:40000",
        "server": "10.0.0.2:80",
        "packets": 8,
        "first": 1,
        "last": 8,
        "client_bytes": len(GET),
        "server_bytes": len(DONE),
        "start": "1700000000.000000000",
        "duration": 0.007,
        "application": ["http"],
        "state": "closed",
        "retransmissions": 0,
        "handshake": True,
    }


def test_without_a_look_at_the_messages_nothing_is_carried(tmp_path: Path) -> None:
    assert described(tmp_path, [*OPENING, *ASKED], carries=False)["application"] == []


@pytest.mark.parametrize(
    ("steps", "port", "client"),
    [
        ([(0, SYN, b"")], 50000, "10.0.0.1:40000"),
        ([(1, SYN | ACK, b"")], 50000, "10.0.0.1:40000"),
        ([(0, ACK, GET)], 80, "10.0.0.1:40000"),
        ([(0, ACK, GET), (1, ACK, DONE)], 50000, "10.0.0.1:40000"),
        ([(1, ACK, DONE), (0, ACK, GET)], 50000, "10.0.0.1:40000"),
        ([(0, ACK, b"?")], 80, "10.0.0.1:40000"),
        ([(0, ACK, b"?")], 50000, "10.0.0.2:50000"),
    ],
    ids=["SYN", "SYN,ACK", "port", "request", "answer first", "higher port", "higher port of the other"],
)
def test_who_is_the_client(steps: list[Step], port: int, client: str, tmp_path: Path) -> None:
    row = described(tmp_path, steps, port)
    assert row["client"] == client
    said = sum(len(data) for side, _, data in steps if (side == 0) == (client == "10.0.0.1:40000"))
    assert row["client_bytes"] == said


def test_a_message_that_only_the_end_completes_counts(tmp_path: Path) -> None:
    until_close = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1]"
    row = described(tmp_path, [*OPENING, (0, ACK, GET), (1, ACK, until_close), (1, FIN | ACK, b"")])
    assert row["application"] == ["http", "json"]


def test_endpoints() -> None:
    assert endpoint((bytes((127, 0, 0, 1)), 8080)) == "127.0.0.1:8080"
    assert endpoint((bytes(15) + b"\1", 8080)) == "[::1]:8080"
