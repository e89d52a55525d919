"""HTTP/1.1 by uvicorn and httptools, with a bound on what comes before the body.

Neither bounds the request line and the headers: a stranger could fill the memory with them.
"""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 64 * 1024
"""What may be received without the headers having come to their end."""


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request has a head without an end."""

    _head_bytes = 0
    _is_in_body = False

    def data_received(self, data: bytes) -> None:
        """Take what has come: the event loop gives it in pieces of bounded size."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_body:
            self._head_bytes = 0
        elif self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._is_in_body = True
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; those behind the body, which nothing here reads, are dropped."""
        if not self._is_in_body:
            super().on_header(name, value)

    def on_message_complete(self) -> None:
        """The body is there; the next thing is a head again."""
        self._is_in_body = False
        self._head_bytes = 0
        super().on_message_complete()
