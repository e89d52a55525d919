"""The messages of timers: the global timer, the self-call that fires one, and controllers' methods.

Each due timer is fired by a call of the canister to itself, because only a message of its own can
be rolled back alone.  The response comes back to a slot that is the same in every version, and
tells whether the handler raised (decision 18).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.authoring.calls import Pending
from scm.ic import Rejection
from scm.leb128 import write_unsigned
from scm.model import Principal
from scm.runtime import ic0
from scm.runtime.call_records import STATUS_WAITING, PendingCall
from scm.runtime.dispatch import Machine
from scm.runtime.pending import MODE, TooManyCallsError
from scm.runtime.responses import was_never_run
from scm.runtime.timers import ARMED, FIRING, ON_ITS_WAY, SECOND_NS, SENT, Timer, Timers

# Found once, at import: to look one up in its module takes 700 instructions.
_call: Final = ic0.call
_canister_self: Final = ic0.canister_self
_debug_print: Final = ic0.debug_print
_is_controller: Final = ic0.is_controller
_msg_caller: Final = ic0.msg_caller
_msg_reject_code: Final = ic0.msg_reject_code
_msg_reject_msg: Final = ic0.msg_reject_msg
_msg_reply: Final = ic0.msg_reply
_stable_load: Final = ic0.stable_load
_time: Final = ic0.time

FIRED_AT_ONCE_MAX: Final = 50
"""Timers that one message begins to fire; the platform takes 500 open calls to one canister."""

DRAIN_PAUSE_NS: Final = 10 * SECOND_NS

LISTED_AT_ONCE_MAX: Final = 1000

DONE: Final = 0
NEVER_RUN: Final = 1
RAISED: Final = 2
"""What became of the message that runs the handler of a timer."""

FIRE_METHOD: Final = "scm_fire_timer"
_FIRE_ARGUMENTS: Final = b"DIDL\x00\x02\x78\x79"  # `(nat64, nat32)`: the timer's id, and `env`
_NOTHING: Final = b"DIDL\x00\x00"
_STATUSES: Final = ("armed", "firing", "failed", "firing")


@final
class TimerMessages:
    """The entry points of a canister that declares timers.

    `slot` is that of the response to a firing, `table_index` where the table has it; `reply` and
    `repliers` are what `Machine.settle` takes, for a reply without values.
    """

    def __init__(
        self,
        machine: Machine,
        timers: Timers,
        slot: int,
        table_index: int,
        reply: Callable[[object], None],
        repliers: int,
        listed_header: bytes,
    ) -> None:
        self.machine: Final = machine
        self.timers: Final = timers
        self.slot: Final = slot
        self.table_index: Final = table_index
        self.reply: Final = reply
        self.repliers: Final = repliers
        self.listed_header: Final = listed_header

    def begin(self) -> None:
        """`canister_global_timer`: call the canister itself for each timer that is due.

        Those that don't fit in one message follow at once, and those that can't be called for now
        are tried a second later; while the canister is drained, it only looks from time to time.
        """
        timers = self.timers
        now = _time()
        timers.pause_until_ns = 0
        if _stable_load(MODE):
            timers.pause_until_ns = now + DRAIN_PAUSE_NS
        else:
            self._call_for_due(now)
        timers.arm()

    def fire(self, number: int, env: int) -> None:
        """The update `scm_fire_timer : (nat64, nat32) -> ()`, for the canister alone."""
        if _msg_caller() != _canister_self():
            raise PermissionError(f"`{FIRE_METHOD}` is for the canister itself")
        timer = self._fired_by(number, env)
        if timer is None or timer.status != SENT:
            # Cancelled, replaced or fired again in the meantime; or it has run, and this message
            # comes from a method that lets others choose what the canister calls.
            _msg_reply(_NOTHING)
            return
        handler = self.timers.by_name.get(timer.handler)
        if handler is None:
            raise LookupError(f"the canister has no timer handler `{timer.handler}`")
        context: object = handler.context_of(timer.step, timer.context)
        try:
            result: object = handler.run(self.machine.store.current(), context)
        except Rejection as rejection:
            self.machine.reject(rejection)
            return
        self._note_run(number, env, isinstance(result, Pending))
        self.machine.settle(result, self.reply, self.repliers)

    def finish(self, env: int) -> None:
        """The response of a firing: the timer is done, or has failed and is tried again."""
        call = self._open_call(env)
        if call is None:
            self.machine.orphan(env)
            return
        if _msg_reject_code() == 0:
            self._end(call, DONE, "")
            return
        error = _msg_reject_msg().decode("utf-8", "replace")
        self._end(call, NEVER_RUN if was_never_run(error) else RAISED, error)

    def clean_up(self, env: int) -> bool:
        """Whether `env` is that of a firing, whose `finish` trapped: then it counts as failed."""
        call = self._open_call(env)
        if call is None:
            return False
        self._end(call, RAISED, "the response to the firing was not handled")
        return True

    def list(self, first: int, count: int) -> None:
        """The query `scm_timers : (nat64, nat64) -> (vec record {...})`, for controllers.

        Up to `count` timers with the ids from `first` on, under the names with which they were set.
        """
        _require_controller("scm_timers")
        left = min(count, LISTED_AT_ONCE_MAX)
        entries: list[bytes] = []
        for number in self.timers.numbers_from(first):
            if left == 0:
                break
            left -= 1
            timer = self.timers.find(number)
            assert timer is not None
            entries.append(_listed(timer))
        _msg_reply(self.listed_header + write_unsigned(len(entries)) + b"".join(entries))

    def retry(self, number: int) -> None:
        """The update `scm_retry_timer : (nat64) -> ()`, for controllers: fire a timer now.

        As if it had never failed; also one whose firing never ends, as after a platform snapshot.
        """
        _require_controller("scm_retry_timer")
        timer = self._known(number)
        self.timers.unarm(timer)
        call = self._open_call(timer.env) if timer.status in ON_ITS_WAY else None
        if call is not None:
            self.machine.pending.remove(call)  # Its response, if it comes, is an orphan.
        timer.status = ARMED
        timer.at_ns = _time()
        timer.attempts = 0
        timer.env = 0
        self.timers.put(timer)
        self._done(f"retries timer {number} of `{timer.handler}`")

    def discard(self, number: int) -> None:
        """The update `scm_discard_timer : (nat64) -> ()`, for controllers: give a timer up."""
        _require_controller("scm_discard_timer")
        timer = self._known(number)
        if self.timers.interval_of(timer):
            raise ValueError(f"timer {number} is that of `{timer.handler}`, which is @every")
        self.timers.remove(timer)
        self._done(f"discards timer {number} of `{timer.handler}`")

    def _known(self, number: int) -> Timer:
        timer = self.timers.find(number)
        if timer is None:
            raise LookupError(f"there is no timer {number}")
        return timer

    def _done(self, what: str) -> None:
        _debug_print(f"scm: {Principal(_msg_caller())} {what}")
        self.timers.settle()
        _msg_reply(_NOTHING)

    def _call_for_due(self, now: int) -> None:
        timers = self.timers
        for _ in range(FIRED_AT_ONCE_MAX):
            timer = timers.first_due(now)
            if timer is None:
                return
            if not self._call_for(timer):
                timers.pause_until_ns = now + SECOND_NS
                return

    def _call_for(self, timer: Timer) -> bool:
        pending = self.machine.pending
        itself = _canister_self()
        number = timer.number.to_bytes(8, "little")
        try:
            env = pending.add(self.slot, timer.handler, 0, number, itself, FIRE_METHOD, 0, 0, 0, 0)
        except TooManyCallsError:
            return False
        argument = _FIRE_ARGUMENTS + number + env.to_bytes(4, "little")
        cleanup_index = self.machine.cleanup_index
        code = _call(itself, FIRE_METHOD, argument, 0, 0, self.table_index, cleanup_index, env)
        if code != 0:
            record = pending.find(env)
            assert record is not None
            pending.remove(record)
            return False
        self.timers.unarm(timer)
        timer.status = SENT
        timer.attempts += 1
        timer.env = env
        self.timers.put(timer)
        return True

    def _open_call(self, env: int) -> PendingCall | None:
        call = self.machine.pending.find(env)
        is_ours = call is not None and call.status == STATUS_WAITING and call.slot == self.slot
        return call if is_ours else None

    def _fired_by(self, number: int, env: int) -> Timer | None:
        """The timer, if it is being fired by a call; None if that was given up."""
        return self.timers.find(number) if self.timers.is_fired_by(number, env) else None

    def _note_run(self, number: int, env: int, has_called: bool) -> None:
        """A handler has run; unless it made a call, its timer is done, in one with what it did."""
        timer = self._fired_by(number, env)
        if timer is None:
            return  # The handler has cancelled or replaced it.
        if has_called:
            timer.status = FIRING
            self.timers.put(timer)
        else:
            self.timers.succeed(timer)

    def _end(self, call: PendingCall, outcome: int, error: str) -> None:
        self.machine.pending.remove(call)
        timers = self.timers
        timer = self._fired_by(int.from_bytes(call.context, "little"), call.env)
        if timer is None:
            return
        if outcome == DONE and timer.status == FIRING:
            timers.succeed(timer)
        elif outcome in (DONE, NEVER_RUN):
            # What was done is undone, if a platform snapshot from before it was loaded.
            timers.postpone(timer)
        else:
            timers.fail(timer, error)
            if timer.status != ARMED:
                _debug_print(f"scm: timer {timer.number} of `{timer.handler}` is kept as failed")
        timers.settle()


def _require_controller(method: str) -> None:
    if not _is_controller(_msg_caller()):
        raise PermissionError(f"`{method}` is for controllers")


def _listed(timer: Timer) -> bytes:
    """In the order of the labels' ids: id, failures, status, handler, name, attempts, error, at."""
    return b"".join(
        [
            timer.number.to_bytes(8, "little"),
            timer.failures.to_bytes(8, "little"),
            _text(_STATUSES[timer.status]),
            _text(timer.handler),
            _text(timer.name),
            timer.attempts.to_bytes(8, "little"),
            _text(timer.error),
            timer.at_ns.to_bytes(8, "little"),
        ]
    )


def _text(text: str) -> bytes:
    data = text.encode()
    return write_unsigned(len(data)) + data
