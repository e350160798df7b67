"""`inspector save`: a lossless selection of a capture in a new file."""

from __future__ import annotations

import argparse

from inspector.cli.output import Failure, complain, say
from inspector.query.expression import QueryError
from inspector.session.saving import SaveError, save_selection
from inspector.session.session import Session


def save(session: Session, arguments: argparse.Namespace) -> None:
    """Save, and say in one line what the new file holds; a Failure if nothing was saved."""
    comments: dict[int, list[str]] = {}
    for number, text in arguments.comments:
        comments.setdefault(number, []).append(text)
    try:
        saved = save_selection(
            session,
            arguments.out,
            arguments.filter or "",
            comments=comments,
            secrets=not arguments.no_secrets,
            force=arguments.force,
        )
    except QueryError as error:
        raise Failure(f"The filter cannot be used: {error}", 2) from None
    except SaveError as error:
        raise Failure(str(error)) from None
    form = ", as pcapng because pcap has no place for comments" if saved.converted else ""
    say(f"{arguments.out}: {saved.packets} of {session.count} packets, {saved.size} bytes{form}")
    if saved.secrets:
        complain(
            f"{arguments.out} holds the decryption secrets of the capture: who gets it can read the encrypted traffic; "
            "--no-secrets leaves them out."
        )


def comment(text: str) -> tuple[int, str]:
    """What `--comment N=TEXT` means; for argparse."""
    number, sign, words = text.partition("=")
    if not sign or not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"expected is a packet's number and a text, as in 7=lost, not {text!r}")
    return int(number), words
