"""`inspector doctor`: what works on this machine, one line each, and what to do about what does not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from inspector import __version__
from inspector.capture.rights import Finding, findings
from inspector.cli.output import on_terminal, say

LEAST = 80, 24
FOUR_PANES = 120, 40

# Packages that some part needs: what it is for, and how to get it. The first of a name's parts is what is imported.
LIBRARIES = {
    "numpy": ("reading captures", "pip install numpy"),
    "textual": ("the window", "pip install textual"),
    "zstandard": ("captures compressed with zstd", "pip install zstandard"),
    "lz4": ("captures compressed with lz4", "pip install lz4"),
    "brotli": ("HTTP bodies compressed with br", "pip install brotli"),
    "scapy": ("live capture", "pip install scapy"),
    "shtab": ("--print-completion", "pip install shtab"),
    "starlette": ("the lab", "pip install 'stack-inspector[lab]'"),
    "uvicorn": ("the lab", "pip install 'stack-inspector[lab]'"),
    "websockets": ("the lab", "pip install 'stack-inspector[lab]'"),
}


def report() -> None:
    """Print all of it. What is missing is no failure: the exit status says only that we looked."""
    found = [_python(), *findings(), *_terminal(os.environ), *_libraries()]
    width = max(len(finding.subject) for finding in found)
    for finding in found:
        mark = "ok" if finding.works else "no"
        advice = f" -> {finding.advice}" if finding.advice else ""
        say(f"{mark}  {finding.subject:{width}}  {finding.found}{advice}")


def _python() -> Finding:
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}, inspector {__version__}"
    return Finding("Python", True, said)


def _terminal(environment: Mapping[str, str]) -> list[Finding]:
    if not on_terminal(sys.stdout):
        found = "standard output is no terminal; `inspector open` prints the list there"
        return [Finding("terminal", False, found, "run `inspector doctor` in the terminal that you use")]
    return [_size(), _colours(environment), _encoding()]


def _size() -> Finding:
    columns, lines = shutil.get_terminal_size()
    found = f"{columns} columns, {lines} lines"
    if columns < LEAST[0] or lines < LEAST[1]:
        return Finding("size", False, found, f"make it at least {LEAST[0]}x{LEAST[1]}")
    if columns < FOUR_PANES[0] or lines < FOUR_PANES[1]:
        return Finding("size", True, f"{found}; from {FOUR_PANES[0]}x{FOUR_PANES[1]} on four panes fit")
    return Finding("size", True, found)


def _colours(environment: Mapping[str, str]) -> Finding:
    term = environment.get("TERM", "")
    if environment.get("NO_COLOR"):
        return Finding("colours", True, "none, because NO_COLOR is set")
    if environment.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Finding("colours", True, "16 million (COLORTERM)")
    if "256color" in term:
        return Finding("colours", True, f"256 (TERM is {term})")
    if term in ("", "dumb"):
        return Finding("colours", False, f"TERM is {term or 'not set'}", "set TERM to what the terminal is")
    return Finding("colours", True, f"16 (TERM is {term})")


def _encoding() -> Finding:
    name = (sys.stdout.encoding or "unknown").lower()
    if name.replace("-", "") == "utf8":
        return Finding("encoding", True, "UTF-8")
    advice = "choose a UTF-8 locale, as in LC_ALL=C.UTF-8; else signs that it lacks are shown as \\u escapes"
    return Finding("encoding", False, name, advice)


def _libraries() -> list[Finding]:
    found = []
    for name, (purpose, advice) in LIBRARIES.items():
        there = find_spec(name) is not None
        said = f"installed, for {purpose}" if there else f"missing, for {purpose}"
        found.append(Finding(name, there, said, "" if there else advice))
    return found
