"""What becomes of a call that waits: every way in which its response may come, or not, or go wrong.

An outcome brings it about in a scene and tells what it expects of the handler; what must hold
whatever came is checked in `matrix_checks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import Final, Literal

from attrs import frozen

from scm.model import RejectCode
from scm.replica.state import Outcome, Rejected, Replied
from scm.replica.trace import Event, Executed
from scm.testing.matrix_scenes import (
    NOBODY,
    REJECTED,
    UNKNOWN,
    BrokenPromiseError,
    ParkedCall,
    Scene,
)

REPLIES: Final = 3
"""How many different replies of each call are tried."""

_ROUNDS_MAX: Final = 40
_ROUNDS_OF_REPLIES: Final = 5
"""Then everything is rejected, so that a handler that tries again comes to an end."""

_APART_CUT: Final = 10_000
"""Enough to find the call and its response, and too little to handle it."""

CALLBACKS: Final = ("reply callback", "reject callback")

Expectation = Literal["runs", "traps", "traps twice", "is late"]
"""What the handler does: `traps twice`: what cleans up after it traps, too."""

BROKEN: Final = Rejected(RejectCode.CANISTER_ERROR, "the callee trapped", "IC0503")
MISFIT: Final = Replied(
    b"DIDL\x01\x6e\x00\x01\x00"
)  # A type that is an opt of itself, and no value.


@frozen
class OutcomeKind:
    """One way to release a response.

    `bring` does it to the call that the case is of; `by_hand`: a controller answers afterwards.
    """

    name: str
    expects: Expectation
    bring: Callable[[Scene, ParkedCall], None]
    by_hand: Outcome | None = None


def outcome_kinds(scene: Scene) -> Iterator[OutcomeKind]:
    """All that may become of the call that waits in a scene."""
    call = scene.focused()
    replies = list(islice(scene.replies(call), REPLIES))
    for number, reply in enumerate(replies, 1):
        name = "reply" if number == 1 else f"reply {number}"
        yield OutcomeKind(name, "runs", _answer_with(reply))
    yield OutcomeKind("reject", "runs", _answer_with(REJECTED))
    yield OutcomeKind("reject by the system", "runs", _answer_with(BROKEN))
    if call.is_bounded:
        yield OutcomeKind("unknown, lost", "runs", _lose)
        yield OutcomeKind("unknown, in time no answer", "runs", _wait)
    takes_any = _try(scene, call, MISFIT, None).error is None  # As one of a `RawMessage` does.
    expects: Expectation = "runs" if takes_any else "traps"
    yield OutcomeKind("reply of another type", expects, _answer_with(MISFIT))
    yield from _traps(replies[0] if replies else REJECTED)
    if _runs_apart(scene, call, replies[0]):
        yield OutcomeKind("trap apart", "traps", _cut_apart(replies[0]))
        yield OutcomeKind("trap apart, run again", "traps", _cut_apart(replies[0]), replies[0])
        yield OutcomeKind("trap apart, reject by hand", "traps", _cut_apart(replies[0]), REJECTED)
    yield OutcomeKind("trap after a reject", "traps", _cut(REJECTED, 0.5))
    if call.is_bounded:
        yield OutcomeKind("trap after unknown", "traps", _cut(UNKNOWN, 0.5))
    elif seconds := valid_seconds(scene, call):
        yield OutcomeKind("too late", "is late", _come_late(replies[0], seconds))


def _traps(reply: Outcome) -> Iterator[OutcomeKind]:
    yield OutcomeKind("trap at once", "traps", _cut(reply, 0))
    yield OutcomeKind("trap midway", "traps", _cut(reply, 0.5))
    yield OutcomeKind("trap at the end", "traps", _cut(reply, 1))
    yield OutcomeKind("trap, reply by hand", "traps", _cut(reply, 0.5), by_hand=reply)
    yield OutcomeKind("trap, reject by hand", "traps", _cut(reply, 0.5), by_hand=REJECTED)
    yield OutcomeKind("trap and trap in cleanup", "traps twice", _cut(reply, 0.5, twice=True))


def callbacks_in(scene: Scene, events: Sequence[Event]) -> list[Executed]:
    """Those of the events that are executions of the canister's response handlers."""
    return [
        event
        for event in events
        if isinstance(event, Executed)
        and event.canister_id == scene.canister_id
        and event.mode in CALLBACKS
        and not is_of_nobody(event)
    ]


def is_of_nobody(event: Executed) -> bool:
    """Whether a response that nobody handles was to be run: the system traps there, and goes on."""
    return event.entry.startswith(f"table[{NOBODY}]")


def first_callback(scene: Scene, start: int) -> Executed:
    """The callback that a response ran, after a place in the trace."""
    found = callbacks_in(scene, scene.replica.trace[start:])
    if not found:
        raise BrokenPromiseError("the response ran no callback")
    return found[0]


def valid_seconds(scene: Scene, call: ParkedCall) -> int:
    assert call.record is not None
    entry = scene.origin.handler_entry(call.record.handler)
    return 0 if entry is None else entry.valid_seconds


def _answer_with(outcome: Outcome) -> Callable[[Scene, ParkedCall], None]:
    def bring(scene: Scene, call: ParkedCall) -> None:
        scene.answer(call, outcome)
        deliver(scene)

    return bring


def _lose(scene: Scene, call: ParkedCall) -> None:
    scene.replica.holds[-1].drop_as_unknown(call.index)
    deliver(scene)


def _wait(scene: Scene, call: ParkedCall) -> None:
    assert call.record is not None
    wait_ns = call.record.due_ns - scene.replica.time_ns
    scene.replica.advance_time(wait_ns / 10**9 + 1)
    deliver(scene)


def _come_late(reply: Outcome, seconds: int) -> Callable[[Scene, ParkedCall], None]:
    def bring(scene: Scene, call: ParkedCall) -> None:
        scene.replica.advance_time(seconds + 1)
        scene.answer(call, reply)
        deliver(scene)

    return bring


def _cut(
    reply: Outcome, part: float, *, twice: bool = False
) -> Callable[[Scene, ParkedCall], None]:
    """Let the callback use a part of what it needs: 0 is its first instruction, 1 its last."""

    def bring(scene: Scene, call: ParkedCall) -> None:
        largest = largest_cut(scene, reply, lambda after: _try(scene, call, reply, after))
        after = 0 if twice else int(part * largest)
        scene.answer(call, reply)
        with scene.replica.cut_executions(after, with_cleanup=twice):
            deliver(scene)

    return bring


def _cut_apart(reply: Outcome) -> Callable[[Scene, ParkedCall], None]:
    """Let the handler trap that has a message of its own (`retry=True`), once it is under way."""

    def bring(scene: Scene, call: ParkedCall) -> None:
        scene.answer(call, reply)
        deliver(scene)
        start = len(scene.replica.trace)
        with scene.replica.cut_executions(_APART_CUT):
            while not handlers_apart(scene, scene.replica.trace[start:]) and scene.replica.step():
                pass

    return bring


def _runs_apart(scene: Scene, call: ParkedCall, reply: Outcome) -> bool:
    """Whether the handler runs in a message of its own, with the response that was kept."""
    if call.is_joined:
        return False
    trial = scene.fork()
    start = len(trial.replica.trace)
    trial.answer(call, reply)
    trial.replica.run_until_idle()
    return handlers_apart(trial, trial.replica.trace[start:]) > 0


def handlers_apart(scene: Scene, events: Sequence[Event], *, has_trapped: bool = False) -> int:
    """How many handlers have run in a message of their own, or trapped there."""
    return sum(
        isinstance(event, Executed)
        and event.canister_id == scene.canister_id
        and event.entry == "canister_update scm_handle"
        and (event.error is not None or not has_trapped)
        for event in events
    )


def largest_cut(scene: Scene, key: object, attempt: Callable[[int | None], Executed]) -> int:
    """After about how many instructions what `attempt` executes can just still be cut.

    `attempt` does it in a fork, whole or cut; `key` says what it is.  Fuel is looked at here and
    there only, so that a little less than it used may do.
    """
    if key not in scene.largest_cuts:
        fuel = attempt(None).fuel
        margin = 1
        while margin < fuel and attempt(fuel - margin).error is None:
            margin *= 4
        scene.largest_cuts[key] = max(0, fuel - margin)
    return scene.largest_cuts[key]


def _try(scene: Scene, call: ParkedCall, reply: Outcome, after: int | None) -> Executed:
    trial = scene.fork()
    start = len(trial.replica.trace)
    trial.answer(call, reply)
    with nullcontext() if after is None else trial.replica.cut_executions(after):
        deliver(trial)
    return first_callback(trial, start)


def deliver(scene: Scene) -> None:
    """Let the response arrive, and nothing else happen."""
    start = len(scene.replica.trace)
    while not callbacks_in(scene, scene.replica.trace[start:]) and scene.replica.step():
        pass


def answer_rest(scene: Scene) -> bool:
    """Answer everything that follows, so that the user's call ends; False if it never does."""
    for round_number in range(_ROUNDS_MAX):
        scene.replica.run_until_idle()
        if not scene.answer_all(None if round_number < _ROUNDS_OF_REPLIES else REJECTED):
            return True
    return False
