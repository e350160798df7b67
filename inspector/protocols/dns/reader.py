"""A cursor over one DNS message: takes field after field, names too, and notes what is wrong.

Where the bytes end before a field does, `Ended` is raised inside this package only; whoever reads a section catches it,
and what follows in that section stays bytes.
"""

from __future__ import annotations

import time

from inspector.core.addresses import ipv4, ipv6
from inspector.core.node import Issue, Node, Value
from inspector.core.source import View
from inspector.core.spec import Spec
from inspector.protocols.dns.names import Name, read_name

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ADDRESSES = {"ipv4": (4, ipv4), "ipv6": (16, ipv6)}


class Ended(Exception):
    """The bytes ended inside a field; the issue is noted."""


class Reader:
    """Reads from byte `at` of a message up to `end`, where `said` says that the bytes end.

    Positions count from the message's first byte, as its pointers do. Nodes go to `nodes`, which whoever reads a part
    may exchange for the children of another node.
    """

    def __init__(self, view: View, issues: list[Issue]) -> None:
        self.view, self.issues = view, issues
        self.message = view.data
        self.at, self.end, self.said = 0, len(self.message), view.said
        self.nodes: list[Node] = []
        self.types_in_maps = 0

    @property
    def left(self) -> int:
        return self.end - self.at

    def place(self, spec: Spec, at: int, size: int, value: Value, *, tiles: bool = True) -> Node:
        """A node for bytes that are already behind the cursor, or before it."""
        start = self.view.start + at
        return Node(spec, self.view.source, start * 8, size * 8, value, tiles=tiles)

    def bits(self, spec: Spec, at: int, offset: int, width: int, value: Value, *, tiles: bool = True) -> Node:
        """A node for some bits, `offset` bits behind the beginning of byte `at`."""
        return Node(spec, self.view.source, (self.view.start + at) * 8 + offset, width, value, tiles=tiles)

    def need(self, spec: Spec, size: int) -> None:
        """Make sure that `size` more bytes are there."""
        if size > self.left:
            text = f"{spec.label} needs {size} byte{'s' * (size != 1)}, but {self._leaves()}"
            self.complain(spec, text, ended=True)
            raise Ended

    def _leaves(self) -> str:
        short = self.view.missing and self.end == len(self.message)
        if short or self.said == "the capture":
            return f"{self.left} are left in the capture"
        return f"{self.said} leaves {self.left}"

    def complain(self, spec: Spec, text: str, *, at: int = -1, size: int = 0, ended: bool = False) -> None:
        """Note something wrong; `ended` where it is only that the bytes ended."""
        whole = self.end == len(self.message)
        cut = ended and whole and (self.view.missing > 0 or self.said == "the capture")
        at = self.at if at < 0 else at
        size = size or max(self.left, 0)
        kind = "truncated" if cut else "malformed"
        self.issues.append(Issue(kind, spec.name, (self.view.start + at) * 8, size * 8, text))

    def number(self, spec: Spec, size: int) -> int:
        """An unsigned number of `size` bytes."""
        self.need(spec, size)
        value = int.from_bytes(self.message[self.at : self.at + size], "big")
        self._take(spec, size, value)
        return value

    def data(self, spec: Spec, size: int) -> bytes:
        """Bytes as they are."""
        self.need(spec, size)
        value = self.message[self.at : self.at + size]
        self._take(spec, size, value)
        return value

    def text(self, spec: Spec, size: int) -> str:
        """Bytes as text; what is no UTF-8 stays visible."""
        self.need(spec, size)
        value = self.message[self.at : self.at + size].decode("utf-8", "backslashreplace")
        self._take(spec, size, value)
        return value

    def address(self, spec: Spec) -> str:
        """An IPv4 or IPv6 address, by the spec's kind."""
        size, write = ADDRESSES[spec.kind]
        self.need(spec, size)
        value = write(self.message[self.at : self.at + size])
        self._take(spec, size, value)
        return value

    def moment(self, spec: Spec) -> str:
        """Four bytes of seconds since 1970."""
        self.need(spec, 4)
        value = date(int.from_bytes(self.message[self.at : self.at + 4], "big"))
        self._take(spec, 4, value)
        return value

    def name(self, spec: Spec) -> Name:
        """A domain name; one whose end cannot be told ends what is being read."""
        name = read_name(self.message, self.at, self.end)
        if name.problem:
            self.complain(spec, name.problem, size=max(name.size, 0), ended=name.ended)
        if name.size < 0:
            raise Ended
        self._take(spec, name.size, name.text)
        return name

    def _take(self, spec: Spec, size: int, value: Value) -> None:
        self.nodes.append(self.place(spec, self.at, size, value))
        self.at += size


def date(seconds: int) -> str:
    """A moment in UTC as tshark writes it."""
    moment = time.gmtime(seconds)
    return f"{MONTHS[moment.tm_mon - 1]} {moment.tm_mday:2d}, {time.strftime('%Y %H:%M:%S', moment)}.000000000 UTC"
