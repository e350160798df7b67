"""Captures made for the tests of the index: packets built by hand, and conversations that go wrong at random."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
BEGIN = 1_600_000_000 * 1_000_000_000
MOD = 0xFFFFFFFF
RAW = 101

Packets = list[tuple[int, bytes]]


def ip(
    source: bytes, destination: bytes, payload: bytes, proto: int = 6, options: bytes = b"", flags: int = 0
) -> bytes:
    """An IPv4 packet without a checksum; `flags` are the fragment bits and offset."""
    words = 5 + len(options) // 4
    size = words * 4 + len(payload)
    return (
        struct.pack(">BBHHHBBH", 0x40 | words, 0, size, 1, flags, 64, proto, 0)
        + source
        + destination
        + options
        + payload
    )


def ipv6(source: bytes, destination: bytes, payload: bytes, proto: int = 6) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(payload), proto, 64) + source + destination + payload


def tcp(
    source: int,
    destination: int,
    seq: int,
    ack: int,
    flags: int,
    window: int = 1000,
    data: bytes = b"",
    options: bytes = b"",
) -> bytes:
    options += b"\1" * (-len(options) % 4)
    words = 5 + len(options) // 4
    numbers = source, destination, seq & MOD, ack & MOD, words << 4, flags, window, 0, 0
    return struct.pack(">HHIIBBHHH", *numbers) + options + data


def udp(source: int, destination: int, data: bytes = b"") -> bytes:
    return struct.pack(">HHHH", source, destination, 8 + len(data), 0) + data


def pcap(packets: Iterable[tuple[int, bytes]], link: int = RAW, snaplen: int = 262_144) -> bytes:
    """A nanosecond pcap file; of each packet `snaplen` bytes are kept."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, link)]
    for time, data in packets:
        kept = data[:snaplen]
        parts.append(struct.pack("<IIII", time // 10**9, time % 10**9, len(kept), len(data)) + kept)
    return b"".join(parts)


def written(path: Path, packets: Iterable[tuple[int, bytes]], link: int = RAW) -> Path:
    path.write_bytes(pcap(packets, link))
    return path


class Talk:
    """A conversation to be written segment by segment: `client` and `server` say what they send."""

    def __init__(
        self, isn: Sequence[int] = (1000, 5000), ports: tuple[int, int] = (40_000, 80), begin: int = BEGIN
    ) -> None:
        self.packets: Packets = []
        self.time = begin
        self.next = list(isn)
        self.ends = ((b"\x0a\0\0\1", ports[0]), (b"\x0a\0\0\2", ports[1]))

    def send(
        self,
        side: int,
        data: bytes = b"",
        flags: int = ACK,
        *,
        seq: int | None = None,
        ack: int | None = None,
        window: int = 1000,
        options: bytes = b"",
        after: int = 1_000_000,
    ) -> None:
        """One segment, `after` nanoseconds later. Without `seq` it goes on where this side is."""
        self.time += after
        goes_on = seq is None
        seq = self.next[side] if seq is None else seq
        ack = (self.next[1 - side] if flags & ACK else 0) if ack is None else ack
        own, other = self.ends[side], self.ends[1 - side]
        segment = tcp(own[1], other[1], seq, ack, flags, window, data, options)
        self.packets.append((self.time, ip(own[0], other[0], segment)))
        if goes_on:
            self.next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def handshake(self, scales: tuple[int, int] | None = (7, 7)) -> None:
        options = [b"\3\3" + bytes((scale,)) for scale in scales] if scales else [b"", b""]
        self.send(0, flags=SYN, options=options[0])
        self.send(1, flags=SYN | ACK, options=options[1])
        self.send(0)


KINDS = ["data"] * 6 + [
    "again", "again", "hole", "keep-alive", "window", "probe", "fin", "rst", "syn", "syn-ack", "ack", "sack",
    "ack-wrong", "bare", "any", "plain",
]  # fmt: skip


def nasty(seed: int, size: int = 300, streams: int = 4) -> Packets:
    """Conversations in which everything happens that should not: the same ports again, lost, repeated and overlapping
    segments, closed windows, wrong acknowledgments, any flags, time that runs back, numbers that wrap."""
    chance = random.Random(seed)
    talks = []
    for _ in range(streams):
        isn = [chance.choice((chance.getrandbits(32), 0xFFFFFF00, 0, 1, MOD)) for _ in (0, 1)]
        talk = Talk(isn, (chance.choice((40_000, 40_001, 80, 443)), chance.choice((80, 443))))
        talk.ends = ((bytes((10, 0, 0, chance.choice((1, 9)))), talk.ends[0][1]), (b"\x0a\0\0\5", talk.ends[1][1]))
        talks.append((talk, isn, [chance.choice((0, 500, 65_535)), 1000], ([], []), [0]))
    packets: Packets = []
    time = BEGIN
    for _ in range(size):
        talk, isn, windows, sent, phase = chance.choice(talks)
        time += chance.choice((0, 1000, 10**5, 10**6, 5 * 10**6, 3 * 10**7, -(10**6), 10**9))
        talk.time, talk.packets = time, []
        _misbehave(chance, talk, isn, windows, sent, phase)
        packets += talk.packets
    return packets


def _misbehave(
    chance: random.Random, talk: Talk, isn: list[int], windows: list[int], sent: tuple, phase: list[int]
) -> None:
    scale = b"\3\3" + bytes((chance.choice((0, 2, 7, 14, 20)),)) if chance.random() < 0.6 else b""
    if phase[0] == 0 and chance.random() < 0.7:
        phase[0] = 1
        data = b"x" * chance.choice((1, 5)) if chance.random() < 0.15 else b""
        talk.send(0, data, SYN, seq=isn[0], ack=0, window=windows[0], options=scale, after=0)
        talk.next[0] = isn[0] + 1
        return
    if phase[0] == 1 and chance.random() < 0.8:
        phase[0] = 2
        talk.send(1, flags=SYN | ACK, seq=isn[1], window=windows[1], options=scale, after=0)
        talk.next[1] = isn[1] + 1
        return
    side = chance.randrange(2)
    window, now = windows[side], {"after": 0}
    kind = chance.choice(KINDS)
    seq, ack = talk.next[side], talk.next[1 - side]
    if kind == "data":
        data = b"d" * chance.choice((1, 1, 2, 100, 100, 100, min(window, 9000) or 3))
        sent[side].append((seq, data))
        talk.send(side, data, ACK | chance.choice((0, PSH)), window=window, **now)
    elif kind == "again" and sent[side]:
        seq, data = chance.choice(sent[side][-5:])
        talk.send(side, data[: 1 + len(data) // chance.choice((1, 2))], seq=seq, window=window, **now)
    elif kind == "hole":
        talk.next[side] += chance.choice((1, 100, 200))
        talk.send(side, b"e" * 100, window=window, **now)
    elif kind == "keep-alive":
        talk.send(side, chance.choice((b"", b"k")), seq=seq - 1, window=window, **now)
    elif kind == "window":
        windows[side] = chance.choice((0, 0, 1, 100, 200, 500, 65_535))
        talk.send(side, window=windows[side], **now)
    elif kind == "probe":
        talk.send(side, b"z", seq=seq, window=window, **now)
        talk.next[side] += chance.choice((0, 1))
    elif kind == "fin":
        talk.send(side, flags=FIN | ACK, window=window, **now)
    elif kind == "rst":
        talk.send(side, flags=RST | chance.choice((0, ACK)), seq=seq, window=window, **now)
    elif kind == "syn":
        seq = isn[side] if chance.random() < 0.5 else chance.getrandbits(32)
        talk.send(side, flags=SYN, seq=seq, ack=0, window=window, options=scale, **now)
        if chance.random() < 0.5:
            isn[side], talk.next[side] = seq, seq + 1
    elif kind == "syn-ack":
        seq = isn[side] if chance.random() < 0.6 else chance.getrandbits(32)
        talk.send(side, flags=SYN | ACK, seq=seq, window=window, **now)
    elif kind in ("ack", "ack-wrong"):
        talk.send(side, ack=ack + chance.choice((100, 1, -100, 1000, -50)), window=window, **now)
    elif kind == "sack":
        ranges = [(ack - 200 + i * 40 & MOD, ack - 180 + i * 40 & MOD) for i in range(chance.choice((1, 2, 3, 4)))]
        options = bytes((5, 2 + 8 * len(ranges))) + b"".join(struct.pack(">II", *edges) for edges in ranges)
        talk.send(side, chance.choice((b"", b"s" * 50)), window=window, options=options, **now)
    elif kind == "bare":
        talk.send(side, flags=0, window=window, **now)
    elif kind == "any":
        talk.send(side, flags=chance.getrandbits(8), seq=seq, window=window, **now)
    else:
        talk.send(side, window=window, **now)


def calm(seed: int, size: int = 300, streams: int = 5) -> Packets:
    """Conversations that behave, but for a few moments: what most captures look like."""
    chance = random.Random(seed)
    talks = []
    for number in range(streams):
        talk = Talk([chance.choice((chance.getrandbits(32), 0xFFFFFFF0)) for _ in (0, 1)], (50_000 + number, 443))
        talks.append(talk)
        if chance.random() < 0.8:
            talk.handshake((2, 7) if chance.random() < 0.7 else None)
    packets: Packets = [packet for talk in talks for packet in talk.packets]
    time = max([BEGIN, *(talk.time for talk in talks)])
    for _ in range(size):
        talk, side = chance.choice(talks), chance.randrange(2)
        time += chance.choice((1000, 10**5, 10**6))
        talk.time, talk.packets = time, []
        window = chance.choice((1000, 1000, 1000, 1001, 8))
        luck = chance.random()
        if luck < 0.02:
            talk.send(side, b"r" * 10, seq=talk.next[side] - 10, after=0)
        elif luck < 0.03:
            talk.next[side] += 50
            talk.send(side, b"h" * 10, after=0)
        elif luck < 0.04:
            talk.send(side, window=0, after=0)
        elif luck < 0.05:
            talk.send(side, flags=chance.choice((FIN | ACK, RST, RST | ACK)), after=0)
        elif luck < 0.1:
            talk.send(side, window=window, after=0)
        else:
            talk.send(side, b"d" * chance.choice((1, 8, 100, 1001)), window=window, after=0)
        packets += talk.packets
    return packets
