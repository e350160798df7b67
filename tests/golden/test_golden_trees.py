"""Golden trees of every bundled capture, as the session gives them.

`make golden` writes them anew; then read the difference.
A capture without a golden, and a golden without its capture, fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core.resources import captures
from inspector.session.session import open_session
from tests.golden.tree import tree

HERE = Path(__file__).parent
CAPTURES = sorted(path for path in captures().iterdir() if ".pcap" in path.suffixes or ".pcapng" in path.suffixes)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_golden_tree(capture: Path, rewrite_golden: bool) -> None:
    session = open_session(capture)
    try:
        assert session.load()
        found = tree(session)
    finally:
        session.close()
    golden = HERE / f"{capture.stem}.txt"
    if rewrite_golden:
        golden.write_text(found, encoding="utf-8")
    want = golden.read_text(encoding="utf-8") if golden.exists() else ""
    assert want, f"{golden.name} is missing: run `make golden` and read what it wrote"
    wrong = [(i, a, b) for i, (a, b) in enumerate(zip(want.splitlines(), found.splitlines()), 1) if a != b][:5]
    assert not wrong, "\n".join(f"{golden.name}:{i}\n- {a}\n+ {b}" for i, a, b in wrong)
    assert found == want, f"{golden.name} has another number of lines"


def test_no_golden_is_left_over(rewrite_golden: bool) -> None:
    names = {path.stem for path in CAPTURES}
    if rewrite_golden:
        for path in HERE.glob("*.txt"):
            if path.stem not in names:
                path.unlink()
    assert {path.stem for path in HERE.glob("*.txt")} == names
    assert len(names) >= 3
