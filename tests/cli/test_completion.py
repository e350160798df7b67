"""What shells complete: the scripts know every command, and bash really completes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inspector.cli.arguments import COMMANDS
from tests.capture.made import pcap, write
from tests.cli.running import MADE, Captured, run


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_commands(shell: str, capsys: Captured) -> None:
    status, out, err = run(capsys, "--print-completion", shell)
    assert (status, err) == (0, "")
    assert all(command in out for command in COMMANDS)
    assert "no-secrets" in out


def test_bash_completes_commands_options_and_files(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path, pcap(MADE), "shop.pcap")
    script = write(tmp_path, run(capsys, "--print-completion", "bash")[1].encode(), "completion")

    def completed(*words: str) -> list[str]:
        typed = " ".join(f"'{word}'" for word in ("inspector", *words))
        function = (
            subprocess.run(
                ["bash", "-c", f"source {script}; complete -p inspector"], capture_output=True, text=True, check=True
            )
            .stdout.split(" -F ")[1]
            .split()[0]
        )
        state = f"COMP_WORDS=({typed}); COMP_CWORD={len(words)}"
        ask = f"source {script}; {state}; {function}; printf '%s\\n' ${{COMPREPLY[@]}}"
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True, cwd=tmp_path)
        return done.stdout.split()

    assert completed("doc") == ["doctor"]
    assert completed("save", "--no") == ["--no-secrets"]
    assert completed("info", "sho") == ["shop.pcap"]
