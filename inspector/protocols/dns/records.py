"""What the data of a resource record means, by its type.

RFC 1035 section 3.3, AAAA RFC 3596, SRV RFC 2782, DNSSEC RFC 4034, CAA RFC 8659, service bindings RFC 9460. Most types
are a list of fields; the few that repeat something have a function. What is not read further is `dns.data`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inspector.core.field import decode_text
from inspector.core.node import Node, Value
from inspector.core.spec import Spec
from inspector.protocols.dns import fields
from inspector.protocols.dns.reader import ADDRESSES, Ended, Reader

TYPES_IN_MAPS_AT_MOST = 4096
"""Types that get nodes of their own in one message: a bit map of 34 bytes could name 256."""

Said = list[str]
"""What the list's line says of a record, in words."""


def _name(reader: Reader, spec: Spec) -> Value:
    return reader.name(spec).text


def _u8(reader: Reader, spec: Spec) -> Value:
    return reader.number(spec, 1)


def _u16(reader: Reader, spec: Spec) -> Value:
    return reader.number(spec, 2)


def _u32(reader: Reader, spec: Spec) -> Value:
    return reader.number(spec, 4)


def _address(reader: Reader, spec: Spec) -> Value:
    return reader.address(spec)


def _moment(reader: Reader, spec: Spec) -> Value:
    return reader.moment(spec)


def _rest(reader: Reader, spec: Spec) -> Value:
    return reader.data(spec, reader.left)


Part = tuple[Callable[[Reader, Spec], Value], Spec]

_SIGNER: tuple[Part, ...] = (
    (_u16, fields.DS_KEY),
    (_u8, fields.DS_ALGORITHM),
    (_u8, fields.DS_DIGEST_TYPE),
    (_rest, fields.DS_DIGEST),
)
LAYOUTS: Mapping[int, tuple[Part, ...]] = {
    1: ((_address, fields.A),),
    2: ((_name, fields.NS),),
    5: ((_name, fields.CNAME),),
    6: (
        (_name, fields.SOA_PRIMARY),
        (_name, fields.SOA_MAILBOX),
        (_u32, fields.SOA_SERIAL),
        (_u32, fields.SOA_REFRESH),
        (_u32, fields.SOA_RETRY),
        (_u32, fields.SOA_EXPIRE),
        (_u32, fields.SOA_MINIMUM),
    ),
    12: ((_name, fields.PTR),),
    15: ((_u16, fields.MX_PREFERENCE), (_name, fields.MX_EXCHANGE)),
    28: ((_address, fields.AAAA),),
    33: (
        (_u16, fields.SRV_PRIORITY),
        (_u16, fields.SRV_WEIGHT),
        (_u16, fields.SRV_PORT),
        (_name, fields.SRV_TARGET),
    ),
    39: ((_name, fields.DNAME),),
    43: _SIGNER,
    46: (
        (_u16, fields.SIG_COVERED),
        (_u8, fields.SIG_ALGORITHM),
        (_u8, fields.SIG_LABELS),
        (_u32, fields.SIG_TTL),
        (_moment, fields.SIG_EXPIRATION),
        (_moment, fields.SIG_INCEPTION),
        (_u16, fields.SIG_KEY),
        (_name, fields.SIG_SIGNER),
        (_rest, fields.SIGNATURE),
    ),
    59: _SIGNER,
}
IN_THE_LIST = {1: 1, 2: 1, 5: 1, 6: 1, 12: 1, 15: 2, 28: 1, 33: 4, 39: 1}
"""How many of a record's first fields the packet list repeats."""


def read_data(reader: Reader, kind: int) -> Said:
    """The data of a record of type `kind`, which fills the reader. Gives what the packet list says of it."""
    layout = LAYOUTS.get(kind)
    if layout is not None:
        values = [str(take(reader, spec)) for take, spec in layout]
        said = values[: IN_THE_LIST.get(kind, 0)]
    elif kind in SPECIAL:
        said = SPECIAL[kind](reader)
    else:
        _rest(reader, fields.DATA)
        said = []
    if reader.left:
        text = f"behind what type {fields.short_type(kind)} holds, dns.resp.len leaves {reader.left} more"
        reader.complain(fields.DATA_LENGTH, text)
    return said


def _texts(reader: Reader) -> Said:
    while reader.left:
        reader.text(fields.TXT, reader.number(fields.TXT_LENGTH, 1))
    return []


def _key(reader: Reader) -> Said:
    """DNSKEY; its tag is a sum over the data, RFC 4034 appendix B."""
    start, whole = reader.at, reader.message[reader.at : reader.end]
    flags = reader.number(fields.KEY_FLAGS, 2)
    reader.nodes[-1].children = [
        reader.bits(fields.KEY_ZONE, start, 7, 1, bool(flags & 0x100), tiles=False),
        reader.bits(fields.KEY_REVOKED, start, 8, 1, bool(flags & 0x80), tiles=False),
        reader.bits(fields.KEY_SIGNING, start, 15, 1, bool(flags & 1), tiles=False),
        reader.place(fields.KEY_RESERVED, start, 2, flags & 0xFE7E, tiles=False),
    ]
    reader.number(fields.KEY_PROTOCOL, 1)
    reader.number(fields.KEY_ALGORITHM, 1)
    total = sum(byte << 8 if i % 2 == 0 else byte for i, byte in enumerate(whole))
    tag = (total + (total >> 16 & 0xFFFF)) & 0xFFFF
    reader.nodes.append(Node(fields.KEY_TAG, None, None, 0, tag))
    reader.data(fields.KEY, reader.left)
    return []


def _next_secure(reader: Reader) -> Said:
    """NSEC: the next name that exists, and a bit for each type that this one has. RFC 4034 section 4.1."""
    following = reader.name(fields.NSEC_NEXT).text
    last = -1
    while reader.left:
        at = reader.at
        window = reader.number(fields.NSEC_WINDOW, 1)
        size = reader.number(fields.NSEC_SIZE, 1)
        if window <= last or not 1 <= size <= 32:
            text = (
                f"a bit map of {size} bytes for window {window} behind window {last}: they must rise, and have 1 to 32"
            )
            reader.complain(fields.NSEC_BITMAP, text, at=at)
            raise Ended
        last = window
        found = reader.data(fields.NSEC_BITMAP, size)
        holder = reader.nodes[-1]
        holder.children = _types(reader, window, reader.at - size, found)
    return [following]


def _types(reader: Reader, window: int, at: int, bitmap: bytes) -> list[Node]:
    found = []
    for i, byte in enumerate(bitmap):
        for bit in range(8):
            if byte << bit & 0x80 and reader.types_in_maps < TYPES_IN_MAPS_AT_MOST:
                reader.types_in_maps += 1
                found.append(reader.bits(fields.TYPE, at + i, bit, 1, window << 8 | i << 3 | bit, tiles=False))
    return found


CAA_TAGS = {"issue": fields.CAA_ISSUE, "issuewild": fields.CAA_ISSUEWILD, "iodef": fields.CAA_IODEF}


def _certification(reader: Reader) -> Said:
    flags = reader.number(fields.CAA_FLAGS, 1)
    reader.nodes[-1].children = [reader.bits(fields.CAA_CRITICAL, reader.at - 1, 0, 1, bool(flags & 0x80), tiles=False)]
    start, outer = reader.at, reader.nodes
    inner: list[Node] = []
    reader.nodes = inner
    try:
        tag = reader.text(fields.CAA_TAG, reader.number(fields.CAA_TAG_LENGTH, 1))
        value = reader.text(fields.CAA_VALUE, reader.left)
    except Ended:
        outer.extend(inner)
        raise
    finally:
        reader.nodes = outer
    holder = reader.place(CAA_TAGS.get(tag.lower(), fields.CAA_UNKNOWN), start, reader.at - start, value)
    holder.children = inner
    outer.append(holder)
    return []


def _mandatory(reader: Reader) -> None:
    while reader.left:
        reader.number(fields.SVC_MANDATORY, 2)


def _alpn(reader: Reader) -> None:
    while reader.left:
        reader.text(fields.SVC_ALPN, reader.number(fields.SVC_ALPN_LENGTH, 1))


def _hints4(reader: Reader) -> None:
    while reader.left:
        reader.address(fields.SVC_IPV4)


def _hints6(reader: Reader) -> None:
    while reader.left:
        reader.address(fields.SVC_IPV6)


PARAMETERS: Mapping[int, Callable[[Reader], object]] = {
    0: _mandatory,
    1: _alpn,
    3: lambda reader: reader.number(fields.SVC_PORT, 2),
    4: _hints4,
    5: lambda reader: reader.data(fields.SVC_ECH, reader.left),
    6: _hints6,
}


def _service(reader: Reader) -> Said:
    """SVCB and HTTPS: a target and parameters. RFC 9460 section 2.2."""
    reader.number(fields.SVC_PRIORITY, 2)
    reader.name(fields.SVC_TARGET)
    while reader.left:
        item(reader, fields.SVC_PARAMETER, fields.SVC_KEY, fields.SVC_LENGTH, _parameter)
    return []


def _parameter(reader: Reader, key: int) -> None:
    read = PARAMETERS.get(key)
    if read is not None:
        read(reader)
    if reader.left:
        reader.data(fields.SVC_VALUE, reader.left)


def _options(reader: Reader) -> Said:
    """The options of EDNS, RFC 6891 section 6.1.2."""
    while reader.left:
        item(reader, fields.OPT, fields.OPT_CODE, fields.OPT_LENGTH, _option)
    return []


def item(reader: Reader, spec: Spec, key: Spec, length: Spec, read: Callable[[Reader, int], None]) -> None:
    """A key, a length and a value, in a node of their own; `read` is given a reader that ends with the value."""
    start, outer, end, said = reader.at, reader.nodes, reader.end, reader.said
    code = -1
    holder = reader.place(spec, start, 0, None)
    reader.nodes = holder.children
    try:
        code = reader.number(key, 2)
        size = reader.number(length, 2)
        if size > reader.left:
            reader.complain(
                length, f"{length.name} says {size}, but {reader.left} bytes are left", at=start, ended=True
            )
            raise Ended
        reader.end, reader.said = reader.at + size, length.name
        read(reader, code)
    finally:
        reader.nodes, reader.end, reader.said = outer, end, said
        holder.width = (reader.at - start) * 8
        if holder.children:
            holder.label = f"{spec.label}: {key.names.get(code, f'Unknown ({code})')}"
            outer.append(holder)


def _option(reader: Reader, code: int) -> None:
    start, size = reader.at, reader.left
    data = reader.data(fields.OPT_DATA, size)
    at = start
    for spec, width, value in _meanings(code, data):
        reader.nodes[-1].children.append(reader.place(spec, at, width, value, tiles=False))
        at += width


def _meanings(code: int, data: bytes) -> list[tuple[Spec, int, Value]]:
    """What the data of an option is made of, as (field, bytes, value)."""
    size, number = len(data), int.from_bytes(data[:2], "big")
    match code:
        case 8 if size >= 4:
            return _subnet(number, data)
        case 10 if size >= 8:
            server: list[tuple[Spec, int, Value]] = [(fields.OPT_SERVER_COOKIE, size - 8, data[8:])]
            return [(fields.OPT_COOKIE, 8, data[:8]), *server[: size - 8]]
        case 11 if size == 2:
            return [(fields.OPT_TIMEOUT, 2, number)]
        case 12:
            return [(fields.OPT_PADDING, size, data)]
        case 15 if size >= 2:
            text: list[tuple[Spec, int, Value]] = [(fields.OPT_ERROR_TEXT, size - 2, decode_text(data[2:]))]
            return [(fields.OPT_ERROR, 2, number), *text[: size - 2]]
    return []


def _subnet(family: int, data: bytes) -> list[tuple[Spec, int, Value]]:
    """RFC 7871: as many bytes of the client's address as its prefix needs."""
    found: list[tuple[Spec, int, Value]] = [
        (fields.OPT_FAMILY, 2, family),
        (fields.OPT_NETMASK, 1, data[2]),
        (fields.OPT_SCOPE, 1, data[3]),
    ]
    spec = {1: fields.OPT_ADDRESS4, 2: fields.OPT_ADDRESS6}.get(family)
    if spec is not None:
        whole, write = ADDRESSES[spec.kind]
        if len(data) - 4 <= whole:
            found.append((spec, len(data) - 4, write(data[4:].ljust(whole, b"\0"))))
    return found


SPECIAL: Mapping[int, Callable[[Reader], Said]] = {
    16: _texts,
    41: _options,
    47: _next_secure,
    48: _key,
    60: _key,
    64: _service,
    65: _service,
    257: _certification,
}
