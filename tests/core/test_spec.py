"""How each kind of value is written: for programs as tshark -T fields prints it, for people in the tree."""

from __future__ import annotations

import pytest

from inspector.core.spec import Spec, computed, seconds

NAMES = {4: "Four", 0: "None"}


@pytest.mark.parametrize(
    "spec, value, show, text",
    [
        (Spec("a.b", "B", "uint"), 4, "4", "4"),
        (Spec("a.b", "B", "uint"), 0, "0", "0"),
        (Spec("a.b", "B", "uint", names=NAMES), 4, "4", "Four (4)"),
        (Spec("a.b", "B", "uint", names=NAMES), 5, "5", "5"),
        (Spec("a.b", "B", "uint", base="hex", digits=4), 0xAB, "0x00ab", "0x00ab"),
        (Spec("a.b", "B", "uint", base="hex", digits=2), 0x1AB, "0x1ab", "0x1ab"),
        (Spec("a.b", "B", "uint", base="hex", digits=4, names=NAMES), 4, "0x0004", "Four (0x0004)"),
        (Spec("a.b", "B", "int"), -1, "-1", "-1"),
        (Spec("a.b", "B", "bool"), True, "1", "Set"),
        (Spec("a.b", "B", "bool"), False, "0", "Not set"),
        (Spec("a.b", "B", "bool", names={True: "Yes", False: "No"}), True, "1", "Yes"),
        (Spec("a.b", "B", "bool"), 5, "1", "Set"),
        (Spec("a.b", "B", "bytes"), b"\x01\xff", "01ff", "01 ff"),
        (Spec("a.b", "B", "bytes"), b"", "", ""),
        (Spec("a.b", "B", "bytes"), bytes(33), "00" * 33, "00 " * 31 + "00 ... (33 bytes)"),
        (Spec("a.b", "B", "str"), "héllo", "héllo", "héllo"),
        (Spec("a.b", "B", "ipv4"), "10.0.0.1", "10.0.0.1", "10.0.0.1"),
        (Spec("a.b", "B", "ether"), "02:00:00:00:00:01", "02:00:00:00:00:01", "02:00:00:00:00:01"),
        (Spec("a.b", "B", "time"), 1_500_000_001, "1.500000001", "1.500000001"),
        (Spec("a.b", "B", "time"), -1, "-0.000000001", "-0.000000001"),
        (Spec("a.b", "B", "none"), None, "1", ""),
        (Spec("a.b", "B", "uint"), None, "", ""),
    ],
)
def test_each_kind(spec: Spec, value: object, show: str, text: str) -> None:
    assert spec.show(value) == show  # type: ignore[arg-type]
    assert spec.text(value) == text  # type: ignore[arg-type]


def test_the_trees_line() -> None:
    assert Spec("a.b", "B", "uint", names=NAMES).line(4) == "B: Four (4)"
    assert Spec("a.b", "B", "none").line(None) == "B", "a heading has no value"


def test_nanoseconds_are_exact() -> None:
    assert seconds(1_732_272_459_215_022_001) == "1732272459.215022001"
    assert seconds(0) == "0.000000000"
    assert seconds(-1_000_000_000) == "-1.000000000"


def test_filters_compare_times_in_seconds() -> None:
    assert Spec("a.b", "B", "time").comparable(2_500_000_000) == 2.5
    assert Spec("a.b", "B", "uint").comparable(7) == 7


def test_parts_and_marks_by_their_key() -> None:
    part, mark, other = (
        Spec("a.b.c", "C", "bool", 1, key="c"),
        Spec("a.b.d", "D", "bool", 1, key="d"),
        computed("x.y", "Y"),
    )
    spec = Spec("a.b", "B", "uint", 8, parts=(part,), marks=((3, mark),), also=(other,))
    assert spec.c is part
    assert spec.d is mark
    with pytest.raises(AttributeError, match=r"a\.b has no part 'e'"):
        _ = spec.e
    assert list(spec.walk()) == [spec, part, mark, other]


def test_a_computed_field_takes_its_key_from_its_name() -> None:
    spec = computed("tcp.analysis.rto", "RTO", "time")
    assert (spec.key, spec.width, spec.at, spec.kind) == ("rto", None, None, "time")
