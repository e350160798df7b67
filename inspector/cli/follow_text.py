"""`inspector follow`: one conversation as text, or as JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from inspector.cli.output import Failure, complain, say, say_json
from inspector.session.follow import follow_http, follow_tcp, follow_websocket
from inspector.session.session import Session

FORMS = {"tcp": follow_tcp, "http": follow_http, "websocket": follow_websocket}
ARROWS = {"client": "→", "server": "←"}
LONGEST_NUMBER = 18
"""Digits; no capture holds that many streams, and the number of a stream is believed only as far as that."""


def say_stream(session: Session, name: str, form: str | None, as_json: bool) -> None:
    """Everything that was said in one stream, in the form that was asked for or the one that fits best."""
    transport, number = _read_name(name)
    _check_exists(session, transport, number)
    if transport == "udp":
        raise Failure(
            "Only TCP streams can be followed; `inspector tree FILE -Y 'udp.stream == N'` shows the datagrams."
        )
    reader = session.reader(number)
    reader.advance()
    chosen = form or _best_form(reader.protocols)
    if chosen != "tcp" and chosen not in reader.protocols:
        complain(f"No {chosen} was found in stream {name} of {session.title}; `--as tcp` shows its bytes.")
    found: Iterable[dict[str, Any]] = FORMS[chosen](reader)
    for message in found:
        if as_json:
            say_json(message)
        else:
            TEXTS[chosen](message)


def _best_form(protocols: list[str]) -> str:
    return next((name for name in reversed(protocols) if name in FORMS), "tcp")


def _read_name(name: str) -> tuple[str, int]:
    transport, _, number = name.rpartition(":")
    if name not in (number, f"tcp:{number}", f"udp:{number}") or not number.isdecimal() or len(number) > LONGEST_NUMBER:
        raise Failure(f"A stream is named 7, tcp:7 or udp:7, not {name!r}.", 2)
    return transport or "tcp", int(number)


def _check_exists(session: Session, transport: str, number: int) -> None:
    count = len(session.index.streams(transport))
    if number >= count:
        there = "there is none" if not count else "the only one is 0" if count == 1 else f"the last one is {count - 1}"
        raise Failure(f"There is no {transport.upper()} stream {number} in {session.title}: {there}.")


def _say_bytes(piece: Mapping[str, Any]) -> None:
    head = f"{ARROWS[piece['sender']]} {piece['sender']} byte {piece['offset']}"
    if piece.get("missing"):
        say(f"{head}: {piece['length']} bytes are missing from the capture")
        return
    say(f"{head}, packet {piece['packet']}:")
    for line in base64.b64decode(piece["data"]).decode("utf-8", "backslashreplace").splitlines():
        say(f"    {line}")


def _say_exchange(exchange: Mapping[str, Any]) -> None:
    request, response = exchange["request"], exchange["response"]
    say(f"→ packet {request['packet']}: {request['method']} {request['target']} HTTP/{request['version']}")
    _say_headers(request)
    for status in exchange["interim"]:
        say(f"← {status} (interim)")
    if response is None:
        say("← no answer in the capture")
    else:
        head = f"HTTP/{response['version']} {response['status']} {response['reason']}".rstrip()
        say(f"← packet {response['packet']}: {head}")
        _say_headers(response)
    if exchange["upgraded"]:
        say(f"  the connection speaks {exchange['upgraded']} from here on")
    say("")


def _say_headers(head: Mapping[str, Any]) -> None:
    for name, value in head["headers"]:
        say(f"    {name}: {value}")
    if head["body_length"]:
        cut = "" if head.get("complete", True) else ", not complete in the capture"
        say(f"    ({head['body_length']} bytes of body{cut})")


def _say_message(message: Mapping[str, Any]) -> None:
    head = f"{ARROWS[message['sender']]} packet {message['packet']} {message['kind']}"
    notes = [f"{message['length']} bytes"]
    if message["frames"] > 1:
        notes.append(f"{message['frames']} frames")
    if message["compressed"]:
        notes.append(f"compressed to {message['wire_length']} on the wire")
    if not message["complete"]:
        notes.append("not complete in the capture")
    say(f"{head} ({', '.join(notes)}){_content(message)}")


def _content(message: Mapping[str, Any]) -> str:
    if message["kind"] == "close":
        return f": {message['code']} {message['reason'] or ''}".rstrip() if message["code"] is not None else ""
    if message.get("text") is not None:
        return f": {message['text']}"
    data = base64.b64decode(message.get("data") or "")
    return f": {data[:32].hex(' ')}{' ...' if len(data) > 32 else ''}" if data else ""


TEXTS = {"tcp": _say_bytes, "http": _say_exchange, "websocket": _say_message}
