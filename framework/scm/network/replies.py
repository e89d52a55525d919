"""How the thread of the replica gives results to those who wait for them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from attrs import frozen

_Result = TypeVar("_Result")


@frozen(eq=False)
class Reply(Generic[_Result]):
    """Where one result goes: a coroutine of `loop`, or another thread."""

    future: asyncio.Future[_Result] | Future[_Result]
    loop: asyncio.AbstractEventLoop | None = None


class Replies:
    """Results that are ready, handed over together: to wake an event loop takes a system call."""

    def __init__(self) -> None:
        self._ready: Final[list[tuple[Reply[Any], Any]]] = []

    def add(self, reply: Reply[_Result], result: _Result | BaseException) -> None:
        """Have a result, or an exception, for someone."""
        self._ready.append((reply, result))

    def flush(self) -> None:
        """Hand over what is ready."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Reply[Any], Any]]] = defaultdict(list)
        for reply, result in self._ready:
            if reply.loop is None:
                _finish([(reply, result)])
            else:
                by_loop[reply.loop].append((reply, result))
        self._ready.clear()
        for loop, results in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_finish, results)


def _finish(results: Sequence[tuple[Reply[Any], Any]]) -> None:
    for reply, result in results:
        if reply.future.done():
            continue  # Whoever waited has gone.
        if isinstance(result, BaseException):
            reply.future.set_exception(result)
        else:
            reply.future.set_result(result)
