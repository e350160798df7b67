"""A capture whose every text is an attack on the terminal or the window, and a process that shows it on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from pathlib import Path

from inspector.core.checksum import internet_checksum

TITLE = "\x1b]0;PWNED\x07"
EVIL = (
    TITLE,
    "\x1b[31mRED",
    "\x1b]52;c;UFdORUQ=\x07",
    "\x9b31m\x9d0;PWNED\x9c",
    "\u202egnp.exe\u2066\u2069",
    "[@click=app.quit]click me[/]",
    "[/x][bold]",
    "\x08\x08\x0c\x0e\x7f\u200b\ufeff",
)
ALL = " ".join(EVIL)


def capture() -> bytes:
    """A pcap: a handshake, an upgrade from HTTP, and WebSocket messages, with JSON in them and without."""
    head = f"GET /{ALL.replace(' ', '+')} HTTP/1.1\r\nHost: {TITLE}\r\nX-Evil: {ALL}\r\n"
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    agreed = "HTTP/1.1 101 " + ALL + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nServer: " + ALL + "\r\n"
    json = '{"' + TITLE + '": "' + ALL + '", "[/x]": ["[@click=app.quit]x[/]"]}'
    sent = [
        (0, (head + upgrade + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()),
        (1, (agreed + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").encode()),
        (0, frame(1, ALL.encode(), masked=True)),
        (1, frame(1, json.encode())),
        (1, frame(2, ALL.encode("utf-8") + bytes(range(256)))),
        (1, frame(8, struct.pack("!H", 1000) + TITLE.encode())),
    ]
    return b"".join([struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), *records(sent)])


def frame(opcode: int, payload: bytes, *, masked: bool = False) -> bytes:
    """A WebSocket frame that is all of its message."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)
    if not masked:
        return bytes([0x80 | opcode]) + length + payload
    key = b"\x1b]0;"
    mixed = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
    return bytes([0x80 | opcode, length[0] | 0x80]) + length[1:] + key + mixed


def records(sent: list[tuple[int, bytes]]) -> list[bytes]:
    """The segments of one connection as records of the file, with its handshake."""
    at = [1000, 5000]
    found = [segment(0, 1000, 0, 2, b""), segment(1, 5000, 1001, 0x12, b""), segment(0, 1001, 5001, 0x10, b"")]
    at = [1001, 5001]
    for side, data in sent:
        found.append(segment(side, at[side], at[1 - side], 0x18, data))
        at[side] += len(data)
    return [struct.pack("<IIII", 1, number, len(one), len(one)) + one for number, one in enumerate(found)]


def segment(side: int, seq: int, ack: int, flags: int, data: bytes) -> bytes:
    """Ethernet, IPv4 and TCP around data; side 0 is the client."""
    addresses = [bytes([127, 0, 0, 1]), bytes([127, 0, 0, 2])]
    ports = (40000, 80) if side == 0 else (80, 40000)
    tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 65535, 0, 0) + data
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + addresses[side] + addresses[1 - side]
    ip = ip[:10] + struct.pack("!H", internet_checksum(ip)) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + tcp


class Terminal:
    """A process on a pseudo-terminal: what it wrote, keys to press, and how it ended."""

    def __init__(self, arguments: list[str], size: tuple[int, int] = (120, 40)) -> None:
        self.written = b""
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONFAULTHANDLER": "1"}
            os.execve(sys.executable, [sys.executable, *arguments], environment)
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.modes = termios.tcgetattr(self.end)

    def press(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def read_until(self, wanted: str, seconds: float = 30) -> str:
        """All output since the last call, up to what is wanted; fails when it does not come."""
        start, until = len(self.written), time.monotonic() + seconds
        while wanted.encode() not in self.written[start:]:
            assert time.monotonic() < until, f"{wanted!r} did not come in {self.written[start:][-2000:]!r}"
            if not self._read(0.1) and self._ended():
                break
        return self.written[start:].decode("utf-8", "replace")

    def settle(self, quiet: float = 0.6, seconds: float = 20) -> str:
        """All output until nothing has come for a while."""
        start, until, last = len(self.written), time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < until and time.monotonic() - last < quiet:
            if self._read(0.1):
                last = time.monotonic()
        return self.written[start:].decode("utf-8", "replace")

    def wait(self, seconds: float = 20) -> int:
        """The exit status, when the process has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read(0.05)
            if self._ended():
                while self._read(0.05):
                    pass
                return self.status
        raise AssertionError(f"the process did not end; it wrote {self.written[-2000:]!r}")

    def close(self) -> None:
        if not self._ended():
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.end)

    status = -1
    _gone = False

    def _ended(self) -> bool:
        if not self._gone:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._gone, self.status = True, os.waitstatus_to_exitcode(status)
        return self._gone

    def _read(self, seconds: float) -> bool:
        if not select.select([self.end], [], [], seconds)[0]:
            return False
        try:
            found = os.read(self.end, 1 << 16)
        except OSError:
            return False
        self.written += found
        return bool(found)


def window(path: Path | None, *more: str) -> list[str]:
    """The arguments that open the window on a file, as the command line does."""
    program = "import sys; from inspector.ui.app import run; sys.exit(run(*(sys.argv[1:] or [None])))"
    return ["-c", program, *([str(path)] if path else []), *more]
