"""Weave a large capture from small ones: many copies of each, as if many clients had talked at the same time.

Every copy gets addresses, a client port, a beginning in time of its own, and its checksums are carried along (RFC
1624), so that no two packets of the result are equal and each conversation is one of its own. Copies overlap in time:
their packets come mixed, as they do on a busy server.

    python -m benchmarks.weave /tmp/big.pcap            1.2 million packets from captures/
    python -m benchmarks.weave OUT --packets 100000 FILE...

Only Ethernet captures with IP in them are woven; other packets are left out.
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.capture.files import open_capture

PACKETS = 1_200_000
TOGETHER = 200
"""How many copies of each capture overlap in time."""
APART = 1_000_000
"""Nanoseconds between the beginnings of two copies."""
NANOSECOND_PCAP = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
RECORD = 16
BEGIN = 1_700_000_000 * 1_000_000_000
PORTS = 32_768
COPIES_AT_MOST = 1 << 24


class Template(NamedTuple):
    """One packet to be copied: its time since its capture began, its wire length, its bytes, and where in them stand
    the addresses' words that count the copies (place, bits to keep, shift), the client's port (0: none), and the
    checksums that cover them."""

    time: int
    length: int
    data: bytes
    addresses: tuple[tuple[int, int, int], ...]
    port: int
    address_sums: tuple[int, ...]
    port_sums: tuple[int, ...]


def templates(path: Path) -> list[Template]:
    """The packets of one capture that can be woven."""
    found: list[Template] = []
    with open_capture(path) as capture:
        begin = None
        for batch in capture.scan():
            for index in range(len(batch)):
                begin = batch.times[index] if begin is None else begin
                data = batch.record(index)
                template = _template(data, batch.times[index] - begin, batch.lengths[index])
                if batch.links[index] == 1 and template is not None:
                    found.append(template)
    return found


def _template(data: bytes, time: int, length: int) -> Template | None:
    kind, proto = data[12:14], 0
    if kind == b"\x08\x00" and len(data) >= 34:
        proto, l4 = data[23], 14 + (data[14] & 15) * 4
        # The two bytes in the middle of each address; checksums count in words, which these straddle.
        addresses: tuple[tuple[int, int, int], ...] = ((26, 0xFF00, -8), (28, 0xFF, 8), (30, 0xFF00, -8), (32, 0xFF, 8))
        sums = [14 + 10]
    elif kind == b"\x86\xdd" and len(data) >= 54:
        proto, l4 = data[20], 54
        addresses, sums = ((14 + 20, 0, 0), (14 + 36, 0, 0)), []
    else:
        return None
    port, port_sums = 0, []
    size, sum_at = {6: (20, 16), 17: (8, 6)}.get(proto, (0, 0))
    if size and len(data) >= l4 + size:
        source, destination = struct.unpack_from(">HH", data, l4)
        port = l4 if source >= destination else l4 + 2
        port_sums = [l4 + sum_at]
    return Template(time, length, data, addresses, port, (*sums, *port_sums), tuple(port_sums))


def copies(template: Template, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """One row for each copy: the record's header and the packet."""
    size = len(template.data)
    rows = np.empty((len(numbers), RECORD + size), np.uint8)
    rows[:, RECORD:] = np.frombuffer(template.data, np.uint8)
    packet = rows[:, RECORD:]
    for place, keep, shift in template.addresses:
        # Two bytes of each address count the copies; for more than 65,536 the port goes on counting.
        counted = numbers & 0xFFFF
        counted = (counted << shift if shift >= 0 else counted >> -shift) & 0xFFFF
        _exchange(packet, place, _word(packet, place) & keep | counted & ~keep, template.address_sums)
    if template.port:
        (old,) = struct.unpack_from(">H", template.data, template.port)
        _exchange(packet, template.port, PORTS + (old + numbers // 0x10000 * 97) % PORTS, template.port_sums)
    times = BEGIN + numbers * APART + template.time
    header = np.stack(
        (times // 10**9, times % 10**9, np.full_like(times, size), np.full_like(times, template.length)), axis=1
    )
    rows[:, :RECORD] = header.astype("<u4").view(np.uint8).reshape(len(numbers), RECORD)
    return rows


def _exchange(packet: NDArray[np.uint8], place: int, words: NDArray[np.int64], sums: Sequence[int]) -> None:
    """Put a word into each row, and carry the change into the checksums (RFC 1624 section 3)."""
    old = _word(packet, place)
    for at in sums:
        total = (~_word(packet, at) & 0xFFFF) + (~old & 0xFFFF) + words
        total = (total & 0xFFFF) + (total >> 16)
        _put(packet, at, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    _put(packet, place, words)


def _word(packet: NDArray[np.uint8], place: int) -> NDArray[np.int64]:
    return packet[:, place].astype(np.int64) << 8 | packet[:, place + 1]


def _put(packet: NDArray[np.uint8], place: int, words: NDArray[Any]) -> None:
    packet[:, place], packet[:, place + 1] = words >> 8, words & 0xFF


def woven(sources: Sequence[Path], packets: int) -> Iterator[bytes]:
    """The file, piece by piece: at least as many packets as asked for, in the order of their times."""
    kinds = [template for path in sources for template in templates(path)]
    if not kinds:
        raise SystemExit("weave: expected captures with Ethernet and IP in them, found no such packet")
    yield NANOSECOND_PCAP
    done, number = 0, 0
    while done < packets:
        numbers = np.arange(number, number + TOGETHER)
        if number + TOGETHER > COPIES_AT_MOST:
            raise SystemExit(f"weave: expected at most {COPIES_AT_MOST} copies, more are needed; name larger captures")
        rows = [copies(template, numbers) for template in kinds]
        times = np.concatenate([numbers * APART + template.time for template in kinds])
        order = np.argsort(times, kind="stable").tolist()
        yield b"".join(rows[i // TOGETHER][i % TOGETHER].tobytes() for i in order)
        done, number = done + len(order), number + TOGETHER


def weave(out: Path, sources: Sequence[Path], packets: int = PACKETS) -> None:
    """Write the woven capture."""
    with out.open("wb") as file:
        for piece in woven(sources, packets):
            file.write(piece)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weave", description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("sources", type=Path, nargs="*", help="captures to weave from (default: captures/)")
    parser.add_argument("--packets", type=int, default=PACKETS)
    chosen = parser.parse_intermixed_args()
    here = Path(__file__).resolve().parent.parent / "captures"
    weave(chosen.out, chosen.sources or sorted(here.glob("*.pcap")), chosen.packets)


if __name__ == "__main__":
    main()
