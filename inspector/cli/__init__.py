"""The command line: every view of a capture as plain text, for people and for programs.

Each command is a function that gets the parsed arguments and returns an exit status: 0, 1 (the input is bad: one line
says which and where) or 2 (the command was used wrongly). Text goes to standard output, progress and warnings to
standard error. What a capture contains never changes the status; that the file is damaged does.
"""

from inspector.cli.main import main

__all__ = ["main"]
