"""JSON, the text form of objects, arrays, strings, numbers, true, false and null (RFC 8259).

What web pages and their servers mostly say to each other, in HTTP bodies and in WebSocket messages. The surprising
thing: JSON has no dates, no comments, no NaN and no trailing comma, and it says nothing about how large a number may
be; a number above 2^53 loses digits in most programs that read it. The text is walked with a stack of our own, so that
no nesting however deep can do harm, and every byte stands in a node: values, keys, and the punctuation between them.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from inspector.core.layer import Claim, Layer
from inspector.core.node import Issue, Node, Value
from inspector.core.protocol import Protocol, Situation
from inspector.core.source import View
from inspector.core.spec import Spec, computed

DEEP_AT_MOST = 200
VALUES_AT_MOST = 10_000
"""Values that get nodes of their own; what is behind them is one node."""
REPEATED_AT_MOST = 64 << 10
"""A longer string is not repeated in the fields that join it with its key or path."""

JSON = Spec("json", "JavaScript Object Notation", "none", key="json")
OBJECT = Spec("json.object", "Object", "none", key="object")
ARRAY = Spec("json.array", "Array", "none", key="array")
MEMBER = computed("json.member", "Member", "str")
KEY = computed("json.key", "Key", "str")
PATH = computed("json.path", "Path", "str")
PATH_WITH_VALUE = computed("json.path_with_value", "Path with value", "str")
MEMBER_WITH_VALUE = computed("json.member_with_value", "Member with value", "str")
STRING = computed("json.value.string", "String value", "str")
NUMBER = computed("json.value.number", "Number value", "str")
TRUE = Spec("json.value.true", "True value", "none", key="true")
FALSE = Spec("json.value.false", "False value", "none", key="false")
NULL = Spec("json.value.null", "Null value", "none", key="null")
NAN = Spec("json.value.nan", "NaN value", "none", key="nan")
LEADING = Spec("json.ignored_leading_bytes", "Ignored leading bytes", "bytes", key="ignored_leading_bytes")
PUNCTUATION = Spec("json.punctuation", "Punctuation", "bytes", key="punctuation")
REST = Spec("json.rest", "JSON that is not taken apart", "bytes", key="rest")

FIELDS = (
    JSON, OBJECT, ARRAY, MEMBER, KEY, PATH, PATH_WITH_VALUE, MEMBER_WITH_VALUE, STRING, NUMBER, TRUE, FALSE, NULL, NAN,
    LEADING, PUNCTUATION, REST, )  # fmt: skip

_SPACE = re.compile(rb"[ \t\r\n]*")
_TOKEN = re.compile(
    rb'("(?:[^"\\]++|\\.)*+")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![0-9A-Za-z.])'
    rb"|(true|false|null|NaN)(?![0-9A-Za-z])|([{\[])",
    re.S,
)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.S)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_BEGIN = re.compile(rb'\s*(?:\{\s*(?:"|\}|\Z)|\[\s*(?:["{\[\]\-0-9]|true|false|null|\Z))')
_LITERALS = {b"true": TRUE, b"false": FALSE, b"null": NULL, b"NaN": NAN}


def looks_like_json(first: bytes) -> bool:
    """Whether bytes begin like an object or an array; mere strings and numbers are too little to tell."""
    return _BEGIN.match(first) is not None


def dissect(view: View, situation: Situation) -> Layer:
    """The document that fills the view. What is no JSON stays one node, with an issue that says where and why."""
    layer = Layer("json", "JavaScript Object Notation", view.source, view.start * 8, view.size * 8)
    layer.listed = False
    layer.protocol = "JSON"
    layer.info = "JavaScript Object Notation"
    media = str(situation.facts.get("http.content_type", "")).split(";")[0].strip()
    if media:
        layer.info += f" ({media})"
    if situation.facts.get("complete", True):
        _Walk(view, layer).run()
    else:
        _Walk(view, layer, partial=True).run()
    return layer


class _Open(NamedTuple):
    """An object or array that has not ended: its node, whether it is an object, the path to it, its member's node."""

    node: Node
    object: bool
    path: str
    member: Node | None


class _Walk:
    """One document on its way into a layer."""

    def __init__(self, view: View, layer: Layer, partial: bool = False) -> None:
        self.view, self.layer, self.partial = view, layer, partial
        self.data = view.source.data
        self.at, self.end = view.start, view.end
        self.left = self.at
        self.stack: list[_Open] = []
        self.values = 0
        self.keys: dict[int, tuple[int, int]] = {}
        self.problem = ""

    def run(self) -> None:
        self._leading()
        self._value("", None)
        while self.stack and not self.problem:
            self._next()
        if not self.problem:
            self._skip()
            if self.at < self.end:
                self.problem = "behind the document's end nothing but white space may follow"
            self._flush()
        if self.problem:
            self._give_up()

    # Nodes.

    def _node(self, spec: Spec, start: int, stop: int, value: Value, *, tiles: bool = True) -> Node:
        return Node(spec, self.view.source, start * 8, (stop - start) * 8, value, tiles=tiles)

    def _nodes(self) -> list[Node]:
        return self.stack[-1].node.children if self.stack else self.layer.nodes

    def _flush(self, into: list[Node] | None = None) -> None:
        """Make a node of the punctuation and white space since the last one."""
        if self.left < self.at:
            nodes = self._nodes() if into is None else into
            nodes.append(self._node(PUNCTUATION, self.left, self.at, self.data[self.left : self.at]))
        self.left = self.at

    def _skip(self) -> None:
        found = _SPACE.match(self.data, self.at, self.end)
        if found is not None:
            self.at = found.end()

    def _leading(self) -> None:
        """A byte order mark must not be sent, and may be ignored (RFC 8259 8.1)."""
        if self.data[self.at : min(self.at + 3, self.end)] == b"\xef\xbb\xbf":
            self.layer.nodes.append(self._node(LEADING, self.at, self.at + 3, self.data[self.at : self.at + 3]))
            text = "JSON must not begin with a byte order mark (RFC 8259 8.1)"
            self.layer.issues.append(Issue("malformed", LEADING.name, self.at * 8, 24, text))
            self.at = self.left = self.at + 3

    # Values.

    def _value(self, path: str, member: Node | None) -> None:
        """Read one value, as the element of an array, the value of a member, or the document."""
        self._skip()
        found = _TOKEN.match(self.data, self.at, self.end)
        if found is None:
            self.problem = "a value should begin here: an object, an array, a string, a number, true, false or null"
            return
        self.values += 1
        if self.values > VALUES_AT_MOST:
            self.problem = f"only the first {VALUES_AT_MOST} values are taken apart"
            return
        self._flush(member.children if member is not None else None)
        if found[4]:
            self._open(found[4] == b"{", path, member)
        else:
            self._leaf(found, path, member)

    def _open(self, is_object: bool, path: str, member: Node | None) -> None:
        if len(self.stack) >= DEEP_AT_MOST:
            self.problem = f"only the first {DEEP_AT_MOST} levels are taken apart"
            return
        node = self._node(OBJECT if is_object else ARRAY, self.at, self.at, None)
        (member.children if member is not None else self._nodes()).append(node)
        self.stack.append(_Open(node, is_object, path, member))
        self.at += 1

    def _leaf(self, found: re.Match[bytes], path: str, member: Node | None) -> None:
        start, stop = found.span()
        raw = found[0]
        spec, value = STRING, ""
        if found[1]:
            value = self._text(start, raw)
        elif found[2]:
            spec, value = NUMBER, raw.decode("ascii")
        else:
            spec, value = _LITERALS[raw], raw.decode("ascii")
        self.at = self.left = stop
        nodes = member.children if member is not None else self._nodes()
        if self.stack and len(value) <= REPEATED_AT_MOST:
            key = str(member.value) if member is not None else "[]"
            nodes.append(self._node(PATH_WITH_VALUE, start, stop, f"{path}:{value}", tiles=False))
            nodes.append(self._node(MEMBER_WITH_VALUE, start, stop, f"{key}:{value}", tiles=False))
        nodes.append(self._node(spec, start, stop, value if spec in (STRING, NUMBER) else None))
        if spec is NAN:
            self._say(start, stop, "NaN is no JSON value (RFC 8259 6)", spec)
        if member is not None:
            self._close_member(member, path)

    def _say(self, start: int, stop: int, text: str, spec: Spec) -> None:
        self.layer.issues.append(Issue("malformed", spec.name, start * 8, (stop - start) * 8, text))

    def _text(self, start: int, raw: bytes) -> str:
        """What a string stands for, its escapes undone."""
        inner = raw[1:-1]
        if _CONTROL.search(inner):
            text = "control characters in a string must be written as escapes (RFC 8259 7)"
            self._say(start, start + len(raw), text, STRING)
        shown = inner.decode("utf-8", "backslashreplace")
        if b"\\" not in inner:
            return shown
        try:
            plain = json.loads(f'"{shown}"', strict=False)
        except ValueError:
            text = r'behind a backslash one of " \ / b f n r t or u and four digits must follow (RFC 8259 7)'
            self._say(start, start + len(raw), text, STRING)
            return shown
        return str(plain).encode("utf-8", "backslashreplace").decode("utf-8")

    # Inside objects and arrays.

    def _next(self) -> None:
        """Go on in the innermost open object or array: its end, or its next value."""
        here = self.stack[-1]
        self._skip()
        first = len(here.node.children) == 0
        closing = b"}" if here.object else b"]"
        found = self.data[self.at : self.at + 1] if self.at < self.end else b""
        if found == closing and (first or self._ended_value(here)):
            self._close()
            return
        if not first:
            if found != b",":
                said = "an object goes on with a comma or }" if here.object else "an array goes on with a comma or ]"
                self.problem = said if found else "the document ends in the middle"
                return
            self.at += 1
            self._skip()
        if here.object:
            self._member(here)
        else:
            self._value(f"{here.path}/[]", None)

    def _ended_value(self, here: _Open) -> bool:
        return here.node.children[-1].spec is not PUNCTUATION

    def _close(self) -> None:
        self.at += 1
        self._flush()
        here = self.stack.pop()
        here.node.width = self.at * 8 - (here.node.at or 0)
        if here.member is not None:
            self._close_member(here.member, here.path)

    def _member(self, here: _Open) -> None:
        """A key, a colon, a value."""
        found = _STRING.match(self.data, self.at, self.end)
        if found is None:
            self.problem = (
                "a member should begin here: a key in double quotes"
                if self.at < self.end
                else "the document ends in the middle"
            )
            return
        self._flush()
        start = self.at
        key = self._text(start, found[0])
        member = self._node(MEMBER, start, start, key)
        here.node.children.append(member)
        self.at = self.left = found.end()
        self._skip()
        if self.data[self.at : min(self.at + 1, self.end)] != b":":
            self._stop_member(member, start, found.end(), key)
            self.problem = "a colon should follow the key" if self.at < self.end else "the document ends in the middle"
            return
        self.at += 1
        self.keys[id(member)] = (start, found.end())
        self._value(f"{here.path}/{key}", member)
        if self.problem and self.left == found.end():
            self._stop_member(member, start, found.end(), key)

    def _stop_member(self, member: Node, start: int, stop: int, key: str) -> None:
        member.children.append(self._node(KEY, start, stop, key))
        member.width = stop * 8 - (member.at or 0)

    def _close_member(self, member: Node, path: str) -> None:
        """The key and the path come last, as Wireshark has them: inner keys are then listed before outer ones."""
        start, stop = self.keys.pop(id(member))
        member.width = self.at * 8 - (member.at or 0)
        member.children.append(self._node(KEY, start, stop, member.value))
        member.children.append(self._node(PATH, start, self.at, path, tiles=False))

    def _give_up(self) -> None:
        """What is left is one node, inside everything that was still open."""
        start = self.left
        text = f"{self.problem} (byte {self.at - self.view.start} of the document)"
        limit = "only the first" in self.problem
        if not (self.partial and self.at >= self.end):
            kind = "truncated" if limit else "malformed"
            self.layer.issues.append(Issue(kind, REST.name, self.at * 8, (self.end - self.at) * 8, text))
        if start < self.end:
            self._nodes().append(self._node(REST, start, self.end, self.data[start : self.end]))
        self.at = self.end
        while self.stack:
            here = self.stack.pop()
            here.node.width = self.end * 8 - (here.node.at or 0)
            if here.member is not None and id(here.member) in self.keys:
                self._close_member(here.member, here.path)


TYPES = ("application/json", "application/json-rpc", "application/jsonrequest", "application/x-json", "text/json")

PROTOCOL = Protocol(
    "json",
    "JavaScript Object Notation",
    dissect,
    fields=FIELDS,
    claims=tuple(Claim("media_type", name) for name in TYPES),
    guess=looks_like_json,
    guess_in="websocket.payload",
)
