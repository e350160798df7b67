"""Annotations are read from their files, and the first rule that holds speaks of this packet's value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from inspector.core.node import Value
from inspector.core.spec import Spec
from inspector.knowledge.annotations import Explanation, KnowledgeError, explain, find, load, read

KNOWN = {
    name: Spec(name, name, kind)
    for name, kind in (
        ("tcp.window_size_value", "uint"),
        ("tcp.window_size_scalefactor", "int"),
        ("tcp.window_size", "uint"),
        ("tcp.flags.syn", "bool"),
        ("tcp.flags.reset", "bool"),
        ("tcp.srcport", "uint"),
        ("tcp.dstport", "uint"),
        ("ip.ttl", "uint"),
        ("ip.src", "ipv4"),
        ("ip.dst", "ipv4"),
        ("tcp.options.mss_val", "uint"),
    )
}


def _said(name: str, values: dict[str, Value]) -> Explanation:
    fields: Callable[[str], Sequence[Value]] = lambda wanted: [values[wanted]] if wanted in values else []  # noqa: E731
    return explain(name, fields, lambda wanted: str(values[wanted]) if wanted in values else None, KNOWN)


def _here(name: str, values: dict[str, Value]) -> str:
    return "".join(span.text for span in _said(name, values).here)


SEGMENT: dict[str, Value] = {"tcp.flags.syn": False, "tcp.flags.reset": False, "tcp.srcport": 8080, "tcp.dstport": 4242}
HOST: dict[str, Value] = {"ip.src": "192.0.2.1", "ip.dst": "192.0.2.2"}


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("tcp.window_size_value", {**SEGMENT, "tcp.window_size_value": 0}, "0: port 8080 has no room left"),
        (
            "tcp.window_size_value",
            {**SEGMENT, "tcp.window_size_value": 64, "tcp.window_size_scalefactor": 128, "tcp.window_size": 8192},
            "64 on the wire, times 128, is room for 8192 bytes",
        ),
        (
            "tcp.window_size_value",
            {**SEGMENT, "tcp.window_size_value": 501, "tcp.window_size_scalefactor": -1},
            "handshake was not seen",
        ),
        ("tcp.window_size_value", {**SEGMENT, "tcp.window_size_value": 512, "tcp.flags.syn": True}, "never scaled"),
        ("ip.ttl", {**HOST, "ip.ttl": 64}, "what Linux and macOS start with"),
        ("ip.ttl", {**HOST, "ip.ttl": 64, "ip.src": "127.0.0.1"}, "on loopback there is no router"),
        ("ip.ttl", {**HOST, "ip.ttl": 57}, "57: it probably set out with 64"),
        ("ip.ttl", {**HOST, "ip.ttl": 1}, "time exceeded"),
        ("ip.ttl", {**HOST, "ip.ttl": 1, "ip.dst": "224.0.0.1"}, "neighbours only"),
        ("tcp.options.mss_val", {"tcp.flags.syn": True, "tcp.options.mss_val": 65495}, "comes from Linux's loopback"),
        ("tcp.options.mss_val", {"tcp.flags.syn": True, "tcp.options.mss_val": 1452}, "a tunnel, a VPN or PPPoE"),
    ],
)
def test_what_is_said_depends_on_the_value(name: str, values: dict[str, Value], part: str) -> None:
    assert part in _here(name, values)


def test_spans_name_the_fields_whose_values_they_hold() -> None:
    said = _said("ip.ttl", {**HOST, "ip.ttl": 57})
    assert [(span.name, span.text) for span in said.here if span.kind == "field"] == [("ip.ttl", "57")]
    assert said.name == "ip.ttl"
    assert said.claims
    assert said.rfc


def test_rule_that_cannot_be_evaluated_does_not_hold() -> None:
    said = explain("ip.ttl", lambda name: [], lambda name: "7", known={})
    assert "".join(span.text for span in said.here).startswith("7 is low")


@pytest.mark.parametrize(
    ("name", "entry"),
    [("http.x_request_id", "http"), ("tcp.flags.of_tomorrow", "tcp.flags"), ("tcp", "tcp"), ("frame", "frame")],
)
def test_unknown_field_is_explained_by_what_encloses_it(name: str, entry: str) -> None:
    found = find(name)
    assert found is not None
    assert found.name == entry


@pytest.mark.parametrize("name", ["", ".", "scapy.gre.flags", "../../pyproject", "a/b.c", "TCP.seq", "tcp\n.x" * 1000])
def test_name_without_any_entry_says_nothing(name: str) -> None:
    assert explain(name, lambda _: (), lambda _: None, KNOWN) == Explanation(name)


def test_every_file_holds_its_own_prefix() -> None:
    entries = load()
    assert {"tcp.seq", "ip.ttl", "eth.dst", "udp.length", "ipv6.hlim", "frame.len"} <= entries.keys()
    assert all(entry.name == name for name, entry in entries.items())


def test_texts_are_one_line_a_paragraph() -> None:
    for entry in load().values():
        for text in (entry.short, *entry.long.split("\n"), *(rule.says for rule in entry.here)):
            assert text == " ".join(text.split()), entry.name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[a", "should be a TOML file"),
        ('["b.c"]\nshort = "s"', "fields of a only"),
        ('a = "text"', "should have a table for 'a'"),
        ('["a.b"]\nshort = " "', "should have a text `short`"),
        ('["a.b"]\nshort = "s"\nlnog = "l"', "has a key 'lnog'"),
        ('["a.b"]\nshort = "s"\n[["a.b".here]]\nwhen = "a"', "should have a text `says`"),
    ],
)
def test_broken_file_is_named_with_its_entry(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        read(path)
    assert "a.toml" in str(caught.value)
    assert sentence in str(caught.value)
