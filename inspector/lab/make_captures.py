"""Makes captures/ again: runs the scenarios on loopback and records each into its file, with its log beside it.

    python -m inspector.lab.make_captures                 all of them, and the table in captures/README.md
    python -m inspector.lab.make_captures websocket-echo  this one

It needs the right to capture (root, as a rule). A capture takes its place only when it is complete: it is recorded into
a temporary folder first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from inspector.capture.live import CaptureError, Recording
from inspector.lab.errors import LabError
from inspector.lab.registry import scenario_called
from inspector.lab.scenario import Scenario

FOLDER = Path(__file__).parents[2] / "captures"
COMMAND = "python -m inspector.lab.make_captures"
# What is bundled, and how fine its time stamps are: readers must know both kinds of pcap.
BUNDLED = {
    "http-keep-alive": "micro",
    "websocket-echo": "nano",
    "websocket-deflate": "micro",
    "arp-and-ping": "nano",
    "websocket-stomp": "micro",
    "server-sent-events": "nano",
    "websocket-mqtt": "micro",
}

README_HEAD = f"""# Captures

Real traffic between real programs, mostly on loopback, named by what is seen in it. Each file is made by a scenario of
the lab (`inspector/lab/scenarios/`), recorded by the inspector's own capture process. `{COMMAND}`
makes them all again, and this page too. The bytes differ each time (ports, masking keys, dates), what is to be seen
does not.

Beside each capture, `NAME.log.json` holds what the programs themselves say that they sent and received. The tests
compare it with what the inspector reads out of the bytes.

| file | what is seen | packets | time stamps | made by |
|---|---|---|---|---|
"""


def record(scenario: Scenario, folder: Path, precision: str, ports: Mapping[str, int] | None = None) -> Path:
    """Run the scenario while its packets are recorded; returns the capture. Raises CaptureError or LabError."""
    capture = folder / f"{scenario.name}.pcap"
    with scenario.scene() as scene:
        recording = Recording(
            capture,
            interface=scene.interface,
            expression=scenario.capture_filter(ports),
            precision=precision,
            prefix=scene.prefix,
        )
        with recording:
            log = scenario.run(ports, scene)
    if recording.dropped:
        raise LabError(f"{recording.dropped} packets of {scenario.name} were lost: make it again.")
    entry = {"scenario": scenario.name, "packets": recording.packets, "precision": precision, **log.as_entry()}
    log_path(capture).write_text(json.dumps(entry, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return capture


def log_path(capture: Path) -> Path:
    """Where the log of a capture stands."""
    return capture.with_suffix(".log.json")


def make(name: str, folder: Path, ports: Mapping[str, int]) -> None:
    """Make one capture and its log, and put both in their place. `ports` may name servers of other scenarios too."""
    scenario = scenario_called(name)
    own_ports = {server: port for server, port in ports.items() if server in scenario.ports}
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        capture = record(scenario, Path(temporary), BUNDLED[name], own_ports)
        for made in (capture, log_path(capture)):
            made.chmod(0o644)
            os.replace(made, folder / made.name)


def server_and_port(text: str) -> tuple[str, int]:
    """`http=3001` as a pair. Raises ArgumentTypeError, which argparse turns into its message."""
    server, _, number = text.partition("=")
    servers = {server for name in BUNDLED for server in scenario_called(name).ports}
    if server not in servers or not number.isdecimal():
        example = " or ".join(f"{known}=3001" for known in sorted(servers))
        raise argparse.ArgumentTypeError(f"{text!r} should look like {example}")
    return server, int(number)


def readme(folder: Path) -> str:
    """The page for the folder: one row for each capture that is there."""
    rows = [readme_row(name, folder) for name in BUNDLED if (folder / f"{name}.pcap").exists()]
    return README_HEAD + "\n".join(rows) + "\n"


def readme_row(name: str, folder: Path) -> str:
    """One line of the table: the packets are counted in the log, the sights are the scenario's."""
    scenario = scenario_called(name)
    packets = json.loads(log_path(folder / f"{name}.pcap").read_text(encoding="utf-8"))["packets"]
    seen = "; ".join(sight.text for sight in scenario.sights)
    cells = (
        f"[{name}.pcap]({name}.pcap)",
        f"{scenario.title}: {seen}",
        str(packets),
        f"{BUNDLED[name]}seconds",
        f"`{COMMAND} {name}`",
    )
    return "| " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 1 if a capture could not be made (one sentence on standard error), 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Make the bundled captures again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones: " + ", ".join(BUNDLED))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put them")
    parser.add_argument(
        "--port",
        type=server_and_port,
        action="append",
        default=[],
        metavar="SERVER=NUMBER",
        help="where a server listens instead of its usual port; may be given several times",
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BUNDLED]
    if unknown:
        parser.error(f"there is no bundled capture called {unknown[0]!r}: there are {', '.join(BUNDLED)}")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for name in options.names or BUNDLED:
            make(name, options.folder, dict(options.port))
            print(f"{name}: made", file=sys.stderr)
        (options.folder / "README.md").write_text(readme(options.folder), encoding="utf-8")
    except (CaptureError, LabError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"The folder {options.folder} does not take the captures ({error.strerror}): choose another with --folder.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
