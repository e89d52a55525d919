"""HTTP to a network: bodies out, bodies in, and whether what was lost may have arrived.

Interface Spec, "HTTPS interface".  Nothing here knows what the bytes mean.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Final

import httpx2
from attrs import frozen

from scm.errors import NetworkError

CBOR: Final = {"content-type": "application/cbor", "accept": "application/cbor"}
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024  # A query replies with 3 MiB at most; certificates add.
SYNC_CALL_SECONDS: Final = 10  # How long a network holds a synchronous call, at most.
TIMEOUT_SECONDS: Final = 30.0
TRIES: Final = 5
FIRST_PAUSE_SECONDS: Final = 0.25
_REASON_MAX: Final = 200
BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same request may be answered a moment later."""


class LostError(NetworkError):
    """There is no answer; the request may have arrived all the same if `may_have_arrived`."""

    def __init__(self, message: str, help: str, *, may_have_arrived: bool) -> None:
        self.may_have_arrived = may_have_arrived
        super().__init__(message, help)


@frozen
class Clock:
    """The time: now, in nanoseconds since 1970, and a way to let some of it pass, in seconds."""

    now_ns: Callable[[], int] = time.time_ns
    sleep: Callable[[float], None] = time.sleep


@frozen
class Answer:
    """What came back: a status of HTTP, and a body."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body of an answer that is no success, cut short."""
        return self.body[:500].decode(errors="replace").strip()


class Transport:
    """The connection to a network at `url`."""

    def __init__(
        self,
        url: str,
        client: httpx2.Client | None = None,
        clock: Clock | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`say` is told what is waited for while the network is busy, in a stranger's words."""
        self.url: Final = url.rstrip("/")
        self.clock: Final = clock or Clock()
        # A proxy that the environment names is none for this machine itself.
        self._client: Final = client or httpx2.Client(
            timeout=TIMEOUT_SECONDS, trust_env=not is_loopback(url)
        )
        self._say: Final = say
        self._said: Final[set[str]] = set()
        self.was_reached = False
        """Whether anything was ever answered."""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str) -> Answer:
        """Ask for `path`; tried again if nothing comes back.  Raises `NetworkError`."""
        return self._persist(lambda: self._exchange("GET", path, None))

    def post(self, path: str, body: bytes) -> Answer:
        """Send what may arrive more than once: tried again if nothing comes back.

        Raises `NetworkError`.
        """
        return self._persist(lambda: self._exchange("POST", path, body))

    def tell_busy(self, answer: Answer) -> None:
        """Say once why the network does not do what it is asked for, before it is asked again."""
        reason = answer.text.partition("\n")[0][:_REASON_MAX]
        text = f"the network answers {answer.status}{f': {reason}' if reason else ''}; trying again"
        if text not in self._said:
            self._said.add(text)
            self._say(text)

    def post_once(self, path: str, body: bytes) -> Answer:
        """Send once; raises `LostError` if no answer comes, `NetworkError` for a wrong URL."""
        return self._exchange("POST", path, body)

    def _persist(self, exchange: Callable[[], Answer]) -> Answer:
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(TRIES):
            is_last = attempt == TRIES - 1
            try:
                answer = exchange()
            except LostError:
                if is_last or not self.was_reached:
                    raise
            else:
                if answer.status not in BUSY or is_last:
                    return answer
                self.tell_busy(answer)
            self.clock.sleep(pause)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, method: str, path: str, body: bytes | None) -> Answer:
        try:
            with self._client.stream(
                method, f"{self.url}{path}", content=body, headers=CBOR
            ) as response:
                self.was_reached = True
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > ANSWER_BYTES_MAX:
                        raise LostError(
                            f"an answer of `{self.url}` is too large",
                            "check the URL",
                            may_have_arrived=True,
                        )
                return Answer(response.status_code, bytes(content))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
            raise LostError(
                f"`{self.url}` can't be reached: {error}", self._help(), may_have_arrived=False
            ) from error
        except httpx2.InvalidURL as error:
            raise NetworkError(f"`{self.url}` is no URL of a network: {error}") from error
        except httpx2.HTTPError as error:
            what = str(error) or type(error).__name__
            raise LostError(
                f"the connection to `{self.url}` was lost: {what}",
                "try again; `scm status` says how the canister is",
                may_have_arrived=True,
            ) from error

    def _help(self) -> str:
        if is_loopback(self.url):
            return "`scm run` starts the local network"
        return "check the URL, and the connection of this machine"


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = httpx2.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
