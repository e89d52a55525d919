"""Executions that end early, so that tests see what a trap at any instruction leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scm.replica.errors import ReplicaUsageError
from scm.replica.state import ReplicaState


@contextmanager
def cut_executions(state: ReplicaState, after: int, *, with_cleanup: bool) -> Iterator[None]:
    """Stop every execution after `after` instructions; raises `ReplicaUsageError` if negative."""
    if after < 0:
        raise ReplicaUsageError(f"an execution can't be cut after {after} instructions")
    before = state.cut_after, state.is_cleanup_cut
    state.cut_after, state.is_cleanup_cut = after, with_cleanup
    try:
        yield
    finally:
        state.cut_after, state.is_cleanup_cut = before
