"""HTTP to a network: by which way, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest

from scm.client import transport
from scm.client.transport import LostError, Transport


class Answering(BaseHTTPRequestHandler):
    """Says its own path, which has a host only when it is asked as a proxy."""

    def do_GET(self) -> None:  # The name is the library's.
        """Answer a GET."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_no_proxy_is_asked_for_this_machine(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server)
    monkeypatch.setenv("HTTP_PROXY", server)
    shown = {}
    for url in (server, "http://elsewhere.invalid"):
        connection = Transport(url)
        shown[url] = connection.get("/path").text
        connection.close()
    assert shown == {
        server: "/path",
        "http://elsewhere.invalid": "http://elsewhere.invalid/path",
    }


def test_a_request_whose_answer_is_too_large_may_have_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 3)
    client = httpx2.Client(
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200, text="1234"))
    )
    with pytest.raises(LostError, match="too large") as raised:
        Transport("http://localhost", client).post_once("/", b"")
    assert raised.value.may_have_arrived
