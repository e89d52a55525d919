"""Ways to carry out an upgrade: at once, when nothing waits, drained before, or stopped.

`docs/how-to/upgrade.md` tells which is for what.  All but the first have a limit of time, after
which the canister is as it was, and the error says which calls were in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

from attrs import frozen

from scm.client.agent import Agent
from scm.client.chunks import Tell
from scm.client.controller import Controller
from scm.client.controls import EXPECT_IDLE, PendingCall, describe_call
from scm.client.doubts import DoubtError
from scm.client.installing import await_module_hash, install_module, tell_nobody
from scm.client.management import canister_status, send_stop, start_canister
from scm.client.upgrade_plan import UpgradePlan, deployed_version
from scm.errors import NetworkError, RejectError, ScmError, UntrustedError
from scm.model import Principal

Way = Literal["now", "when-idle", "drain", "stop"]

WITHIN_SECONDS: Final = 300.0
SHOWN_MAX: Final = 5
_POLL_SECONDS: Final = 1.0
_NOTHING: Final = b""
_MAY_BE_STOPPED: Final = "it may be stopped: `scm start`"
_NOT_IDLE: Final = "expects that no call waits"
"""What `UpgradeError` of `scm.runtime.dispatch` says when a call was made in the last moment."""


class BlockedError(NetworkError):
    """Calls still waited when the time was up: `calls`; the old code goes on."""

    exit_code = 8
    code = "blocked"

    def __init__(self, reason: str, calls: list[PendingCall], now_ns: int) -> None:
        lines = [describe_call(call, now_ns) for call in calls[:SHOWN_MAX]]
        if len(calls) > SHOWN_MAX:
            lines.append(f"... {len(calls)} in all")
        self.calls: Final = calls
        super().__init__(
            "\n  ".join([reason, *lines]),
            "`scm upgrade` without waiting takes these calls over; `scm pending` discards one",
        )

    def details(self) -> dict[str, object]:
        """All the calls, as `scm pending` names what they have."""
        return {
            "calls": [
                {
                    "id": call.id,
                    "status": call.status,
                    "handler": call.handler,
                    "callee": str(call.callee),
                    "method": call.method,
                    "issued_ns": call.issued_ns,
                }
                for call in self.calls
            ]
        }


@frozen
class Wait:
    """How long an upgrade may wait, and who hears of what is going on."""

    seconds: float = WITHIN_SECONDS
    say: Callable[[str], None] = lambda text: None
    tell: Tell = tell_nobody


def carry_out(agent: Agent, plan: UpgradePlan, way: Way, wait: Wait) -> None:
    """Upgrade as planned, and verify that the canister has the new module.

    Raises `BlockedError` when the time is up, `RejectError` if the new code refuses to take over,
    `NetworkError` with what is known if the connection is lost; the canister is as before, then.
    """
    match way:
        case "now":
            _install(agent, plan, _NOTHING, wait)
        case "when-idle":
            _install_when_idle(agent, plan, wait)
        case "drain":
            _install_drained(agent, plan, wait)
        case "stop":
            _install_stopped(agent, plan, wait)


def _install(agent: Agent, plan: UpgradePlan, argument: bytes, wait: Wait) -> None:
    try:
        install_module(
            agent,
            plan.canister_id,
            plan.new_wasm,
            argument,
            mode="upgrade",
            module_hash=plan.new_hash,
            tell=wait.tell,
        )
    except NetworkError as error:
        _find_out(agent, plan, error, wait)


def _find_out(agent: Agent, plan: UpgradePlan, error: NetworkError, wait: Wait) -> None:
    """After a lost connection: returns if the new code is there, else raises what is known."""
    wait.say(f"{error.message}; asking what became of it")
    try:
        found = await_module_hash(agent, plan.canister_id, plan.new_hash)
    except NetworkError as again:
        raise NetworkError(
            f"{error.message}; what became of the upgrade is not known",
            "run `scm upgrade` again when the network is back: it looks first, and goes on",
        ) from again
    if found == plan.new_hash:
        wait.say("the upgrade took place")
        return
    if found != plan.old_hash:
        raise NetworkError(
            f"{error.message}; the canister has a third module meanwhile, {_hex(found)}",
            "somebody else has upgraded it: `scm upgrade` compares with that one",
        ) from error
    if isinstance(error, DoubtError | UntrustedError):
        raise NetworkError(
            f"{error.message}; the canister has the old code, and the install may still come",
            "`scm status` shows which module it has; `scm upgrade` looks first, and goes on",
        ) from error
    raise NetworkError(
        f"{error.message}; the canister has the old code", "run `scm upgrade` again"
    ) from error


def _install_when_idle(agent: Agent, plan: UpgradePlan, wait: Wait) -> None:
    """Wait for a moment without calls; the new code itself makes sure that it is one."""
    controller = Controller(agent, plan.canister_id)
    until_ns = _end(agent, wait)
    while True:
        _await_idle(controller, wait, until_ns, "calls still wait after")
        try:
            return _install(agent, plan, EXPECT_IDLE, wait)
        except RejectError as error:
            if _NOT_IDLE not in error.message:
                raise  # The new code has another reason, which is no matter of time.
            wait.say("a call was made in the last moment; waiting on")


def _install_drained(agent: Agent, plan: UpgradePlan, wait: Wait) -> None:
    controller = Controller(agent, plan.canister_id)
    with _undone(lambda: controller.drain(is_on=False), wait, "it may drain: `scm drain ... end`"):
        controller.drain(is_on=True)
        wait.say("draining: the canister makes no new calls, and serves all else")
        reason = "the canister is drained no longer, as calls still wait after"
        _await_idle(controller, wait, _end(agent, wait), reason)
        _install(agent, plan, EXPECT_IDLE, wait)  # The upgrade ends the draining.


def _install_stopped(agent: Agent, plan: UpgradePlan, wait: Wait) -> None:
    def start() -> None:
        start_canister(agent, plan.canister_id)
        wait.say("started again")

    stop_within(agent, plan.canister_id, wait)
    with _undone(start, wait, _MAY_BE_STOPPED):
        _install(agent, plan, _NOTHING, wait)
    start()


@contextmanager
def _undone(
    undo: Callable[[], None],
    wait: Wait,
    otherwise: str,
    *,
    unless: tuple[type[BaseException], ...] = (),
) -> Iterator[None]:
    """Undo what was begun if it fails; that this fails, too, is told and hides nothing.

    With an exception of `unless` nothing was begun.
    """
    try:
        yield
    except unless:
        raise
    except BaseException:
        try:
            undo()
        except ScmError as error:
            wait.say(f"{error}; {otherwise}")
        raise


def await_idle(controller: Controller, wait: Wait) -> None:
    """Wait until no call of a canister waits; raises `BlockedError` when the time is up."""
    _await_idle(controller, wait, _end(controller.agent, wait), "calls still wait after")


def stop_within(
    agent: Agent, canister_id: Principal, wait: Wait, *, starts_again: bool = True
) -> None:
    """Stop a canister.

    Raises `BlockedError` when the time is up, with the calls that keep it from being stopped; by
    then it is started again, as only a canister that runs tells them, unless it is to go on
    stopping.
    """
    clock = agent.transport.clock
    until_ns = _end(agent, wait)
    is_stopped = False

    def start() -> None:
        if starts_again:
            start_canister(agent, canister_id)

    with _undone(start, wait, _MAY_BE_STOPPED, unless=(RejectError,)):
        send_stop(agent, canister_id)
    with _undone(start, wait, _MAY_BE_STOPPED):
        wait.say("stopping: the canister is away until it is started again")
        while not is_stopped and clock.now_ns() < until_ns:
            is_stopped = canister_status(agent, canister_id).status == "stopped"
            clock.sleep(0.0 if is_stopped else _POLL_SECONDS)
    if is_stopped:
        return
    start()
    if starts_again:
        calls, fate = _blocking(agent, canister_id), "is started again:"
    else:
        calls, fate = [], "goes on stopping"
    reason = f"it has not stopped after {wait.seconds:g} s, and {fate}"
    raise BlockedError(reason, calls, clock.now_ns())


def _await_idle(controller: Controller, wait: Wait, until_ns: int, reason: str) -> None:
    clock = controller.agent.transport.clock
    last = -1
    while (waiting := controller.counts().waiting) > 0:
        if waiting != last:
            wait.say(f"{waiting} {'call waits' if waiting == 1 else 'calls wait'}")
            last = waiting
        if clock.now_ns() >= until_ns:
            calls = [call for call in controller.calls() if not call.is_failed]
            raise BlockedError(f"{reason} {wait.seconds:g} s:", calls, clock.now_ns())
        clock.sleep(_POLL_SECONDS)


def _blocking(agent: Agent, canister_id: Principal) -> list[PendingCall]:
    """What keeps a canister from being stopped; of other tools' canisters none is known."""
    if deployed_version(agent, canister_id).abi is None:
        return []
    calls = Controller(agent, canister_id).calls()
    # Of one through a proxy it is not known whether that has taken it; if not, it is in the way.
    return sorted([call for call in calls if not call.is_failed], key=lambda call: call.is_proxied)


def _end(agent: Agent, wait: Wait) -> int:
    return agent.transport.clock.now_ns() + round(wait.seconds * 10**9)


def _hex(module_hash: bytes | None) -> str:
    return "none" if module_hash is None else module_hash.hex()
