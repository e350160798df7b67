"""The drawing of a header has the fields of the RFC's own figure, to the bit.

The figures below are copied from the RFCs. Both drawings are read by one function that finds the borders of each row,
so that what is compared is where fields begin and end. Where our declaration splits what the RFC draws as one (the
bits of a group), the RFC's borders must all be ours too, and the further ones are listed.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.diagram import diagram, layout
from inspector.core.field import Header, bit, bits, group, raw, text, u8, u32, until
from inspector.core.source import Source
from inspector.protocols.ip import Ip
from inspector.protocols.tcp import Tcp
from inspector.protocols.udp import Udp
from inspector.protocols.websocket.frame import WebSocket

RFC_9293 = """
    0                   1                   2                   3
    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |          Source Port          |       Destination Port        |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |                        Sequence Number                        |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |                    Acknowledgment Number                      |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |  Data |       |C|E|U|A|P|R|S|F|                               |
   | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
   |       |       |R|E|G|K|H|T|N|N|                               |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |           Checksum            |         Urgent Pointer        |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""
RFC_791 = """
    0                   1                   2                   3
    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |Version|  IHL  |Type of Service|          Total Length         |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |         Identification        |Flags|      Fragment Offset    |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |  Time to Live |    Protocol   |         Header Checksum       |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |                       Source Address                          |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |                    Destination Address                        |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""
# RFC 768 draws eight bits as one column of its own; this is its figure in the usual ruling.
RFC_768 = """
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |          Source Port          |       Destination Port        |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   |            Length             |           Checksum            |
   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""
RFC_6455 = """
      0                   1                   2                   3
      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     +-+-+-+-+-------+-+-------------+-------------------------------+
     |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
     |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
     |N|V|V|V|       |S|             |   (if payload len==126/127)   |
     | |1|2|3|       |K|             |                               |
     +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
     |     Extended payload length continued, if payload len == 127  |
     + - - - - - - - - - - - - - - - +-------------------------------+
     |                               |Masking-key, if MASK set to 1  |
     +-------------------------------+-------------------------------+
     | Masking-key (continued)       |          Payload Data         |
     +-------------------------------- - - - - - - - - - - - - - - - +
"""


def borders(figure: str) -> list[list[int]]:
    """For each row of a figure, the bits at which a cell ends: where all lines of the row have a border."""
    rows: list[list[int]] = []
    lines: list[str] = []
    for line in figure.strip("\n").splitlines():
        drawn = line.strip()
        if drawn[:1] == "+":
            if lines:
                ends = [
                    at for at in range(2, max(map(len, lines)), 2) if all(one[at : at + 1] in "|:" for one in lines)
                ]
                rows.append([at // 2 for at in ends if all(len(one) > at for one in lines)])
            lines = []
        elif drawn[:1] == "|":
            lines.append(drawn)
    return rows


def read(header: type[Header], data: str) -> Header:
    return header(Source("record", bytes.fromhex(data)).view())


def test_tcp_as_rfc_9293_draws_it() -> None:
    """One border more: the accurate ECN bit that RFC 9768 took from the reserved ones."""
    theirs, ours = borders(RFC_9293), borders(diagram(Tcp))
    assert theirs[3] == [4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 32]
    assert ours[3] == sorted([*theirs[3], 7])
    assert ours[:3] + ours[4:] == theirs[:3] + theirs[4:]


def test_ip_as_rfc_791_draws_it() -> None:
    """Three borders more: RFC 2474 and 3168 split the type of service, and the flags are bits."""
    theirs, ours = borders(RFC_791), borders(diagram(Ip))
    assert theirs == [[4, 8, 16, 32], [16, 19, 32], [8, 16, 32], [32], [32]]
    assert ours == [[4, 8, 14, 16, 32], [16, 17, 18, 19, 32], [8, 16, 32], [32], [32]]


def test_udp_as_rfc_768_draws_it() -> None:
    assert borders(diagram(Udp)) == borders(RFC_768) == [[16, 32], [16, 32]]


def test_a_websocket_frame_as_rfc_6455_draws_it() -> None:
    """Its figure is the longest form: a length of 64 bits, masked; the payload is no field of our header."""
    theirs = borders(RFC_6455)
    longest = read(WebSocket, "81ff 0000000000010000 aabbccdd")
    ours = borders(diagram(WebSocket, longest))
    assert theirs == [[1, 2, 3, 4, 8, 9, 16, 32], [32], [16, 32], [16, 32]]
    assert ours == [*theirs[:3], [16]]


def test_a_websocket_frame_with_no_data_shows_what_may_be_there() -> None:
    drawn = diagram(WebSocket)
    assert "[Extended Payload length (64 bits)]" in drawn
    assert "[Masking-Key]" in drawn
    assert borders(drawn)[0] == borders(RFC_6455)[0]


def test_a_short_unmasked_frame_has_one_row() -> None:
    assert borders(diagram(WebSocket, read(WebSocket, "8105"))) == [[1, 2, 3, 4, 8, 9, 16]]


def test_names_and_values_stand_in_their_cells() -> None:
    drawn = diagram(Ip, read(Ip, "4500003c1c4640004006b1e6c0a80068c0a80001")).splitlines()
    assert drawn[0].split() == ["0", "1", "2", "3"]
    assert drawn[1].split() == [str(i % 10) for i in range(32)]
    assert drawn[2] == "+-" * 32 + "+"
    assert drawn[3].split("|")[1].strip() == "Version"
    assert drawn[4].split("|")[1].strip() == "4"
    assert "|                         192.168.0.104                         |" in drawn
    assert any("0xb1e6" in line for line in drawn)


def test_every_flag_stands_above_its_bit() -> None:
    row = layout(Tcp, read(Tcp, "c3500009 01020304 0a0b0c0d 5012 2000 0000 0000"))[3]
    flags = {"".join(cell.lines[:-1]): cell.lines[-1] for cell in row if cell.width == 1}
    assert flags == {
        "AE": "0", "CWR": "0", "ECE": "0", "URG": "0", "ACK": "1", "PUSH": "0", "RESET": "0", "SYN": "1", "FIN": "0",
    }  # fmt: skip


class Sample(Header, name="sample"):
    """Every shape a field can have."""

    flags = group(8, "Flags", a=bit("A"), rest=bits(7, "Rest of the flags"))
    length = u8("Length")
    address = raw(6, "Address")
    extra = u32("Extra", when=lambda header: header.flags.a)
    word = text(until(b" "), "Word")
    data = raw(lambda header: header.length, "Data")


def test_fields_over_rows_stay_open_between_them() -> None:
    lines = diagram(Sample).splitlines()
    assert lines[5] == "+-" * 16 + "+" + " " * 31 + "+", "the address goes on below its first half"
    assert [[(cell.at, cell.width) for cell in row] for row in layout(Sample)] == [
        [(0, 1), (1, 7), (8, 8), (16, 16)],
        [(0, 32)],
        [(0, 32)],
        [(0, 32)],
        [(0, 32)],
    ]


def test_what_has_no_size_goes_to_the_end_of_the_row_with_a_colon() -> None:
    drawn = diagram(Sample)
    assert "|                              Word                             :" in drawn
    assert "|                            [Extra]                            |" in drawn


def test_a_long_field_takes_two_rows() -> None:
    sample = read(Sample, "00ff 010203040506" + b"w ".hex() + "61" * 255)
    rows = layout(Sample, sample)
    assert len(rows) == 4
    assert rows[-1][0].open
    assert diagram(Sample, sample).splitlines()[-2].endswith(":")


def test_a_header_that_was_cut_is_drawn_as_far_as_it_goes() -> None:
    assert borders(diagram(Udp, read(Udp, "0001 0002 00"))) == [[16, 32]]
    assert diagram(Udp, read(Udp, "")).count("\n") == 2


def test_nothing_hostile_is_drawn() -> None:
    data = b"\0\0" + bytes(6) + "\x1b[2J\u202e漢".encode() + b" "
    drawn = diagram(Sample, Sample(Source("record", data).view()))
    assert drawn.isascii()
    assert drawn.replace("\n", "").isprintable()


@pytest.mark.parametrize("header", [Tcp, Ip, Udp, WebSocket, Sample])
@given(data=st.binary(max_size=80))
def test_any_bytes_are_drawn_straight(header: type[Header], data: bytes) -> None:
    found = header(Source("record", data).view())
    for drawn in (diagram(header), diagram(header, found)):
        for line in drawn.splitlines()[2:]:
            assert len(line) <= 65
            assert line == "" or (line[0] in "+|" and line[-1] in "+|:"), line
    for row in layout(header, found):
        assert sum(cell.width for cell in row) <= 32
        assert [cell.at for cell in row] == [sum(one.width for one in row[:i]) for i in range(len(row))]
