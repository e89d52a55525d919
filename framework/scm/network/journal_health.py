"""Whether the journal can be written, which is tried again now and then while it can't.

Until then calls are refused, and nothing that is due is run: what is not in the journal must not
happen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scm.network.journal import JournalError

RETRY_NS: Final = 10**9
"""How long after the journal could not be written it is tried again, if nothing comes."""

Tell = Callable[[str], None]


def tell_nobody(_text: str) -> None:
    """Nobody listens."""


class JournalHealth:
    """Belongs to the thread that writes the journal; `refusing` may be read by any."""

    def __init__(self, on_problem: Tell, on_recovery: Tell) -> None:
        """`on_problem` is told once that the journal can't be written, `on_recovery` that it can.

        Both hear it in words for people.
        """
        self._on_problem: Final = on_problem
        self._on_recovery: Final = on_recovery
        self._retry_ns = 0
        self.refusing = ""
        """Why the journal can't be written; an empty text while it can."""

    def note_failure(self, reason: str, now_ns: int) -> None:
        """Take note that it could not be written."""
        self._retry_ns = now_ns + RETRY_NS
        if reason != self.refusing:
            self._on_problem(
                f"{reason}; nothing is lost; calls are refused (503) until it can be written again"
            )
        self.refusing = reason

    def seconds_to_wait(self, now_ns: int) -> float:
        """How long to wait before it is tried again."""
        # The clock may have been put back.
        self._retry_ns = min(self._retry_ns, now_ns + RETRY_NS)
        return max(0, self._retry_ns - now_ns) / 1e9

    def retry(self, check: Callable[[], None], now_ns: int) -> None:
        """Try it if it is time: `check` raises `JournalError` if it still can't be written."""
        if not self.refusing or self.seconds_to_wait(now_ns) > 0:
            return
        try:
            check()
        except JournalError as error:
            self.note_failure(str(error), now_ns)
            return
        self.refusing = ""
        self._on_recovery("the journal can be written again: calls are taken")
