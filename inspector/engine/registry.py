"""Who claims which payload. Protocols are found by file, so a new one edits nothing that exists.

A layer hands on its payload with claims such as ("ip.proto", 6); the registry answers with the protocol that declared
that place for itself. Where nobody did, protocols may guess by first bytes. It also knows every field that exists, with
no data at all: the list that filters and annotations are checked against.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import inspector.protocols
from inspector.core.field import walk_specs
from inspector.core.layer import Claim
from inspector.core.protocol import Protocol
from inspector.core.spec import Spec


class Registry:
    """All protocols, their claims and their fields."""

    def __init__(self, protocols: Iterable[Protocol]) -> None:
        self.protocols: dict[str, Protocol] = {}
        self._claims: dict[tuple[str, int | str], Protocol] = {}
        for protocol in protocols:
            self._add(protocol)

    def _add(self, protocol: Protocol) -> None:
        if protocol.name in self.protocols:
            raise ValueError(f"two protocol files are called {protocol.name!r}; each needs a name of its own")
        self.protocols[protocol.name] = protocol
        for claim in protocol.claims:
            other = self._claims.setdefault((claim.table, claim.key), protocol)
            if other is not protocol:
                raise ValueError(f"{protocol.name} and {other.name} both claim {claim.table} = {claim.key!r}")

    def claimed(self, claims: Iterable[Claim]) -> Protocol | None:
        """The protocol of the first claim that somebody holds. Text keys count without regard to case."""
        for table, key in claims:
            if table == "protocol":
                found = self.protocols.get(str(key))
            else:
                found = self._claims.get((table, key.lower() if isinstance(key, str) else key))
            if found is not None:
                return found
        return None

    def guessed(self, table: str, first: bytes) -> Protocol | None:
        """The protocol whose first bytes these look like, among those that may look at payloads of `table`."""
        for protocol in self.protocols.values():
            if protocol.guess is not None and protocol.guess_in == table and protocol.guess(first):
                return protocol
        return None

    def known_fields(self) -> Mapping[str, Spec]:
        """Every field that dissection can give a name to, by name."""
        return _known(self)


@cache
def _known(registry: Registry) -> Mapping[str, Spec]:
    known: dict[str, Spec] = {}
    for protocol in registry.protocols.values():
        for spec in walk_specs(protocol.headers):
            known.setdefault(spec.name, spec)
        for field in protocol.fields:
            for spec in field.walk():
                known.setdefault(spec.name, spec)
    return MappingProxyType(known)


@cache
def registry() -> Registry:
    """The registry of all protocol files in this installation.

    A file has one `PROTOCOL`; `SIBLINGS` are others of the same format at other places (multicast DNS beside DNS).
    """
    found = []
    for module in sorted(pkgutil.iter_modules(inspector.protocols.__path__), key=lambda module: module.name):
        loaded = importlib.import_module(f"inspector.protocols.{module.name}")
        if hasattr(loaded, "PROTOCOL"):
            found.append(loaded.PROTOCOL)
            found.extend(getattr(loaded, "SIBLINGS", ()))
    return Registry(found)


def known_fields() -> Mapping[str, Spec]:
    """Every field name of this installation, with its spec."""
    return registry().known_fields()
