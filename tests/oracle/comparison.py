"""Holding our packets against tshark's: names, values, places, and how many of each were compared."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from inspector.core.layer import Packet
from inspector.core.node import Node
from inspector.engine.registry import known_fields
from inspector.session.session import open_session
from tests.oracle.pdml import Occurrence, ask

SPACE = re.compile(r"\s+")


class Comparison:
    """What came out of comparing captures: counts, and an example of each difference."""

    def __init__(self) -> None:
        self.packets = 0
        self.occurrences: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.equal: Counter[str] = Counter()
        self.differ: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.misplaced: Counter[str] = Counter()
        self.where: Counter[tuple[str, str]] = Counter()
        self.file = ""
        self.examples: dict[str, list[str]] = defaultdict(list)

    def compare(self, path: Path) -> None:
        """Add one capture."""
        self.file = path.name
        session = open_session(path)
        session.load()
        for number, theirs in ask(path):
            self.packets += 1
            self._compare_packet(f"{path.name} packet {number}", session.packet(number), theirs)
        session.close()

    def _compare_packet(self, where: str, packet: Packet, theirs: list[Occurrence]) -> None:
        known = known_fields()
        ours: dict[str, list[Node]] = defaultdict(list)
        for _, node in packet.walk():
            ours[node.spec.name].append(node)
        asked: dict[str, list[Occurrence]] = defaultdict(list)
        for occurrence in theirs:
            asked[occurrence.name].append(occurrence)
        for name, occurrences in asked.items():
            self.occurrences[name] += len(occurrences)
            if name not in known:
                self.unknown[name] += len(occurrences)
                continue
            self._compare_values(where, name, occurrences, ours.get(name, []), packet)

    def _compare_values(
        self, where: str, name: str, theirs: list[Occurrence], ours: list[Node], packet: Packet
    ) -> None:
        shown = [normal(node.show) if node.spec.kind != "none" else "" for node in ours]
        for i, occurrence in enumerate(theirs):
            said = normal(occurrence.show)
            if i < len(ours) and ours[i].spec.kind == "bytes":
                said = said.replace(":", "")
            elif i < len(ours) and ours[i].spec.kind == "none":
                said = ""
            if i < len(shown) and (shown[i] == said or same_text(ours[i], occurrence)):
                self.equal[name] += 1
                self._compare_place(where, occurrence, ours[i], packet)
            else:
                self._count_difference(name, 1)
                mine = shown[i] if i < len(shown) else "(nothing)"
                self._note(name, f"{where}: tshark {said[:80]!r}, ours {mine[:80]!r}")
        if len(ours) > len(theirs):
            self._count_difference(name, len(ours) - len(theirs))
            self._note(name, f"{where}: ours has {len(ours)} of them, tshark {len(theirs)}")

    def _compare_place(self, where: str, occurrence: Occurrence, node: Node, packet: Packet) -> None:
        if not occurrence.size or node.at is None or node.source is not packet.sources[0]:
            return
        data = packet.sources[0].data[occurrence.pos : occurrence.pos + occurrence.size]
        if not occurrence.value or data.hex() != occurrence.value:
            return
        self.places[node.name] += 1
        first, last = node.at // 8, (node.at + node.width + 7) // 8
        if first < occurrence.pos or last > occurrence.pos + occurrence.size:
            self.misplaced[node.name] += 1
            place = f"tshark {occurrence.pos}+{occurrence.size}, ours {first}+{last - first}"
            self._note(f"place of {node.name}", f"{where}: {place}")

    def _count_difference(self, name: str, count: int) -> None:
        self.differ[name] += count
        self.where[self.file, name] += count

    def _note(self, key: str, text: str) -> None:
        if len(self.examples[key]) < 5:
            self.examples[key].append(text)

    def report(self) -> str:
        """The counts in words, for people: what a do-nothing program would not have."""
        total, unknown = self.occurrences.total(), self.unknown.total()
        equal, differ = self.equal.total(), self.differ.total()
        places, misplaced = self.places.total(), self.misplaced.total()
        return (
            f"{self.packets} packets, {total} field occurrences: {100 * (total - unknown) / max(total, 1):.2f} % known "
            f"by name ({unknown} not); of {equal + differ} values {100 * equal / max(equal + differ, 1):.3f} % equal "
            f"({differ} not); of {places} places {misplaced} differ"
        )


def same_text(node: Node, occurrence: Occurrence) -> bool:
    """Whether both read the same bytes as text: what is no UTF-8 is written in different ways."""
    return node.spec.kind == "str" and bool(occurrence.value) and node.raw.hex() == occurrence.value


def normal(text: str) -> str:
    """Text as both print it: XML folds line ends into blanks, so ours are folded too."""
    return SPACE.sub(" ", text.replace("\\r\\n", " ").replace("\\n", " ")).strip()


if __name__ == "__main__":
    comparison = Comparison()
    for name in sys.argv[1:]:
        comparison.compare(Path(name))
    print(comparison.report())
    for field, count in comparison.unknown.most_common():
        print("unknown", field, count)
    for field, count in comparison.differ.most_common():
        print("differ", field, count, "of", comparison.equal[field] + count, *comparison.examples[field], sep="\n    ")
    for field, count in comparison.misplaced.most_common():
        print("misplaced", field, count, *comparison.examples[f"place of {field}"], sep="\n    ")
