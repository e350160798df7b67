"""A search collects in the background, and ends when it is told to."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.ui.searching import Search


def test_all_batches_are_collected_in_order() -> None:
    search = Search("tcp", iter([[1, 2], [], [5]]), 9)
    search.run()
    assert list(search.numbers) == [1, 2, 5]
    assert search.done


def test_a_stopped_search_is_not_done() -> None:
    def batches() -> Iterator[list[int]]:
        yield [1]
        search.stop()
        yield [2]

    search = Search("tcp", batches(), 9)
    search.run()
    assert list(search.numbers) == [1]
    assert not search.done
