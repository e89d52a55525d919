"""Bodies of requests, which strangers send: no more and no longer than is allowed."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request

from scm.network.admission import RequestError

BODY_BYTES_MAX: Final = 5 * 1024 * 1024
BODIES_BYTES_MAX: Final = 256 * 1024 * 1024
"""Of all bodies that are being received at a time."""

BODY_SECONDS: Final = 30.0

_CBOR: Final = "application/cbor"


class Bodies:
    """Receives the bodies of all requests."""

    def __init__(self) -> None:
        self._bytes = 0

    async def receive(self, request: Request) -> bytes:
        """The body, in CBOR.

        Raises `RequestError` if it is another kind, too large, or takes too long, or if too many
        are coming at once.
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _CBOR:
            raise RequestError(400, f"Unexpected content-type, expected {_CBOR}.")
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in request.stream():
                    size += len(chunk)
                    self._bytes += len(chunk)
                    if size > BODY_BYTES_MAX:
                        text = f"The request has more than {BODY_BYTES_MAX} bytes."
                        raise RequestError(413, text)
                    if self._bytes > BODIES_BYTES_MAX:
                        raise RequestError(503, "Too much is being received: try again.")
                    chunks.append(chunk)
        except TimeoutError as error:
            raise RequestError(408, f"The body has not come in {BODY_SECONDS:g} s.") from error
        finally:
            self._bytes -= size
        return b"".join(chunks)
