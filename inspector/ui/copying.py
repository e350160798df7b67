"""What `y` and `Y` put on the clipboard: a value, or the filter that finds it. Never a line break, never a control.

What is copied is pasted into shells and editors, and it came from a stranger's packet: a line break in it would run a
command. So whatever is not printable is written as an escape, in values as in filters.
"""

from __future__ import annotations

from inspector.core.node import Node

BYTES_AT_MOST = 64
"""A filter on a longer run of bytes compares its first 64."""


def value(node: Node) -> str:
    """The value as one printable line: `10.0.0.1`, `0x0012`, `GET / HTTP/1.1\\r\\n`."""
    return visible(node.show)


def visible(text: str) -> str:
    """Text with every character that cannot be seen written as an escape, and nothing else changed."""
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def _escape(one: str) -> str:
    return one.encode("unicode_escape", "surrogatepass").decode("ascii")


def expression(node: Node) -> str:
    """The display filter that this field of this packet matches; for a field without a value, its name."""
    name, found = node.name, node.value
    if isinstance(found, bool):
        return f"{name} == {int(found)}"
    if isinstance(found, bytes):
        return _bytes(name, found)
    if isinstance(found, str) and node.spec.kind == "str":
        return f"{name} == {quoted(found)}"
    return name if found is None else f"{name} == {visible(node.show)}"


def _bytes(name: str, found: bytes) -> str:
    if not found:
        return name
    cut = found[:BYTES_AT_MOST]
    part = f"[0:{len(cut)}]" if len(found) > len(cut) else ""
    return f"{name}{part} == {cut.hex(':')}"


def quoted(text: str) -> str:
    """A string as the filter language writes it: in double quotes, with what is not printable as `\\xNN`."""
    shown = []
    for one in text:
        if one in '"\\':
            shown.append("\\" + one)
        elif one.isprintable():
            shown.append(one)
        else:
            shown.extend(f"\\x{byte:02x}" for byte in one.encode("utf-8", "surrogatepass"))
    return f'"{"".join(shown)}"'
