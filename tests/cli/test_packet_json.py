"""`inspector json`: the contract, key by key, and that nothing is lost in the escapes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli import packet_json
from inspector.core import resources
from inspector.core.layer import Packet
from inspector.core.node import Node
from inspector.core.source import Source
from inspector.core.spec import Spec, computed
from inspector.session.session import open_session
from tests.cli.hostile import TEXT
from tests.cli.made import run, tcp, write

CAPTURES = sorted(resources.captures().glob("*.pcap"))
PACKET = ["packet", "time", "length", "captured", "link", "sources", "frame", "layers"]
LAYER = ["name", "label", "source", "at", "fields", "issues"]
FIELD = ["name", "label", "value", "show", "source", "at", "fields"]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_every_field_is_told_as_the_packet_has_it(path: Path) -> None:
    session = open_session(path)
    session.load()
    for number in range(1, session.count + 1):
        packet = session.packet(number)
        told = json.loads(packet_json.line(packet, with_bytes=True))
        assert list(told) == PACKET
        assert (told["packet"], told["length"], told["captured"]) == (number, packet.length, packet.captured)
        assert [layer["name"] for layer in told["layers"]] == [layer.name for layer in packet.layers[1:]]
        for source, found in zip(packet.sources, told["sources"], strict=True):
            assert (found["name"], found["length"]) == (source.name, len(source.data))
            assert bytes.fromhex(found["hex"]) == source.data
            assert found.get("from", []) == (list(source.packets) if source.origins else [])
        check(packet.layers[0].nodes, told["frame"], packet)
        for layer, found in zip(packet.layers[1:], told["layers"], strict=True):
            assert list(found) == LAYER
            assert found["at"] == [layer.at, layer.width]
            assert packet.sources[found["source"]] is layer.source
            assert [issue["text"] for issue in found["issues"]] == [issue.text for issue in layer.issues]
            check(layer.nodes, found["fields"], packet)
    session.close()


def check(nodes: list[Node], told: list[dict[str, object]], packet: Packet) -> None:
    waiting = [(nodes, told)]
    while waiting:
        ours, theirs = waiting.pop()
        for node, found in zip(ours, theirs, strict=True):
            assert list(found) == FIELD
            assert (found["name"], found["show"]) == (node.spec.name, node.show)
            assert found["at"] == (None if node.at is None else [node.at, node.width])
            if node.at is None:
                assert found["source"] is None
            else:
                assert packet.sources[found["source"]] is node.source
            if isinstance(node.value, bytes) and node.spec.kind != "none":
                assert found["value"] == node.value.hex()
            elif node.spec.kind not in ("none", "time"):
                assert found["value"] == node.value
                assert isinstance(found["value"], bool) == isinstance(node.value, bool)
            waiting.append((node.children, found["fields"]))


def told(spec: Spec, value: object, children: list[Node] | None = None) -> dict[str, object]:
    source = Source("record", b"\0" * 16)
    node = Node(spec, source, 0, 64, value, children=children)  # type: ignore[arg-type]
    return json.loads(packet_json._nodes([node], {id(source): 0}))


@pytest.mark.parametrize(
    ("kind", "value", "written", "show"),
    [
        ("uint", 2**64 - 1, 2**64 - 1, "18446744073709551615"),
        ("bool", True, True, "1"),
        ("bool", False, False, "0"),
        ("bytes", b"\0\xff", "00ff", "00ff"),
        ("bytes", b"", "", ""),
        ("str", 'a"\\\n', 'a"\\\n', 'a"\\\n'),
        ("str", None, None, ""),
        ("none", b"x", None, "1"),
        ("time", 1_500_000_000, "1.500000000", "1.500000000"),
        ("int", -1, -1, "-1"),
        ("uint", float("nan"), None, "nan"),
    ],
)
def test_values(kind: str, value: object, written: object, show: str) -> None:
    found = told(computed("a.b", "B", kind), value)  # type: ignore[arg-type]
    assert (found["value"], found["show"], found["at"]) == (written, show, [0, 64])


def test_the_base_of_a_number_is_only_in_show() -> None:
    found = told(computed("ip.id", "Identification", base="hex", digits=4), 0x1C46)
    assert (found["value"], found["show"]) == (7238, "0x1c46")


@pytest.mark.parametrize("text", [TEXT, "\x7f\x80\u202e\U000e0041" * 50, "\ud800", "ü", "\x00\t\r\n"])
def test_escapes_lose_nothing(text: str) -> None:
    line = packet_json.quoted(text)
    assert json.loads(line) == text
    assert all(char.isprintable() for char in line)


def test_a_tree_of_any_depth_is_written() -> None:
    spec = computed("json.array", "Array", "none")
    top = Node(spec, None, None, 0, None)
    for _ in range(5000):
        top = Node(spec, None, None, 0, None, children=[top, Node(spec, None, None, 0, None)])
    line = packet_json._nodes([top], {})
    assert line.count('"name"') == 10_001
    assert line.count("[") == line.count("]")
    assert '}, {"name"' in line


def test_bytes_are_only_there_when_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    frames = tcp([(0, 2, b"")])
    path = write(tmp_path / "x.pcap", frames)
    plain, full = run(capsys, "json", path).objects[0], run(capsys, "json", "--bytes", path).objects[0]
    assert plain["sources"] == [{"id": 0, "name": "record", "length": len(frames[0])}]
    assert full["sources"] == [{**plain["sources"][0], "hex": frames[0].hex()}]
    assert plain["link"] == "EN10MB"
    assert plain["time"] == "1700000000.000000000"


def test_issues_have_their_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    frame = tcp([(0, 2, b"")])[0]
    data = write(path, [frame]).read_bytes()
    # Twenty bytes of TCP were on the wire, and the capture keeps six.
    path.write_bytes(data[:32] + (40).to_bytes(4, "little") + data[36:-14])
    layer = run(capsys, "json", path).objects[0]["layers"][-1]
    assert [(issue["kind"], issue["field"]) for issue in layer["issues"]] == [("truncated", "tcp.seq_raw")]
    assert list(layer["issues"][0]) == ["kind", "field", "at", "text"]
    assert layer["issues"][0]["at"] == [38 * 8, 16]


def test_a_message_over_several_packets_says_from_which(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "json", resources.captures() / "websocket-echo.pcap", "-n", "30").objects[0]
    made = [source for source in found["sources"] if "from" in source]
    assert made
    assert all(source["from"] == [27, 28, 30] for source in made)
