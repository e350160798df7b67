"""HTTP/1 messages: heads, bodies with every coding, pairing, and what breaks the rules."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.layer import Layer
from inspector.core.protocol import Situation
from inspector.core.source import Source, View
from inspector.protocols.http import body
from inspector.protocols.http.dissect import dissect
from inspector.protocols.http.fields import HEADERS
from inspector.streams.conversation import StreamReader
from tests.streams.script import Talk, plain

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


def read(data: bytes, **facts: object) -> Layer:
    return dissect(Source("record", data, packet=1).view(), Situation(facts))


def response(content: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def conversation(*parts: tuple[int, bytes], fin: bool = False) -> StreamReader:
    reader = Talk(plain(parts, fin=fin)).reader()
    reader.advance()
    return reader


def facts(reader: StreamReader) -> list[dict[str, object]]:
    return [dict(reader.pdu(cut).facts) for cut in reader.cuts("http")]


def body_of(layer: Layer) -> bytes:
    view = layer.facts["body"]
    assert isinstance(view, View)
    return view.data


def assert_tiles(layer: Layer) -> None:
    """The leaves of each source that the layer reads cover it without gap or overlap (the body may go to a child)."""
    runs: dict[int, list[tuple[int, int]]] = {}
    for leaf in layer.leaves():
        if leaf.at is not None and leaf.width:
            runs.setdefault(id(leaf.source), []).append((leaf.at, leaf.at + leaf.width))
    for found in runs.values():
        found.sort()
        assert all(before[1] == after[0] for before, after in pairwise(found)), found


def test_a_request_with_all_its_fields() -> None:
    data = (
        b"GET /path/x?a=1&b=%20&c HTTP/1.1\r\nHost: example.com:3000\r\nCookie: id=7; theme=dark\r\n"
        b"Authorization: Basic dTpw\r\nOrigin: http://o\r\nX-Unknown: y\r\n\r\n"
    )
    layer = read(data)
    assert layer.value("http.request.method") == "GET"
    assert layer.value("http.request.uri.path") == "/path/x"
    assert layer.values("http.request.uri.query.parameter") == ["a=1", "b=%20", "c"]
    assert layer.value("http.request.full_uri") == "http://example.com:3000/path/x?a=1&b=%20&c"
    assert layer.values("http.cookie_pair") == ["id=7", "theme=dark"]
    assert layer.value("http.authbasic") == "u:p"
    assert layer.value("http.origin") == "http://o"
    assert layer.values("http.request.line")[-1] == "X-Unknown: y\r\n"
    assert len(layer.values("http.request.line")) == 5
    pair = [node for node in layer.walk() if node.spec.name == "http.cookie_pair"][1]
    assert pair.raw == b"theme=dark"
    assert layer.issues == []
    assert_tiles(layer)


def test_a_response_without_a_phrase() -> None:
    layer = read(b"HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n")
    assert layer.value("http.response.code") == 101
    assert layer.value("http.response.code.desc") == "Switching Protocols"
    assert layer.value("http.response.phrase") is None
    assert_tiles(layer)


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("content", [b"hello " * 500, b"", b"x"])
def test_content_codings_are_undone_with_their_origins(name: str, content: bytes) -> None:
    coded = CODINGS[name](content)
    data = response(coded, f"Content-Encoding: {name}", "Content-Type: text/plain")
    layer = read(data)
    assert layer.issues == []
    if content:
        assert body_of(layer) == content
        (handover,) = layer.carries
        assert handover.view.source.name == f"Inflated ({name})"
        (place,) = handover.view.source.trace(0, 1)
        assert data[place.start : place.start + place.length] == coded
    assert_tiles(layer)


def test_raw_deflate_is_understood_too() -> None:
    packer = zlib.compressobj(wbits=-15)
    coded = packer.compress(b"hello " * 50) + packer.flush()
    assert body_of(read(response(coded, "Content-Encoding: deflate"))) == b"hello " * 50


def test_a_gzip_body_of_two_members_and_two_codings() -> None:
    coded = zlib.compress(gzip.compress(b"one ") + gzip.compress(b"two"))
    assert body_of(read(response(coded, "Content-Encoding: gzip, deflate"))) == b"one two"


@pytest.mark.parametrize("name", CODINGS)
def test_a_bomb_is_capped_and_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "INFLATED_AT_MOST", 5000)
    layer = read(response(CODINGS[name](b"a" * 1_000_000), f"Content-Encoding: {name}"))
    assert body_of(layer) == b"a" * 5000
    assert any("only its beginning is shown" in issue.text for issue in layer.issues)


@pytest.mark.parametrize("name", CODINGS)
def test_damaged_codings_say_so(name: str) -> None:
    coded = CODINGS[name](bytes(range(256)) * 40)
    layer = read(response(coded[: len(coded) // 2], f"Content-Encoding: {name}"))
    assert layer.issues
    assert all(issue.kind == "malformed" for issue in layer.issues)


def test_chunks_extensions_and_trailers() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n2\nde\n0\r\nX-Sum: 1\r\n\r\n"
    layer = read(data)
    assert layer.values("http.chunk_size") == [3, 2, 0]
    assert layer.values("http.chunk_data") == [b"abc", b"de"]
    assert layer.values("http.chunked_trailer_part") == ["X-Sum: 1\r\n"]
    assert body_of(layer) == b"abcde"
    (handover,) = layer.carries
    assert handover.view.source.name == "Dechunked"
    (place,) = handover.view.source.trace(3, 2)
    assert data[place.start : place.start + place.length] == b"de"
    assert layer.issues == []
    assert_tiles(layer)


def test_chunked_and_gzipped() -> None:
    coded = gzip.compress(b'{"a": 1}')
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (5, coded[:5], len(coded) - 5, coded[5:])
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/ld+json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    layer = read(head + chunks)
    assert body_of(layer) == b'{"a": 1}'
    claims = [tuple(claim) for claim in layer.carries[0].claims]
    assert claims == [("media_type", "application/ld+json"), ("media_type", "application/json")]
    assert_tiles(layer)


@pytest.mark.parametrize(
    "bad", [b"zz\r\nabc", b"3\r\nabcX\r\n0\r\n\r\n", b"-1\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"5\r\nabc"]
)
def test_broken_chunks_are_said(bad: bytes) -> None:
    layer = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + bad)
    assert layer.issues
    assert layer.issues[0].field == "http.chunk_size"


@pytest.mark.parametrize(
    "headers, said",
    [
        ("Content-Length: 3\r\nContent-Length: 4", "Content-Length says 3 and 4"),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", "must not stand beside Transfer-Encoding"),
        ("Content-Length: abc", "should be one number"),
        ("Transfer-Encoding: gzip", "last transfer coding must be chunked"),
        ("Host : x", "directly followed by a colon"),
        ("X-A: 1\r\n  folded", "must not go on in a next line"),
        ("Authorization: Basic !!!", "should be in Base64"),
        ("Host: second", "must have one Host field, this has 2"),
    ],
)
def test_what_breaks_the_rules_is_said(headers: str, said: str) -> None:
    layer = read(f"POST / HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n".encode())
    assert any(said in issue.text for issue in layer.issues), layer.issues


def test_a_folded_field_is_joined() -> None:
    layer = read(b"GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: one\r\n  two\r\n\r\n")
    assert layer.value("http.user_agent") == "one  two"
    assert_tiles(layer)


def test_pairs_numbers_and_times() -> None:
    ok = response(b"x")
    first, answer, second, last = facts(conversation((0, GET), (1, ok), (0, GET.replace(b"/a", b"/b")), (1, ok)))
    assert (first["http.request_number"], first["http.response_in"], first["http.next_request_in"]) == (1, 4, 5)
    assert first["http.prev_request_in"] is None
    assert answer["http.request_in"] == 3
    assert answer["http.time"] == 1_000_000
    assert answer["http.response_for.uri"] == "http://h/a"
    assert (answer["http.next_request_in"], answer["http.next_response_in"]) == (5, 6)
    assert (second["http.prev_request_in"], second["http.response_in"]) == (3, 6)
    assert (last["http.response_number"], last["http.prev_response_in"], last["http.prev_request_in"]) == (2, 4, 3)
    assert last["http.response_for.uri"] == "http://h/b"


def test_pipelined_requests_are_paired_in_order() -> None:
    head = b"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n"
    said = response(b"abc")
    parts = conversation((0, GET + head + GET), (1, said + said[:-3] + said))
    paired = [(fact["http.response_number"], fact["http.response_for.uri"]) for fact in facts(parts) if fact["side"]]
    assert paired == [(1, "http://h/a"), (2, "http://h/h"), (3, "http://h/a")]


def test_an_interim_response_leaves_its_request_waiting() -> None:
    going = b"HTTP/1.1 100 Continue\r\n\r\n"
    told = facts(conversation((0, GET), (1, going), (1, response(b"x")), (0, GET), (1, response(b"y"))))
    assert [fact.get("http.request_in") for fact in told] == [None, 3, 3, None, 6]
    assert told[0]["http.response_in"] == 5


def test_an_early_answer_is_paired_with_the_request_that_is_still_being_sent() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc"
    reader = conversation((0, head), (1, response(b"too large")), (0, b"def"), (0, GET), (1, response(b"x")))
    assert [(cut.side, cut.packet, cut.before.number) for cut in reader.cuts()] == [
        (1, 4, 1),
        (0, 5, 1),
        (0, 6, 2),
        (1, 7, 2),
    ]


def test_a_body_is_offered_to_who_claims_its_type() -> None:
    talk = Talk(plain([(0, GET), (1, response(b'{"a": [1, 2]}', "Content-Type: application/json"))]))
    reader = talk.reader()
    reader.advance()
    pdu = reader.placed(4).pdus[0]
    assert pdu.view.data.endswith(b"]}")
    layer = dissect(pdu.view, Situation(pdu.facts))
    (handover,) = layer.carries
    assert handover.node is not None
    assert handover.node.spec.name == "http.file_data"
    assert tuple(handover.claims[0]) == ("media_type", "application/json")


def test_connect_names_its_target() -> None:
    layer = read(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
    assert layer.value("http.proxy_connect_host") == "example.com"
    assert layer.value("http.proxy_connect_port") == 443


def test_all_header_names_are_distinct() -> None:
    names = [spec.name for spec in HEADERS.values()]
    assert len(names) == len(set(names))


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_make_it_raise(data: bytes, complete: bool) -> None:
    read(data, complete=complete)
    read(b"HTTP/1.1 200 OK\r\n" + data, complete=complete)
    layer = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data, complete=complete)
    assert_tiles(layer)


@given(
    st.lists(
        st.sampled_from([b"Host: h", b"Cookie: a=1;;b", b" folded", b"no colon", b": empty", b"X:\xff", b""]),
        max_size=8,
    )
)
def test_any_header_fields_tile(fields: list[bytes]) -> None:
    assert_tiles(read(b"GET / HTTP/1.1\r\n" + b"\r\n".join(fields) + b"\r\n\r\n"))
