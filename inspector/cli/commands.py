"""The commands, one function each: open the capture, walk its packets, print."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.capture.files import CaptureError
from inspector.cli import fields_text, follow_text, packet_json, packet_text, streams_text
from inspector.cli.loading import load
from inspector.cli.output import Failure, complain, on_terminal, say, say_json_line
from inspector.core.layer import Packet
from inspector.engine.registry import known_fields
from inspector.query.expression import QueryError
from inspector.query.filter import Filter
from inspector.session.session import Session, open_session
from inspector.session.spool import spooled


def show_home() -> int:
    """`inspector` alone: the home screen, or, with no terminal, what can be typed."""
    if on_terminal(sys.stdout) and on_terminal(sys.stdin):
        from inspector.ui.app import run

        return run(None)
    from inspector.cli.arguments import parser

    parser().print_help()
    return 0


def run_open(arguments: argparse.Namespace) -> int:
    """The window; with no terminal on standard output, the list."""
    if not on_terminal(sys.stdout):
        return run_list(arguments)
    with _opened(arguments) as session:
        if arguments.filter:
            _check(session, arguments.filter)
        from inspector.ui.app import run

        if arguments.file == "-":
            _take_terminal()
        return run(session, arguments.filter)


def run_info(arguments: argparse.Namespace) -> int:
    """The file as a whole."""
    from inspector.cli.info_text import say_info

    with _loaded(arguments) as session:
        say_info(session, arguments.json)
        return _status(session)


def run_save(arguments: argparse.Namespace) -> int:
    """Chosen packets in a new file."""
    from inspector.cli.save import save

    with _loaded(arguments) as session:
        save(session, arguments)
        return _status(session)


def run_doctor(arguments: argparse.Namespace) -> int:
    """What works on this machine."""
    from inspector.cli.doctor import report

    report()
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """One line per packet."""
    with _loaded(arguments) as session:
        for packet in _chosen(session, arguments):
            packet_text.say_line(session, packet)
        return _status(session)


def run_tree(arguments: argparse.Namespace) -> int:
    """Every field of every layer."""
    with _loaded(arguments) as session:
        for packet in _chosen(session, arguments):
            packet_text.say_tree(session, packet, arguments.explain)
        return _status(session)


def run_fields(arguments: argparse.Namespace) -> int:
    """Chosen fields, as `tshark -T fields` prints them."""
    style = fields_text.read_style(arguments.style)
    fields_text.check_names(arguments.names)
    with _loaded(arguments) as session:
        fields_text.say_header(arguments.names, style)
        for packet in _chosen(session, arguments):
            fields_text.say_fields(packet, arguments.names, style)
        return _status(session)


def run_json(arguments: argparse.Namespace) -> int:
    """One JSON object per packet."""
    with _loaded(arguments) as session:
        for packet in _chosen(session, arguments):
            say_json_line(packet_json.line(packet, with_bytes=arguments.bytes))
        return _status(session)


def run_streams(arguments: argparse.Namespace) -> int:
    """The conversations."""
    with _loaded(arguments) as session:
        streams_text.say_streams(session, arguments.json)
        return _status(session)


def run_follow(arguments: argparse.Namespace) -> int:
    """What was said in one stream."""
    with _loaded(arguments) as session:
        follow_text.say_stream(session, arguments.stream, arguments.form, arguments.json)
        return _status(session)


def run_explain(arguments: argparse.Namespace) -> int:
    """The annotation of a field."""
    packet_text.say_annotation(arguments.name)
    return 0


def run_lint(arguments: argparse.Namespace) -> int:
    """Check the knowledge; every finding is a line."""
    from inspector.knowledge.lint import lint

    findings = lint(known_fields())
    for finding in findings:
        say(str(finding))
    say(f"{len(findings)} findings" if findings else "lint: the knowledge is complete and every reference resolves")
    return 1 if findings else 0


def run_lab(arguments: argparse.Namespace) -> int:
    """List the scenarios, or run one."""
    from inspector.cli.lab_text import run

    return run(arguments.name, arguments.output, dict(arguments.ports))


@contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[Session]:
    file, most = arguments.file, arguments.max_size
    if not file:
        raise Failure("The name of the capture file is empty; give one, or - for standard input.", 2)
    if file == "-" and sys.stdin is None:
        raise Failure("Standard input is closed; pipe a capture into it.")
    try:
        session = spooled(sys.stdin.buffer, most) if file == "-" else open_session(file, most)
    except CaptureError as error:
        raise Failure(str(error)) from None
    try:
        yield session
    finally:
        session.close()


@contextmanager
def _loaded(arguments: argparse.Namespace) -> Iterator[Session]:
    with _opened(arguments) as session:
        load(session)
        yield session


def _chosen(session: Session, arguments: argparse.Namespace) -> Iterator[Packet]:
    """The packets that the command asks for, in order."""
    number: int | None = getattr(arguments, "number", None)
    chosen = _check(session, arguments.filter) if arguments.filter else None
    if number is not None and number > session.count:
        raise Failure(f"There is no packet {number}: {session.title} holds {session.count}.")
    for found in range(1, session.count + 1) if number is None else (number,):
        packet = session.packet(found)
        if chosen is None or chosen.matches(session.fields(packet)):
            yield packet


def _check(session: Session, text: str) -> Filter:
    try:
        return session.compile(text)
    except QueryError as error:
        raise Failure(f"The filter cannot be used: {error}", 2) from None


def _status(session: Session) -> int:
    """After all that could be read was printed: say in one line what is wrong with the file, if anything."""
    if not session.damages:
        return 0
    first, *others = session.damages
    more = f" ({len(others)} more {'places are' if len(others) > 1 else 'place is'} damaged.)" if others else ""
    complain(f"{session.title}: {first.text}{more}")
    return 1


def _take_terminal() -> None:
    """The capture came through standard input: give the keyboard back before the window starts."""
    import os

    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise Failure(f"The window needs a terminal for its keys, and there is none ({error.strerror}).") from None
    os.dup2(terminal, 0)
    os.close(terminal)
