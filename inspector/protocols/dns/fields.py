"""The names of everything that a DNS message can hold, and the names of its numbers.

RFC 1035 section 4.1, and the registries that IANA keeps for it (RFC 6895), worded as Wireshark does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from inspector.core.spec import Kind, Spec, computed

TYPES = {
    1: "A (Host Address)", 2: "NS (authoritative Name Server)", 3: "MD (Mail Destination)", 4: "MF (Mail Forwarder)",
    5: "CNAME (Canonical NAME for an alias)", 6: "SOA (Start Of a zone of Authority)", 7: "MB (MailBox domain name)",
    8: "MG (Mail Group member)", 9: "MR (Mail Rename domain)", 10: "NULL RR", 11: "WKS (Well Known Service)",
    12: "PTR (domain name PoinTeR)", 13: "HINFO (host information)", 14: "MINFO (Mailbox or mail list information)",
    15: "MX (Mail eXchange)", 16: "TXT (Text strings)", 17: "RP (Responsible Person)",
    18: "AFSDB (AFS Data Base location)", 19: "X25 (XX.25 PSDN address)", 20: "ISDN (ISDN address)",
    21: "RT (Route Through)", 22: "NSAP (NSAP address)", 23: "NSAP-PTR (NSAP domain name pointer)",
    24: "SIG (security signature)", 25: "KEY (security key)", 26: "PX (X.400 mail mapping information)",
    27: "GPOS (Geographical Position)", 28: "AAAA (IPv6 Address)", 29: "LOC (Location Information)",
    30: "NXT (Next Domain)", 31: "EID (Endpoint Identifier)", 32: "NIMLOC (Nimrod Locator)",
    33: "SRV (Server Selection)", 34: "ATMA (ATM Address)", 35: "NAPTR (Naming Authority Pointer)",
    36: "KX (Key Exchanger)", 37: "CERT", 38: "A6 (OBSOLETE - use AAAA)", 39: "DNAME", 40: "SINK", 41: "OPT",
    42: "APL", 43: "DS (Delegation Signer)", 44: "SSHFP (SSH Key Fingerprint)", 45: "IPSECKEY",
    46: "RRSIG (Resource Record Signature)", 47: "NSEC (Next Secure)", 48: "DNSKEY (DNS Public Key)", 49: "DHCID",
    50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 55: "HIP (Host Identity Protocol)", 57: "RKEY",
    58: "TALINK (Trust Anchor LINK)", 59: "CDS (Child DS)", 60: "CDNSKEY (DNSKEY(s) the Child wants reflected in DS)",
    61: "OPENPGPKEY (OpenPGP Key)", 62: "CSYNC (Child-to-Parent Synchronization)", 63: "ZONEMD",
    64: "SVCB (General Purpose Service Endpoints)", 65: "HTTPS (HTTPS Specific Service Endpoints)", 99: "SPF",
    100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID (NodeID)", 105: "L32 (Locator32)",
    106: "L64 (Locator64)", 107: "LP (Locator FQDN)", 108: "EUI48", 109: "EUI64", 249: "TKEY (Transaction Key)",
    250: "TSIG (Transaction Signature)", 251: "IXFR (incremental transfer)",
    252: "AXFR (transfer of an entire zone)", 253: "MAILB (mailbox-related RRs)", 254: "MAILA (mail agent RRs)",
    255: "* (A request for all records the server/cache has available)", 256: "URI",
    257: "CAA (Certification Authority Restriction)", 32768: "TA (DNSSEC Trust Authorities)",
    32769: "DLV (DNSSEC Lookaside Validation)",
}  # fmt: skip
CLASSES = {1: "IN", 2: "CS", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
OPCODES = {
    0: "Standard query", 1: "Inverse query", 2: "Server status request", 4: "Zone change notification",
    5: "Dynamic update", 6: "DNS Stateful operations (DSO)",
}  # fmt: skip
UPDATE = 5
RCODES = {
    0: "No error", 1: "Format error", 2: "Server failure", 3: "No such name", 4: "Not implemented", 5: "Refused",
    6: "Name exists", 7: "RRset exists", 8: "RRset does not exist", 9: "Not authoritative", 10: "Name out of zone",
    11: "DSO-Type not implemented",
}  # fmt: skip
ALGORITHMS = {
    1: "RSA/MD5", 2: "Diffie-Hellman", 3: "DSA", 4: "Elliptic curve crypto", 5: "RSA/SHA1", 6: "DSA + NSEC3/SHA1",
    7: "RSA/SHA1 + NSEC3/SHA1", 8: "RSA/SHA-256", 10: "RSA/SHA-512", 12: "GOST R 34.10-2001",
    13: "ECDSA Curve P-256 with SHA-256", 14: "ECDSA Curve P-384 with SHA-384", 15: "Ed25519", 16: "Ed448",
}  # fmt: skip
DIGESTS = {0: "Reserved digest", 1: "SHA-1", 2: "SHA-256", 3: "GOST R 34.11-94", 4: "SHA-384"}
OPTIONS = {
    0: "Reserved", 1: "LLQ - Long-lived query", 2: "UL - Update lease", 3: "NSID - Name Server Identifier",
    4: "Owner (reserved)", 5: "DAU - DNSSEC Algorithm Understood (RFC6975)", 6: "DHU - DS Hash Understood (RFC6975)",
    7: "N3U - NSEC3 Hash Understood (RFC6975)", 8: "CSUBNET - Client subnet", 9: "EDNS EXPIRE (RFC7314)",
    10: "COOKIE", 11: "EDNS TCP Keepalive", 12: "PADDING", 13: "CHAIN", 15: "Extended DNS Error",
}  # fmt: skip
EXTENDED_ERRORS = dict(enumerate((
    "Other Error", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer",
    "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
    "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored",
    "Filtered", "Prohibited", "Stale NXDomain Answer", "Not Authoritative", "Not Supported",
    "No Reachable Authority", "Network Error", "Invalid Data", "Signature Expired before Valid", "Too Early",
    "Unsupported NSEC3 Iterations Value", "Unable to conform to policy", "Synthesized",
)))  # fmt: skip
PARAMETERS = {
    0: "mandatory", 1: "alpn", 2: "no-default-alpn", 3: "port", 4: "ipv4hint", 5: "echconfig", 6: "ipv6hint",
}  # fmt: skip
SHORT = {10: "NULL", 255: "ANY"}


def short_type(number: int) -> str:
    """A record type as lists name it: `A`, `MX`, `Unknown (999)`."""
    known = TYPES.get(number)
    return SHORT.get(number) or (known.partition(" (")[0] if known is not None else f"Unknown ({number})")


_made: list[Spec] = []


def _spec(name: str, label: str, kind: Kind = "uint", **options: Any) -> Spec:
    _made.append(computed(f"dns.{name}", label, kind, **options))
    return _made[-1]


def _yes_no(yes: str, no: str) -> dict[bool, str]:
    return {True: yes, False: no}


# The header.
LENGTH = _spec("length", "Length")
ID = _spec("id", "Transaction ID", base="hex", digits=4)
FLAGS = _spec("flags", "Flags", base="hex", digits=4)
RESPONSE = _spec("flags.response", "Response", "bool", names=_yes_no("Message is a response", "Message is a query"))
OPCODE = _spec("flags.opcode", "Opcode", names=OPCODES)
AUTHORITATIVE = _spec(
    "flags.authoritative", "Authoritative", "bool",
    names=_yes_no("Server is an authority for domain", "Server is not an authority for domain"),
)  # fmt: skip
CONFLICT = _spec(
    "flags.conflict", "Conflict", "bool",
    names=_yes_no("The name is not considered unique", "The name is considered unique"),
)  # fmt: skip
TRUNCATED = _spec(
    "flags.truncated", "Truncated", "bool", names=_yes_no("Message is truncated", "Message is not truncated")
)
RECURSION_DESIRED = _spec(
    "flags.recdesired", "Recursion desired", "bool",
    names=_yes_no("Do query recursively", "Don't do query recursively"),
)  # fmt: skip
TENTATIVE = _spec("flags.tentative", "Tentative", "bool", names=_yes_no("Tentative", "Not tentative"))
RECURSION_AVAILABLE = _spec(
    "flags.recavail", "Recursion available", "bool",
    names=_yes_no("Server can do recursive queries", "Server can't do recursive queries"),
)  # fmt: skip
Z = _spec("flags.z", "Z", "bool", names=_yes_no("reserved - incorrect!", "reserved (0)"))
AUTHENTICATED = _spec(
    "flags.authenticated", "Answer authenticated", "bool",
    names=_yes_no(
        "Answer/authority portion was authenticated by the server",
        "Answer/authority portion was not authenticated by the server",
    ),
)  # fmt: skip
CHECKING_DISABLED = _spec(
    "flags.checkdisable", "Non-authenticated data", "bool", names=_yes_no("Acceptable", "Unacceptable")
)
RCODE = _spec("flags.rcode", "Reply code", names=RCODES)
UNUSED = _spec("flags.unused", "Not used in this kind of message")


class Counts(NamedTuple):
    """The four counts of the header, and the headings of the sections that they count."""

    specs: tuple[Spec, Spec, Spec, Spec]
    headings: tuple[str, str, str, str]


ADDITIONAL_COUNT = _spec("count.add_rr", "Additional RRs")
COUNTS = Counts(
    (
        _spec("count.queries", "Questions"),
        _spec("count.answers", "Answer RRs"),
        _spec("count.auth_rr", "Authority RRs"),
        ADDITIONAL_COUNT,
    ),
    ("Queries", "Answers", "Authoritative nameservers", "Additional records"),
)
UPDATE_COUNTS = Counts(
    (
        _spec("count.zones", "Zones"),
        _spec("count.prerequisites", "Prerequisites"),
        _spec("count.updates", "Updates"),
        ADDITIONAL_COUNT,
    ),
    ("Zone", "Prerequisites", "Updates", "Additional records"),
)
SECTIONS = (
    _spec("queries", "Queries", "none"),
    _spec("answers", "Answers", "none"),
    _spec("authorities", "Authoritative nameservers", "none"),
    _spec("additionals", "Additional records", "none"),
)

# A question.
QUERY = _spec("query", "Query", "none")
QUERY_NAME = _spec("qry.name", "Name", "str")
QUERY_NAME_LENGTH = _spec("qry.name.len", "Name Length")
QUERY_LABELS = _spec("count.labels", "Label Count")
QUERY_TYPE = _spec("qry.type", "Type", names=TYPES)
QUERY_UNICAST = _spec("qry.qu", '"QU" question', "bool", names=_yes_no("True", "False"))
QUERY_CLASS = _spec("qry.class", "Class", names=CLASSES, base="hex", digits=4)

# A record.
RECORD = _spec("record", "Record", "none")
NAME = _spec("resp.name", "Name", "str")
TYPE = _spec("resp.type", "Type", names=TYPES)
CACHE_FLUSH = _spec("resp.cache_flush", "Cache flush", "bool", names=_yes_no("True", "False"))
CLASS = _spec("resp.class", "Class", names=CLASSES, base="hex", digits=4)
TTL = _spec("resp.ttl", "Time to live")
DATA_LENGTH = _spec("resp.len", "Data length")
DATA = _spec("data", "Data", "bytes")

A = _spec("a", "Address", "ipv4")
AAAA = _spec("aaaa", "AAAA Address", "ipv6")
CNAME = _spec("cname", "CNAME", "str")
DNAME = _spec("dname", "Dname", "str")
NS = _spec("ns", "Name Server", "str")
PTR = _spec("ptr.domain_name", "Domain Name", "str")
MX_PREFERENCE = _spec("mx.preference", "Preference")
MX_EXCHANGE = _spec("mx.mail_exchange", "Mail Exchange", "str")
TXT_LENGTH = _spec("txt.length", "TXT Length")
TXT = _spec("txt", "TXT", "str")
SOA_PRIMARY = _spec("soa.mname", "Primary name server", "str")
SOA_MAILBOX = _spec("soa.rname", "Responsible authority's mailbox", "str")
SOA_SERIAL = _spec("soa.serial_number", "Serial Number")
SOA_REFRESH = _spec("soa.refresh_interval", "Refresh Interval")
SOA_RETRY = _spec("soa.retry_interval", "Retry Interval")
SOA_EXPIRE = _spec("soa.expire_limit", "Expire limit")
SOA_MINIMUM = _spec("soa.minimum_ttl", "Minimum TTL")
SRV_SERVICE = _spec("srv.service", "Service", "str")
SRV_PROTOCOL = _spec("srv.proto", "Protocol", "str")
SRV_NAME = _spec("srv.name", "Name", "str")
SRV_PRIORITY = _spec("srv.priority", "Priority")
SRV_WEIGHT = _spec("srv.weight", "Weight")
SRV_PORT = _spec("srv.port", "Port")
SRV_TARGET = _spec("srv.target", "Target", "str")
CAA_FLAGS = _spec("caa.flags", "CAA Flags", base="hex", digits=2)
CAA_CRITICAL = _spec("caa.flags.issuer_critical", "Issuer Critical", "bool", names=_yes_no("Critical", "Not critical"))
CAA_ISSUE = _spec("caa.issue", "Issue", "str")
CAA_ISSUEWILD = _spec("caa.issuewild", "Issue Wildcard", "str")
CAA_IODEF = _spec("caa.iodef", "Report URL", "str")
CAA_UNKNOWN = _spec("caa.unknown", "Unknown tag", "str")
CAA_TAG_LENGTH = _spec("caa.tag_length", "Tag length")
CAA_TAG = _spec("caa.tag", "Tag", "str")
CAA_VALUE = _spec("caa.value", "Value", "str")
DS_KEY = _spec("ds.key_id", "Key id", base="hex", digits=4)
DS_ALGORITHM = _spec("ds.algorithm", "Algorithm", names=ALGORITHMS)
DS_DIGEST_TYPE = _spec("ds.digest_type", "Digest Type", names=DIGESTS)
DS_DIGEST = _spec("ds.digest", "Digest", "bytes")
KEY_FLAGS = _spec("dnskey.flags", "Flags", base="hex", digits=4)
KEY_ZONE = _spec("dnskey.flags.zone_key", "Zone Key", "bool")
KEY_REVOKED = _spec("dnskey.flags.key_revoked", "Key Revoked", "bool", names=_yes_no("Yes", "No"))
KEY_SIGNING = _spec("dnskey.flags.secure_entry_point", "Key Signing Key", "bool", names=_yes_no("Yes", "No"))
KEY_RESERVED = _spec("dnskey.flags.reserved", "Reserved", base="hex", digits=4)
KEY_PROTOCOL = _spec("dnskey.protocol", "Protocol")
KEY_ALGORITHM = _spec("dnskey.algorithm", "Algorithm", names=ALGORITHMS)
KEY_TAG = _spec("dnskey.key_id", "Key id")
KEY = _spec("dnskey.public_key", "Public Key", "bytes")
SIG_COVERED = _spec("rrsig.type_covered", "Type Covered", names=TYPES)
SIG_ALGORITHM = _spec("rrsig.algorithm", "Algorithm", names=ALGORITHMS)
SIG_LABELS = _spec("rrsig.labels", "Labels")
SIG_TTL = _spec("rrsig.original_ttl", "Original TTL")
SIG_EXPIRATION = _spec("rrsig.signature_expiration", "Signature Expiration", "str")
SIG_INCEPTION = _spec("rrsig.signature_inception", "Signature Inception", "str")
SIG_KEY = _spec("rrsig.key_tag", "Key Tag")
SIG_SIGNER = _spec("rrsig.signers_name", "Signer's name", "str")
SIGNATURE = _spec("rrsig.signature", "Signature", "bytes")
NSEC_NEXT = _spec("nsec.next_domain_name", "Next Domain Name", "str")
NSEC_WINDOW = _spec("nsec.window", "Window block")
NSEC_SIZE = _spec("nsec.bitmap_length", "Bit map length")
NSEC_BITMAP = _spec("nsec.bitmap", "Bit map", "bytes")

# EDNS, RFC 6891.
PAYLOAD_SIZE = _spec("rr.udp_payload_size", "UDP payload size")
PAYLOAD_SIZE_MDNS = computed(PAYLOAD_SIZE.name, PAYLOAD_SIZE.label, base="hex", digits=4)
"""Under multicast DNS Wireshark writes the size in hex; its name and meaning are the same."""
EXTENDED_RCODE = _spec("resp.ext_rcode", "Higher bits in extended RCODE", base="hex", digits=2)
EDNS_VERSION = _spec("resp.edns0_version", "EDNS0 version")
EDNS_Z = _spec("resp.z", "Z", base="hex", digits=4)
EDNS_DO = _spec(
    "resp.z.do", "DO bit", "bool", names=_yes_no("Accepts DNSSEC security RRs", "Cannot handle DNSSEC security RRs")
)
EDNS_RESERVED = _spec("resp.z.reserved", "Reserved", base="hex", digits=4)
OPT = _spec("opt", "Option", "none")
OPT_CODE = _spec("opt.code", "Option Code", names=OPTIONS)
OPT_LENGTH = _spec("opt.len", "Option Length")
OPT_DATA = _spec("opt.data", "Option Data", "bytes")
OPT_FAMILY = _spec("opt.client.family", "Family", names={1: "IPv4", 2: "IPv6"})
OPT_NETMASK = _spec("opt.client.netmask", "Source Netmask")
OPT_SCOPE = _spec("opt.client.scope", "Scope Netmask")
OPT_ADDRESS4 = _spec("opt.client.addr4", "Client Subnet", "ipv4")
OPT_ADDRESS6 = _spec("opt.client.addr6", "Client Subnet", "ipv6")
OPT_COOKIE = _spec("opt.cookie.client", "Client Cookie", "bytes")
OPT_SERVER_COOKIE = _spec("opt.cookie.server", "Server Cookie", "bytes")
OPT_TIMEOUT = _spec("opt.edns_tcp_keepalive.timeout", "Timeout")
OPT_PADDING = _spec("opt.padding", "Padding", "bytes")
OPT_ERROR = _spec("opt.ext_error.info_code", "Info Code", names=EXTENDED_ERRORS)
OPT_ERROR_TEXT = _spec("opt.ext_error.extra_text", "Extra Text", "str")

# Service bindings, RFC 9460.
SVC_PRIORITY = _spec("svcb.svcpriority", "SvcPriority")
SVC_TARGET = _spec("svcb.targetname", "TargetName", "str")
SVC_PARAMETER = _spec("svcb.svcparam", "SvcParam", "none")
SVC_KEY = _spec("svcb.svcparam.key", "SvcParamKey", names=PARAMETERS)
SVC_LENGTH = _spec("svcb.svcparam.value.length", "SvcParamValue length")
SVC_VALUE = _spec("svcb.svcparam.value", "SvcParamValue", "bytes")
SVC_MANDATORY = _spec("svcb.svcparam.mandatory.key", "Mandatory key", names=PARAMETERS)
SVC_ALPN_LENGTH = _spec("svcb.svcparam.alpn.length", "ALPN length")
SVC_ALPN = _spec("svcb.svcparam.alpn", "ALPN", "str")
SVC_PORT = _spec("svcb.svcparam.port", "Port")
SVC_IPV4 = _spec("svcb.svcparam.ipv4hint.ip", "IP", "ipv4")
SVC_ECH = _spec("svcb.svcparam.echconfig", "ECHConfig", "bytes")
SVC_IPV6 = _spec("svcb.svcparam.ipv6hint.ip", "IP", "ipv6")

EXTRANEOUS = _spec("extraneous.data", "Extraneous Data Bytes", "bytes")
EXTRANEOUS_LENGTH = _spec("extraneous.length", "Extraneous Data Length")

FIELDS = tuple(_made)
