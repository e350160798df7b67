"""The real curl program, and its own account of what it sent and received.

`curl -v` writes each head that it sends (`> `) and receives (`< `) to standard error; bodies go into files. From both
an exchange is put together as the log tells it: method, target, headers, status, digest of the body.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE

from inspector.lab.errors import LabError
from inspector.lab.log import Entry, body_entry, end_name
from inspector.lab.stage import Stage

SECONDS = 10
# Nothing of the user's own settings: no .curlrc, no proxy.
COMMON = ("-q", "-sS", "-v", "--max-time", str(SECONDS))
EACH = ("--http1.1", "--noproxy", "*", "-w", "%{local_port}\n")


@dataclass(frozen=True)
class Request:
    """One request of a curl command: a path, the options before it, and the body that they send."""

    target: str
    options: Sequence[str] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Head:
    """One head in curl's account: its first line, and the headers in order."""

    direction: str
    start: str
    headers: list[list[str]]


def read_heads(account: str) -> list[Head]:
    """The heads in what `curl -v` wrote, in the order in which they crossed the wire."""
    heads: list[Head] = []
    # An interim response is followed by the next head without the empty line that ends every other head.
    inside = False
    for line in account.splitlines():
        direction, text = line[:1], line[2:]
        if direction not in {"<", ">"}:
            continue
        if not text:
            inside = False
        elif inside and not text.startswith("HTTP/"):
            name, _, value = text.partition(":")
            heads[-1].headers.append([name, value.strip()])
        else:
            heads.append(Head(direction, text, []))
            inside = True
    return heads


def pair_heads(heads: Sequence[Head]) -> list[list[Head]]:
    """Each request head with the response heads (interim ones first) that follow it."""
    exchanges: list[list[Head]] = []
    for head in heads:
        if head.direction == ">":
            exchanges.append([head])
        else:
            exchanges[-1].append(head)
    return exchanges


def status_of(head: Head) -> int:
    """The status code of a response head."""
    return int(head.start.split(" ", 2)[1])


def exchange_entry(heads: Sequence[Head], request_body: bytes, response_body: bytes) -> Entry:
    """One exchange as the log tells it."""
    method, target, version = heads[0].start.split(" ")
    version = version.removeprefix("HTTP/")
    request = {"method": method, "target": target, "version": version, "headers": heads[0].headers}
    if len(heads) == 1:
        return {"request": request | body_entry(request_body), "response": None, "interim": [], "upgraded": None}
    final = heads[-1]
    version, _, status_and_reason = final.start.partition(" ")
    response = {
        "status": status_of(final),
        "reason": status_and_reason[4:],
        "version": version.removeprefix("HTTP/"),
        "headers": final.headers,
    }
    return {
        "request": request | body_entry(request_body),
        "response": response | body_entry(b"" if method == "HEAD" else response_body),
        "interim": [status_of(head) for head in heads[1:-1]],
        "upgraded": None,
    }


def arguments(origin: str, requests: Sequence[Request], folder: Path) -> list[str]:
    """The command line: all requests in one curl, so that it can keep the connection."""
    parts: list[str] = [*COMMON]
    for number, request in enumerate(requests):
        if number:
            parts.append("--next")
        parts += [*EACH, *request.options, "-o", str(folder / f"{number}.body")]
        if request.body:
            sent = folder / f"{number}.sent"
            sent.write_bytes(request.body)
            parts += ["--data-binary", f"@{sent}"]
        parts.append(origin + request.target)
    return parts


def complaint_of(account: str) -> str:
    """What curl says that went wrong, without its own name before it."""
    complaints = [line for line in account.splitlines() if line.startswith("curl: ")]
    return complaints[0].removeprefix("curl: ") if complaints else "it gave no reason"


async def run_curl(parts: Sequence[str]) -> tuple[list[int], str]:
    """Run it; returns the client port of each request, and curl's account. Raises LabError."""
    program = shutil.which("curl")
    if program is None:
        raise LabError("This scenario needs the program curl, which is not installed: install the package curl.")
    process = await asyncio.create_subprocess_exec(program, *parts, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        ports, account = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = account.decode(errors="replace")
    if process.returncode:
        raise LabError(f"curl did not get what it asked for ({complaint_of(text)}): run the scenario again.")
    return [int(port) for port in ports.split()], text


async def curl(stage: Stage, server: str, requests: Sequence[Request], host: str = "localhost") -> None:
    """Make the requests with one curl, over as few connections as it needs, and note each exchange in the log."""
    origin = f"http://{end_name(host, stage.ports[server])}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports, account = await run_curl(arguments(origin, requests, folder))
        heads = pair_heads(read_heads(account))
        for number, (request, port) in enumerate(zip(requests, ports, strict=True)):
            kept = folder / f"{number}.body"
            response_body = kept.read_bytes() if kept.exists() else b""
            stream = stage.log.stream(end_name(stage.host, port), stage.end(server))
            stream.exchanges.append(exchange_entry(heads[number], request.body, response_body))
    stage.log.made_with["curl"] = agent_of(heads)


def agent_of(exchanges: Sequence[Sequence[Head]]) -> str:
    """curl's version, from its own User-Agent header."""
    agents = [value for name, value in exchanges[0][0].headers if name == "User-Agent"]
    return agents[0].removeprefix("curl/") if agents else "unknown"
