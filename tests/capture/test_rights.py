"""What this machine lets its user do: asked without changing anything."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
from pathlib import Path

import pytest

from inspector.capture import rights
from inspector.capture.rights import Finding


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only programs are those that the test puts into a folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_every_finding_is_one_line_and_what_fails_has_advice() -> None:
    found = rights.findings()
    assert {"libpcap", "capture", "dumpcap", "namespaces", "tshark"} <= {finding.subject for finding in found}
    for finding in found:
        assert finding.found.isprintable()
        assert finding.works or (finding.advice and finding.advice.isprintable())


def test_a_machine_with_nothing(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    def missing(*_: object) -> None:
        raise OSError("no such library")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(ctypes, "CDLL", missing)
    found = {finding.subject: finding for finding in rights.findings()}
    assert [subject for subject, finding in found.items() if finding.works] == ["tshark"]
    assert "may not open raw sockets (Operation not permitted)" in found["capture"].found
    assert found["sudo"] == Finding("sudo", False, "not installed", "ask who administers this machine")
    assert "libpcap0.8" in found["libpcap"].advice
    assert "not installed" in found["tshark"].found


@pytest.mark.root
def test_root_may_capture() -> None:
    found = rights.direct_capture()
    assert found == Finding("capture", True, "root may open raw sockets, with CAP_NET_RAW")
    assert rights.has_capability(rights.CAP_NET_RAW)


def test_dumpcap_is_asked_whether_it_may(bare: Path) -> None:
    program(bare, "dumpcap", "exit 0")
    assert rights.dumpcap() == Finding("dumpcap", True, f"{bare}/dumpcap may capture")
    program(bare, "dumpcap", "exit 1")
    found = rights.dumpcap()
    assert (found.works, found.found) == (False, f"{bare}/dumpcap may not capture for this user")
    assert "group" in found.advice


def test_a_program_that_hangs_is_left_behind(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "SECONDS", 0.2)
    program(bare, "dumpcap", "while :; do :; done")
    assert rights.dumpcap().works is False


@pytest.mark.parametrize(
    "said, words",
    [
        ("TShark (Wireshark) 4.0.17 (Git)", "4.0.17, the version that the tests compare with"),
        ("TShark (Wireshark) 4.4.1.", "4.4.1; the tests compare with 4.0.17 only"),
        ("something else", "of an unknown version; the tests"),
    ],
)
def test_the_version_of_tshark(bare: Path, said: str, words: str) -> None:
    program(bare, "tshark", f"echo '{said}'")
    found = rights.tshark()
    assert found.works
    assert found.found.startswith(words)


def test_sudo_is_not_run(bare: Path, tmp_path: Path) -> None:
    program(bare, "sudo", f"touch {tmp_path}/was-run")
    assert rights.sudo().works
    assert not (tmp_path / "was-run").exists()


def test_namespaces_are_tried(bare: Path) -> None:
    program(bare, "unshare", "exit 0")
    assert rights.namespaces().works
    program(bare, "unshare", "exit 1")
    assert "scenarios on loopback still work" in rights.namespaces().advice


def test_where_the_kernel_says_nothing_of_capabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", nowhere)
    assert rights.has_capability(rights.CAP_NET_RAW) is False


def test_the_devices_of_bsd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_PACKET", raising=False)
    monkeypatch.setattr(os, "access", lambda path, mode: path == "/dev/bpf0")
    assert rights.direct_capture().works
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "ChmodBPF" in rights.direct_capture().advice


def test_nothing_needs_a_shell() -> None:
    assert shutil.which("true")
    assert rights._run(["true; echo"]) is None
    assert rights._run(["true"]) == ""
