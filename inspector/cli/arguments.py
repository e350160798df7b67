"""What can be typed after `inspector`."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from inspector import __version__
from inspector.cli.completion import add_completion, complete_file
from inspector.cli.output import Failure
from inspector.cli.save import comment

COMMANDS = (
    "open", "info", "list", "tree", "fields", "json", "streams", "follow", "explain", "save", "lint", "lab", "doctor",
)  # fmt: skip


LONGEST_NUMBER = 18
"""Digits: what is longer is no number of anything here."""

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line that is safe on a terminal, and takes no abbreviations: they would break scripts
    when an option is added."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        text = message.removeprefix("argument ")
        raise Failure(f"{text[:1].upper()}{text[1:].rstrip('.')}; `{self.prog} --help` shows what can be typed.", 2)


def parser() -> argparse.ArgumentParser:
    """The whole command line, with a line of help for each command and option."""
    top = Parser(
        prog="inspector",
        description="Opens network captures and explains every byte of every layer.",
        epilog="`inspector FILE` opens the window on FILE. A file called like a command is opened as ./NAME.",
    )
    top.add_argument("--version", action="version", version=f"inspector {__version__}")
    add_completion(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _with_file(commands.add_parser("open", help="open the window on a capture (the same as `inspector FILE`)"))
    info = _with_file(commands.add_parser("info", help="the file as a whole, and what is in it"), expression=False)
    info.add_argument("--json", action="store_true", help="as one JSON object")
    _with_file(commands.add_parser("list", help="one line per packet"))
    tree = _with_file(commands.add_parser("tree", help="every field of every layer"))
    tree.add_argument("-n", dest="number", type=_number, metavar="N", help="only packet N")
    tree.add_argument("--explain", action="store_true", help="with an explanation of every field in this packet")
    _add_fields(commands.add_parser("fields", help="chosen fields, as tshark -T fields prints them"))
    json = _with_file(commands.add_parser("json", help="one JSON object per packet"))
    json.add_argument("-n", dest="number", type=_number, metavar="N", help="only packet N")
    json.add_argument("--bytes", action="store_true", help="add the bytes of every source, in hex")
    streams = _with_file(commands.add_parser("streams", help="the TCP and UDP conversations"), expression=False)
    streams.add_argument("--json", action="store_true", help="one JSON object per stream")
    follow = _with_file(commands.add_parser("follow", help="what was said in one stream"), expression=False)
    follow.add_argument("stream", metavar="STREAM", help="the stream's number: 7, tcp:7 or udp:7")
    follow.add_argument("--as", dest="form", choices=("tcp", "http", "websocket"), help="what to read the bytes as")
    follow.add_argument("--json", action="store_true", help="one JSON object per message")
    explain = commands.add_parser("explain", help="what a field is and why it exists")
    explain.add_argument("name", metavar="NAME", help="the field's name, as ip.ttl")
    _add_save(commands.add_parser("save", help="chosen packets in a new file, with nothing of them lost"))
    commands.add_parser("lint", help="check the lessons and the knowledge")
    lab = commands.add_parser("lab", help="list the lab's scenarios, or run one: real traffic on loopback")
    lab.add_argument("name", nargs="?", metavar="NAME", help="the scenario to run")
    lab.add_argument("-w", dest="output", metavar="FILE", help="capture it into FILE")
    lab.add_argument(
        "--port",
        dest="ports",
        type=_port,
        action="append",
        default=[],
        metavar="SERVER=NUMBER",
        help="where a server of the scenario listens, instead of its usual port; may be given several times",
    )
    commands.add_parser("doctor", help="what works on this machine, and what to do about what does not")
    return top


def _with_file(command: argparse.ArgumentParser, expression: bool = True) -> argparse.ArgumentParser:
    complete_file(command.add_argument("file", metavar="FILE", help="a capture file; - reads one from standard input"))
    command.add_argument(
        "--max-size", type=_size, metavar="SIZE", help="unpack at most this much of a compressed file or a pipe, as 5G"
    )
    if expression:
        command.add_argument("-Y", dest="filter", metavar="EXPR", help="only packets that this display filter selects")
    return command


def _add_fields(command: argparse.ArgumentParser) -> None:
    _with_file(command)
    command.add_argument(
        "-e", dest="names", action="append", required=True, metavar="NAME", help="a field; may be given several times"
    )
    command.add_argument(
        "-E",
        dest="style",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        help="header=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, aggregator=,|/s|CHARACTER, quote=d|s|n",
    )


def _add_save(command: argparse.ArgumentParser) -> None:
    _with_file(command)
    complete_file(command.add_argument("out", metavar="OUT", help="the file that is made"))
    command.add_argument("--force", action="store_true", help="replace OUT if it is there")
    command.add_argument("--no-secrets", action="store_true", help="leave out the decryption secrets that FILE holds")
    command.add_argument(
        "--comment",
        dest="comments",
        action="append",
        default=[],
        type=comment,
        metavar="N=TEXT",
        help="give packet N (of FILE) a comment; may be given several times; a pcap file becomes pcapng",
    )


def _size(text: str) -> int:
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in UNITS else (text, "")
    if not _is_number(number):
        raise argparse.ArgumentTypeError(f"expected is a number of bytes, or one with K, M, G or T, not {text!r}")
    return int(number) * UNITS[unit]


def _port(text: str) -> tuple[str, int]:
    server, equals, number = text.partition("=")
    if not server or not equals or not _is_number(number):
        raise argparse.ArgumentTypeError(f"expected is a server's name and a number, as http=3001, not {text!r}")
    return server, int(number)


def _number(text: str) -> int:
    if not _is_number(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a packet's number is a whole number from 1 on, not {text!r}")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
