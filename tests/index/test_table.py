"""Tables: rows come back as they were written, in whatever pieces."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.index.table import Table


@pytest.mark.parametrize("pieces", [[10], [1] * 10, [3, 4, 3], [7, 0, 3]])
def test_rows_come_back(pieces: list[int]) -> None:
    table, done = Table({"a": "u2", "b": "i8"}, chunk=4), 0
    for size in pieces:
        numbers = np.arange(done, done + size)
        table.append({"a": numbers, "b": -numbers}, size)
        done += size
    assert table.count == 10
    assert table.part("a", 0, 10).tolist() == list(range(10))
    assert table.part("b", 3, 9).tolist() == [-3, -4, -5, -6, -7, -8]
    assert table.part("b", 5, 5).tolist() == []
    assert table.at("b", 9) == -9
    assert table.row(6, "b", "a") == (-6, 6)
    assert table.take("a", np.array([0, 3, 4, 9])).tolist() == [0, 3, 4, 9]
    assert table.take("a", np.array([], np.int64)).tolist() == []
    assert [len(part) for part in table.parts("a", 2, 9)] == [2, 4, 1]
    assert table.bytes_per_row == 10


def test_rows_that_were_read_never_move() -> None:
    table = Table({"a": "u2"}, chunk=4)
    table.append({"a": np.arange(4)}, 4)
    view = table.parts("a", 0, 4)[0]
    table.append({"a": np.arange(100)}, 100)
    assert np.shares_memory(view, table.parts("a", 0, 4)[0])
