"""Two namespaces and a cable: built, used and taken away; and what is said to who may not."""

from __future__ import annotations

import os
import socket

import pytest

from inspector.lab.errors import LabError
from inspector.lab.two_hosts import NAMED, two_hosts


def ours() -> set[str]:
    return {path.name for path in NAMED.glob(f"inspector-*-{os.getpid()}")} if NAMED.is_dir() else set()


@pytest.mark.root
def test_hosts_reach_each_other_and_are_taken_away() -> None:
    with two_hosts() as scene:
        assert len(ours()) == 2
        scene.plug_in()
        with scene.far.inside():
            server = socket.create_server((scene.far.ipv4, 7000))
        with scene.near.inside():
            client = socket.create_connection((scene.far.ipv4, 7000), timeout=5)
        with server, client:
            assert client.getsockname()[0] == scene.near.ipv4
    assert ours() == set()


def fail_on_a_host() -> None:
    home = os.readlink("/proc/thread-self/ns/net")
    with two_hosts() as scene, scene.near.inside():
        assert os.readlink("/proc/thread-self/ns/net") != home
        raise ZeroDivisionError


@pytest.mark.root
def test_this_thread_comes_back_and_the_hosts_go_even_after_an_error() -> None:
    home = os.readlink("/proc/thread-self/ns/net")
    with pytest.raises(ZeroDivisionError):
        fail_on_a_host()
    assert os.readlink("/proc/thread-self/ns/net") == home
    assert ours() == set()


@pytest.mark.root
def test_failing_command_is_one_sentence() -> None:
    with two_hosts() as scene, pytest.raises(LabError, match=r"^The two hosts could not be built .*\?$"):
        scene.near.ip("link", "set", "no-such-interface", "up")


def test_others_than_root_are_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match=r"only root may do: run the same command with sudo.*\.$"), two_hosts():
        pass
