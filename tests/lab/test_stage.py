"""Listening: on loopback only, and a taken port is named."""

from __future__ import annotations

import socket

import pytest

from inspector.lab.errors import LabError
from inspector.lab.stage import Stage, listen_on_loopback


def test_taken_port_is_named_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LabError, match=f"port {port} of 127.0.0.1.*--port shop=NUMBER") as caught:
            Stage("127.0.0.1", {"shop": port}).listen("shop")
    assert "\n" not in str(caught.value)


def test_other_refusals_of_the_system_are_one_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(host: str, port: int) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("inspector.lab.stage.listen_on_loopback", refuse)
    with pytest.raises(LabError, match=r"cannot listen on port 80 of 127\.0\.0\.1 \(Permission denied\)"):
        Stage("127.0.0.1", {"shop": 80}).listen("shop")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_listener_is_reachable_on_loopback(host: str) -> None:
    with listen_on_loopback(host, 0) as listener:
        assert listener.getsockname()[0] == host
        socket.create_connection(listener.getsockname()[:2], timeout=2).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_lab_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        listen_on_loopback(host, 0)


def test_end_is_written_with_its_port() -> None:
    assert Stage("::1", {"shop": 80}).end("shop") == "[::1]:80"
