"""Where a scenario plays: the loopback address, the ports, and the log of what happened there."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.lab.errors import LabError
from inspector.lab.log import Log, end_name
from inspector.lab.scene import Scene


@dataclass(frozen=True)
class Stage:
    """One run of a scenario in its scene. `ports` maps the scenario's names for its servers ("http") to numbers."""

    host: str
    ports: Mapping[str, int]
    log: Log = field(default_factory=Log)
    scene: Scene = field(default_factory=Scene)

    def listen(self, server: str) -> socket.socket:
        """A listening socket for one of the scenario's servers. Raises LabError if the port is taken."""
        port = self.ports[server]
        try:
            return listen_on_loopback(self.host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise LabError(
                    f"The scenario's {server} server should listen on port {port} of {self.host}, but another program "
                    f"has that port: stop it, or give another one with --port {server}=NUMBER."
                ) from None
            raise LabError(
                f"The scenario's {server} server cannot listen on port {port} of {self.host} ({error.strerror}): "
                f"give another one with --port {server}=NUMBER."
            ) from None

    def end(self, server: str) -> str:
        """The server's end of a connection, as the log writes it."""
        return end_name(self.host, self.ports[server])


def listen_on_loopback(host: str, port: int) -> socket.socket:
    """A listening TCP socket. An address that is not loopback is a bug of the scenario: ValueError."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the lab listens on loopback only, not on {host}")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(16)
    except OSError:
        listener.close()
        raise
    return listener
