"""A selection by an expression, saved through the session."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core import resources
from inspector.query.expression import QueryError
from inspector.session.saving import SaveError, save_selection
from inspector.session.session import open_session

ECHO = Path(str(resources.captures())) / "websocket-echo.pcap"


def test_an_expression_chooses(tmp_path: Path) -> None:
    session = open_session(ECHO)
    session.load()
    chosen = [number for batch in session.matching("websocket") for number in batch]
    said = save_selection(session, tmp_path / "out", "websocket")
    assert said.packets == len(chosen) > 10
    again = open_session(tmp_path / "out")
    again.load()
    for number, first in enumerate(chosen, 1):
        assert again.packet(number).sources[0].data == session.packet(first).sources[0].data
    assert save_selection(session, tmp_path / "all").size == ECHO.stat().st_size
    with pytest.raises(QueryError):
        save_selection(session, tmp_path / "none", "nonsense ==")
    with pytest.raises(SaveError):
        save_selection(session, ECHO, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all", "out"]
    session.close()
    again.close()
