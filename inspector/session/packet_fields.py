"""A packet's values as the expression language asks for them: by field name, by layer, and a layer's bytes."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.core.layer import Layer, Packet
from inspector.core.node import Value


class PacketFields:
    """Callable with a field's or layer's name; made once for a packet, then any number of names are looked up.

    A field gives one value for each time it occurs, times as nanoseconds; a layer's name gives the bytes of each such
    layer, its header alone. The surprising thing: `whole` gives the layer with all that it carries, because a
    filter such as `ip contains "GET"` means that.
    """

    def __init__(self, packet: Packet) -> None:
        self._values: dict[str, list[Value]] = {}
        self._layers: dict[str, list[int]] = {}
        self._named: dict[str, list[Layer]] = {}
        for layer in packet.layers:
            same = self._named.setdefault(layer.name, [])
            same.append(layer)
            for node in layer.walk():
                self._values.setdefault(node.spec.name, []).append(node.value)
                self._layers.setdefault(node.spec.name, []).append(len(same))

    def __call__(self, name: str) -> Sequence[Value]:
        layers = self._named.get(name)
        if layers is not None:
            return [layer.source.data[layer.at // 8 : (layer.at + layer.width) // 8] for layer in layers]
        return self._values.get(name, ())

    def layers(self, name: str) -> Sequence[int]:
        """For each value of a field, the how-manieth layer of its protocol holds it, from 1."""
        return self._layers.get(name, ())

    def whole(self, name: str) -> Sequence[bytes]:
        """For each layer of that name, its bytes and all that follow in its source."""
        return [layer.source.data[layer.at // 8 :] for layer in self._named.get(name, ())]
