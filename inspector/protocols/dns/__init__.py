"""DNS: the directory that turns names into addresses, and into much else (RFC 1034, RFC 1035).

A question goes out in one datagram to port 53, the answer comes back in one; what is too long, or must not get lost,
goes over TCP with its length before it. The surprising thing: names are compressed. Two bytes can point back to a name
that stood earlier in the message, so no part of a message can be read without the whole. `names` follows pointers,
`reader` takes fields, `records` knows what each type of record holds, `message` reads one message, `grammar` cuts TCP's
stream, `fields` has all names.

Multicast DNS (RFC 6762) and LLMNR (RFC 4795) ask the neighbours on the link instead of a server, in the same format on
other ports: whoever has the name answers, and anybody may say that it has. They differ from DNS in a few bits only, so
they are siblings with a name of their own, and their fields are those of `dns`.
"""

from __future__ import annotations

from inspector.core.layer import Claim
from inspector.core.protocol import Protocol
from inspector.protocols.dns.fields import FIELDS
from inspector.protocols.dns.grammar import DnsGrammar
from inspector.protocols.dns.message import dissect, dissect_llmnr, dissect_multicast

PROTOCOL = Protocol(
    "dns",
    "Domain Name System",
    dissect,
    fields=FIELDS,
    claims=(Claim("udp.port", 53), Claim("tcp.port", 53)),
    grammar=DnsGrammar(),
)
SIBLINGS = (
    Protocol("mdns", "Multicast Domain Name System", dissect_multicast, claims=(Claim("udp.port", 5353),)),
    Protocol("llmnr", "Link-local Multicast Name Resolution", dissect_llmnr, claims=(Claim("udp.port", 5355),)),
)
