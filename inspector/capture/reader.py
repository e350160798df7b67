"""The part that all capture formats share: an open file, read in pieces, with its list of damages.

A capture may be as large as the disk, may still be written to while it is read, and may be cut by another program at
any moment. So it is read with `pread` in pieces of 16 MB and never mapped into memory: a file that shrinks under a
mapping kills the process with SIGBUS, while `pread` simply returns fewer bytes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Self

from inspector.capture.batch import Batch, Damage, Interface

PIECE = 16 * 1024 * 1024

# A hostile file can be damaged in a million places; the list that a person reads stops earlier.
DAMAGES = 1000

# The largest record that is believed, whatever a snap length says: libpcap's limit for Ethernet, and for USB and D-Bus.
LARGEST = 262_144
LARGEST_EVER = 128 * 1024 * 1024


class CaptureFile:
    """An open capture file.

    `size` is the file's size in bytes when it was last looked at, `format` says in words what it is, `interfaces` grows
    as pcapng blocks are read, `comments` are those on the file as a whole, `count` is how many records `scan` has given
    so far, `tally` how many of each interface. `identity` is device and inode of the file that was opened (of the
    compressed one, if it is), None where it has no name. `scan` and `read` may be called at any time and in any order;
    `read` by any thread, `scan` by one at a time.
    """

    format = ""

    def __init__(self, path: str, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self.interfaces: list[Interface] = []
        self.comments: list[str] = []
        self.count = 0
        self.tally: Counter[int] = Counter()
        self.identity: tuple[int, int] | None = None
        self._descriptor = descriptor
        self._settled: list[Damage] = []
        self._unlisted = 0
        self._ending: Damage | None = None
        self._shorter: Damage | None = None
        self._replaced: Damage | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def damages(self) -> list[Damage]:
        """What is wrong with the file as far as it was read; what is said about its end goes away if it grows."""
        found = list(self._settled)
        if self._unlisted:
            found.append(Damage(found[-1].offset, f"{self._unlisted} more damaged places follow that are not listed."))
        found += [damage for damage in (self._ending, self._shorter, self._replaced) if damage is not None]
        return found

    @property
    def position(self) -> int:
        """How many bytes of the file `scan` has walked, for a progress bar."""
        raise NotImplementedError

    def scan(self, limit: int = 65536) -> Iterator[Batch]:
        """Walk on from where the last scan stopped to the end of what is there now, by batches of up to `limit`."""
        raise NotImplementedError

    def comment(self, number: int) -> list[str]:
        """The comments that the file holds for a packet, counted from 1; plain pcap has none."""
        return []

    def read(self, offset: int, captured: int) -> bytes:
        """A record's captured bytes; fewer, and a damage, if the file became shorter meanwhile."""
        return self._pread(offset, captured)

    def compressed_with(self, kind: str, damages: list[Damage]) -> None:
        """Say that this was unpacked from a compressed file, and what was wrong with that."""
        self.format += f", compressed with {kind}"
        for damage in damages:
            self.add_damage(damage)

    def add_damage(self, damage: Damage) -> None:
        """Say something more that is missing or wrong, found by who brought the bytes here."""
        self._damaged(damage.offset, damage.text)

    def duplicate(self) -> int:
        """Another descriptor of the bytes that are read here, for who walks them a second time; to be closed by him."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _pread(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes, unless the file ends before: then it became shorter, which is remembered."""
        data = os.pread(self._descriptor, length, offset)
        while len(data) < length:
            more = os.pread(self._descriptor, length - len(data), offset + len(data))
            if not more:
                self._became_shorter()
                break
            data += more
        return data

    def _became_shorter(self) -> None:
        now = os.fstat(self._descriptor).st_size
        self._shorter = Damage(
            now,
            f"The file became shorter while it was open: it had {self.size} bytes and has {now} now; "
            "packets behind that byte cannot be shown.",
        )

    @property
    def grown(self) -> bool:
        """Whether the file holds more bytes than when it was last walked."""
        return self._descriptor >= 0 and os.fstat(self._descriptor).st_size > self.size

    def _count(self, batch: Batch) -> Batch:
        """Count the records of a batch that is about to be given."""
        self.count += len(batch)
        self.tally.update(batch.tally())
        return batch

    def _look(self) -> int:
        """Ask for the size of the file as it is now, and whether its name still means this file."""
        self._replaced = self._look_at_name()
        now = os.fstat(self._descriptor).st_size
        if now < self.size:
            self._became_shorter()
        else:
            self.size = now
        return now

    def _look_at_name(self) -> Damage | None:
        if self.identity is None or self.path.startswith("/dev/"):
            return None
        try:
            found = os.stat(self.path)
        except OSError:
            return None  # it was taken away: what is open stays whole
        if (found.st_dev, found.st_ino) == self.identity:
            return None
        return Damage(0, "Another file has taken this file's name; shown is the one that was opened, open it again.")

    def _damaged(self, offset: int, text: str) -> None:
        if len(self._settled) < DAMAGES:
            self._settled.append(Damage(offset, text))
        else:
            self._unlisted += 1
