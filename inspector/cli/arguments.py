"""What can be typed after `inspector`."""

from __future__ import annotations

import argparse

from inspector import __version__

COMMANDS = ("open", "list", "tree", "fields", "json", "streams", "follow", "explain", "lint", "lab")


def parser() -> argparse.ArgumentParser:
    """The whole command line, with a line of help for each command and option."""
    top = argparse.ArgumentParser(
        prog="inspector",
        description="Opens network captures and explains every byte of every layer.",
        epilog="`inspector FILE` opens the window on FILE. A file called like a command is opened as ./NAME.",
    )
    top.add_argument("--version", action="version", version=f"inspector {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _with_file(commands.add_parser("open", help="open the window on a capture (the same as `inspector FILE`)"))
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
    commands.add_parser("lint", help="check the lessons and the knowledge")
    lab = commands.add_parser("lab", help="list the lab's scenarios, or run one: real traffic on loopback")
    lab.add_argument("name", nargs="?", metavar="NAME", help="the scenario to run")
    lab.add_argument("-w", dest="output", metavar="FILE", help="capture it into FILE")
    return top


def _with_file(command: argparse.ArgumentParser, expression: bool = True) -> argparse.ArgumentParser:
    command.add_argument("file", metavar="FILE", help="a capture file; - reads one from standard input")
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


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a packet's number is a whole number from 1 on, not {text!r}")
    return int(text)
