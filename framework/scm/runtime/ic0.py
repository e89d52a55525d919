"""The System API as Python functions: amounts as `int`, blobs as `bytes`.

In a canister the C layer (`c/ic0module.c`) takes this module's place under the same name; this file
is its typed face, and on the host every function raises `OutsideCanisterError`.
"""

from __future__ import annotations

from typing import NoReturn


class OutsideCanisterError(RuntimeError):
    """A function that needs the Internet Computer was called on the host."""


def _outside(name: str) -> NoReturn:
    raise OutsideCanisterError(f"`{name}` works only inside a canister")


def msg_arg_data() -> bytes:
    """The argument of the message, or the reply in a reply callback."""
    _outside("msg_arg_data")


def msg_caller() -> bytes:
    """The caller's principal as bytes."""
    _outside("ic.caller")


def msg_reject_code() -> int:
    """0 in a reply callback, the reject code in a reject callback."""
    _outside("msg_reject_code")


def msg_reject_msg() -> bytes:
    """The reject message, UTF-8."""
    _outside("msg_reject_msg")


def msg_reply(data: bytes) -> None:
    """Reply with `data`."""
    _outside("msg_reply")


def msg_reject(message: str) -> None:
    """Reject with `message`."""
    _outside("ic.reject")


def msg_cycles_available() -> int:
    """Cycles attached and not accepted yet."""
    _outside("ic.cycles_available")


def msg_cycles_refunded() -> int:
    """Cycles that came back with a response."""
    _outside("ic.cycles_refunded")


def msg_cycles_accept(at_most: int) -> int:
    """Accept up to `at_most` cycles; returns the number accepted."""
    _outside("ic.accept_cycles")


def canister_self() -> bytes:
    """This canister's principal as bytes."""
    _outside("ic.self_id")


def canister_cycle_balance() -> int:
    """The canister's cycles."""
    _outside("ic.cycles_balance")


def canister_status() -> int:
    """1 if the canister is running, 2 if it is stopping, 3 if it is stopped."""
    _outside("canister_status")


def canister_version() -> int:
    """The canister's version counter."""
    _outside("ic.canister_version")


def time() -> int:
    """Nanoseconds since 1970-01-01 UTC."""
    _outside("ic.time")


def global_timer_set(deadline_ns: int) -> int:
    """Have `canister_global_timer` run at a time, 0 for never; returns the time set before."""
    _outside("ic.set_timer")


def is_controller(principal: bytes) -> bool:
    """Whether `principal` controls this canister."""
    _outside("ic.is_controller")


def call(
    callee: bytes,
    method: str,
    argument: bytes,
    cycles: int,
    timeout_seconds: int,
    callback_slot: int,
    cleanup_slot: int,
    env: int,
) -> int:
    """Make a call (`call_new` to `call_perform`); returns 0, or a reject code if not enqueued."""
    _outside("Call")


def callback_indices() -> tuple[int, ...]:
    """Where the function table has the callbacks: cleanup, orphan, then the handlers in order."""
    _outside("the function table")


def stable_size() -> int:
    """Stable memory in 64 KiB pages."""
    _outside("stable memory")


def stable_grow(pages: int) -> int:
    """Grow stable memory; returns the old size in pages or -1."""
    _outside("stable memory")


def stable_read(offset: int, size: int) -> bytes:
    """Read `size` bytes at `offset`."""
    _outside("stable memory")


def stable_write(offset: int, data: bytes) -> None:
    """Write `data` at `offset`."""
    _outside("stable memory")


def stable_load(offset: int) -> int:
    """The unsigned 64-bit little-endian number at `offset`."""
    _outside("stable memory")


def stable_store(offset: int, value: int) -> None:
    """Store `value` as an unsigned 64-bit little-endian number at `offset`."""
    _outside("stable memory")


def stable_load_words(offset: int, count: int) -> tuple[int, ...]:
    """The `count` unsigned 64-bit little-endian numbers from `offset` on."""
    _outside("stable memory")


def stable_store_words(offset: int, words: tuple[int, ...]) -> None:
    """Store `words` as unsigned 64-bit little-endian numbers from `offset` on."""
    _outside("stable memory")


def debug_print(message: str) -> None:
    """Write to the canister's log."""
    _outside("ic.print")


def trap(message: str) -> NoReturn:
    """Stop the message and roll it back."""
    _outside("ic.trap")
