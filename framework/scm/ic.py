"""What a running canister can ask of the system: caller, time, cycles, log.

Inside a message only; on the host every function raises `OutsideCanisterError`.
Source of the rules: Interface Spec, "System API".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, overload

from scm.authoring.calls import Pending
from scm.model import Principal
from scm.runtime import ic0
from scm.runtime.forwarding import FORWARDS
from scm.runtime.timers import TIMERS

C = TypeVar("C")

# Found once, at import: to look one up in its module takes 700 instructions.
_canister_cycle_balance: Final = ic0.canister_cycle_balance
_canister_self: Final = ic0.canister_self
_canister_version: Final = ic0.canister_version
_debug_print: Final = ic0.debug_print
_is_controller: Final = ic0.is_controller
_msg_caller: Final = ic0.msg_caller
_msg_cycles_accept: Final = ic0.msg_cycles_accept
_msg_cycles_available: Final = ic0.msg_cycles_available
_msg_cycles_refunded: Final = ic0.msg_cycles_refunded
_time: Final = ic0.time
_trap: Final = ic0.trap


class Rejection(BaseException):
    """Ends the message with a reject (not an error: changes are kept); see `reject`."""

    def __init__(self, message: str) -> None:
        self.message = message


def caller() -> Principal:
    """Who called; in a response handler, the caller of the method that made the call."""
    return Principal(_msg_caller())


def self_id() -> Principal:
    """This canister's own principal."""
    return Principal(_canister_self())


def time() -> int:
    """Nanoseconds since 1970-01-01 UTC; the same during one message, never decreasing."""
    return _time()


def canister_version() -> int:
    """A number that grows with every change of the canister."""
    return _canister_version()


def is_controller(principal: Principal) -> bool:
    """Whether `principal` is one of this canister's controllers."""
    return _is_controller(principal.raw)


def require_controller() -> None:
    """Trap unless the caller is a controller; raises `PermissionError`."""
    if not _is_controller(_msg_caller()):
        raise PermissionError(f"{caller()} is not a controller")


def cycles_balance() -> int:
    """Cycles that this canister holds."""
    return _canister_cycle_balance()


def cycles_available() -> int:
    """Cycles that came with the call being answered and are not accepted yet."""
    return _msg_cycles_available()


def cycles_refunded() -> int:
    """Cycles that came back with the response being handled, from a proxy too.

    Traps where none can come: outside of handlers, and in those that the canister or a controller
    runs later (`retry=True`, a proxy that refused).
    """
    refunded = FORWARDS.refunded
    return _msg_cycles_refunded() if refunded < 0 else refunded


def accept_cycles(at_most: int) -> int:
    """Take up to `at_most` of the available cycles; returns how many were taken.

    Raises `ValueError` below 0 and from 2^128 on.
    """
    return _msg_cycles_accept(at_most)


@overload
def set_timer(
    handler: Callable[[Any, C], Pending[None] | None], context: C, *, after: int, name: str = ...
) -> int: ...


@overload
def set_timer(
    handler: Callable[[Any], Pending[None] | None], *, after: int, name: str = ...
) -> int: ...


def set_timer(
    handler: Callable[..., Any], context: object = None, *, after: int, name: str = ""
) -> int:
    """Have a function marked `@on_timer` called with `context`, `after` seconds from now or later.

    Returns the timer's id.  A timer with a `name` replaces the one of that name.  Raises
    `ValueError` for a time below 0 or beyond 317 years.
    """
    return TIMERS.set(handler, context, after, name)


def cancel_timer(timer: int | str) -> bool:
    """Give up a timer, by its id or name; False if there is none: it has fired, or is `@every`."""
    return TIMERS.cancel(timer)


def print(*values: object) -> None:
    """Write a line to the canister's log."""
    _debug_print(" ".join([str(value) for value in values]))


def trap(message: str) -> NoReturn:
    """Stop this message and roll its changes back; the caller gets a reject with `message`."""
    _trap(message)


def reject(message: str) -> NoReturn:
    """Answer the caller with a reject (code 4) and `message`; changes so far are kept."""
    raise Rejection(message)
