"""What must hold when a user's call has ended, whatever came of the calls that it made.

One answer, of the type that the user was promised; every response handled once, in the slot of its
handler; nothing pending but what a trap has left, and that can be answered or discarded; no open
call context; stable memory in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.errors import DecodeError
from scm.candid.types import BLOB, NAT32, TEXT, Opt
from scm.compiler.lockfile import HANDLED_SLOT, REFUSED_SLOT
from scm.replica.state import Outcome, Pending, Rejected, Replied
from scm.replica.trace import Answered, Event, Executed
from scm.testing.call_counts import CallCounts, read_call_counts
from scm.testing.matrix_outcomes import (
    OutcomeKind,
    answer_rest,
    callbacks_in,
    handlers_apart,
    is_of_nobody,
)
from scm.testing.matrix_scenes import BrokenPromiseError, Scene
from scm.testing.pending_calls import PendingCall, discard_call, pending_calls
from scm.testing.proxy_messages import DELIVER
from scm.testing.state import check_state

NO_CALLS: Final = CallCounts(waiting=0, failed=0, orphans=0)
_NO_REPLY: Final = "IC0506"
_CLOSURE: Final = re.compile(r"table\[(\d+)\]\((\d+)\)")


def expect(holds: bool, problem: str) -> None:
    """Raise `BrokenPromiseError` unless something holds."""
    if not holds:
        raise BrokenPromiseError(problem)


def answers_in(scene: Scene, events: Sequence[Event], method: str) -> list[Answered]:
    """Those of the events that are answers of the canister to calls of a method."""
    return [
        event
        for event in events
        if isinstance(event, Answered)
        and event.canister_id == scene.canister_id
        and event.method == method
    ]


def check_one_answer(scene: Scene) -> Outcome:
    """The user's call has one answer, which is returned, of the type that its method had."""
    status = scene.replica.status(scene.reference)
    if isinstance(status, Pending):
        raise BrokenPromiseError("the caller was never answered")
    answers = len(answers_in(scene, scene.replica.trace[scene.trace_start :], scene.method))
    expect(answers == 1, f"the caller was answered {answers} times")
    is_left = isinstance(status, Rejected) and status.error_code == _NO_REPLY
    expect(not is_left, "the canister never answered, so that the system had to reject the call")
    if isinstance(status, Replied):
        results = scene.origin.method(scene.method).results
        try:
            decode(status.data, results, scene.origin.interface.env)
        except DecodeError as error:
            raise BrokenPromiseError(
                f"the reply is none of the type that `{scene.method}` promised: {error}"
            ) from error
    return status


def check_routes(scene: Scene, waiting: Mapping[int, PendingCall], start: int) -> None:
    """Each response that came since `start` ran one callback, in its handler's slot.

    `waiting`: the calls, by their ids, as far as they were known before their response came.
    """
    seen: dict[int, int] = {}
    for event in callbacks_in(scene, scene.replica.trace[start:]):
        found = _CLOSURE.fullmatch(event.entry)
        assert found is not None, event.entry
        slot, env = int(found[1]), int(found[2])
        call = waiting.get(env)
        if call is None or slot in (HANDLED_SLOT, REFUSED_SLOT):
            continue  # Of a call that came later, or of what `retry=True` does after the response.
        seen[env] = seen.get(env, 0) + 1
        expect(seen[env] == 1, f"the response for `{call.handler}` was handled twice")
        entry = scene.version.handler(call.handler)
        expect(entry is not None, f"the code has no handler `{call.handler}`, but a response ran")
        assert entry is not None
        expect(
            slot == entry.slot,
            f"the response for `{call.handler}`, slot {entry.slot}, ran slot {slot}",
        )
    for env in waiting.keys() - seen.keys():
        raise BrokenPromiseError(f"no response for `{waiting[env].handler}` has come")


def check_rest(scene: Scene, events: Sequence[Event]) -> list[PendingCall]:
    """What traps have left, by these events, and nothing else: the calls that are kept."""
    kept = pending_calls(scene.replica, scene.canister_id)
    waiting = [call for call in kept if not call.status.startswith("failed")]
    failed = [call for call in kept if call.status.startswith("failed")]
    counts = read_call_counts(scene.replica, scene.canister_id)
    told = CallCounts(len(waiting), len(failed), 0)
    expect(counts == told, f"the canister counts {counts}, but lists {told}")
    trapped, trapped_twice = _traps(scene, events)
    not_taken = _outcomes_not_taken(scene, events)
    expect(
        len(waiting) == trapped_twice + not_taken,
        f"{len(waiting)} calls wait, but {trapped_twice} cleanups trapped, and {not_taken} "
        "outcomes are with their proxies",
    )
    late = sum("too late" in call.status for call in failed)
    with_response = sum("response is kept" in call.status for call in failed)
    tried = with_response == handlers_apart(scene, events, has_trapped=True)
    expect(
        tried, f"{with_response} calls are kept with their responses, but other handlers trapped"
    )
    expect(
        len(failed) - late - with_response == trapped,
        f"{len(failed) - late - with_response} calls are kept as failed, but {trapped} handlers "
        "trapped",
    )
    view = scene.replica.canister(scene.canister_id)
    expect(view.open_call_contexts == (), "a call context is open")
    expect(view.outstanding_callbacks == (), "a call has no response")
    check_state(scene.replica, scene.canister_id)
    return kept


def check_expected(
    scene: Scene,
    kind: OutcomeKind,
    kept: list[PendingCall],
    handler: str,
    answers: Sequence[Answered],
) -> None:
    """An outcome that makes the handler trap, or come too late, has left just that.

    `answers`: what those got for whom the handler was to answer.
    """
    entry = scene.version.handler(handler)
    is_retired = entry is not None and entry.status == "retired"
    if kind.expects == "runs" or (is_retired and "trap" not in kind.name):
        return
    is_told = [answer.error_code is not None for answer in answers] == [True]
    expect(is_told, f"the handler failed, but its caller got {answers or 'no answer'}")
    statuses = [call.status for call in kept if call.handler == handler]
    wanted = {"traps": "trapped", "traps twice": "waiting", "is late": "too late"}[kind.expects]
    expect(
        len(statuses) == 1 and wanted in statuses[0],
        f"one call should be kept as `{wanted}`, but there are {statuses or 'none'}",
    )


def clear(scene: Scene, kept: list[PendingCall], by_hand: Outcome | None) -> None:
    """Answer by hand what has failed, or discard it; then nothing is left."""
    if not kept:
        return
    for call in kept:
        entry = scene.version.handler(call.handler)
        is_active = entry is not None and entry.status != "retired"
        if by_hand is not None and is_active and call.status.startswith("failed"):
            _answer_by_hand(scene, call, by_hand)
        else:
            discard_call(scene.replica, scene.canister_id, call.id)
    for call in pending_calls(scene.replica, scene.canister_id):
        discard_call(scene.replica, scene.canister_id, call.id)
    counts = read_call_counts(scene.replica, scene.canister_id)
    expect(counts == NO_CALLS, f"after all calls were discarded there are {counts}")
    view = scene.replica.canister(scene.canister_id)
    expect(view.open_call_contexts == (), "a call context is open after an answer by hand")
    check_state(scene.replica, scene.canister_id)


def _answer_by_hand(scene: Scene, call: PendingCall, outcome: Outcome) -> None:
    reply = outcome.data if isinstance(outcome, Replied) else None
    rejection = outcome.message if isinstance(outcome, Rejected) else None
    method, argument = (
        "scm_answer",
        encode([NAT32, Opt(BLOB), Opt(TEXT)], [call.id, reply, rejection]),
    )
    if "response is kept" in call.status and isinstance(outcome, Replied):
        method, argument = "scm_retry", encode([NAT32], [call.id])
    reference = scene.replica.submit(scene.canister_id, method, argument)
    expect(answer_rest(scene), "an answer by hand does not come to an end")
    expect(
        not isinstance(scene.replica.status(reference), Pending), "an answer by hand has no answer"
    )


def _outcomes_not_taken(scene: Scene, events: Sequence[Event]) -> int:
    """How many handlers of calls through a proxy trapped: their calls wait still."""
    return sum(
        isinstance(event, Executed)
        and event.canister_id == scene.canister_id
        and event.entry == f"canister_update {DELIVER}"
        and event.error is not None
        for event in events
    )


def _traps(scene: Scene, events: Sequence[Event]) -> tuple[int, int]:
    """How many handlers trapped whose cleanup ran, and how many whose cleanup trapped, too."""
    cleanups = [
        event.error is None
        for event in events
        if isinstance(event, Executed)
        and event.canister_id == scene.canister_id
        and event.mode == "cleanup"
        and not is_of_nobody(event)
    ]
    return sum(cleanups), len(cleanups) - sum(cleanups)
