"""Every command on a hostile capture: nothing of it reaches the terminal as anything but visible text."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from inspector.cli.main import main
from tests.cli.hostile import TEXT, capture
from tests.cli.made import CHECKOUT, run

WORDS = (
    "list",
    "tree",
    "tree --explain",
    "json",
    "json --bytes",
    "streams",
    "streams --json",
    "follow 0",
    "follow 0 --json",
    "follow 0 --as tcp",
    "follow 0 --as tcp --json",
    "follow 0 --as http",
    "follow 0 --as http --json",
    "follow 0 --as websocket",
    "follow 0 --as websocket --json",
    "info",
    "info --json",
    "fields -e http.host -e http.request.line -e http.request.uri -e http.response.phrase -e http.file_data "
    "-e websocket.payload.text -e websocket.payload.close.reason -e json.value.string -e json.key -e http.cookie",
)
BAD = "\x1b]0;x\x07\x9b31m\u202e\u200b\x7f"


def commands(path: Path) -> list[list[str]]:
    return [[first, str(path), *rest] for first, *rest in map(str.split, WORDS)]


def unseen(text: str, allowed: str) -> set[str]:
    """The characters that steer, turn around or hide, except those that are allowed."""
    return {
        f"U+{ord(char):04X}"
        for char in set(text)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in allowed
    }


def test_the_check_finds_what_it_should() -> None:
    assert unseen("a\nb\t", "\n\t") == set()
    assert unseen("\x1b\r\x9b\u202e\u200b", "\n") == {"U+001B", "U+000D", "U+009B", "U+202E", "U+200B"}


@pytest.mark.parametrize("index", range(len(WORDS)), ids=WORDS.__getitem__)
def test_nothing_of_a_packet_steers_the_terminal(
    index: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = commands(capture(tmp_path / "hostile.pcap"))[index]
    found = run(capsys, *words)
    assert (found.status, found.err) == (0, "")
    assert found.out
    assert unseen(found.out, "\n\t" if words[0] == "fields" else "\n") == set()
    if words[0] == "tree":
        assert "␛" in found.out
        assert "[@click=app.quit]" in found.out


@pytest.mark.parametrize("index", range(len(WORDS)), ids=WORDS.__getitem__)
def test_a_hostile_name_of_the_file_is_harmless(index: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = capture(tmp_path / f"{BAD}.pcap")
    path.write_bytes(path.read_bytes()[:-3])
    found = run(capsys, *commands(path)[index])
    assert found.status == 1
    assert "␛" in found.err
    assert unseen(found.out + found.err, "\n\t") == set()


@pytest.mark.parametrize(
    "words",
    [
        ["list", BAD],
        [BAD],
        ["list", "x", BAD],
        ["list", f"--{BAD}", "x"],
        ["list", "x", "-Y", BAD],
        ["list", "x", "-Y", f'ip.src == "{BAD}"'],
        ["fields", "x", "-e", BAD],
        ["fields", "x", "-e", "ip.src", "-E", BAD],
        ["tree", "x", "-n", BAD],
        ["follow", "x", BAD],
        ["follow", "x", "0", "--as", BAD],
        ["explain", BAD],
        ["lab", BAD],
        ["lab", "http-keep-alive", "--port", BAD],
        ["lab", "http-keep-alive", "--port", f"{BAD}=1"],
    ],
)
def test_an_argument_that_is_told_again_is_harmless(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capture(tmp_path / "x")
    monkeypatch.chdir(tmp_path)
    found = run(capsys, *words)
    assert found.status in (1, 2)
    assert found.err.count("\n") == 1
    assert unseen(found.out + found.err, "\n") == set()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_on_a_terminal(encoding: str, tmp_path: Path) -> None:
    """The same bytes reach a real terminal, whatever its encoding; JSON stays JSON, with nothing lost."""
    path = capture(tmp_path / "hostile.pcap")
    for words in (["tree", str(path)], ["follow", str(path), "0", "--json"]):
        written = _on_terminal(words, encoding)
        assert unseen(written.replace("\r\n", "\n"), "\n") == set()
        if "--json" in words:
            messages = [json.loads(line) for line in written.splitlines()]
            assert messages[0]["text"] == TEXT
            assert written.isascii() == (encoding == "ascii")


def _on_terminal(words: list[str], encoding: str) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    program = subprocess.Popen(
        [sys.executable, "-m", "inspector", *words], stdout=theirs, stderr=theirs, cwd=CHECKOUT, env=environment
    )
    os.close(theirs)
    written = bytearray()
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # the other end was closed
        pass
    assert program.wait(timeout=30) == 0
    os.close(ours)
    return written.decode(encoding)


def test_lint_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "lint")
    assert (found.status == 0) == ("every reference resolves" in found.out)
    assert unseen(found.out, "\n") == set()


def test_explain_tells_of_a_field(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "explain", "ip.ttl")
    assert found.status == 0
    assert found.out.startswith("ip.ttl: Time to Live\n")
    assert "RFC 791" in found.out


def test_a_filter_chooses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = capture(tmp_path / "x.pcap")
    assert main(["list", str(path), "-Y", "udp"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
