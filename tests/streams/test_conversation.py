"""The boundary pass and what it says of packets, on scripts sent in many ways."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.core.protocol import Cut, Situation
from inspector.engine.registry import registry
from inspector.protocols.http.grammar import HttpGrammar
from inspector.streams import conversation as streams
from inspector.streams.conversation import StreamReader
from inspector.streams.talk import REASSEMBLED
from tests.streams.script import HEADER, WAYS, Row, Talk, bytes_of, grown, plain, split, told

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED += b"3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
UPGRADE = (
    b"GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
MASKED = bytes.fromhex("818537fa213d7f9f4d5158")
HELLO = b"\x81\x05Hello"

SCRIPTS: dict[str, list[tuple[int, bytes]]] = {
    "two exchanges": [(0, GET), (1, OK), (0, POST), (1, CHUNKED)],
    "pipelined": [(0, GET + POST + GET), (1, OK + CHUNKED + OK)],
    "interim": [(0, POST), (1, b"HTTP/1.1 100 Continue\r\n\r\n" + OK)],
    "head": [(0, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), (1, OK[:-5]), (0, GET), (1, OK)],
    "no content": [
        (0, GET),
        (1, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (0, GET),
        (1, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    ],
    "upgrade": [(0, UPGRADE), (1, SWITCHING + HELLO), (0, MASKED + MASKED), (1, HELLO)],
    "upgrade refused": [(0, UPGRADE), (1, OK), (0, GET), (1, OK)],
    "bare line feeds": [(0, GET.replace(b"\r", b"")), (1, OK.replace(b"\r", b""))],
    "empty lines first": [(0, b"\r\n\r\n" + GET), (1, OK)],
    "tunnel": [
        (0, b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"),
        (1, b"HTTP/1.1 200 OK\r\n\r\n"),
        (0, b"\x16\x03\x01"),
    ],
}


def issues(reader: StreamReader, cut: Cut) -> list[str]:
    """The kinds of issues that a message's dissection finds."""
    pdu = reader.pdu(cut)
    return [issue.kind for issue in registry().protocols[pdu.protocol].dissect(pdu.view, Situation(pdu.facts)).issues]


def test_each_packet_tells_its_messages() -> None:
    rows = plain([(0, GET[:10]), (0, GET[10:]), (1, OK + OK[:20]), (1, OK[20:])])
    reader = Talk(rows).reader()
    assert reader.advance()
    placed = {number: reader.placed(number) for number in range(1, 7)}
    assert [len(found.pdus) for found in placed.values()] == [0, 0, 0, 1, 1, 1]
    assert (placed[3].segment, placed[3].reassembled_in) == (True, 4)
    assert (placed[4].segment, placed[5].segment, placed[5].reassembled_in) == (False, True, 6)
    whole, joined = placed[5].pdus[0].view, placed[4].pdus[0].view
    assert (whole.source.name, whole.source.packet, whole.start) == ("record", 5, len(HEADER))
    assert whole.data == OK
    assert (joined.source.name, joined.data) == (REASSEMBLED, GET)
    assert joined.source.packets == (3, 4)
    assert {found.claimed for found in placed.values()} == {"http"}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("way", WAYS)
def test_the_same_messages_whatever_the_segments_are(name: str, way: str) -> None:
    rows = plain(SCRIPTS[name])
    straight, other = Talk(rows).reader(), Talk(WAYS[way](rows)).reader()
    assert told(other) == told(straight)
    assert {(cut.side, bytes_of(other, cut)) for cut in other.cuts()} == {
        (cut.side, bytes_of(straight, cut)) for cut in straight.cuts()
    }


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("way", WAYS)
def test_placed_and_cuts_agree(name: str, way: str) -> None:
    talk = Talk(WAYS[way](plain(SCRIPTS[name])))
    reader = talk.reader()
    reader.advance()
    numbers = range(1, len(talk.records()) + 1)
    placed = [(number, pdu.view.data) for number in numbers for pdu in reader.placed(number).pdus]
    assert sorted(placed) == sorted((cut.packet, bytes_of(reader, cut)) for cut in reader.cuts())


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("step", [1, 3])
def test_a_growing_capture_comes_to_the_same(name: str, step: int) -> None:
    talk = Talk(split(plain(SCRIPTS[name]), 9))
    last = list(grown(talk, step))[-1]
    assert told(last) == told(talk.reader())


@pytest.mark.parametrize("name", SCRIPTS)
def test_time_slices_come_to_the_same(name: str) -> None:
    talk = Talk(split(plain(SCRIPTS[name]), 3))
    reader, slices = talk.reader(), 0
    while not reader.advance(0.0):
        slices += 1
        assert slices < 10_000
    assert told(reader) == told(talk.reader())
    assert reader.progress == 1.0


def test_a_packet_waits_while_the_pass_has_not_come_to_it() -> None:
    talk = Talk(plain([(0, GET), (1, OK)] * 300))
    reader = talk.reader()
    assert not reader.advance(0.0)
    last = len(talk.records())
    assert reader.placed(last).pending.startswith("Looking for where this message begins")
    assert reader.placed(3).pdus
    reader.advance()
    assert reader.placed(last).pdus


def test_cutting_again_from_checkpoints_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk(
        plain([*SCRIPTS["two exchanges"], *SCRIPTS["pipelined"]] * 20 + SCRIPTS["upgrade"] * 1 + [(1, HELLO)] * 40)
    )
    straight = talk.reader()
    straight.advance()
    monkeypatch.setattr(streams, "CHECKPOINT_BYTES", 0)
    monkeypatch.setattr(streams, "CHECKPOINT_PDUS", 3)
    often = talk.reader()
    often.advance()
    assert len(often._checkpoints) > 30 > len(straight._checkpoints)
    for number in talk.records():
        few, many = straight.placed(number), often.placed(number)
        assert [pdu.view.data for pdu in few.pdus] == [pdu.view.data for pdu in many.pdus]
        assert [dict(pdu.facts) for pdu in few.pdus] == [dict(pdu.facts) for pdu in many.pdus]
        assert (few.segment, few.reassembled_in, few.claimed) == (many.segment, many.reassembled_in, many.claimed)


def test_a_body_is_hopped_over_and_a_hole_in_it_loses_no_message() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b"x" * 10000
    rows = split(plain([(0, GET), (1, big), (0, GET), (1, OK)]), 1000)
    lost = [row for row in rows if not (row[0] == 1 and row[1] == 5000)]
    reader = Talk(lost).reader()
    assert told(reader) == [
        ("http", 0, 0, len(GET), True),
        ("http", 0, len(GET), 2 * len(GET), True),
        ("http", 1, 0, len(big), False),
        ("http", 1, len(big), len(big) + len(OK), True),
    ]
    assert [cut.before.guessed for cut in reader.cuts()] == [False] * 4


def test_after_a_hole_in_a_head_http_goes_on_at_the_next_message_as_a_guess() -> None:
    rows = plain([(0, GET), (0, GET), (0, GET), (1, OK), (1, OK), (1, OK)])
    rows[1] = (0, len(GET), GET[:9], rows[1][3])
    reader = Talk(rows).reader()
    assert [(cut.start, cut.complete, cut.before.guessed) for cut in reader.cuts() if cut.side == 0] == [
        (0, True, False),
        (len(GET), False, False),
        (2 * len(GET), True, True),
    ]
    assert [issues(reader, cut) for cut in reader.cuts() if cut.side == 0] == [[], ["truncated"], ["guess"]]


def test_a_hole_that_closes_later_is_no_hole() -> None:
    rows = split(plain([(0, GET), (1, CHUNKED), (0, GET), (1, OK)]), 20)
    late = rows.pop(3)
    talk = Talk([*rows, late])
    assert told(talk.reader()) == told(Talk(plain([(0, GET), (1, CHUNKED), (0, GET), (1, OK)])).reader())
    assert told(list(grown(talk, 2))[-1]) == told(talk.reader())


def test_what_is_not_finished_is_told_with_complete_false() -> None:
    reader = Talk(plain([(0, GET), (1, CHUNKED[:80])])).reader()
    assert told(reader)[-1] == ("http", 1, 0, 80, False)
    assert reader.placed(4).pdus[0].view.data == CHUNKED[:80]


def test_a_body_until_the_connection_closes_ends_with_the_fin() -> None:
    body = b"HTTP/1.0 200 OK\r\n\r\nuntil the end"
    rows = plain([(0, GET), (1, body[:25]), (1, body[25:])], fin=True)
    reader = Talk(rows).reader()
    reader.advance()
    assert reader.placed(6).pdus[0].view.data == body
    assert [reader.placed(number).reassembled_in for number in (4, 5)] == [6, 6]
    assert [cut.complete for cut in reader.cuts()] == [True, True]


def test_roles_are_read_off_the_bytes_when_there_is_no_syn() -> None:
    rows = [(1 - side, offset, data, flags) for side, offset, data, flags in plain([(0, GET), (1, OK)])]
    reader = Talk(rows, opened=False).reader()
    assert [(cut.side, bytes_of(reader, cut)) for cut in reader.cuts()] == [(0, GET), (1, OK)]
    assert reader.talk.swapped


def test_http_is_recognised_on_any_port_and_nothing_else_is() -> None:
    assert Talk(plain([(0, GET), (1, OK)]), ports=(40000, 31600)).reader().advance()
    reader = Talk(plain([(0, GET), (1, OK)]), ports=(40000, 31600)).reader()
    assert len(list(reader.cuts())) == 2
    other = Talk(plain([(0, b"\x00\x01\x02\x03" * 20)]), ports=(40000, 31600)).reader()
    assert list(other.cuts()) == []
    assert other.claimed == ""


def test_a_websocket_without_its_beginning_is_guessed() -> None:
    rows = plain([(1, HELLO + HELLO), (0, MASKED), (0, MASKED), (1, HELLO)])
    reader = Talk(rows, opened=False).reader()
    cuts = list(reader.cuts())
    assert [cut.protocol for cut in cuts] == ["websocket"] * 5
    assert all(cut.before.side.guessed for cut in cuts)
    assert list(Talk(rows, opened=False, ports=(40000, 5222)).reader().cuts()) == []


def test_after_a_hole_websocket_goes_on_where_four_frames_fit() -> None:
    rows = plain([*SCRIPTS["upgrade"], (1, HELLO), (1, HELLO * 2), (1, HELLO * 4), (1, HELLO * 5)])
    gone = [row for row in rows if row != rows[-3]]
    gone[-3] = (*gone[-3][:2], HELLO[:1], gone[-3][3])
    reader = Talk(gone).reader()
    server = [cut for cut in reader.cuts("websocket") if cut.side == 1]
    assert [cut.before.side.guessed for cut in server] == [False] * 2 + [True] * 9
    assert [issues(reader, cut) for cut in server] == [[]] * 2 + [["guess"]] * 9


def test_a_capture_that_cuts_its_packets() -> None:
    talk = Talk(plain([(0, GET), (1, OK + b""), (0, POST), (1, OK)]), snap=40)
    reader = talk.reader()
    assert [(cut.side, cut.complete) for cut in reader.cuts()] == [(0, True), (1, False), (0, False), (1, False)]


def test_nothing_is_remembered_of_more_streams_than_the_last_eight() -> None:
    readers = [Talk(plain([(0, GET)])).reader() for _ in range(10)]
    for reader in readers:
        reader.advance()
        reader.talk.memory["x"] = 1
        reader.placed(3)
    assert [bool(reader.talk.memory) for reader in readers] == [False] * 2 + [True] * 8


ANYTHING = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [GET, OK, POST, CHUNKED, UPGRADE, SWITCHING, HELLO, MASKED, CHUNKED[:70], b"HTTP/1.1 2", b"\r\n", b"5\r\n"]
    ),
)


def _guesses(reader: StreamReader) -> bool:
    """Whether HTTP had to search for a message: where it finds one depends on the segments."""
    grammar = HttpGrammar()
    states = [found.after for found in grammar.cut(reader.talk, grammar.begin((0, 0), {}))]
    return any(side.guessed for state in states for side in state.sides)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 1), ANYTHING), max_size=10), st.sampled_from(sorted(WAYS)), st.booleans())
def test_no_bytes_make_it_raise_and_every_way_comes_to_the_same(
    parts: list[tuple[int, bytes]], way: str, opened: bool
) -> None:
    rows: list[Row] = [row for row in plain(parts) if row[2]]
    straight = Talk(rows, opened=True).reader()
    other = Talk(WAYS[way](rows), opened=True)
    reader = other.reader()
    if not _guesses(straight):
        assert told(reader) == told(straight)
    loose = Talk(WAYS[way](rows), opened=opened).reader()
    loose.advance()
    for number in other.records():
        for pdu in loose.placed(number).pdus:
            registry().protocols[pdu.protocol].dissect(pdu.view, Situation(pdu.facts))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 200), max_size=6), st.sampled_from(sorted(SCRIPTS)), st.integers(1, 30))
def test_no_loss_makes_it_raise(gone: list[int], name: str, size: int) -> None:
    rows = split(plain(SCRIPTS[name]), size)
    kept = [row for index, row in enumerate(rows) if index not in {number % len(rows) for number in gone}]
    talk = Talk(kept)
    reader = talk.reader()
    for cut in reader.cuts():
        pdu = reader.pdu(cut)
        registry().protocols[pdu.protocol].dissect(pdu.view, Situation(pdu.facts))
    for number in talk.records():
        reader.placed(number)


def test_first_bytes_that_were_too_few_are_judged_again() -> None:
    talk = Talk(split(plain([(0, GET), (1, OK)]), 2), ports=(40000, 31600))
    claimed = [reader.claimed for reader in grown(talk, 1)]
    assert claimed[3] == ""
    assert claimed[-1] == "http"
