"""WebSocket frames and messages: the vectors of RFC 6455 and 7692, every broken rule, and the websockets library."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from inspector.core.layer import Layer
from inspector.core.protocol import Situation
from inspector.core.source import Source
from inspector.protocols.websocket import extension
from inspector.protocols.websocket.dissect import dissect
from inspector.protocols.websocket.extension import Deflate, Inflater, negotiated
from inspector.protocols.websocket.message import unmask
from inspector.streams.conversation import StreamReader
from tests.streams.script import Talk, plain, split

UPGRADE = b"GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
KEY = bytes.fromhex("37fa213d")


def switching(extensions: str = "", subprotocol: str = "") -> bytes:
    head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    if extensions:
        head += f"Sec-WebSocket-Extensions: {extensions}\r\n"
    if subprotocol:
        head += f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
    return (head + "\r\n").encode()


def frame(payload: bytes, opcode: int = 1, *, fin: bool = True, rsv: int = 0, mask: bool = False) -> bytes:
    size = len(payload)
    first = bytes([fin << 7 | rsv << 4 | opcode])
    length = (
        bytes([mask << 7 | size])
        if size < 126
        else bytes([mask << 7 | 126]) + size.to_bytes(2, "big")
        if size < 65536
        else bytes([mask << 7 | 127]) + size.to_bytes(8, "big")
    )
    return first + length + (KEY + unmask(payload, KEY) if mask else payload)


def alone(data: bytes, **facts: object) -> Layer:
    """A frame dissected by itself."""
    return dissect(Source("record", data, packet=1).view(), Situation(facts))


def conversation(*parts: tuple[int, bytes], extensions: str = "", subprotocol: str = "") -> StreamReader:
    reader = Talk(plain([(0, UPGRADE), (1, switching(extensions, subprotocol)), *parts])).reader()
    reader.advance()
    return reader


def layers(reader: StreamReader) -> list[Layer]:
    found = []
    for cut in reader.cuts("websocket"):
        pdu = reader.pdu(cut)
        found.append(dissect(pdu.view, Situation(pdu.facts, number=cut.packet)))
    return found


def broken(layer: Layer) -> list[str]:
    return [item.rule.removeprefix("websocket.") for item in layer.facts.get("rules", [])]  # type: ignore[attr-defined]


def text(layer: Layer) -> object:
    return layer.value("websocket.payload.text")


class TestVectors:
    """RFC 6455 section 5.7."""

    def test_unmasked_text(self) -> None:
        layer = alone(bytes.fromhex("810548656c6c6f"))
        assert text(layer) == "Hello"
        assert layer.issues == []

    def test_masked_text(self) -> None:
        layer = alone(bytes.fromhex("818537fa213d7f9f4d5158"), side=0)
        assert text(layer) == "Hello"
        node = next(node for node in layer.walk() if node.spec.name == "websocket.payload.text")
        assert node.source is not None
        assert node.source.name == "Unmasked"
        assert [(place.packet, place.start, place.length) for place in node.source.trace(1, 2)] == [(1, 7, 2)]
        assert layer.issues == []

    def test_fragmented_text(self) -> None:
        reader = conversation((1, bytes.fromhex("010348656c")), (1, bytes.fromhex("80026c6f")))
        first, last = layers(reader)
        assert text(first) is None
        assert text(last) == "Hello"
        assert last.values("websocket.fragment") == [5, 6]
        assert last.value("websocket.fragment.count") == 2
        assert last.value("websocket.reassembled.length") == 5
        assert broken(first) == broken(last) == []

    def test_ping_and_masked_pong(self) -> None:
        ping = alone(bytes.fromhex("890548656c6c6f"), side=1)
        pong = alone(bytes.fromhex("8a8537fa213d7f9f4d5158"), side=0)
        assert ping.value("websocket.payload.ping") == pong.value("websocket.payload.pong") == b"Hello"

    @pytest.mark.parametrize("size, head", [(256, "827e0100"), (65536, "827f0000000000010000")])
    def test_long_binary(self, size: int, head: str) -> None:
        data = random.Random(1).randbytes(size)
        layer = alone(bytes.fromhex(head) + data)
        assert layer.value("websocket.payload.binary") == data
        assert layer.issues == []


class TestDeflate:
    """RFC 7692 section 7.2.3."""

    def run(self, *payloads: str, extensions: str = "permessage-deflate") -> list[object]:
        parts = [(1, frame(bytes.fromhex(payload), rsv=4)) for payload in payloads]
        return [text(layer) for layer in layers(conversation(*parts, extensions=extensions))]

    def test_one_block(self) -> None:
        assert self.run("f248cdc9c90700") == ["Hello"]

    def test_two_fragments(self) -> None:
        first = frame(bytes.fromhex("f248cd"), rsv=4, fin=False)
        last = frame(bytes.fromhex("c9c90700"), 0)
        found = layers(conversation((1, first), (1, last), extensions="permessage-deflate"))
        assert [text(layer) for layer in found] == [None, "Hello"]

    def test_the_window_goes_on(self) -> None:
        assert self.run("f248cdc9c90700", "f200110000") == ["Hello", "Hello"]

    def test_without_takeover_each_message_is_alone(self) -> None:
        agreed = "permessage-deflate; server_no_context_takeover"
        assert self.run("f248cdc9c90700", "f248cdc9c90700", extensions=agreed) == ["Hello", "Hello"]

    def test_a_block_without_compression(self) -> None:
        assert self.run("000500faff48656c6c6f00") == ["Hello"]

    def test_a_last_block(self) -> None:
        assert self.run("f348cdc9c9070000", "f248cdc9c90700") == ["Hello", "Hello"]

    def test_two_blocks_in_one_message(self) -> None:
        assert self.run("f248050000 00ffffcac9c90700".replace(" ", "")) == ["Hello"]

    def test_what_was_agreed_on(self) -> None:
        answer = 'x, permessage-deflate; client_no_context_takeover; server_max_window_bits="10"'
        assert negotiated(answer) == Deflate(False, True, 10, 15)
        assert negotiated("permessage-bzip2") is None

    def test_plain_and_compressed_messages_mixed_and_a_middle_one_looked_at_first(self) -> None:
        packer = zlib.compressobj(wbits=-15)
        said = [f'{{"type": "chat", "n": {number}}}' for number in range(60)]
        frames = []
        for number, words in enumerate(said):
            data = words.encode()
            if number % 5 != 4:
                data = (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
            frames.append((1, frame(data, rsv=4 if number % 5 != 4 else 0)))
        reader = conversation(*frames, extensions="permessage-deflate")
        cuts = list(reader.cuts("websocket"))
        order = [40, 3, 59, 0, 41, 30]
        for number in order:
            pdu = reader.pdu(cuts[number])
            assert text(dissect(pdu.view, Situation(pdu.facts))) == said[number]

    def test_a_bomb_is_capped_and_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(extension.Inflater.message, "__defaults__", (1000,))
        packer = zlib.compressobj(9, wbits=-15)
        bomb = (packer.compress(b"a" * 100_000) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
        after = (packer.compress(b"a" * 20) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
        reader = conversation((1, frame(bomb, rsv=4)), (1, frame(after, rsv=4)), extensions="permessage-deflate")
        first, second = layers(reader)
        assert broken(first) == ["inflate-capped"]
        assert text(first) == "a" * 1000
        assert text(second) == "a" * 20

    def test_a_message_that_inflates_without_end_loses_the_context(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(extension, "WORKED_AT_MOST", 1 << 20)
        packer = zlib.compressobj(9, wbits=-15)
        inflater = Inflater()
        inflater.message((packer.compress(b"a" * (4 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4])
        assert "what follows it is lost" in inflater.message(b"\xf2\x48\xcd\xc9\xc9\x07\x00").problem

    def test_damage_is_said_and_what_follows_too(self) -> None:
        parts = [(1, frame(b"\xff\xff\xff", rsv=4)), (1, frame(bytes.fromhex("f248cdc9c90700"), rsv=4))]
        first, second = layers(conversation(*parts, extensions="permessage-deflate"))
        assert broken(first) == ["inflate-failed"]
        assert "context is lost" in second.issues[0].text

    @pytest.mark.parametrize("takeover", [True, False])
    def test_the_websockets_library_agrees(self, takeover: bool) -> None:
        chance = random.Random(7)
        sender = PerMessageDeflate(not takeover, not takeover, 15, 15)
        said, parts = [], []
        for number in range(40):
            words = " ".join(chance.choice(["alpha", "beta", "gamma", "né"]) for _ in range(number + 1))
            made = Frame(Opcode.TEXT, words.encode())
            parts.append((0, made.serialize(mask=True, extensions=[sender])))
            said.append(words)
        agreed = "permessage-deflate" + ("" if takeover else "; client_no_context_takeover; server_no_context_takeover")
        assert [text(layer) for layer in layers(conversation(*parts, extensions=agreed))] == said


RULES = {
    "client-frame-unmasked": [(0, frame(b"x"))],
    "server-frame-masked": [(1, frame(b"x", mask=True))],
    "rsv-without-extension": [(1, frame(b"x", rsv=1))],
    "opcode-reserved": [(1, frame(b"x", 3))],
    "control-too-long": [(1, frame(b"x" * 126, 9))],
    "control-fragmented": [(1, frame(b"x", 9, fin=False))],
    "continuation-orphan": [(1, frame(b"x", 0))],
    "length-not-minimal": [(1, b"\x81\x7e\x00\x01x")],
    "text-invalid-utf8": [(1, frame(b"ab\xff"))],
    "close-code-invalid": [(1, frame(b"\x03\xed", 8))],
    "close-payload-one-byte": [(1, frame(b"\x03", 8))],
    "close-reason-invalid-utf8": [(1, frame(b"\x03\xe8\xff", 8))],
}


@pytest.mark.parametrize("rule", RULES)
def test_each_broken_rule_is_named_once_and_with_its_section(rule: str) -> None:
    (layer,) = layers(conversation(*RULES[rule]))
    assert broken(layer) == [rule]
    assert "(RFC 6455 " in layer.issues[0].text


def test_rules_that_need_what_came_before() -> None:
    begun = [(1, frame(b"x", fin=False)), (1, frame(b"y"))]
    assert [broken(layer) for layer in layers(conversation(*begun))] == [[], ["message-interrupted"]]
    ended = [(1, frame(b"\x03\xe8", 8)), (1, frame(b"y"))]
    assert [broken(layer) for layer in layers(conversation(*ended))] == [[], ["data-after-close"]]
    packed = [(1, frame(b"", rsv=4, fin=False)), (1, frame(b"\0", 0, rsv=4))]
    assert broken(layers(conversation(*packed, extensions="permessage-deflate"))[1]) == ["rsv-without-extension"]


def test_the_top_bit_of_a_long_length() -> None:
    layer = alone(b"\x82\x7f" + (1 << 63).to_bytes(8, "big") + b"x", side=1)
    assert broken(layer) == ["length-top-bit"]
    assert [issue.kind for issue in layer.issues] == ["malformed", "truncated"]


def test_what_is_allowed_breaks_no_rule() -> None:
    parts = [
        (0, frame(b"", mask=True)),
        (1, frame(b"x" * 125, 9)),
        (0, frame(b"half", 2, fin=False, mask=True)),
        (0, frame(b"ping", 9, mask=True)),
        (0, frame(b"", 0, mask=True)),
        (1, frame(b"\x0f\xa0private", 8)),
        (0, frame(b"", 8, mask=True)),
    ]
    assert [broken(layer) for layer in layers(conversation(*parts))] == [[]] * 7


def test_fragments_of_both_directions_are_kept_apart() -> None:
    parts = [
        (0, frame(b"cl", fin=False, mask=True)),
        (1, frame(b"ser", fin=False)),
        (0, frame(b"ient", 0, mask=True)),
        (1, frame(b"ver", 0)),
    ]
    assert [text(layer) for layer in layers(conversation(*parts))] == [None, None, "client", "server"]


def test_a_message_is_handed_on_by_subprotocol_and_by_first_bytes() -> None:
    (layer,) = layers(conversation((1, frame(b'{"a": 1}')), subprotocol="chat.v1"))
    (handover,) = layer.carries
    assert [tuple(claim) for claim in handover.claims] == [
        ("websocket.payload", "text"),
        ("http.sec_websocket_protocol", "chat.v1"),
    ]
    assert handover.view.data == b'{"a": 1}'


def test_a_frame_over_many_segments_and_many_in_one() -> None:
    data = b"".join(frame(bytes([65 + number]) * number) for number in range(20))
    rows = split(plain([(0, UPGRADE), (1, switching() + data)]), 13)
    found = layers(Talk(rows).reader())
    assert [text(layer) or "" for layer in found] == [chr(65 + number) * number for number in range(20)]


@given(st.binary(max_size=80), st.integers(0, 1), st.booleans())
def test_no_bytes_make_it_raise(data: bytes, side: int, agreed: bool) -> None:
    reader = conversation((side, data), extensions="permessage-deflate" if agreed else "")
    for layer in layers(reader):
        assert layer.name == "websocket"
    alone(data)


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_unmasking_is_byte_by_byte_xor(data: bytes, key: bytes) -> None:
    assert unmask(data, key) == bytes(byte ^ key[index % 4] for index, byte in enumerate(data))
