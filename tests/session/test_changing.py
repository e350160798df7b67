"""Files that change under an open session: cut, replaced, taken away, growing. It says so, and goes on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from inspector.core import resources
from inspector.session.conversations import describe_streams
from inspector.session.session import Session, open_session
from tests.capture.made import packets, pcap, pcapng, write

ECHO = Path(str(resources.captures())) / "websocket-echo.pcap"


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    return Path(shutil.copy(ECHO, tmp_path / "echo.pcap"))


def walk(session: Session) -> int:
    """Look at everything that a window can show."""
    shown = 0
    for number in range(1, session.count + 1):
        shown += len(session.packet(number).layers)
        assert session.summary(number).number == number
        session.pending(number)
    list(session.matching("tcp.port == 80 or websocket"))
    assert describe_streams(session)
    return shown


@pytest.mark.parametrize("left", [0, 10, 24, 30, 400, 1500])
@pytest.mark.parametrize("walked", [False, True])
def test_a_file_that_is_cut_under_an_open_session_kills_nothing(echo: Path, left: int, walked: bool) -> None:
    session = open_session(echo)
    assert session.load()
    count, size = session.count, echo.stat().st_size
    whole = walk(session) if walked else 0
    os.truncate(echo, left)
    session.load()
    assert session.count == count
    shown = walk(session)
    assert shown > count
    assert shown == whole or not walked
    assert [str(damage) for damage in session.damages] == [
        f"At byte {left}: The file became shorter while it was open: it had {size} bytes and has {left} now; "
        "packets behind that byte cannot be shown."
    ]
    session.close()


@pytest.mark.parametrize("left", [10, 24, 500, 20_000])
def test_a_file_that_is_cut_while_it_is_indexed_kills_nothing(tmp_path: Path, left: int) -> None:
    source = write(tmp_path, pcap(packets(20_000)))
    session = open_session(source)
    assert not session.load(0)
    os.truncate(source, left)
    while not session.load(0.1):
        pass
    for number in range(1, session.count, 97):
        session.packet(number)
    assert any("became shorter" in damage.text for damage in session.damages)
    session.close()


def test_packets_before_the_cut_are_still_whole(echo: Path) -> None:
    with open(echo, "rb") as file:
        data = file.read()
    session = open_session(echo)
    session.load()
    os.truncate(echo, len(data) // 2)
    second = session.packet(2)
    assert second.sources[0].data in data
    assert len(second.sources[0].data) == second.captured > 0
    last = session.packet(session.count)
    assert last.length > len(last.sources[0].data) == 0
    session.close()


def test_a_file_that_is_replaced_is_said_and_the_open_one_stays(echo: Path, tmp_path: Path) -> None:
    session = open_session(echo)
    session.load()
    expected = [session.summary(number) for number in range(1, session.count + 1)]
    os.replace(write(tmp_path, pcap(packets(3))), echo)
    assert session.load()
    assert [damage.text for damage in session.damages] == [
        "Another file has taken this file's name; shown is the one that was opened, open it again."
    ]
    assert [session.summary(number) for number in range(1, session.count + 1)] == expected
    session.close()


def test_a_file_that_is_taken_away_stays_whole(echo: Path) -> None:
    session = open_session(echo)
    echo.unlink()
    assert session.load()
    assert walk(session) > session.count > 20
    assert session.damages == []
    session.close()


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_file_that_grows_is_followed(tmp_path: Path, make: object) -> None:
    made = packets()
    data = make(made)  # type: ignore[operator]
    source = write(tmp_path, make(made[:4])[:-5])  # type: ignore[operator]
    session = open_session(source)
    assert session.load()
    assert session.count == 3
    assert "ends in the middle" in session.damages[0].text
    with source.open("r+b") as file:
        file.write(data)
    assert session.load()
    assert (session.count, session.damages) == (12, [])
    assert session.packet(12).sources[0].data == made[11].data
    session.close()
