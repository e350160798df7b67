"""What this machine lets this user do: capture packets, and by which way; which programs are there.

Asked by `inspector doctor` and before a live capture. Nothing is changed, no password is asked for, and no packet is
read. The surprising thing is how the right to capture is found out: a raw socket is opened and closed again, because
root in a container may lack the right and a user without any name for it may have it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import socket
import subprocess
import sys
from typing import NamedTuple

CAP_NET_RAW = 13
SECONDS = 5.0
TSHARK = "4.0.17"
LIBPCAP_NAMES = ("libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.A.dylib")
SUDO_GROUPS = frozenset({"sudo", "wheel", "admin"})


class Finding(NamedTuple):
    """One thing that was looked at: its name, whether it works, what was found, and what to do if it does not."""

    subject: str
    works: bool
    found: str
    advice: str = ""


def findings() -> list[Finding]:
    """All that decides whether live capture and the lab work here, in the order in which the ways are tried."""
    direct = direct_capture()
    found = [libpcap(), direct, dumpcap()]
    if not direct.works:
        found.append(sudo())
    return [*found, namespaces(), tshark()]


def libpcap() -> Finding:
    """The library that reads packets off an interface, and its version."""
    for name in (*LIBPCAP_NAMES, ctypes.util.find_library("pcap")):
        if name is None:
            continue
        try:
            version = ctypes.CDLL(name).pcap_lib_version
        except (OSError, AttributeError):
            continue
        version.restype = ctypes.c_char_p
        said = version() or b"version unknown"
        return Finding("libpcap", True, said.decode("utf-8", "replace"))
    return Finding("libpcap", False, "not found", "install the system's package libpcap0.8 (libpcap on some systems)")


def direct_capture() -> Finding:
    """Whether this process may open raw sockets as it is."""
    who = "root" if os.geteuid() == 0 else "this user"
    if not hasattr(socket, "AF_PACKET"):
        return _bpf_devices(who)
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        advice = "use one of the ways below, or open a capture that somebody else made"
        return Finding("capture", False, f"{who} may not open raw sockets ({error.strerror})", advice)
    capability = "with CAP_NET_RAW" if has_capability(CAP_NET_RAW) else "though no capability says so"
    return Finding("capture", True, f"{who} may open raw sockets, {capability}")


def _bpf_devices(who: str) -> Finding:
    """macOS and the BSDs: captures come through /dev/bpf0 and its like."""
    if os.access("/dev/bpf0", os.R_OK):
        return Finding("capture", True, f"{who} may read /dev/bpf0")
    return Finding("capture", False, f"{who} may not read /dev/bpf0", "use sudo, or install Wireshark's ChmodBPF")


def has_capability(bit: int) -> bool:
    """Whether this process has a capability of Linux, by its number; False where the kernel does not say."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            effective = next((line.split()[1] for line in status if line.startswith("CapEff:")), "0")
    except OSError:
        return False
    return bool(int(effective, 16) >> bit & 1)


def dumpcap() -> Finding:
    """Wireshark's own capture program, which may have the right when we do not."""
    program = shutil.which("dumpcap")
    if program is None:
        return Finding("dumpcap", False, "not installed", "it is a part of Wireshark (package wireshark-common)")
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    if _run([program, "-i", loopback, "-L"]) is not None:
        return Finding("dumpcap", True, f"{program} may capture")
    return Finding("dumpcap", False, f"{program} may not capture for this user", _group_advice(program))


def _group_advice(program: str) -> str:
    import grp

    try:
        group = grp.getgrgid(os.stat(program).st_gid).gr_name
    except (OSError, KeyError):
        group = "root"
    if group == "root":
        return "on Debian and Ubuntu: sudo dpkg-reconfigure wireshark-common, then join the group wireshark"
    return f"join its group: sudo usermod -aG {group} $USER, then log in again"


def sudo() -> Finding:
    """Whether sudo is there, and whether this user is in a group that usually may use it. It is not run."""
    import grp

    if shutil.which("sudo") is None:
        return Finding("sudo", False, "not installed", "ask who administers this machine")
    groups = set()
    for number in {os.getegid(), *os.getgroups()}:
        try:
            groups.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    allowed = sorted(groups & SUDO_GROUPS)
    if allowed:
        return Finding("sudo", True, f"installed, and this user is in the group {allowed[0]}")
    return Finding("sudo", True, "installed; whether this user may use it, only an attempt can show")


def namespaces() -> Finding:
    """Whether networks of their own can be made, in which the lab puts two hosts."""
    program = shutil.which("unshare")
    if program is None:
        return Finding("namespaces", False, "unshare is not installed", "scenarios with two hosts need it (util-linux)")
    as_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    if _run([program, *as_user, "--net", "true"]) is not None:
        return Finding("namespaces", True, "networks of their own can be made")
    return Finding("namespaces", False, "networks of their own may not be made", "scenarios on loopback still work")


def tshark() -> Finding:
    """Wireshark on the command line, of which the tests want one version; the program itself never needs it."""
    program = shutil.which("tshark")
    if program is None:
        return Finding("tshark", True, "not installed; only the tests that compare with it need it")
    said = _run([program, "--version"]) or ""
    version = "".join(said.partition("(Wireshark) ")[2].split()[:1]).rstrip(".") or "of an unknown version"
    if version == TSHARK:
        return Finding("tshark", True, f"{TSHARK}, the version that the tests compare with")
    return Finding("tshark", True, f"{version}; the tests compare with {TSHARK} only and leave this one alone")


def _run(command: list[str]) -> str | None:
    """What a program prints, None if it fails, cannot be run or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")
