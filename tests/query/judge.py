"""tshark as the judge of filters: which expressions it accepts, which packets they select, and the values it sees.

One run of tshark decides a whole table of expressions: a script in its own Lua compiles each expression with the same
compiler and applies it to the same packets as `-Y` (test_table.py proves that on some), and prints every occurrence of
the fields that the table speaks of. Ours is then evaluated on tshark's own values, so that what is compared is the
language alone.
"""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from inspector.core.node import Value

COMMAND = ("tshark", "-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE")

_KINDS = {
    **{f"FT_UINT{bits}": "uint" for bits in range(8, 65, 8)},
    **{f"FT_INT{bits}": "int" for bits in range(8, 65, 8)},
    "FT_FRAMENUM": "uint",
    "FT_CHAR": "uint",
    "FT_BOOLEAN": "bool",
    "FT_STRING": "str",
    "FT_STRINGZ": "str",
    "FT_UINT_STRING": "str",
    "FT_STRINGZPAD": "str",
    "FT_ETHER": "ether",
    "FT_BYTES": "bytes",
    "FT_UINT_BYTES": "bytes",
    "FT_IPv4": "ipv4",
    "FT_IPv6": "ipv6",
    "FT_RELATIVE_TIME": "time",
    "FT_ABSOLUTE_TIME": "time",
    "FT_FLOAT": "float",
    "FT_DOUBLE": "float",
    "FT_NONE": "none",
}

_SCRIPT = """
local lines = {}
for line in io.lines(os.getenv("JUDGE_EXPRESSIONS")) do lines[#lines + 1] = line end
local fields = {}
for line in io.lines(os.getenv("JUDGE_NAMES")) do fields[line] = Field.new(line) end
local out = io.open(os.getenv("JUDGE_OUT"), "w")
for i, line in ipairs(lines) do
  local ok, listener = pcall(Listener.new, "frame", line)
  if ok then
    out:write("accepted\\t", i, "\\n")
    listener.packet = function(packet) out:write("selected\\t", i, "\\t", packet.number, "\\n") end
  else
    out:write("refused\\t", i, "\\t", (tostring(listener):gsub("%s+", " ")), "\\n")
  end
end
local function hex(text) return (text:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
local all = Listener.new("frame")
all.packet = function(packet)
  out:write("packet\\t", packet.number, "\\n")
  for name, field in pairs(fields) do
    for _, info in ipairs({field()}) do
      local value = info.type == ftypes.NONE and "" or tostring(info.value)
      local bytes, rest = "", ""
      if info.len > 0 then bytes = info.range:bytes():tohex() end
      if info.type == ftypes.PROTOCOL then rest = info.source:range(info.offset):bytes():tohex() end
      out:write("value\\t", packet.number, "\\t", name, "\\t", hex(value), "\\t", bytes, "\\t", rest, "\\n")
    end
  end
end
all.draw = function() out:close() end
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A field as `tshark -G fields` and `-G values` describe it."""

    name: str
    kind: str
    names: Mapping[int, str] = field(default_factory=dict)
    width: int | None = None


class Values:
    """The fields of one packet, as tshark has them: what `matches` is called with."""

    def __init__(self) -> None:
        self.found: dict[str, list[Value]] = {}
        self.rest: dict[str, list[bytes]] = {}

    def __call__(self, name: str) -> Sequence[Value]:
        return self.found.get(name, ())

    def whole(self, name: str) -> Sequence[bytes]:
        return self.rest.get(name, ())


@dataclass
class Judgement:
    """For each expression the packets it selects, or why it is refused; and each packet's values."""

    selected: dict[str, set[int]]
    refused: dict[str, str]
    packets: dict[int, Values]


def _asked(*arguments: str) -> list[list[str]]:
    said = subprocess.run(["tshark", "-G", *arguments], capture_output=True, check=True).stdout
    return [line.split("\t") for line in said.decode("utf-8", "replace").split("\n")]


def _number(text: str) -> int:
    """A value of `tshark -G values`: a number, or for a character field a character in quotes."""
    return ord(text[1]) if text.startswith("'") and len(text) == 3 else int(text, 0) if text[0] != "'" else -1


LAYERS = [
    "arp",
    "data",
    "dhcp",
    "dns",
    "eth",
    "frame",
    "http",
    "icmp",
    "icmpv6",
    "ip",
    "ipv6",
    "json",
    "tcp",
    "udp",
    "vlan",
    "websocket",
]


@functools.cache
def known() -> Mapping[str, Known]:
    """tshark's fields of the protocols that the table speaks of; of several with one name the first."""
    names: dict[str, dict[int, str]] = {}
    for row in _asked("values"):
        if len(row) == 4 and row[0] == "V":
            names.setdefault(row[1], {}).setdefault(_number(row[2]), row[3])
        elif len(row) == 4 and row[0] == "T":
            names.setdefault(row[1], {1: row[2], 0: row[3]})
    found: dict[str, Known] = {}
    for row in _asked("fields"):
        if len(row) < 4 or row[0] != "F" or row[2].partition(".")[0] not in LAYERS:
            continue
        if row[3] in _KINDS and row[2] not in found:
            digits = row[3].removeprefix("FT_U").removeprefix("FT_").removeprefix("INT")
            width = int(digits) if digits.isdigit() else 32 if row[3] == "FT_FRAMENUM" else None
            found[row[2]] = Known(row[2], _KINDS[row[3]], names.get(row[2], {}), width)
    return MappingProxyType(found)


def judge(capture: Path, expressions: Sequence[str], names: Iterable[str], folder: Path) -> Judgement:
    """Asks tshark about all expressions over one capture."""
    script, out = folder / "judge.lua", folder / "judge.out"
    script.write_text(_SCRIPT)
    (folder / "expressions").write_text("".join(f"{line}\n" for line in expressions))
    (folder / "names").write_text("".join(f"{name}\n" for name in sorted(names)))
    environment = os.environ | {
        "TZ": "UTC",
        "JUDGE_EXPRESSIONS": str(folder / "expressions"),
        "JUDGE_NAMES": str(folder / "names"),
        "JUDGE_OUT": str(out),
    }
    command = [*COMMAND, "-q", "-X", f"lua_script:{script}", "-r", str(capture)]
    subprocess.run(command, env=environment, capture_output=True, check=False)
    return _read(out.read_bytes().decode("utf-8", "surrogateescape"), expressions)


def _read(said: str, expressions: Sequence[str]) -> Judgement:
    judgement = Judgement({}, {}, {})
    for line in said.split("\n"):
        match line.split("\t"):
            case "accepted", number:
                judgement.selected[expressions[int(number) - 1]] = set()
            case "refused", number, *why:
                judgement.refused[expressions[int(number) - 1]] = " ".join(why)
            case "selected", number, packet:
                judgement.selected[expressions[int(number) - 1]].add(int(packet))
            case "packet", packet:
                judgement.packets.setdefault(int(packet), Values())
            case "value", packet, name, value, data, rest:
                _add(judgement.packets.setdefault(int(packet), Values()), name, bytes.fromhex(value), data, rest)
    return judgement


def _add(values: Values, name: str, value: bytes, data: str, rest: str) -> None:
    spec = known().get(name)
    kind = spec.kind if spec else "layer"
    values.found.setdefault(name, []).append(_value(kind, value.decode("utf-8", "surrogateescape"), data))
    if kind == "layer":
        values.rest.setdefault(name, []).append(bytes.fromhex(rest))


def _value(kind: str, value: str, data: str) -> Value:
    match kind:
        case "uint" | "int":
            return int(value)
        case "bool":
            return value == "true"
        case "bytes":
            return bytes.fromhex(value) if value else bytes.fromhex(data)
        case "layer":
            return bytes.fromhex(data)
        case "time":
            sign = -1 if value.startswith("-") else 1
            whole, _, rest = value.lstrip("-").partition(".")
            return sign * (int(whole) * 1_000_000_000 + int(rest.ljust(9, "0")))
        case "float":
            return float(value)
        case "none":
            return None
    return value
