"""permessage-deflate that leaves short messages alone, as many real implementations do.

RFC 7692 section 6 lets the sender choose for each message whether to compress it: RSV1 of its first frame says which.
The library `websockets` compresses every message; this subclass of its extension sends those whose first frame is
short as they are, so that compressed and plain messages stand side by side on one connection. The choice holds for all
frames of a message. A plain message leaves the compression context of its direction as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode
from websockets.typing import ExtensionParameter

# A message whose first frame has fewer bytes than this is sent as it is.
WORTH_COMPRESSING = 32
DATA = (Opcode.TEXT, Opcode.BINARY)


class SparingDeflate(PerMessageDeflate):
    """The extension of one connection's end. `arrived_compressed` is about the message that arrived last."""

    arrived_compressed = False
    _sending_plain = False

    def encode(self, frame: Frame) -> Frame:
        """Compress a data frame unless its message began short."""
        if frame.opcode in DATA:
            self._sending_plain = len(frame.data) < WORTH_COMPRESSING
        control = frame.opcode not in (*DATA, Opcode.CONT)
        return frame if control or self._sending_plain else super().encode(frame)

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Inflate as ever, and remember whether the sender had chosen to compress."""
        if frame.opcode in DATA:
            self.arrived_compressed = frame.rsv1
        return super().decode(frame, max_size=max_size)


def sparing(negotiated: PerMessageDeflate) -> SparingDeflate:
    """The same parameters, sparing."""
    return SparingDeflate(
        negotiated.remote_no_context_takeover,
        negotiated.local_no_context_takeover,
        negotiated.remote_max_window_bits,
        negotiated.local_max_window_bits,
        negotiated.compress_settings,
    )


class SparingClient(ClientPerMessageDeflateFactory):
    """The client's offer: `permessage-deflate; client_max_window_bits`."""

    def process_response_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> PerMessageDeflate:
        """The extension that the server's answer asks for."""
        return sparing(super().process_response_params(params, accepted_extensions))


class SparingServer(ServerPerMessageDeflateFactory):
    """The server's answer to the offer."""

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        """The answer, and the extension that goes with it."""
        answer, negotiated = super().process_request_params(params, accepted_extensions)
        return answer, sparing(negotiated)
