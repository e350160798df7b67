"""A live capture, seen from the program that wants one: start the privileged helper, wait for it, stop it.

    with Recording(Path("shop.pcap"), expression="tcp port 8080") as recording:
        ...                                  # make traffic; shop.pcap grows and can be read at any time
    print(recording.packets, recording.dropped)

The file is opened here, as the user, and handed to the helper (helper.py) as its standard output: it must not exist yet
(O_EXCL: a symbolic link at its place is refused too) and only its owner may read it. The helper ends when its standard
input ends, therefore also when this process is killed: the file is whole then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

HELPER = Path(__file__).with_name("helper.py")
START_SECONDS = 10.0
STOP_SECONDS = 10.0
LONGEST_LINE = 4096

# One sentence for each kind of error that the helper names: what was wanted, what was there, what to do.
ADVICE: dict[str, Callable[[str, str, str], str]] = {
    "permission": lambda interface, expression, text: (
        f"Capturing on {interface} needs the right to open raw sockets, which this user has not ({text}): "
        "run the same command with sudo, or open one of the bundled captures instead."
    ),
    "interface": lambda interface, expression, text: (
        f"Packets cannot be captured on the interface {interface!r} ({text}): `ip link` lists those that exist."
    ),
    "filter": lambda interface, expression, text: (
        f"The capture filter {expression!r} is not one that libpcap understands ({text}): "
        "it should look like 'tcp port 8080'."
    ),
    "libpcap": lambda interface, expression, text: (
        f"Live capture needs the library libpcap and its bindings in scapy, which did not load ({text}): "
        "install the system's package libpcap0.8 (or libpcap)."
    ),
    "output": lambda interface, expression, text: (
        f"The capture file could not be written to ({text}): look whether the disk is full."
    ),
}


class CaptureError(Exception):
    """A live capture could not begin, or did not end well. Its text is one sentence for a person."""


def helper_command(interface: str, expression: str, precision: str) -> list[str]:
    """How the helper is started: by its path, because -I takes a checkout off the module path."""
    command = [sys.executable, "-I", str(HELPER), "-i", interface, "--precision", precision]
    return [*command, "-f", expression] if expression else command


def open_new_file(path: Path) -> int:
    """A descriptor of a file that did not exist before and that only its owner may read. Raises CaptureError."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        message = f"The capture should go into a new file, but {str(path)!r} is already there: choose another name."
        raise CaptureError(message) from None
    except OSError as error:
        message = f"The capture file {str(path)!r} cannot be made ({error.strerror}): choose another place."
        raise CaptureError(message) from None


class Recording:
    """Packets of one interface on their way into a new pcap file.

    `packets` counts those that stand in the file, `dropped` those for which the kernel had no room; both are at most
    100 ms old while the capture runs and final after `stop`. `expression` is a BPF filter, `precision` of the time
    stamps is "nano" or "micro". `prefix` comes before the helper's command, for example ["sudo", "--"]. All methods
    raise CaptureError and nothing else.
    """

    def __init__(
        self,
        path: Path,
        *,
        interface: str = "lo",
        expression: str = "",
        precision: str = "nano",
        prefix: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.interface = interface
        self.expression = expression
        self.packets = 0
        self.dropped = 0
        self._command = [*prefix, *helper_command(interface, expression, precision)]
        self._process: subprocess.Popen[bytes] | None = None
        self._capturing = False
        self._ended = threading.Event()
        # It captures, or it has ended: nothing more to wait for at the start.
        self._settled = threading.Event()
        self._stopped_well = False
        self._error: dict[str, Any] | None = None
        self._last_words = ""

    def start(self) -> None:
        """Begin, and return when packets are being recorded. If that fails, the empty file is taken away again."""
        descriptor = open_new_file(self.path)
        try:
            self._process = self._spawn(descriptor)
        except CaptureError:
            self.path.unlink()
            raise
        finally:
            os.close(descriptor)
        assert self._process.stderr is not None
        threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True).start()
        if not self._settled.wait(START_SECONDS) or not self.running:
            self._end_process(self._process)
            self.path.unlink()
            raise CaptureError(self._what_went_wrong())

    def stop(self) -> None:
        """End the capture, wait for the last packets, and make sure that the file is whole. Twice is fine."""
        process, self._process = self._process, None
        if process is None:
            return
        self._end_process(process)
        if not self._stopped_well:
            raise CaptureError(self._what_went_wrong())

    @property
    def running(self) -> bool:
        """Whether packets are being recorded now."""
        return self._capturing and not self._ended.is_set()

    def __enter__(self) -> Recording:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except CaptureError:
            # What went wrong inside the with block is the news, not what followed from it.
            if error is None:
                raise

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(self._command, stdin=pipe, stdout=descriptor, stderr=pipe)
        except OSError as error:
            message = f"The capture process {self._command[0]!r} could not be started ({error.strerror})."
            raise CaptureError(message) from None

    def _end_process(self, process: subprocess.Popen[bytes]) -> None:
        """Close its standard input and wait; kill it only if it does not listen."""
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._ended.wait(STOP_SECONDS)

    def _listen(self, lines: IO[bytes]) -> None:
        """Runs in a thread: read the helper's lines until it is gone."""
        with lines:
            while line := lines.readline(LONGEST_LINE):
                self._take(line)
        self._ended.set()
        self._settled.set()

    def _take(self, line: bytes) -> None:
        """One line of the helper, or of whatever stood before it (sudo, for example, speaks no JSON)."""
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            self._last_words = line.decode(errors="replace").strip() or self._last_words
            return
        self.packets = said.get("written", self.packets)
        self.dropped = said.get("dropped", self.dropped)
        self._stopped_well = self._stopped_well or "stopped" in said
        if "error" in said:
            self._error = said
        if "capturing" in said:
            self._capturing = True
            self._settled.set()

    def _what_went_wrong(self) -> str:
        if self._error:
            text = str(self._error.get("text", ""))
            advice = ADVICE.get(str(self._error["error"]))
            return advice(self.interface, self.expression, text) if advice else f"Live capture failed: {text}."
        if not self._ended.is_set():
            return f"The capture process did not begin within {START_SECONDS:.0f} seconds: try again."
        words = f", and said {self._last_words!r}" if self._last_words else ""
        return f"The capture process ended by itself after {self.packets} packets{words}: the file holds those."
