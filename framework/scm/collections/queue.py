"""`StableQueue`: first in, first out, in stable memory."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import Any, Final, Generic, TypeVar

from scm.collections.detached import Detached
from scm.collections.views import shown
from scm.runtime import store

T = TypeVar("T")

_DETACHED: Final[Any] = Detached("StableQueue")


class StableQueue(Generic[T]):
    """A queue in stable memory: first in, first out, as a field of the state."""

    def __init__(self) -> None:
        self._engine: store.Positional = _DETACHED

    def attach(self, engine: store.Positional) -> None:
        """Make it the collection that `engine` has; scm's own code does this."""
        self._engine = engine

    def __len__(self) -> int:
        return len(self._engine)

    def __iter__(self) -> Iterator[T]:
        return self._engine.cursor(0, sys.maxsize, False)

    def __contains__(self, value: object) -> bool:
        return value in self._engine.cursor(0, sys.maxsize, False)

    def put(self, value: T, /) -> None:
        """Add at the end."""
        self._engine.append(value)

    def get(self) -> T:
        """Remove what came first and return it; IndexError if the queue is empty.

        There is nothing to wait for inside a message, so unlike `queue.Queue.get` it never blocks.
        """
        if len(self._engine) == 0:
            raise IndexError("get from an empty queue")
        value: T = self._engine.take(0)
        return value

    def peek(self) -> T:
        """What came first; IndexError if the queue is empty."""
        if len(self._engine) == 0:
            raise IndexError("peek into an empty queue")
        value: T = self._engine[0]
        return value

    def clear(self) -> None:
        """Remove everything."""
        self._engine.clear()

    def __repr__(self) -> str:
        if self._engine is _DETACHED:
            return "StableQueue()"
        return f"StableQueue([{shown(iter(self), len(self))}])"


Collection.register(StableQueue)
