"""The process that holds the privilege to capture, and does nothing but copy packets.

It is run as a file, by its own path: ``python -I .../inspector/capture/helper.py -i lo -f "tcp port 8080"``. ``-I``
keeps the current folder and the PYTHON* variables from choosing what runs as root; because of it a checkout is not on
the module path, so this file imports nothing of the project: only the standard library and scapy's libpcap bindings.

It opens no path. Standard output *is* the capture file (classic pcap), opened by whoever started it. The end of
standard input stops it; so does SIGTERM. Standard error carries JSON, one object a line:

    {"capturing": "lo", "link": 1}                    once, when packets are being recorded
    {"written": 12, "dropped": 0}                     each 100 ms
    {"written": 40, "dropped": 0, "stopped": true}    the last line of a capture that ended well
    {"error": "permission", "text": "..."}            the only line when it could not begin; or when writing failed

`written` counts the packets that stand in the file, `dropped` those that the kernel had no room for.

The surprising thing: pcap_loop would write nothing until its buffer is full, and a blocking pcap_dispatch does not come
back while the network is silent. So the handle does not block, `select` waits for it and for standard input together,
and the file is whole ten times a second.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any, NamedTuple

SNAPSHOT_LENGTH = 262_144
BUFFER_BYTES = 64 << 20
TICK = 0.1
# The kernel hands over a block when it is full or this old. At the end we wait two ages for the last block.
BLOCK_AGE_MS = 50
LAST_BLOCK = 2 * BLOCK_AGE_MS / 1000

PRECISION = {"micro": 0, "nano": 1}
LINK_LINUX_SLL2 = 276
NETMASK_UNKNOWN = -1
EVERYTHING_THERE = -1

# pcap_activate's results (pcap/pcap.h) that a person can do something about.
ACTIVATE_ERRORS = {-5: "interface", -8: "permission", -9: "interface", -11: "permission"}


class Failure(Exception):
    """The capture cannot begin or go on: a kind for programs and libpcap's own words."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Account(NamedTuple):
    """The user and group that the process goes on as."""

    uid: int
    gid: int


def account_to_drop_to(environment: Mapping[str, str]) -> Account | None:
    """Who called sudo, or None if nobody did. Raises Failure if SUDO_UID or SUDO_GID is no number."""
    uid = environment.get("SUDO_UID")
    if uid is None:
        return None
    gid = environment.get("SUDO_GID", uid)
    if not (uid.isdecimal() and gid.isdecimal()):
        raise Failure("usage", f"SUDO_UID and SUDO_GID should be numbers, but are {uid!r} and {gid!r}")
    return Account(int(uid), int(gid))


def drop_privileges(environment: Mapping[str, str]) -> None:
    """Become the user who called sudo. The open handle goes on capturing; nothing else needs the privilege."""
    account = account_to_drop_to(environment)
    if account is None or os.geteuid() != 0:
        return
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)


def say(**line: object) -> None:
    """One JSON line on standard error, unless nobody reads it: a full or broken pipe must never stop the copying."""
    text = json.dumps(line) + "\n"
    try:
        if select.select([], [2], [], 0)[1]:
            os.write(2, text.encode())
    except OSError:
        pass


def load_libpcap() -> Any:
    """scapy's ctypes bindings, completed by the one function that they lack."""
    try:
        from scapy.libs import winpcapy  # type: ignore[attr-defined, unused-ignore]
    except (ImportError, OSError) as error:
        raise Failure("libpcap", str(error)) from error
    set_precision = winpcapy._lib.pcap_set_tstamp_precision
    set_precision.restype = ctypes.c_int
    set_precision.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return winpcapy


class Capture:
    """An open libpcap handle, and the dump that goes to standard output."""

    def __init__(self, interface: str, precision: str) -> None:
        self.lib = load_libpcap()
        message = ctypes.create_string_buffer(256)
        self.handle = self.lib.pcap_create(os.fsencode(interface), message)
        if not self.handle:
            raise Failure("interface", message.value.decode(errors="replace"))
        self.lib.pcap_set_snaplen(self.handle, SNAPSHOT_LENGTH)
        self.lib.pcap_set_promisc(self.handle, 0)
        self.lib.pcap_set_timeout(self.handle, BLOCK_AGE_MS)
        self.lib.pcap_set_buffer_size(self.handle, BUFFER_BYTES)
        self.lib._lib.pcap_set_tstamp_precision(self.handle, PRECISION[precision])
        self._activate(interface)
        self._check(self.lib.pcap_setnonblock(self.handle, 1, message), "interface")
        self.descriptor: int = self.lib.pcap_get_selectable_fd(self.handle)
        self.written = 0

    def _activate(self, interface: str) -> None:
        """Start capturing into the kernel's buffer. Results above zero are warnings, such as "no promiscuous mode"."""
        result: int = self.lib.pcap_activate(self.handle)
        if result < 0:
            raise Failure(ACTIVATE_ERRORS.get(result, "interface"), self._last_error() or f"pcap_activate: {result}")
        if interface == "any":
            # The newer form of "any" says which interface each packet was on.
            self._check(self.lib.pcap_set_datalink(self.handle, LINK_LINUX_SLL2), "interface")

    def _last_error(self) -> str:
        text = self.lib.pcap_geterr(self.handle)
        raw = text if isinstance(text, bytes) else ctypes.string_at(text)
        return raw.decode(errors="replace")

    def _check(self, result: int, kind: str) -> None:
        if result < 0:
            raise Failure(kind, self._last_error())

    def filter(self, expression: str) -> None:
        """Let only packets through that the BPF expression accepts; libpcap throws away what came before it."""
        program = self.lib.bpf_program()
        code = self.lib.pcap_compile(self.handle, ctypes.byref(program), expression.encode(), 1, NETMASK_UNKNOWN)
        self._check(code, "filter")
        self._check(self.lib.pcap_setfilter(self.handle, ctypes.byref(program)), "filter")
        self.lib.pcap_freecode(ctypes.byref(program))

    def begin(self) -> int:
        """Write the file header to standard output; returns the link type."""
        self.dump = self.lib.pcap_dump_open(self.handle, b"-")
        if not self.dump:
            raise Failure("output", self._last_error())
        self._user = ctypes.cast(self.dump, ctypes.POINTER(ctypes.c_ubyte))
        self._write = ctypes.cast(self.lib.pcap_dump, self.lib.pcap_handler)
        self.flush()
        link: int = self.lib.pcap_datalink(self.handle)
        return link

    def copy(self) -> int:
        """Copy all packets that the kernel has ready, without a line of Python for each; returns how many."""
        count: int = self.lib.pcap_dispatch(self.handle, EVERYTHING_THERE, self._write, self._user)
        self._check(count, "interface")
        self.written += count
        self.flush()
        return count

    def flush(self) -> None:
        """Hand what was written to the system, so that a reader of the file sees whole records."""
        if self.lib.pcap_dump_flush(self.dump) < 0:
            raise Failure("output", "standard output takes no more bytes")

    @property
    def dropped(self) -> int:
        """Packets that the kernel threw away because its buffer was full."""
        statistics = self.lib.pcap_stat()
        self._check(self.lib.pcap_stats(self.handle, ctypes.byref(statistics)), "interface")
        return int(statistics.ps_drop)


class StopRequest:
    """Becomes true at the end of standard input or at SIGTERM or SIGHUP."""

    def __init__(self) -> None:
        self.made = False
        # Ctrl+C reaches the whole process group; the program that started us decides when the capture ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGHUP, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.made = True

    def read_standard_input(self) -> None:
        """Read what is there; only its end means anything."""
        try:
            self.made = self.made or os.read(0, 4096) == b""
        except OSError:
            self.made = True


def copy_until_stopped(capture: Capture, stop: StopRequest) -> None:
    """The loop: wait for packets or for the end, copy, flush, and report each tick."""
    report_at = 0.0
    while not stop.made:
        ready = select.select([capture.descriptor, 0], [], [], TICK)[0]
        if 0 in ready:
            stop.read_standard_input()
        capture.copy()
        if time.monotonic() >= report_at:
            say(written=capture.written, dropped=capture.dropped)
            report_at = time.monotonic() + TICK


def copy_last_block(capture: Capture) -> None:
    """Packets of the last moments wait in a kernel block that is not full: stay until it is old enough to be given."""
    end = time.monotonic() + LAST_BLOCK
    while (left := end - time.monotonic()) > 0:
        select.select([capture.descriptor], [], [], left)
        capture.copy()


def record(interface: str, expression: str, precision: str) -> None:
    """Capture until told to stop. Raises Failure."""
    stop = StopRequest()
    capture = Capture(interface, precision)
    drop_privileges(os.environ)
    if expression:
        capture.filter(expression)
    link = capture.begin()
    say(capturing=interface, link=link)
    copy_until_stopped(capture, stop)
    copy_last_block(capture)
    say(written=capture.written, dropped=capture.dropped, stopped=True)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The three things that can be chosen: where, what, and how fine the time stamps are."""
    parser = argparse.ArgumentParser(prog="helper.py", description="Copy packets to standard output as a pcap file.")
    parser.add_argument("-i", "--interface", default="lo")
    parser.add_argument("-f", "--filter", default="", metavar="BPF")
    parser.add_argument("--precision", choices=sorted(PRECISION), default="nano")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Exit status 0 after a capture that ended well, 1 after an error that the last line on standard error names."""
    options = parse_arguments(arguments)
    if os.isatty(1):
        say(error="output", text="standard output is a terminal; it should be the capture file")
        return 1
    try:
        record(options.interface, options.filter, options.precision)
    except Failure as failure:
        say(error=failure.kind, text=failure.text)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
