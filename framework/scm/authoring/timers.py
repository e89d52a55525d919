"""Decorators that mark the handlers of timers; like all of them, they only mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from scm.authoring.decorators import MARK, Mark

F = TypeVar("F", bound=Callable[..., Any])


@overload
def on_timer(function: F, /) -> F: ...


@overload
def on_timer(*, formerly: tuple[str, ...]) -> Callable[[F], F]: ...


def on_timer(function: F | None = None, /, *, formerly: tuple[str, ...] = ()) -> Any:
    """Mark a timer handler: `(state, context) -> None` or `(state) -> None`, or `-> Pending[None]`.

    `ic.set_timer(handler, context, after=60)` has it called, by whatever code runs then.
    `formerly` are names that the handler had in older versions: it takes over the timers that were
    set for them.
    """

    def mark(marked: F) -> F:
        setattr(marked, MARK, Mark("on_timer"))
        return marked

    return mark if function is None else mark(function)


def every(*, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> Callable[[F], F]:
    """Mark a function `(state) -> None`, or `-> Pending[None]`, to be called at an interval.

    The interval is the sum of what is given, 1 second or more.  It begins at the install or upgrade
    that brings the function.
    """

    def mark(function: F) -> F:
        setattr(function, MARK, Mark("every"))
        return function

    return mark
