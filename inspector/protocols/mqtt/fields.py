"""The names of MQTT's fields, which are Wireshark's, and the names of the values."""

from __future__ import annotations

from typing import NamedTuple

from inspector.core.spec import Spec, computed

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = 8, 9, 10, 11, 12, 13, 14, 15
PACKETS = {
    0: "Reserved",
    CONNECT: "Connect Command",
    CONNACK: "Connect Ack",
    PUBLISH: "Publish Message",
    PUBACK: "Publish Ack",
    PUBREC: "Publish Received",
    PUBREL: "Publish Release",
    PUBCOMP: "Publish Complete",
    SUBSCRIBE: "Subscribe Request",
    SUBACK: "Subscribe Ack",
    UNSUBSCRIBE: "Unsubscribe Request",
    UNSUBACK: "Unsubscribe Ack",
    PINGREQ: "Ping Request",
    PINGRESP: "Ping Response",
    DISCONNECT: "Disconnect Req",
    AUTH: "Authentication Exchange",
}
VERSIONS = {3: "MQTT v3.1", 4: "MQTT v3.1.1", 5: "MQTT v5.0"}
QOS = {0: "At most once delivery", 1: "At least once delivery", 2: "Exactly once delivery", 3: "Reserved"}
RETURN_CODES = {
    0: "Connection Accepted",
    1: "Connection Refused: unacceptable protocol version",
    2: "Connection Refused: identifier rejected",
    3: "Connection Refused: server unavailable",
    4: "Connection Refused: bad user name or password",
    5: "Connection Refused: not authorized",
}
RETAIN_HANDLING = {
    0: "Send msgs at subscription time",
    1: "Send msgs if subscription does not exist",
    2: "Never send msgs at subscription time",
    3: "Reserved",
}
REASONS = {
    0x00: "Success", 0x01: "Granted QoS 1", 0x02: "Granted QoS 2", 0x04: "Disconnect with Will Message",
    0x10: "No matching subscribers", 0x11: "No subscription existed", 0x18: "Continue authentication",
    0x19: "Re-authenticate", 0x80: "Unspecified error", 0x81: "Malformed Packet", 0x82: "Protocol Error",
    0x83: "Implementation specific error", 0x84: "Unsupported Protocol Version", 0x85: "Client Identifier not valid",
    0x86: "Bad User Name or Password", 0x87: "Not authorized", 0x88: "Server unavailable", 0x89: "Server busy",
    0x8A: "Banned", 0x8B: "Server shutting down", 0x8C: "Bad authentication method", 0x8D: "Keep Alive timeout",
    0x8E: "Session taken over", 0x8F: "Topic Filter invalid", 0x90: "Topic Name invalid",
    0x91: "Packet Identifier in use", 0x92: "Packet Identifier not found", 0x93: "Receive Maximum exceeded",
    0x94: "Topic Alias invalid", 0x95: "Packet too large", 0x96: "Message rate too high", 0x97: "Quota exceeded",
    0x98: "Administrative action", 0x99: "Payload format invalid", 0x9A: "Retain not supported",
    0x9B: "QoS not supported", 0x9C: "Use another server", 0x9D: "Server moved",
    0x9E: "Shared Subscriptions not supported", 0x9F: "Connection rate exceeded", 0xA0: "Maximum connect time",
    0xA1: "Subscription Identifiers not supported", 0xA2: "Wildcard Subscriptions not supported",
}  # fmt: skip
GRANTED = {**REASONS, 0: "Granted QoS 0"}
DISCONNECTED = {**REASONS, 0: "Normal disconnection"}
GRANTED_QOS = {**QOS, 3: "Reserved", 0x80: "Failure"}


def _number(name: str, label: str, **options: object) -> Spec:
    return computed(f"mqtt.{name}", label, **options)  # type: ignore[arg-type]


def _text(name: str, label: str) -> Spec:
    return computed(f"mqtt.{name}", label, "str")


def _bit(name: str, label: str) -> Spec:
    return computed(f"mqtt.{name}", label, "bool")


def _hex(name: str, label: str, names: dict[int, str] | None = None) -> Spec:
    return computed(f"mqtt.{name}", label, base="hex", digits=2, names=names)


MQTT = Spec("mqtt", "MQ Telemetry Transport Protocol", "none", key="mqtt")
HDRFLAGS = _hex("hdrflags", "Header flags")
MSGTYPE = _number("msgtype", "Message type", names=PACKETS)
RESERVED = _number("hdr_reserved", "Reserved")
DUP = _bit("dupflag", "DUP flag")
QOS_LEVEL = _number("qos", "QoS level", names=QOS)
RETAIN = _bit("retain", "Retain")
LENGTH = _number("len", "Message length")
ASSUMED = _number("assumed_version", "Version assumed", names=VERSIONS)
PROTO_LEN = _number("proto_len", "Protocol name length")
PROTONAME = _text("protoname", "Protocol name")
VERSION = _number("ver", "Version", names=VERSIONS)
CONFLAGS = _hex("conflags", "Connect flags")
CONFLAG_PARTS = (
    (1, _bit("conflag.uname", "User name flag")),
    (1, _bit("conflag.passwd", "Password flag")),
    (1, _bit("conflag.retain", "Will retain")),
    (2, _number("conflag.qos", "Will QoS level", names=QOS)),
    (1, _bit("conflag.willflag", "Will flag")),
    (1, _bit("conflag.cleansess", "Clean session flag")),
    (1, _bit("conflag.reserved", "Reserved")),
)
KALIVE = _number("kalive", "Keep alive")
CLIENTID_LEN, CLIENTID = _number("clientid_len", "Client ID length"), _text("clientid", "Client ID")
WILLTOPIC_LEN, WILLTOPIC = _number("willtopic_len", "Will topic length"), _text("willtopic", "Will topic")
WILLMSG_LEN = _number("willmsg_len", "Will message length")
WILLMSG = computed("mqtt.willmsg", "Will message", "bytes")
USERNAME_LEN, USERNAME = _number("username_len", "User name length"), _text("username", "User name")
PASSWD_LEN, PASSWD = _number("passwd_len", "Password length"), _text("passwd", "Password")
CONACK_FLAGS = _hex("conack.flags", "Acknowledge flags")
CONACK_PARTS = (
    (7, _bit("conack.flags.reserved", "Reserved")),
    (1, _bit("conack.flags.sp", "Session present")),
)
CONACK_VAL = _number("conack.val", "Return code", names=RETURN_CODES)
MSGID = _number("msgid", "Message identifier")
TOPIC_LEN, TOPIC = _number("topic_len", "Topic length"), _text("topic", "Topic")
MSG = computed("mqtt.msg", "Message", "bytes")
SUB_QOS = _number("sub.qos", "Requested QoS", names=QOS)
SUBACK_QOS = _number("suback.qos", "Granted QoS", names=GRANTED_QOS)
SUB_OPTIONS = _hex("subscription_options", "Subscription options")
SUB_OPTION_PARTS = (
    (2, _hex("subscription_options_reserved", "Reserved")),
    (2, _number("subscription_options_retain", "Retain handling", names=RETAIN_HANDLING)),
    (1, _bit("subscription_options_rap", "Retain as published")),
    (1, _bit("subscription_options_nl", "No local")),
    (2, _number("subscription_options_qos", "QoS", names=QOS)),
)
REASON = {
    CONNACK: _number("connack.reason_code", "Reason code", names=REASONS),
    PUBACK: _number("puback.reason_code", "Reason code", names=REASONS),
    PUBREC: _number("pubrec.reason_code", "Reason code", names=REASONS),
    PUBREL: _number("pubrel.reason_code", "Reason code", names=REASONS),
    PUBCOMP: _number("pubcomp.reason_code", "Reason code", names=REASONS),
    SUBACK: _number("suback.reason_code", "Reason code", names=GRANTED),
    UNSUBACK: _number("unsuback.reason_code", "Reason code", names=REASONS),
    DISCONNECT: _number("disconnect.reason_code", "Reason code", names=DISCONNECTED),
    AUTH: _number("auth.reason_code", "Reason code", names=REASONS),
}
PROPERTIES = Spec("mqtt.properties", "Properties", "none", key="properties")
WILL_PROPERTIES = Spec("mqtt.will_properties", "Will properties", "none", key="will_properties")
PROPERTY_LEN = _number("property_len", "Total length")
PROP_NUMBER = _number("prop_number", "Value")
PROP_STRING_LEN, PROP_STRING = _number("prop_string_len", "Length"), _text("prop_string", "Value")
PROP_KEY_LEN, PROP_KEY = _number("prop_key_len", "Key length"), _text("prop_key", "Key")
PROP_VALUE_LEN, PROP_VALUE = _number("prop_value_len", "Value length"), _text("prop_value", "Value")
CONTENT_TYPE = _text("property.content_type", "Content type")
MAX_QOS = _number("property.max_qos", "Maximum QoS", names=QOS)
TOPIC_ALIAS = _number("property.topic_alias", "Topic alias")
REST = computed("mqtt.rest", "Bytes that the packet has no place for", "bytes")


class Property(NamedTuple):
    """A property's name, the spec of its value, and how it is written: 1, 2 or 4 bytes, varint, text, bytes, pair."""

    name: str
    spec: Spec
    form: int | str


KNOWN_PROPERTIES = {
    0x01: Property("Payload Format Indicator", PROP_NUMBER, 1),
    0x02: Property("Publication Expiry Interval", PROP_NUMBER, 4),
    0x03: Property("Content Type", CONTENT_TYPE, "counted"),
    0x08: Property("Response Topic", PROP_STRING, "text"),
    0x09: Property("Correlation Data", PROP_STRING, "text"),
    0x0B: Property("Subscription Identifier", PROP_NUMBER, "varint"),
    0x11: Property("Session Expiry Interval", PROP_NUMBER, 4),
    0x12: Property("Assigned Client Identifier", PROP_STRING, "text"),
    0x13: Property("Server Keep Alive", PROP_NUMBER, 2),
    0x15: Property("Authentication Method", PROP_STRING, "text"),
    0x16: Property("Authentication Data", PROP_STRING, "text"),
    0x17: Property("Request Problem Information", PROP_NUMBER, 1),
    0x18: Property("Will Delay Interval", PROP_NUMBER, 4),
    0x19: Property("Request Response Information", PROP_NUMBER, 1),
    0x1A: Property("Response Information", PROP_STRING, "text"),
    0x1C: Property("Server Reference", PROP_STRING, "text"),
    0x1F: Property("Reason String", PROP_STRING, "text"),
    0x21: Property("Receive Maximum", PROP_NUMBER, 2),
    0x22: Property("Topic Alias Maximum", PROP_NUMBER, 2),
    0x23: Property("Topic Alias", TOPIC_ALIAS, 2),
    0x24: Property("Maximum QoS", MAX_QOS, 1),
    0x25: Property("Retain Available", PROP_NUMBER, 1),
    0x26: Property("User Property", PROP_KEY, "pair"),
    0x27: Property("Maximum Packet Size", PROP_NUMBER, 4),
    0x28: Property("Wildcard Subscription Available", PROP_NUMBER, 1),
    0x29: Property("Subscription Identifier Available", PROP_NUMBER, 1),
    0x2A: Property("Shared Subscription Available", PROP_NUMBER, 1),
}
PROPERTY_ID = _hex("property_id", "ID", {number: known.name for number, known in KNOWN_PROPERTIES.items()})

FIELDS = (
    MQTT, HDRFLAGS, MSGTYPE, RESERVED, DUP, QOS_LEVEL, RETAIN, LENGTH, ASSUMED, PROTO_LEN, PROTONAME, VERSION, CONFLAGS,
    KALIVE, CLIENTID_LEN, CLIENTID, WILLTOPIC_LEN, WILLTOPIC, WILLMSG_LEN, WILLMSG, USERNAME_LEN, USERNAME, PASSWD_LEN,
    PASSWD, CONACK_FLAGS, CONACK_VAL, MSGID, TOPIC_LEN, TOPIC, MSG, SUB_QOS, SUBACK_QOS, SUB_OPTIONS, PROPERTIES,
    WILL_PROPERTIES, PROPERTY_LEN, PROPERTY_ID, PROP_NUMBER, PROP_STRING_LEN, PROP_STRING, PROP_KEY_LEN, PROP_KEY,
    PROP_VALUE_LEN, PROP_VALUE, CONTENT_TYPE, MAX_QOS, TOPIC_ALIAS, REST,
    *(spec for _, spec in (*CONFLAG_PARTS, *CONACK_PARTS, *SUB_OPTION_PARTS)),
    *REASON.values(),
)  # fmt: skip
