"""The sparing extension: which frames it compresses, and that the other end understands them."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from inspector.lab.sparing import WORTH_COMPRESSING, SparingDeflate

LONG = b"a" * WORTH_COMPRESSING
SHORT = b"a" * (WORTH_COMPRESSING - 1)


def pair() -> tuple[SparingDeflate, SparingDeflate]:
    return SparingDeflate(False, False, 12, 12), SparingDeflate(False, False, 12, 12)


@pytest.mark.parametrize(("data", "compressed"), [(LONG, True), (SHORT, False), (b"", False)])
def test_only_what_is_long_is_compressed(data: bytes, compressed: bool) -> None:
    sender, receiver = pair()
    frame = sender.encode(Frame(Opcode.TEXT, data))
    assert frame.rsv1 is compressed
    assert bytes(receiver.decode(frame).data) == data
    assert receiver.arrived_compressed is compressed


def test_all_frames_of_a_message_go_the_same_way() -> None:
    sender, receiver = pair()
    first = sender.encode(Frame(Opcode.TEXT, SHORT, fin=False))
    ping = sender.encode(Frame(Opcode.PING, LONG))
    rest = sender.encode(Frame(Opcode.CONT, LONG * 4))
    assert [frame.rsv1 for frame in (first, ping, rest)] == [False] * 3
    assert (bytes(ping.data), bytes(rest.data)) == (LONG, LONG * 4)
    assert b"".join(bytes(receiver.decode(frame).data) for frame in (first, rest)) == SHORT + LONG * 4


def test_context_is_kept_over_a_plain_message() -> None:
    sender, receiver = pair()
    message = bytes(range(200))
    first, plain, again = (sender.encode(Frame(Opcode.BINARY, data)) for data in (message, SHORT, message))
    assert len(again.data) < len(first.data) // 10
    assert [bytes(receiver.decode(frame).data) for frame in (first, plain, again)] == [message, SHORT, message]
