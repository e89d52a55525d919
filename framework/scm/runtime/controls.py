"""What controllers ask and do: methods that every canister has, and that no `.did` declares."""

from __future__ import annotations

from typing import Final, final

from scm.leb128 import write_unsigned
from scm.model import Principal, RejectCode
from scm.runtime import ic0, joins, kept, stable
from scm.runtime.call_records import (
    STATUS_PROXIED,
    STATUS_RAISED,
    STATUS_REFUSED,
    STATUS_RUNNING,
    STATUS_WAITING,
)
from scm.runtime.control_messages import calls_message, status_message
from scm.runtime.dispatch import TIMER_OFFSET, Machine
from scm.runtime.forwarding import FORWARDS
from scm.runtime.handled import KeptResponses
from scm.runtime.joins import REJECTED, REPLIED, UNKNOWN, RawResponse
from scm.runtime.pending import MODE
from scm.runtime.responses import decode_response
from scm.runtime.timers import TIMERS

# Found once, at import: to look one up in its module takes 700 instructions.
_debug_print: Final = ic0.debug_print
_is_controller: Final = ic0.is_controller
_msg_arg_data: Final = ic0.msg_arg_data
_msg_caller: Final = ic0.msg_caller
_msg_reply: Final = ic0.msg_reply
_stable_load: Final = ic0.stable_load
_stable_store: Final = ic0.stable_store

CALLS_AT_ONCE_MAX: Final = 1000
"""What `scm_pending` lists at once."""

STABLE_READ_BYTES_MAX: Final = 2_000_000
"""What `scm_stable_read` gives at once; a reply has at most 2 MiB (Resource limits)."""

TWO_NAT64: Final = b"DIDL\x00\x02\x78\x78"
NOTHING: Final = b"DIDL\x00\x00"
ONE_BLOB: Final = b"DIDL\x01\x6d\x7b\x01\x00"


@final
class Controls:
    """The methods for controllers of a canister."""

    def __init__(self, machine: Machine, handled: KeptResponses) -> None:
        self._machine: Final = machine
        self._handled: Final = handled

    def status(self) -> None:
        """The query `scm_status : () -> (nat64, nat64, nat64, bool)`, for controllers.

        How many calls wait and have failed, how many responses were orphans, whether it is drained.
        """
        _require_controller("scm_status")
        pending = self._machine.pending
        is_draining = _stable_load(MODE) != 0
        _msg_reply(status_message(pending.waiting, pending.failed, pending.orphans, is_draining))

    def pending_calls(self, first: int, count: int) -> None:
        """The query `scm_pending : (nat64, nat64) -> (vec record {...}, opt nat64)`.

        Up to `count` calls that wait or have failed, from a place in the table on; and the place to
        go on from.  For controllers.
        """
        _require_controller("scm_pending")
        calls, rest_from = self._machine.pending.calls_from(first, min(count, CALLS_AT_ONCE_MAX))
        _msg_reply(calls_message(calls, [kept.error_of(call) for call in calls], rest_from))

    def answer(self, env: int, reply: bytes | None, rejection: str | None) -> None:
        """The update `scm_answer : (nat32, opt blob, opt text)`, for controllers.

        Run the handler of a call that has failed, or is with a proxy, with a reply (as Candid), a
        rejection, or `Unknown` if neither is given.  If it traps, the call stays as it is.
        """
        _require_controller("scm_answer")
        call = self._machine.pending.find(env)
        if call is None:
            raise LookupError(f"there is no call {env}")
        if call.status in (STATUS_WAITING, STATUS_RUNNING):
            others = "; to have its handler run again: `scm_retry`" if kept.is_kept(call) else ""
            raise ValueError(f"call {env} waits for its response, which may still come{others}")
        handler = self._machine.handler_of(call)
        if handler is None:
            raise LookupError(f"this code has no response handler `{call.handler}`")
        self._machine.check_call(call, handler)
        _debug_print(f"scm: {Principal(_msg_caller())} answers call {env} of `{call.handler}`")
        raw = RawResponse(UNKNOWN, 0, b"")
        if reply is not None:
            raw = RawResponse(REPLIED, 0, reply)
        elif rejection is not None:
            raw = RawResponse(REJECTED, RejectCode.CANISTER_REJECT, rejection.encode())
        if not call.join or kept.is_kept(call):
            self._machine.pending.remove(call)
            if call.join:
                kept.release(call)
            # No cycles come with an answer by hand; of other calls the platform tells none here.
            FORWARDS.refunded = 0 if call.status == STATUS_PROXIED else -1
            self._machine.handle(handler, call, decode_response(handler, raw))
            FORWARDS.refunded = -1
        elif not self._machine.handle_joined(handler, call, raw):
            _msg_reply(NOTHING)  # The join waits for more.

    def retry(self, env: int) -> None:
        """The update `scm_retry : (nat32)`, for controllers: run the handler of a call again.

        With the response that is kept, which takes `@on_response(retry=True)`; what the handler
        replies is the answer.  If it traps, the call stays as it is.
        """
        _require_controller("scm_retry")
        call = self._machine.pending.find(env)
        if call is None:
            raise LookupError(f"there is no call {env}")
        if call.status not in (STATUS_RAISED, STATUS_RUNNING, STATUS_REFUSED):
            raise ValueError(f"call {env} has no response that is kept; see `scm_answer`")
        handler = self._machine.handler_of(call)
        if handler is not None:
            self._machine.check_call(call, handler)
        _debug_print(f"scm: {Principal(_msg_caller())} has `{call.handler}` run again")
        self._handled.handle(call)

    def discard(self, env: int) -> None:
        """The update `scm_discard : (nat32) -> ()`, for controllers: forget a call.

        One that waits, too: if its response comes all the same, it is an orphan.
        """
        _require_controller("scm_discard")
        call = self._machine.pending.find(env)
        if call is None:
            raise LookupError(f"there is no call {env}")
        is_firing = call.slot == self._machine.pending.slot_base + TIMER_OFFSET
        if is_firing and TIMERS.is_fired_by(int.from_bytes(call.context, "little"), env):
            raise ValueError(f"call {env} fires a timer; see `scm_retry_timer`")
        self._machine.pending.remove(call)
        if kept.is_kept(call):
            kept.release(call)
        elif call.join and joins.store(call.join, RawResponse(UNKNOWN, 0, b"")) == 0:
            joins.take(call.join >> joins.PLACE_BITS)
        _debug_print(
            f"scm: {Principal(_msg_caller())} discards call {env} to {Principal(call.callee)} "
            f"`{call.method}`, for `{call.handler}`"
        )
        _msg_reply(NOTHING)

    def drain(self, is_on: bool) -> None:
        """The update `scm_drain : (bool) -> ()`, for controllers: make no new calls, or again.

        Methods that would make one are rejected, and undone; handlers go on with what has begun.
        An upgrade ends it.
        """
        _require_controller("scm_drain")
        _stable_store(MODE, int(is_on))
        # A canister that is drained calls `via` no more, which is what sends them otherwise.
        FORWARDS.send_refused()
        _debug_print(f"scm: {Principal(_msg_caller())} {'starts' if is_on else 'ends'} draining")
        _msg_reply(NOTHING)

    def stable_read(self) -> None:
        """The query `scm_stable_read : (offset : nat64, size : nat64) -> (blob)`, for controllers.

        Bytes of stable memory, fewer where it ends: a backup in chunks.
        """
        _require_controller("scm_stable_read")
        argument = _msg_arg_data()
        if len(argument) != 24 or not argument.startswith(TWO_NAT64):
            raise ValueError("`scm_stable_read` takes an offset and a size, both nat64")
        offset = int.from_bytes(argument[8:16], "little")
        size = int.from_bytes(argument[16:24], "little")
        if size > STABLE_READ_BYTES_MAX:
            raise ValueError(f"`scm_stable_read` gives at most {STABLE_READ_BYTES_MAX} bytes")
        data = stable.read_memory(offset, size)
        _msg_reply(ONE_BLOB + write_unsigned(len(data)) + data)


def _require_controller(method: str) -> None:
    if not _is_controller(_msg_caller()):
        raise PermissionError(f"`{method}` is for controllers")
