"""A filter at work: the numbers of the packets found so far, filled by a thread and read by the window.

The list shows what is found while the search goes on. The surprising thing: nobody is told when packets are found;
the window looks at the length of `numbers` some times a second, which costs the same however many there are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator


class Search:
    """One run of one filter over the packets that were known when it began, `known` of them."""

    def __init__(self, text: str, batches: Iterator[list[int]], known: int) -> None:
        self.text = text
        self.known = known
        self.numbers: array[int] = array("Q")
        self.done = False
        self.stopped = False
        self._batches = batches

    def run(self) -> None:
        """Collect until all is found or `stop` was called. Belongs in a thread."""
        for batch in self._batches:
            if self.stopped:
                return
            self.numbers.extend(batch)
        self.done = True

    def stop(self) -> None:
        """End the search at its next batch."""
        self.stopped = True
