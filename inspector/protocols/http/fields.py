"""The names of HTTP's fields: Wireshark's, and ours where it has none.

Every header field of a message is also an occurrence of `http.request.line` or `http.response.line`.
"""

from __future__ import annotations

from inspector.core.spec import Spec, computed


def _text(name: str, label: str) -> Spec:
    return computed(f"http.{name}", label, "str")


HTTP = Spec("http", "Hypertext Transfer Protocol", "none", key="http")
START_LINE = _text("start_line", "Start line")
METHOD = _text("request.method", "Request method")
URI = _text("request.uri", "Request URI")
PATH = _text("request.uri.path", "Request URI path")
QUERY = _text("request.uri.query", "Request URI query")
PARAMETER = _text("request.uri.query.parameter", "Request URI query parameter")
REQUEST_VERSION = _text("request.version", "Request version")
FULL_URI = _text("request.full_uri", "Full request URI")
REQUEST_LINE = _text("request.line", "Request header line")
RESPONSE_VERSION = _text("response.version", "Response version")
CODE = computed("http.response.code", "Status code")
CODE_DESC = _text("response.code.desc", "Status code description")
PHRASE = _text("response.phrase", "Response phrase")
RESPONSE_LINE = _text("response.line", "Response header line")
RESPONSE_FOR = _text("response_for.uri", "Request URI of this response")
REQUEST = computed("http.request", "Request", "bool")
RESPONSE = computed("http.response", "Response", "bool")
SEPARATOR = Spec("http.separator", "Separator", "bytes", key="separator")
HEAD_END = Spec("http.head_end", "Empty line: the head ends here", "bytes", key="head_end")
REQUEST_NUMBER = computed("http.request_number", "Request number in this conversation")
RESPONSE_NUMBER = computed("http.response_number", "Response number in this conversation")
REQUEST_IN = computed("http.request_in", "Request in packet")
RESPONSE_IN = computed("http.response_in", "Response in packet")
PREV_REQUEST_IN = computed("http.prev_request_in", "Previous request in packet")
PREV_RESPONSE_IN = computed("http.prev_response_in", "Previous response in packet")
NEXT_REQUEST_IN = computed("http.next_request_in", "Next request in packet")
NEXT_RESPONSE_IN = computed("http.next_response_in", "Next response in packet")
TIME = computed("http.time", "Time since the request", "time")
CONTENT_LENGTH = computed("http.content_length", "Content length")
COOKIE_PAIR = _text("cookie_pair", "Cookie pair")
CREDENTIALS = _text("authbasic", "Credentials")
CONNECT_HOST = _text("proxy_connect_host", "Host to connect to")
CONNECT_PORT = computed("http.proxy_connect_port", "Port to connect to")
CHUNKED = Spec("http.chunked", "Chunked body", "bytes", key="chunked")
CHUNK = Spec("http.chunk", "Chunk", "bytes", key="chunk")
CHUNK_SIZE = computed("http.chunk_size", "Chunk size")
CHUNK_DATA = Spec("http.chunk_data", "Chunk data", "bytes", key="chunk_data")
CHUNK_BOUNDARY = Spec("http.chunk_boundary", "Chunk boundary", "bytes", key="chunk_boundary")
TRAILER_PART = _text("chunked_trailer_part", "Trailer part")
ENCODED = Spec("http.encoded_data", "Body as it is coded", "bytes", key="encoded_data")
FILE_DATA = _text("file_data", "File data")
UNKNOWN_HEADER = _text("unknown_header", "Unknown header")

SINGLE = (
    START_LINE, METHOD, URI, PATH, QUERY, PARAMETER, REQUEST_VERSION, FULL_URI, REQUEST_LINE, RESPONSE_VERSION, CODE,
    CODE_DESC, PHRASE, RESPONSE_LINE, RESPONSE_FOR, REQUEST, RESPONSE, SEPARATOR, HEAD_END, REQUEST_NUMBER,
    RESPONSE_NUMBER, REQUEST_IN, RESPONSE_IN, PREV_REQUEST_IN, PREV_RESPONSE_IN, NEXT_REQUEST_IN, NEXT_RESPONSE_IN,
    TIME, CONTENT_LENGTH, COOKIE_PAIR, CREDENTIALS, CONNECT_HOST, CONNECT_PORT, CHUNKED, CHUNK, CHUNK_SIZE, CHUNK_DATA,
    CHUNK_BOUNDARY, TRAILER_PART, ENCODED, FILE_DATA, UNKNOWN_HEADER, )  # fmt: skip

_WIRESHARK = (
    "Authorization", "Proxy-Authenticate", "Proxy-Authorization", "WWW-Authenticate", "Content-Type",
    "Content-Encoding", "Transfer-Encoding", "Upgrade", "User-Agent", "Host", "Connection", "Cookie", "Accept",
    "Referer", "Accept-Language", "Accept-Encoding", "Date", "Cache-Control", "Server", "Location",
    "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version", "Set-Cookie", "Last-Modified", "X-Forwarded-For",
)  # fmt: skip
"""Header fields with a Wireshark name of their own; Content-Length and HTTP2-Settings have another than their own."""

OURS = (
    "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    "Access-Control-Request-Headers", "Access-Control-Request-Method", "ETag", "Keep-Alive", "Origin", "Via",
)  # fmt: skip
"""Header fields that Wireshark shows as a line only. The names are ours: http. and the field name with underscores."""


def _headers() -> dict[str, Spec]:
    found = {name.lower(): _text(name.lower().replace("-", "_"), name) for name in _WIRESHARK + OURS}
    found["content-length"] = _text("content_length_header", "Content-Length")
    found["http2-settings"] = _text("http2_settings", "HTTP2-Settings")
    return found


HEADERS = _headers()
"""The specs of known header fields, by their name in lower case."""

FIELDS = (HTTP, *SINGLE, *HEADERS.values())

PHRASES = {
    100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints", 200: "OK", 201: "Created",
    202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content", 205: "Reset Content",
    206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used", 300: "Multiple Choices",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 305: "Use Proxy",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    407: "Proxy Authentication Required", 408: "Request Time-out", 409: "Conflict", 410: "Gone",
    411: "Length Required", 412: "Precondition Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
    415: "Unsupported Media Type", 416: "Requested Range Not Satisfiable", 417: "Expectation Failed",
    418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked",
    424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Time-out", 505: "HTTP Version not supported", 506: "Variant Also Negotiates",
    507: "Insufficient Storage", 508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Required",
}  # fmt: skip
"""Wireshark's descriptions of the status codes (the registry of RFC 9110 15, with RFC 2616's wording where it kept it).
"""
