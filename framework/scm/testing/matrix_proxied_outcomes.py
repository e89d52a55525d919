"""What becomes of a call through a proxy: when the code is replaced, and all that may follow.

There are more moments than with a call of the canister's own: before the proxy has taken the call
over, while it has it, and between its refusal and the message in which the handler hears of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from attrs import frozen

from scm.replica.state import Outcome
from scm.testing.matrix_outcomes import BROKEN, MISFIT, REPLIES, valid_seconds
from scm.testing.matrix_proxied import ProxiedCall
from scm.testing.matrix_scenes import NOTHING, REJECTED, UNKNOWN, Scene
from scm.testing.proxy_messages import receipt

Play = Callable[[ProxiedCall], None]

_PARTS: Final = (("at once", 0.0), ("midway", 0.5), ("at the end", 1.0))
_REFUSALS: Final = (
    ("refused", REJECTED),
    ("refused by the system", BROKEN),
    ("answered as by no proxy", NOTHING),
    ("answered with another number", receipt(1)),
)


@frozen
class ProxiedKind:
    """One thing that may become of a call through a proxy: its steps."""

    name: str
    steps: tuple[Play, ...]


@frozen
class ProxiedMoment:
    """When the code is replaced: `reach` is what comes before, `kinds` what may come after."""

    name: str
    reach: Play
    kinds: Callable[[Scene], Iterator[ProxiedKind]]


def _kind(name: str, *steps: Play) -> ProxiedKind:
    return ProxiedKind(name, steps)


def _before_the_receipt(scene: Scene) -> Iterator[ProxiedKind]:
    """The proxy has not answered `forward`."""
    outcomes = dict(_outcomes(scene))
    reply = outcomes["reply"]
    for name, outcome in outcomes.items():
        yield _kind(name, _take, _bring(outcome))
    yield _kind("reply before the receipt", _bring(reply), _take)
    yield _kind("answer by hand before the receipt", _answer(reply), _take)
    yield _kind("discarded before the receipt", _discard, _take)
    yield _kind("trap at the receipt", _take_trapping(is_twice=False), _bring(reply))
    yield _kind("trap at the receipt and in cleanup", _take_trapping(is_twice=True), _bring(reply))
    for name, refusal in _REFUSALS:
        yield _kind(name, _refuse(refusal), _hear())
    yield _kind("trap at the refusal, reject by hand", _refuse_trapping, _answer(REJECTED))
    yield _kind("trap at the refusal, discarded", _refuse_trapping, _discard)


def _before_the_outcome(scene: Scene) -> Iterator[ProxiedKind]:
    """The proxy has the call."""
    outcomes = dict(_outcomes(scene))
    reply = outcomes["reply"]
    for name, outcome in outcomes.items():
        yield _kind(name, _bring(outcome))
        yield _kind(f"{name}, trap midway, then again", _bring(outcome, 0.5), _bring(outcome))
    for name, part in (_PARTS[0], _PARTS[2]):
        yield _kind(f"reply, trap {name}, then again", _bring(reply, part), _bring(reply))
    yield _kind("reply of another type", _bring(MISFIT), _bring(MISFIT), _answer(reply))
    yield _kind("brought by another", _bring_by_another(reply), _bring(reply))
    yield _kind("trap midway, reject by hand", _bring(reply, 0.5), _answer(REJECTED))
    for name, outcome in (("reply", reply), ("reject", REJECTED), ("unknown", UNKNOWN)):
        yield _kind(f"{name} by hand", _answer(outcome))
    yield _kind("trap by hand, then reply", _answer(reply, 0.5), _bring(reply))
    yield _kind("discarded", _discard)
    if seconds := valid_seconds(scene, scene.focused()):
        yield _kind("too late, reply by hand", _bring_late(reply, seconds), _answer(reply))
        yield _kind("too late, discarded", _bring_late(reply, seconds), _discard)


def _before_it_is_heard(_scene: Scene) -> Iterator[ProxiedKind]:
    """The proxy has refused the call, and the message for the handler is on its way."""
    yield _kind("refused", _hear())
    for name, part in _PARTS:
        yield _kind(f"refused, trap {name}, run again", _hear(part), _retry())
    yield _kind("refused, trap, trap, run again", _hear(0.5), _retry(0.5), _retry())
    yield _kind("refused, trap, reply by hand", _hear(0.5), _answer(UNKNOWN))
    yield _kind("refused, trap, discarded", _hear(0.5), _discard)


def _before_it_is_sent(_scene: Scene) -> Iterator[ProxiedKind]:
    """The proxy has refused the call, and no message for the handler could be sent."""
    yield _kind("refused while stopping, run again", _retry())
    yield _kind("refused while stopping, trap, run again", _retry(0.5), _retry())
    yield _kind("refused while stopping, reject by hand", _answer(REJECTED))
    yield _kind("refused while stopping, discarded", _discard)


def _outcomes(scene: Scene) -> Iterator[tuple[str, Outcome]]:
    """What a proxy may bring that a handler can read."""
    for number, reply in enumerate(islice(scene.replies(scene.focused()), REPLIES), 1):
        yield ("reply" if number == 1 else f"reply {number}"), reply
    yield "reject", REJECTED
    yield "reject by the system", BROKEN
    yield "unknown", UNKNOWN


# The steps of kinds.


def _nothing(_call: ProxiedCall) -> None:
    """The call is on its way to the proxy."""


def _take(call: ProxiedCall) -> None:
    call.take()


def _take_trapping(*, is_twice: bool) -> Play:
    return lambda call: call.take_trapping(is_twice=is_twice)


def _refuse(refusal: Outcome) -> Play:
    return lambda call: call.refuse(refusal)


def _refuse_stopping(call: ProxiedCall) -> None:
    call.refuse_stopping(REJECTED)


def _refuse_trapping(call: ProxiedCall) -> None:
    call.refuse_trapping(REJECTED)


def _hear(part: float | None = None) -> Play:
    return lambda call: call.hear(part)


def _bring(outcome: Outcome, part: float | None = None) -> Play:
    return lambda call: call.bring(outcome, part)


def _bring_by_another(outcome: Outcome) -> Play:
    return lambda call: call.bring_by_another(outcome)


def _bring_late(outcome: Outcome, seconds: int) -> Play:
    return lambda call: call.bring_late(outcome, seconds)


def _answer(outcome: Outcome, part: float | None = None) -> Play:
    return lambda call: call.answer(outcome, part)


def _retry(part: float | None = None) -> Play:
    return lambda call: call.retry(part)


def _discard(call: ProxiedCall) -> None:
    call.discard()


PROXIED_MOMENTS: Final = (
    ProxiedMoment("before the receipt", _nothing, _before_the_receipt),
    ProxiedMoment("before the outcome", _take, _before_the_outcome),
    ProxiedMoment("before the refusal is heard", _refuse(REJECTED), _before_it_is_heard),
    ProxiedMoment("before the refusal is sent on", _refuse_stopping, _before_it_is_sent),
)
