"""What all tests share: the markers that need something of the machine, and the option that rewrites goldens.

A test marked `corpus`, `tshark` or `root` needs something that not every machine has. Where it is missing the test is
deselected, and one line at the end of the run says how many and what would bring them back: nothing is skipped in
silence. In CI (CI=true) tshark must be there, so its tests fail instead.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TSHARK = "4.0.17"

# Two busy cores make any deadline a coin toss.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

_missing = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the goldens anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_missing] = Counter()
    corpus = os.environ.get("INSPECTOR_CORPUS")
    if corpus and not Path(corpus).is_dir():
        raise pytest.UsageError(f"INSPECTOR_CORPUS should name the folder of the corpus and names no folder: {corpus}")


def _without_corpus() -> str | None:
    if os.environ.get("INSPECTOR_CORPUS"):
        return None
    return "INSPECTOR_CORPUS names no folder of captures"


@functools.cache
def _without_tshark() -> str | None:
    program = shutil.which("tshark")
    if program is None:
        return f"tshark {TSHARK} is not installed"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = said.partition("(Wireshark) ")[2].split(maxsplit=1)
    if not found or found[0] != TSHARK:
        return f"tshark is not {TSHARK} but {found[0] if found else 'of an unknown version'}"
    return None


def _without_root() -> str | None:
    return None if os.geteuid() == 0 else "only root may make network namespaces and capture"


_NEEDS = {"corpus": _without_corpus, "tshark": _without_tshark, "root": _without_root}


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        reason = _why_not_here(item)
        (dropped if reason else kept).append(item)
        if reason:
            config.stash[_missing][reason] += 1
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _why_not_here(item: pytest.Item) -> str | None:
    for marker, missing in _NEEDS.items():
        if item.get_closest_marker(marker) is None or (marker == "tshark" and _in_ci()):
            continue
        reason = missing()
        if reason:
            return f"{marker}: {reason}"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("tshark") is not None and _in_ci():
        reason = _without_tshark()
        if reason:
            pytest.fail(f"CI must compare with tshark {TSHARK}: {reason}", pytrace=False)


# With pytest-xdist the workers collect and the main process reports: each worker sends its counts home. All workers
# collect the same tests, so the counts of any one are the counts.


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = dict(session.config.stash[_missing])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    output = getattr(node, "workeroutput", {})  # a worker that crashed sent nothing
    if "missing" in output:
        node.config.stash[_missing] = Counter(output["missing"])  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in sorted(config.stash[_missing].items()):
        terminalreporter.write_line(f"{count} test{'s' if count > 1 else ''} deselected, {reason}")


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether this run writes goldens (`make golden`) instead of comparing with them."""
    return bool(request.config.getoption("--rewrite-golden"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of public captures. The test must bear the marker `corpus`."""
    return Path(os.environ["INSPECTOR_CORPUS"])


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or leaves anything in the home of who runs it, and local time is UTC: also in child processes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
