"""`inspector fields`: what `tshark -T fields` prints for the same options, so that scripts need not change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from inspector.cli.output import Failure
from inspector.core.escape import escaped
from inspector.core.layer import Packet
from inspector.engine.registry import known_fields, registry

SPECIAL = {"/t": "\t", "/s": " "}
QUOTES = {"d": '"', "s": "'", "n": ""}
C_ESCAPES = str.maketrans({"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"})


class Style(NamedTuple):
    """The values of `-E`."""

    header: bool = False
    separator: str = "\t"
    occurrence: str = "a"
    aggregator: str = ","
    quote: str = ""


def read_style(options: Sequence[str]) -> Style:
    """The style that `-E` options ask for; a Failure for one that is not known."""
    style = Style()
    for option in options:
        name, _, value = option.partition("=")
        if name == "header" and value in ("y", "n"):
            style = style._replace(header=value == "y")
        elif name == "separator" and (value in SPECIAL or len(value) == 1):
            style = style._replace(separator=SPECIAL.get(value, value))
        elif name == "aggregator" and (value in SPECIAL or len(value) == 1):
            style = style._replace(aggregator=SPECIAL.get(value, value))
        elif name == "occurrence" and value in ("f", "l", "a"):
            style = style._replace(occurrence=value)
        elif name == "quote" and value in QUOTES:
            style = style._replace(quote=QUOTES[value])
        else:
            known = "header=y|n, separator=/t|/s|C, occurrence=f|l|a, aggregator=/s|C, quote=d|s|n"
            raise Failure(f"-E {option!r} is not known; expected one of {known}.", 2)
    return style


def check_names(names: Sequence[str]) -> None:
    """A Failure that suggests the nearest name, if one is not known."""
    known = known_fields()
    for name in names:
        if name not in known and name not in registry().protocols:
            near = get_close_matches(name, list(known), 1)
            hint = f"; did you mean {near[0]}?" if near else "; `inspector tree FILE` shows the names."
            raise Failure(f"There is no field {name!r}{hint}", 2)


def say_header(names: Sequence[str], style: Style) -> None:
    if style.header:
        sys.stdout.write(style.separator.join(names) + "\n")


def say_fields(packet: Packet, names: Sequence[str], style: Style) -> None:
    """One packet's values in one line."""
    shown: dict[str, list[str]] = {name: [] for name in names}
    for layer in packet.layers:
        if layer.name in shown:
            shown[layer.name].append(_plain(layer.label))
        for node in layer.walk():
            if node.spec.name in shown and node.spec.name != layer.name:
                shown[node.spec.name].append(_plain(node.show))
    sys.stdout.write(style.separator.join(_cell(shown[name], style) for name in names) + "\n")


def _cell(values: list[str], style: Style) -> str:
    if not values:
        return ""
    if style.occurrence != "a":
        values = values[:1] if style.occurrence == "f" else values[-1:]
    return style.quote + style.aggregator.join(values) + style.quote


def _plain(text: str) -> str:
    """Line ends and tabs as C writes them, as tshark does; all else that a terminal would obey as \\uXXXX."""
    return escaped(text.translate(C_ESCAPES))
