"""Checkpoints: the whole state now and then, so that the journal since stays short.

A checkpoint is written by a thread of its own, from a copy of the state, while rounds go on in the
next journal; until it is there, the one before it and both journals are.
"""

from __future__ import annotations

from threading import Thread
from typing import Final

from attrs import evolve

from scm.network.durable import reason_of
from scm.network.journal import Journal, Round
from scm.network.state_directory import StateDirectory
from scm.replica.errors import ReplicaUsageError
from scm.replica.forks import fork_state
from scm.replica.state import ReplicaState
from scm.replica.trace import RecentTracer

JOURNAL_BYTES_MAX: Final = 128 * 1024 * 1024
RUN_SECONDS_MAX: Final = 20.0
"""About how long it may take to run the rounds of a journal again."""


class Checkpoints:
    """The journal that is being written, and when it is time for the next."""

    def __init__(self, directory: StateDirectory, journal: Journal, number: int) -> None:
        self._directory: Final = directory
        self._journal = journal
        self._number = number
        self._run_seconds = 0.0
        self._has_rounds = False
        self._thread: Thread | None = None
        self.problems: Final[list[str]] = []
        """What went wrong with checkpoints; the journal still has everything."""

    def append(self, item: Round) -> None:
        """Write a round to the journal and wait until it is on the disk; raises `OSError`."""
        self._journal.append(item)
        self._has_rounds = True

    def check_space(self) -> None:
        """Raise `OSError` if a round that could not be written still can't be."""
        self._journal.check_space()

    def note_repeated(self) -> None:
        """Take note that the journal has rounds of before."""
        self._has_rounds = True

    def note_run(self, seconds: float) -> None:
        """Take note of how long it took to run a round."""
        self._run_seconds += seconds

    def save_if_due(self, state: ReplicaState) -> None:
        """Begin a checkpoint if the journal has become long and none is being written."""
        is_long = self._run_seconds > RUN_SECONDS_MAX
        is_long |= self._journal.size_bytes > JOURNAL_BYTES_MAX
        if not is_long or (self._thread is not None and self._thread.is_alive()):
            return
        try:
            self._next_journal()
        except OSError as error:
            reason = reason_of(error)
            self.problems.append(f"a new journal can't be begun: {reason}; the old one goes on")
            self._run_seconds = 0.0  # Not at once again.
            return
        copy = fork_state(state)
        self._thread = Thread(target=self._save, args=(copy, self._number), name="scm-checkpoint")
        self._thread.start()

    def close(self, state: ReplicaState) -> None:
        """Write a checkpoint if there is something new, and close the journal.

        Without a checkpoint nothing is lost: the rounds are in the journal.
        """
        if self._thread is not None:
            self._thread.join()
        if self._has_rounds:
            try:
                self._next_journal()
            except OSError as error:
                self.problems.append(_without_checkpoint(reason_of(error)))
            else:
                self._save(state, self._number)
        self._journal.close()

    def _next_journal(self) -> None:
        self._journal.sync()  # Another one behind it says that this one is whole.
        journal = self._directory.new_journal(self._number + 1)
        self._journal.close()
        self._journal = journal
        self._number += 1
        self._run_seconds = 0.0
        self._has_rounds = False

    def _save(self, state: ReplicaState, number: int) -> None:
        try:
            # What was traced is for the page, which can do without.
            self._directory.save(evolve(state, tracer=RecentTracer()), number)
        except OSError as error:
            self.problems.append(_without_checkpoint(reason_of(error)))
        except ReplicaUsageError as error:
            self.problems.append(_without_checkpoint(str(error)))


def _without_checkpoint(reason: str) -> str:
    return (
        f"no checkpoint could be written: {reason}; nothing is lost: the journal has all, and the"
        " next start runs it again"
    )
