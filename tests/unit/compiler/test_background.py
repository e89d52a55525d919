"""Work beside the build's own: it is waited for, and its errors are not lost."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from scm.compiler.background import Background, processor_count, run_all


def test_result_is_waited_for() -> None:
    with Background() as background:
        assert background.start(lambda: 7).result() == 7


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise ValueError("odd")

    with Background() as background:
        started = background.start(fail)
        with pytest.raises(ValueError, match="odd"):
            started.result()


@pytest.mark.skipif(processor_count() < 2, reason="one task at a time")
def test_tasks_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2)
    arrived: list[int] = []

    def meet(number: int) -> None:
        meeting.wait()
        arrived.append(number)

    run_all([partial(meet, 1), partial(meet, 2)])
    assert sorted(arrived) == [1, 2]


def test_first_error_in_order_is_raised() -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="first"):
        run_all([partial(fail, "first"), partial(fail, "second")])


def test_what_has_begun_is_waited_for() -> None:
    done: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def finish() -> None:
        begun.set()
        go.wait()
        done.append("finished")

    with Background() as background:
        background.start(finish)
        begun.wait()
        go.set()
    assert done == ["finished"]
