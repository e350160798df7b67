"""`inspector fields` against `tshark -T fields`, cell by cell; each difference is a row with its reason."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from inspector.cli.fields_text import Style, read_style
from inspector.cli.output import Failure
from inspector.core import resources
from tests.cli.made import ACK, OPENING, run, tcp, write

NAMES = """
    frame.number frame.time_epoch frame.time_relative frame.len eth.dst eth.type eth.addr vlan.id
    arp.src.proto_ipv4 ip.id ip.ttl ip.src ip.addr ip.flags ip.frag_offset ip.checksum ipv6.src ipv6.hlim
    udp.port udp.length udp.stream tcp.port tcp.stream tcp.flags tcp.flags.syn tcp.flags.str tcp.seq tcp.ack
    tcp.seq_raw tcp.options tcp.options.timestamp.tsval tcp.window_size tcp.payload tcp.len tcp.completeness
    tcp.analysis.flags http.request.method http.host http.request.line http.request.uri http.response.code
    websocket.opcode websocket.fin websocket.payload.text websocket.masking_key
""".split()  # noqa: SIM905 - a table, not code
WITH_NAMES = [word for name in NAMES for word in ("-e", name)]
STYLES = (
    [],
    ["header=y"],
    ["separator=;", "occurrence=f"],
    ["separator=/s", "occurrence=l", "quote=d"],
    ["separator=/t", "aggregator=/s", "quote=s"],
    ["aggregator=;", "quote=n", "occurrence=a", "header=n"],
)
ECHO = resources.captures() / "websocket-echo.pcap"

FRAGMENTS = "tshark puts the fragments of a datagram together and shows UDP in the last one"
ODD = "tshark joins fragments of the two directions and leaves compressed fragments packed"
UNLIKE: dict[tuple[str, str], str] = {
    ("ip4_fragments.pcap", "udp.port"): FRAGMENTS,
    ("ip4_fragments.pcap", "udp.length"): FRAGMENTS,
    ("ip4_fragments.pcap", "udp.stream"): FRAGMENTS,
    ("websocket-deflate.pcap", "websocket.payload.text"): ODD,
    ("websocket-stomp.pcap", "websocket.payload.text"): "tshark ends a text at its zero byte, which ends a STOMP frame",
    ("http-packets.pcap", "http.response.code"): "tshark leaves these in pieces when it puts segments in order",
    ("tcp-badsegments.pcap", "http.request.method"): "the request's bytes overlap and differ; tshark takes it for data",
    ("tcp-badsegments.pcap", "http.host"): "the same",
    ("tcp-badsegments.pcap", "http.request.line"): "the same",
    ("tcp-badsegments.pcap", "http.request.uri"): "the same",
}
LEFT_OUT = {
    "tls12-dsb.pcapng": "tshark decrypts it with the secrets in the file",
    "pcapng-big-endian-difficult.pcapng": "tshark counts blocks that are no packets",
}


def asked(path: Path, *options: str) -> list[str]:
    command = ["tshark", "-2", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", str(path), "-T", "fields"]
    found = subprocess.run([*command, *options], capture_output=True, env={**os.environ, "TZ": "UTC"}, check=True)
    return found.stdout.decode("utf-8", "replace").splitlines()


@pytest.mark.tshark
@pytest.mark.parametrize("style", STYLES, ids=" ".join)
def test_every_style_is_as_tshark_has_it(style: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = [*WITH_NAMES, *(word for option in style for word in ("-E", option))]
    found = run(capsys, "fields", resources.captures() / "http-keep-alive.pcap", *options)
    assert found.out.splitlines() == asked(resources.captures() / "http-keep-alive.pcap", *options)


@pytest.mark.tshark
def test_bundled_captures_are_as_tshark_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    compare(sorted(resources.captures().glob("*.pcap")), capsys)


@pytest.mark.tshark
@pytest.mark.corpus
def test_public_captures_are_as_tshark_has_them(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare([path for path in sorted(corpus.glob("*.pcap*")) if path.name not in LEFT_OUT], capsys)


def compare(paths: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    cells, differences, needed = 0, Counter[tuple[str, str]](), {key for key in UNLIKE if key[0] in map(_name, paths)}
    for path in paths:
        ours, theirs = run(capsys, "fields", path, *WITH_NAMES).out.split("\n"), [*asked(path, *WITH_NAMES), ""]
        assert len(ours) == len(theirs)
        for mine, other in zip(ours[:-1], theirs[:-1]):
            row = list(zip(NAMES, mine.split("\t"), other.split("\t"), strict=True))
            differences.update((path.name, name) for name, here, there in row if here != there)
            cells += len(row)
    print(f"{cells} cells compared, {sum(differences.values())} differ")
    assert not {key: count for key, count in differences.items() if key not in UNLIKE}
    assert not needed - differences.keys(), "these rows are no longer needed"


def _name(path: Path) -> str:
    return path.name


def test_styles_are_read() -> None:
    assert read_style([]) == Style()
    assert read_style(["header=y", "separator=/s", "aggregator=;"]) == Style(header=True, separator=" ", aggregator=";")
    for wrong in ("header", "separator=", "quote=x", "occurrence=b", "=y"):
        with pytest.raises(Failure, match="-E") as caught:
            read_style([wrong])
        assert caught.value.status == 2


def test_line_ends_are_written_as_c_has_them_and_missing_fields_are_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\tb\x1b\r\n\r\n"
    path = write(tmp_path / "x.pcap", tcp([*OPENING, (0, ACK, request)]))
    found = run(capsys, "fields", path, "-e", "http.request.line", "-e", "udp.port", "-e", "tcp.flags.ack")
    assert found.out.splitlines()[:3] == ["\t\t0", "\t\t1", "\t\t1"]
    assert found.out.splitlines()[3] == "Host: a\\tb\\u001b\\r\\n\t\t1"


def test_one_occurrence_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    for occurrence, expected in (("f", "39402"), ("l", "8080"), ("a", "39402,8080")):
        found = run(
            capsys, "fields", ECHO, "-e", "tcp.port", "-E", f"occurrence={occurrence}", "-Y", "frame.number == 1"
        )
        assert found.out == expected + "\n"
