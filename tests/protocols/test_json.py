"""JSON: every byte in a node, Wireshark's names and places, and texts that are no JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.layer import Layer
from inspector.core.protocol import Situation
from inspector.core.source import Source
from inspector.protocols.json import DEEP_AT_MOST, VALUES_AT_MOST, dissect, looks_like_json


def read(data: bytes) -> Layer:
    return dissect(Source("record", data).view(), Situation())


def places(layer: Layer, name: str) -> list[bytes]:
    return [node.raw for node in layer.walk() if node.spec.name == name]


def assert_tiles(layer: Layer, size: int) -> None:
    runs = sorted((leaf.at or 0, (leaf.at or 0) + leaf.width) for leaf in layer.leaves())
    at = 0
    for start, stop in runs:
        assert start == at
        at = stop
    assert at == size * 8


def test_names_values_and_places_as_wireshark_has_them() -> None:
    data = b' {"a":[1,-2.5e3,{"b":null}, true],"k\\u00e9":"v\\n","n":{"m":12}}\n'
    layer = read(data)
    assert layer.values("json.key") == ["b", "a", "ké", "m", "n"]
    assert layer.values("json.path") == ["/a/[]/b", "/a", "/ké", "/n/m", "/n"]
    assert layer.values("json.path_with_value") == [
        "/a/[]:1", "/a/[]:-2.5e3", "/a/[]/b:null", "/a/[]:true", "/ké:v\n", "/n/m:12",
    ]  # fmt: skip
    assert layer.values("json.member_with_value")[:3] == ["[]:1", "[]:-2.5e3", "b:null"]
    assert layer.values("json.value.number") == ["1", "-2.5e3", "12"]
    assert places(layer, "json.member")[0] == b'"a":[1,-2.5e3,{"b":null}, true]'
    assert places(layer, "json.key")[2] == b'"k\\u00e9"'
    assert places(layer, "json.array") == [b'[1,-2.5e3,{"b":null}, true]']
    assert places(layer, "json.object")[-1] == b'{"m":12}'
    assert layer.issues == []
    assert_tiles(layer, len(data))


@pytest.mark.parametrize("data", [b"{}", b"[]", b" [ ] ", b'""', b"0", b"true", b'{"":{}}', b"[[],[[]],{}]"])
def test_small_documents(data: bytes) -> None:
    layer = read(data)
    assert layer.issues == []
    assert_tiles(layer, len(data))


BAD = [
    b"", b" ", b"{", b"[", b"[1", b"[1,", b"[1,]", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}', b"{a:1}",
    b"[1 2]", b"01", b"1 2", b"[NaN]", b"'x'", b'"\\x"', b'"a\x01"', b'"abc', b"[tru]", b"]", b"\xef\xbb\xbf{}", b"[1}",
    b'{"a":1]', b"+1", b".5", b'{"a" 1}', b"{1:2}", b"[-]", b"[,1]", b"{,}",
]  # fmt: skip


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_json_is_said_and_still_tiles(data: bytes) -> None:
    with pytest.raises(ValueError):
        json.loads(data.decode("utf-8"), parse_constant=_refuse)
    layer = read(data)
    assert layer.issues
    assert_tiles(layer, len(data))


def _refuse(name: str) -> None:
    raise ValueError(name)


def test_deep_nesting_is_one_node_from_a_point_on() -> None:
    data = b"[" * 5000 + b"]" * 5000
    layer = read(data)
    assert len(layer.values("json.array")) == DEEP_AT_MOST
    assert f"first {DEEP_AT_MOST} levels" in layer.issues[0].text
    assert_tiles(layer, len(data))


def test_very_many_values_are_one_node_from_a_point_on() -> None:
    data = b"[" + b"1," * (2 * VALUES_AT_MOST) + b"1]"
    layer = read(data)
    assert len(layer.values("json.value.number")) == VALUES_AT_MOST - 1
    assert_tiles(layer, len(data))


def test_a_lone_surrogate_can_be_shown() -> None:
    (value,) = read(b'"\\ud800"').values("json.value.string")
    assert str(value).encode("utf-8")


@pytest.mark.parametrize(
    "first, known",
    [(b'{"a"', True), (b" {}", True), (b"[1", True), (b"{x", False), (b"abc", False), (b"42[", False), (b"", False)],
)
def test_first_bytes(first: bytes, known: bool) -> None:
    assert looks_like_json(first) is known


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_whatever_the_library_writes_is_read(value: object, indent: int | None, escaped: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    layer = read(data)
    assert layer.issues == []
    assert_tiles(layer, len(data))


@given(st.binary(max_size=60) | st.text('{}[]",:01e.\\u truefalsn', max_size=60).map(str.encode))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert_tiles(read(data), len(data))
    try:
        json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return
    assert read(data).issues == []
