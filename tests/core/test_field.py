"""Headers declared once: values, bits, nodes, names and failures all come from the same lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.field import Header, Mark, bit, bits, group, mark, raw, text, u8, u16, u32, until
from inspector.core.source import Source, View
from inspector.core.spec import Spec


class Sample(Header, name="sample", label="A sample"):
    """Every kind of field, in one header."""

    version = bits(4, "Version")
    length = bits(4, "Length", times=4)
    flags = group(8, "Flags", options={"base": "hex"}, res=bits(5, "Reserved"), a=bit("A"), kind=bits(2, "Kind"))
    port = u16("Port", also="sample.any_port")
    mac = raw(2, "Address", marks={"group": Mark(7, 1, "Group bit", also="sample.group")})
    extra = u32("Extra", when=lambda header: header.flags.a)
    word = text(until(b" "), "Word")
    space = mark(b" ")
    rest = raw(lambda header: header.length, "Rest")


GOOD = bytes.fromhex("41 05 1f90 01ff 00000007") + b"hello rest"


def read(data: bytes, said: str = "the capture") -> Sample:
    return Sample(View(Source("record", data), 0, len(data), said))


def test_values_and_bits_when_whole() -> None:
    sample = read(GOOD)
    assert sample.issue is None
    assert (sample.version, sample.length, sample.port, sample.extra) == (4, 4, 8080, 7)
    assert (sample.flags.a, sample.flags.kind, sample.flags.res) == (1, 1, 0)
    assert (sample.word, sample.space, sample.rest) == ("hello", b" ", b"rest")
    assert sample.size == len(GOOD)


def test_every_node_stands_on_its_bits() -> None:
    places = {node.name: (node.at, node.width) for top in read(GOOD).nodes for node in top.walk()}
    assert places["sample.version"] == (0, 4)
    assert places["sample.length"] == (4, 4)
    assert places["sample.flags"] == (8, 8)
    assert places["sample.flags.a"] == (13, 1)
    assert places["sample.flags.kind"] == (14, 2)
    assert places["sample.any_port"] == places["sample.port"] == (16, 16)
    assert places["sample.mac.group"] == places["sample.group"] == (39, 1)
    assert places["sample.word"] == (80, 40)
    assert places["sample.rest"] == (128, 32)


def test_leaves_tile() -> None:
    leaves = [leaf for node in read(GOOD).nodes for leaf in node.leaves()]
    position = 0
    for leaf in leaves:
        assert leaf.at == position
        position += leaf.width
    assert position == len(GOOD) * 8


def test_spec_is_known_without_data() -> None:
    assert isinstance(Sample.port, Spec)
    assert (Sample.version.at, Sample.length.at, Sample.flags.a.at, Sample.port.at) == (0, 4, 13, 16)
    assert Sample.extra.at is None, "a field that may be absent has no fixed place"
    assert Sample.word.at is None, "what stands behind it has none either"
    assert Sample.flags.show(5) == "0x05"
    assert Sample.length.times == 4


def test_absent_field_has_no_value_and_no_node() -> None:
    sample = read(bytes.fromhex("41 01 1f90 01ff") + b"hello rest")
    assert sample.extra is None
    assert sample.node(Sample.extra) is None
    assert sample.word == "hello"


@pytest.mark.parametrize("end", range(len(GOOD)))
def test_every_prefix_keeps_the_whole_fields(end: int) -> None:
    whole = {node.name: (node.at, node.width, node.value) for node in read(GOOD).nodes}
    sample = read(GOOD[:end])
    assert sample.issue is not None
    assert sample.issue.kind == "truncated"
    for node in sample.nodes:
        at, width, value = whole[node.name]
        assert node.at == at
        if node.width == width:
            assert node.value == value
        else:
            assert node is sample.nodes[-1], "only the last field may be cut"
            assert (node.at or 0) + node.width <= end * 8


def test_a_length_field_that_lies_is_malformed_and_named() -> None:
    sample = read(GOOD[:8], said="ip.len")
    assert sample.issue is not None
    assert sample.issue.kind == "malformed"
    assert "ip.len leaves 2 bytes" in sample.issue.text


def test_a_cut_capture_says_so() -> None:
    sample = Sample(View(Source("record", GOOD[:5]), 0, 5, "the capture", wire_end=60))
    assert sample.issue is not None
    assert sample.issue.kind == "truncated"
    assert "the capture" in sample.issue.text


def test_a_wrong_separator_is_malformed() -> None:
    class Line(Header, name="line"):
        word = raw(1, "Word")
        colon = mark(b":")
        rest = u8("Rest")

    line = Line(Source("record", b"a;b").view())
    assert line.issue is not None
    assert line.issue.kind == "malformed"
    assert line.rest is None


def test_inherited_fields_have_specs_of_their_own() -> None:
    class Base(Header, name="base"):
        kind = u8("Kind", name="base.kind")

    class Child(Base, name="child"):
        value = u8("Value")

    child = Child(Source("record", b"\1\2").view())
    assert (child.kind, child.value) == (1, 2)
    assert Child.kind is not Base.kind
    assert child.node(Child.kind) is not None


@given(st.binary(max_size=64), st.integers(0, 70))
def test_never_raises_and_never_leaves_the_view(data: bytes, wire: int) -> None:
    sample = Sample(View(Source("record", data), 0, len(data), "the capture", wire))
    assert sample.position <= len(data)
    for node in sample.nodes:
        assert node.at is not None
        assert node.at + node.width <= len(data) * 8
