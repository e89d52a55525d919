"""Work that goes on beside the build's own: waiting for compilers, each a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Background:
    """Tasks that run beside the caller, as many at a time as there are processors.

    A context manager: at its end all that has begun is waited for, and the rest is given up.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=processor_count())

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, task: Callable[[], T]) -> Future[T]:
        """Begin a task; `result()` of what is returned waits for it, and raises what it raised."""
        return self._pool.submit(task)


def run_all(tasks: Iterable[Callable[[], None]]) -> None:
    """Run tasks at the same time; of those that fail, the first in order has its error raised."""
    with Background() as background:
        for started in [background.start(task) for task in tasks]:
            started.result()


def processor_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
