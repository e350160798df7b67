"""MQTT: every packet type in both versions against tshark, broken packets, streams, a real session against its log."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from inspector.core import resources
from inspector.core.layer import Claim, Layer, Packet
from inspector.core.protocol import Situation
from inspector.core.source import Source, View
from inspector.engine.registry import registry
from inspector.protocols.mqtt.dissect import dissect, looks_like_mqtt
from inspector.protocols.mqtt.grammar import remaining
from inspector.session.session import open_session
from tests.streams.script import Talk, plain, split


def varint(number: int) -> bytes:
    parts = []
    while True:
        number, low = divmod(number, 128)
        parts.append(low | (128 if number else 0))
        if not number:
            return bytes(parts)


def string(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return len(data).to_bytes(2, "big") + data


def packet(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def properties(data: bytes = b"") -> bytes:
    return varint(len(data)) + data


ALL_PROPERTIES = (
    b"\x01\x01\x02\0\0\0\x3c\x03" + string("application/json") + b"\x08" + string("r/t") + b"\x09" + string("12")
    + b"\x0b\x85\x01\x11\0\0\0\x07\x12" + string("cid") + b"\x13\0\x3c\x15" + string("SCRAM") + b"\x16" + string("abc")
    + b"\x17\x01\x18\0\0\0\x05\x19\x01\x1a" + string("ri") + b"\x1c" + string("srv") + b"\x1f" + string("why")
    + b"\x21\0\x0a\x22\0\x0b\x23\0\x02\x24\x01\x25\x01\x26" + string("k") + string("vv") + b"\x27\0\x01\0\0"
    + b"\x28\x01\x29\x01\x2a\x00"
)  # fmt: skip
CONNECT_3 = packet(1, string("MQTT") + b"\x04\xee\0\x3c" + string("c1") + string("w/t") + string("gone") + string("ram") + string("pw"))  # fmt: skip # noqa: E501
CONNECT_5 = packet(1, string("MQTT") + b"\x05\xce\0\x3c" + properties(b"\x11\0\0\0\x05") + string("") + properties(b"\x18\0\0\0\1") + string("w/t") + string(b"\xff\0") + string("u") + string("p"))  # fmt: skip # noqa: E501
PUBLISH_5 = packet(3, string("a/b") + b"\0\x02" + properties(b"\x03" + string("application/json")) + b'{"x":1}', 2)

VERSION_3 = [
    (0, CONNECT_3), (1, packet(2, b"\x01\0")), (0, packet(8, b"\0\1" + string("a/#") + b"\1" + string("b") + b"\2", 2)),
    (1, packet(9, b"\0\1\1\x80")), (0, packet(3, string("a/b") + b"\0\2" + b'{"x":1}', 3)), (1, packet(4, b"\0\2")),
    (0, packet(3, string("a/b") + b"\0\3hi", 12)), (1, packet(5, b"\0\3")), (0, packet(6, b"\0\3", 2)),
    (1, packet(7, b"\0\3")), (1, packet(3, string("t"))), (0, packet(12)), (1, packet(13)),
    (0, packet(10, b"\0\4" + string("a/#") + string("b"), 2)), (1, packet(11, b"\0\4")), (0, packet(14)),
]  # fmt: skip
VERSION_5 = [
    (0, CONNECT_5), (1, packet(2, b"\0\0" + properties(ALL_PROPERTIES))),
    (0, packet(8, b"\0\1" + properties(b"\x0b\x05") + string("a/#") + b"\x2d" + string("b") + b"\0", 2)),
    (1, packet(9, b"\0\1" + properties(b"\x1f" + string("ok")) + b"\x01\x87")), (0, PUBLISH_5),
    (1, packet(4, b"\0\2")), (1, packet(4, b"\0\2\x10")),
    (1, packet(4, b"\0\2\x10" + properties(b"\x26" + string("a") + string("")))),
    (1, packet(5, b"\0\3\0" + properties())), (0, packet(6, b"\0\3\x92", 2)), (1, packet(7, b"\0\3\x92\0")),
    (0, packet(10, b"\0\4" + properties() + string("a/#"), 2)), (1, packet(11, b"\0\4" + properties() + b"\x11")),
    (0, packet(15, b"\x18" + properties(b"\x15" + string("X") + b"\x16" + string("yz")))),
    (1, packet(3, string("t") + properties() + b"plain")),
    (1, packet(14, b"\x8b" + properties(b"\x1f" + string("bye")))),
]  # fmt: skip


def read(data: bytes, version: int = 0, **facts: object) -> list[Layer]:
    """All packets of a message, each a layer."""
    waiting: list[tuple[View, object]] = [(Source("record", data).view(), {"mqtt.ver": version, **facts})]
    layers = []
    while waiting:
        view, known = waiting.pop()
        assert isinstance(known, dict)
        layers.append(dissect(view, Situation(known)))
        waiting.extend((i.view, i.facts) for i in layers[-1].carries if i.claims == (Claim("protocol", "mqtt"),))
    return layers


def texts(layers: list[Layer]) -> list[str]:
    return [issue.text for layer in layers for issue in layer.issues]


def assert_tiles(layers: list[Layer], size: int) -> None:
    runs = sorted((x.at or 0, (x.at or 0) + x.width) for layer in layers for x in layer.leaves() if x.width)
    at = 0
    for start, stop in runs:
        assert start == at
        at = stop
    assert at == size * 8


def packets_of(path: Path) -> list[Packet]:
    session = open_session(path)
    try:
        assert session.load()
        return [session.packet(number) for number in range(1, session.count + 1)]
    finally:
        session.close()


def ask_tshark(path: Path) -> list[list[tuple[str, str, int, int]]]:
    command = ["tshark", "-2", "-n", "-r", str(path), "-T", "pdml"]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "TZ": "UTC"})
    return [
        [
            (field.get("name", ""), field.get("show", ""), int(field.get("pos", "0")), int(field.get("size", "0")))
            for proto in found.iter("proto")
            if proto.get("name") == "mqtt"
            for field in proto.iter("field")
            if field.get("name", "").startswith("mqtt.")
        ]
        for found in ET.fromstring(done.stdout).iter("packet")
    ]


def told(found: Packet) -> list[tuple[str, str, int, int]]:
    """Our fields as PDML writes them: bytes with colons, an empty text for a heading."""
    return [
        (
            node.name,
            node.value.hex(":") if isinstance(node.value, bytes) else "" if node.spec.kind == "none" else node.show,
            (node.at or 0) // 8,
            ((node.at or 0) % 8 + node.width + 7) // 8,
        )
        for layer in found.layers
        if layer.name == "mqtt"
        for node in layer.walk()
    ]


def written(path: Path, conversations: list[list[tuple[int, bytes]]]) -> Path:
    frames = []
    for number, parts in enumerate(conversations):
        ports, at = (40000 + number, 1883), [1000, 5000]
        for side, data in parts:
            header = IP(src=f"10.0.0.{side + 1}", dst=f"10.0.0.{2 - side}")
            header /= TCP(sport=ports[side], dport=ports[1 - side], seq=at[side], ack=at[1 - side], flags="PA")
            frames.append(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / header / data)
            at[side] += len(data)
    wrpcap(str(path), frames)
    return path


@pytest.mark.tshark
def test_every_field_is_as_tshark_has_it(tmp_path: Path) -> None:
    path = written(tmp_path / "vectors.pcap", [VERSION_3, VERSION_5])
    want = ask_tshark(path)
    found = [told(each) for each in packets_of(path)]
    assert found == want
    assert sum(map(len, found)) > 350


@pytest.mark.tshark
def test_the_session_over_tcp_is_as_tshark_has_it() -> None:
    path = Path(str(resources.captures())) / "websocket-mqtt.pcap"
    pairs = [(told(each), want) for each, want in zip(packets_of(path), ask_tshark(path), strict=True) if want]
    assert all(ours == want for ours, want in pairs)
    assert len(pairs) > 15


@pytest.mark.parametrize("version, script", [(4, VERSION_3), (5, VERSION_5)])
def test_all_packets_are_read_whole(version: int, script: list[tuple[int, bytes]]) -> None:
    for side, data in script:
        layers = read(data, version, side=side)
        assert texts(layers) == []
        assert_tiles(layers, len(data))


@pytest.mark.parametrize("version, script", [(4, VERSION_3), (5, VERSION_5)])
def test_the_version_is_guessed_where_nobody_tells(version: int, script: list[tuple[int, bytes]]) -> None:
    for side, data in script:
        (layer,) = read(data, 0, side=side)
        assert layer.issues == []
        assert layer.value("mqtt.assumed_version") in (None, version)


@pytest.mark.parametrize("data, version", [(CONNECT_3, 4), (CONNECT_5, 5), (PUBLISH_5, 5), (VERSION_5[1][1], 5)])
def test_prefixes_say_that_they_end(data: bytes, version: int) -> None:
    for end in range(1, len(data)):
        layers = read(data[:end], version, **{"websocket.opcode": 2})
        assert any(issue.kind == "truncated" for layer in layers for issue in layer.issues)
        assert_tiles(layers, end)
        assert end < 3 or "may go on in the next message" in texts(layers)[0]


def test_several_packets_in_one_message() -> None:
    data = packet(12) + CONNECT_5 + PUBLISH_5 + packet(4, b"\0\2")
    layers = read(data)
    assert [layer.value("mqtt.msgtype") for layer in layers] == [12, 1, 3, 4]
    assert layers[2].value("mqtt.assumed_version") is None
    assert layers[2].carries[0].claims == (Claim("media_type", "application/json"),)
    assert_tiles(layers, len(data))


WRONG = [
    (packet(0), "type 0 is reserved"),
    (packet(3, string("a") + b"\0\1" + properties(), 6), "no quality of service 3"),
    (packet(3, string("a") + properties(), 8), "DUP must not be set"),
    (packet(8, b"\0\1" + properties() + string("a") + b"\0", 0), "should be 2, but are 0"),
    (packet(12, b"", 1), "should be 0, but are 1"),
    (packet(12, b"x"), "should end here"),
    (packet(8, b"\0\1" + properties(), 2), "at least one topic"),
    (packet(9, b"\0\1" + properties()), "at least one reason code"),
    (packet(14, b"\0" + properties(b"\x55")), "no property 0x55"),
    (packet(14, b"\0\x7f"), "should have 127 bytes"),
    (packet(14, b"\0" + properties(b"\x1f\0\x09a")), "needs 9 bytes, but 1 are left"),
    (packet(3, b"\0\x09a"), "needs 9 bytes, but 1 are left"),
    (b"\x30\xff\xff\xff\xff\x01", "within four bytes"),
    (packet(1, string("MQTT") + b"\x04\x03\0\0" + string("c")), "last of the connect flags must be 0"),
]


@pytest.mark.parametrize("data, said", WRONG)
def test_what_is_wrong_is_said_and_still_tiles(data: bytes, said: str) -> None:
    layers = read(data, 5)
    assert any(said in text for text in texts(layers)), texts(layers)
    assert_tiles(layers, len(data))


def test_the_wrong_side_is_named() -> None:
    assert "a server sends Connect Ack" in texts(read(packet(2, b"\0\0"), 4, side=0))[0]
    assert "a client sends Ping Request" in texts(read(packet(12), 4, side=1))[0]


@pytest.mark.parametrize(
    "number, data", [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\1"), (268435455, b"\xff\xff\xff\x7f")]
)
def test_the_numbers_of_the_specification(number: int, data: bytes) -> None:
    assert remaining(data, 0) == (number, len(data))
    assert varint(number) == data
    assert remaining(data[:-1], 0) is None
    assert remaining(b"\x80\x80\x80\x80\x01", 0) is None


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_is_cut_into_packets_however_it_is_sent(size: int) -> None:
    talk = Talk(split(plain(VERSION_5), size), ports=(40000, 1883))
    reader = talk.reader()
    assert reader.advance()
    pdus = [pdu for number in talk.records() for pdu in reader.placed(number).pdus]
    assert [(pdu.facts["side"], pdu.view.data) for pdu in pdus] == VERSION_5
    assert {pdu.facts["mqtt.ver"] for pdu in pdus} == {5}


def test_who_claims_and_who_guesses() -> None:
    for claim in (Claim("tcp.port", 1883), Claim("http.sec_websocket_protocol", "mqtt")):
        found = registry().claimed([claim])
        assert found is not None
        assert found.name == "mqtt"
    assert looks_like_mqtt(CONNECT_3)
    assert looks_like_mqtt(CONNECT_5)
    assert not looks_like_mqtt(PUBLISH_5)
    assert not looks_like_mqtt(b"")


SCRIPT = [data for _, data in VERSION_3 + VERSION_5]


@given(
    st.binary(max_size=60)
    | st.tuples(st.sampled_from(SCRIPT), st.integers(0, 60), st.binary(max_size=3)).map(
        lambda made: made[0][: made[1]] + made[2] + made[0][made[1] + len(made[2]) :]
    ),
    st.sampled_from([0, 3, 4, 5]),
)
def test_no_bytes_make_it_raise(data: bytes, version: int) -> None:
    if data:
        assert_tiles(read(data, version), len(data))


def test_the_capture_says_what_its_programs_noted() -> None:
    """What the broker received and what the client was handed is what the dissector found, over WebSocket and TCP."""
    path = Path(str(resources.captures())) / "websocket-mqtt.pcap"
    noted = json.loads(path.with_suffix(".log.json").read_text(encoding="utf-8"))["server_saw"]
    found = []
    layers = []
    for each in packets_of(path):
        over = "websocket" if each.layer("websocket") is not None else "mqtt"
        port = each.fields("tcp.srcport")
        for layer in (layer for layer in each.layers if layer.name == "mqtt"):
            layers.append(layer)
            sender = "server" if port[0] in (8080, 1883) else "client"
            if layer.value("mqtt.msgtype") == 3:
                message = layer.value("mqtt.msg")
                assert isinstance(message, bytes)
                found.append((over, sender, layer.value("mqtt.topic"), message.hex(), layer.value("mqtt.qos")))
    want = [
        tuple(entry[key] for key in ("over", "sender", "topic", "payload", "qos"))
        for entry in noted
        if entry["packet"] == "PUBLISH"
    ]
    assert sorted(found) == sorted(want)
    assert len(found) == 12
    assert texts(layers) == []
    topics = [layer.values("mqtt.topic") for layer in layers if layer.value("mqtt.msgtype") in (8, 10)]
    assert topics == [entry["topics"] for entry in noted if "topics" in entry]
    assert [layer.value("mqtt.ver") for layer in layers if layer.value("mqtt.msgtype") == 1] == [5, 4]
