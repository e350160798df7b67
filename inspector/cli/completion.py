"""Shell completion: `inspector --print-completion bash`, whose output the shell reads at its start.

shtab writes the scripts from the argument parser, so they never say anything else than `--help` does. It is imported
only when somebody asks for one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

SHELLS = ("bash", "zsh", "tcsh")

# shtab.FILE, written out so that no command has to import shtab.
FILES = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}


class _PrintCompletion(argparse.Action):
    """Print the script for a shell, and end."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        import shtab

        print(shtab.complete(parser, shell=str(values)))
        parser.exit()


def add_completion(parser: argparse.ArgumentParser) -> None:
    """Give the parser the option."""
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=SHELLS,
        help="print a script that completes what is typed",
    )


def complete_file(action: argparse.Action) -> None:
    """Say that the names of files are completed for this argument."""
    action.complete = FILES  # type: ignore[attr-defined]
