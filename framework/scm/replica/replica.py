"""What tests hold: a small Internet Computer in this process.

Deterministic: its clock moves only when told, its randomness comes from the seed, and the order of
messages is fixed (see `scheduler.py`) unless a hold parks them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Literal

from attrs import frozen

from scm.model import Principal
from scm.replica import lifecycle, transitions, transport, usage
from scm.replica.archive import load_state, save_state
from scm.replica.charges import cycles_in_flight
from scm.replica.cuts import cut_executions
from scm.replica.errors import InstallError, ReplicaUsageError, StuckError
from scm.replica.forks import fork_state, overwrite_state
from scm.replica.holds import HOLD_NUMBERS, Hold, describe_stuck
from scm.replica.http_messages import HttpHandler
from scm.replica.idle_costs import collect_idle_costs
from scm.replica.ingress import admit_ingress
from scm.replica.install import (
    InstallMode,
    InstallRequest,
    MemoryPersistence,
    choose,
    install_code,
)
from scm.replica.messages import run_system_task
from scm.replica.queries import QueryCall, run_query
from scm.replica.scheduler import run_until_idle, step
from scm.replica.state import (
    CanisterState,
    CanisterStatus,
    Delivery,
    IngressId,
    IngressOrigin,
    Outcome,
    Pending,
    Rejected,
    ReplicaState,
)
from scm.replica.state import Hold as HoldState
from scm.replica.timeline import TimelineFormat, timeline
from scm.replica.trace import Event, ListTracer
from scm.replica.view import CanisterView

DEFAULT_CYCLES: Final = 100_000_000_000_000
STEPS_MAX: Final = 1_000_000

_EMPTY_CANDID: Final = b"DIDL\x00\x00"


@frozen
class Checkpoint:
    """A replica's whole state at one moment."""

    state: ReplicaState
    family: object
    """The same for a replica and its forks."""


class Replica:
    """A subnet of canisters on one clock.

    `cache_directory`: where compiled modules are kept between processes; None keeps none.
    `request_queue_capacity`: calls of one canister to one other whose response it has not consumed
    yet, before `call_perform` answers SYS_TRANSIENT (Resource limits).
    `metering`: `exact` counts the platform's instructions, by its weights and with its charges for
    the System API and for written pages; `fuel` counts about one for each Wasm operator, and is
    ready sooner.
    `compiler`: `optimizing` makes code as the Internet Computer does, `baseline` in a fifth of the
    time code that is slower, whose fuel lacks bulk copies, and whose NaNs differ.  By default what
    the environment variable SCM_REPLICA_COMPILER says, and `optimizing` with exact metering.
    `fees`: whether canisters pay what they would on a subnet of 13 nodes, so that they freeze and
    run out of cycles; needs `exact` metering.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        cache_directory: Path | str | None = None,
        request_queue_capacity: int = 500,
        metering: Literal["fuel", "exact"] = "fuel",
        compiler: Literal["optimizing", "baseline"] | None = None,
        fees: bool = False,
    ) -> None:
        self._state = ReplicaState(
            random=random.Random(seed),
            tracer=ListTracer(),
            request_queue_capacity=usage.checked_capacity(request_queue_capacity),
            cache_directory=None if cache_directory is None else Path(cache_directory),
            engine_kind=usage.checked_engine(metering, compiler, has_fees=fees),
            has_fees=fees,
        )
        self._family = object()

    # Canisters.

    def create_canister(
        self,
        controllers: Iterable[Principal] = (),
        cycles: int = DEFAULT_CYCLES,
    ) -> Principal:
        """Create an empty canister (the anonymous principal controls it by default)."""
        owners = usage.checked_controllers(controllers) or (Principal.anonymous(),)
        balance = usage.checked_cycles(cycles)
        return transitions.create_canister(self._state, owners, balance).canister_id

    def install(
        self,
        canister_id: Principal,
        wasm: bytes,
        arg: bytes = _EMPTY_CANDID,
        mode: str = "install",
        sender: Principal | None = None,
        *,
        skip_pre_upgrade: bool = False,
        memory_persistence: str | None = None,
    ) -> None:
        """Install, reinstall or upgrade now, between two messages: `mode`.

        `sender` is the first controller by default; `memory_persistence` is `keep` or `replace`,
        for upgrades of modules with enhanced orthogonal persistence.  Raises `InstallError`; the
        canister is as before then.
        """
        canister = self._canister(canister_id)
        persistence = None
        if memory_persistence is not None:
            persistence = choose(MemoryPersistence, memory_persistence, "memory_persistence")
        rejected = install_code(
            self._state,
            InstallRequest(
                canister_id=canister_id,
                wasm=wasm,
                argument=arg,
                mode=choose(InstallMode, mode, "mode"),
                sender=usage.first_controller(canister) if sender is None else sender,
                skip_pre_upgrade=skip_pre_upgrade,
                memory_persistence=persistence,
            ),
        )
        if rejected is not None:
            raise InstallError(rejected.code, rejected.message, rejected.error_code)

    def uninstall(self, canister_id: Principal) -> None:
        """Remove the code; open calls into the canister are rejected."""
        canister = self._canister(canister_id)
        lifecycle.uninstall(self._state, canister, usage.by_first_controller(canister))

    def stop(self, canister_id: Principal) -> Outcome:
        """Stop a canister and wait until no call of it is open; raises `StuckError` if held."""
        return self.wait(self.submit_stop(canister_id))

    def submit_stop(self, canister_id: Principal) -> IngressId:
        """Begin to stop a canister; the status of the result tells when it has stopped."""
        canister = self._canister(canister_id)
        reference = transport.register_ingress(self._state, canister_id, "stop_canister")
        lifecycle.begin_stop(self._state, canister, IngressOrigin(reference))
        return reference

    def start(self, canister_id: Principal) -> None:
        """Let a stopped or stopping canister accept calls again."""
        lifecycle.start(self._state, self._canister(canister_id))

    def add_cycles(self, canister_id: Principal, cycles: int) -> None:
        """Top a canister up."""
        canister = self._canister(canister_id)
        transitions.add_cycles(canister, usage.checked_cycles(cycles, canister.cycles))

    @property
    def cycles_burned(self) -> int:
        """Cycles that nobody has any more: fees, burned ones, lost ones.

        With all balances and `cycles_in_flight` they are what tests have given to canisters.
        """
        return self._state.cycles_burned

    @property
    def cycles_in_flight(self) -> int:
        """Cycles that are on their way with calls and responses."""
        return cycles_in_flight(self._state)

    def set_controllers(self, canister_id: Principal, controllers: Iterable[Principal]) -> None:
        """Replace the controllers: at most 10; with none, nobody can change the code any more."""
        canister = self._canister(canister_id)
        transitions.change_settings(
            self._state,
            canister,
            usage.by_first_controller(canister),
            canister.settings,
            usage.checked_controllers(controllers),
        )

    def set_subnet_admins(self, principals: Iterable[Principal]) -> None:
        """Who administers the subnet, so may list, stop and delete any canister; none at first."""
        transitions.set_subnet_admins(self._state, tuple(principals))

    def on_http_request(self, handler: HttpHandler | None, *, nodes: int = 1) -> None:
        """Let `handler` answer the HTTP outcalls of canisters; without one they are rejected.

        With more `nodes` it is asked by each of them, and two thirds must see the same response,
        after the canister's transform function.
        """
        usage.check_http_handler(handler, nodes)
        transitions.set_http_handler(self._state, handler, nodes)

    def canister(self, canister_id: Principal) -> CanisterView:
        """Look into a canister."""
        return CanisterView(self._state, self._canister(canister_id).canister_id)

    # Calls.

    def submit(
        self,
        canister_id: Principal,
        method: str,
        arg: bytes = _EMPTY_CANDID,
        sender: Principal | None = None,
    ) -> IngressId:
        """Send an update call, if `canister_inspect_message` accepts it; runs nothing else.

        Raises `ReplicaUsageError` if the call is larger than the 2 MiB that a user may send.
        """
        user = Principal.anonymous() if sender is None else sender
        refusal = admit_ingress(self._state, QueryCall(canister_id, method, arg, user))
        if refusal is not None:
            return self._refused(canister_id, method, refusal)
        return transport.submit_ingress(self._state, user, canister_id, method, arg)

    def status(self, reference: IngressId) -> Pending | Outcome:
        """The state of a submitted call."""
        return usage.known_call(self._state, reference).status

    def wait(self, reference: IngressId) -> Outcome:
        """Step until the call is answered; raises `StuckError` if nothing can move it."""
        for _ in range(STEPS_MAX):
            status = self.status(reference)
            if not isinstance(status, Pending):
                return status
            if not self.step():
                raise StuckError(
                    describe_stuck(self._state, usage.known_call(self._state, reference))
                )
        raise StuckError(f"the call is not answered after {STEPS_MAX:,} steps")

    def update(
        self,
        canister_id: Principal,
        method: str,
        arg: bytes = _EMPTY_CANDID,
        sender: Principal | None = None,
    ) -> Outcome:
        """Submit an update call and wait for its answer; raises `StuckError` if held."""
        return self.wait(self.submit(canister_id, method, arg, sender))

    def query(
        self,
        canister_id: Principal,
        method: str,
        arg: bytes = _EMPTY_CANDID,
        sender: Principal | None = None,
    ) -> Outcome:
        """Answer a query call now."""
        user = Principal.anonymous() if sender is None else sender
        return run_query(self._state, QueryCall(canister_id, method, arg, user))

    def fuel(self, reference: IngressId) -> int:
        """Fuel of all executions so far in the call's own context (callees not included)."""
        return usage.known_call(self._state, reference).fuel

    # Time and order.

    @property
    def time_ns(self) -> int:
        """Nanoseconds since 1970, as `ic0.time` gives them."""
        return self._state.time_ns

    def advance_time(self, seconds: float) -> None:
        """Move the clock forward; deadlines and timers take effect with the next step."""
        transitions.set_time(self._state, usage.later(self.time_ns, seconds))
        collect_idle_costs(self._state)

    def step(self) -> bool:
        """Do one thing; False if there is nothing to do."""
        return step(self._state)

    def run_until_idle(self, max_steps: int = STEPS_MAX) -> int:
        """Step until nothing is left but what holds park: the number of steps."""
        return run_until_idle(self._state, max_steps)

    def run_heartbeats(self) -> None:
        """Run `canister_heartbeat` once on every running canister that has one."""
        for canister in list(self._state.canisters.values()):
            exports = () if canister.code is None else canister.code.module.exports
            if canister.status is CanisterStatus.RUNNING and "canister_heartbeat" in exports:
                run_system_task(self._state, canister, "canister_heartbeat")

    def hold(self, predicate: Callable[[Delivery], bool]) -> Hold:
        """Park every delivery that `predicate` picks, from now until the hold is closed."""
        record = HoldState(next(HOLD_NUMBERS), usage.checked_predicate(predicate))
        transport.add_hold(self._state, record)
        return Hold(self._state, record.hold_id)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds that are open, in the order they were made; those of a fork are its own."""
        return tuple(Hold(self._state, record.hold_id) for record in self._state.holds)

    def cut_executions(
        self, after: int, *, with_cleanup: bool = True
    ) -> AbstractContextManager[None]:
        """Stop every execution after `after` instructions (fuel, unless metering is exact).

        What is cut ends as on the platform when it has used all its instructions (IC0522): a trap.
        With an `after` at random, a test sees that nothing torn is left behind.
        """
        return cut_executions(self._state, after, with_cleanup=with_cleanup)

    @property
    def trace(self) -> list[Event]:
        """Everything that happened, in order."""
        return self._state.tracer.events

    def timeline(
        self, format: TimelineFormat = "text", names: Mapping[Principal, str] | None = None
    ) -> str:
        """The trace as lines of text, as JSON, or as a sequence diagram in SVG.

        `names`: what to call canisters and users, instead of the beginnings of their ids.
        """
        return timeline(self.trace, format, names)

    # Whole states.

    def fork(self) -> Replica:
        """A replica that starts as this one is now and goes its own way.

        Takes milliseconds: memory is shared until it changes.  Calls in flight, holds, time and
        randomness are the same in both.
        """
        twin = Replica.around(fork_state(self._state))
        twin._family = self._family
        return twin

    def checkpoint(self) -> Checkpoint:
        """Remember everything as it is now, for `restore`; takes milliseconds."""
        return Checkpoint(fork_state(self._state), self._family)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint of this replica, as often as wanted, trace and time included.

        It may also be one of a fork.  Handles stay valid for what was there at the checkpoint.
        """
        if checkpoint.family is not self._family:
            raise ReplicaUsageError("this checkpoint is of another replica")
        overwrite_state(self._state, fork_state(checkpoint.state))

    def save(self, path: Path | str) -> None:
        """Write everything to a file, calls in flight included.

        Raises `ReplicaUsageError` while a hold of `hold` is open, `OSError` if the file can't be
        written.
        """
        save_state(self._state, Path(path))

    @classmethod
    def load(cls, path: Path | str, *, cache_directory: Path | str | None = None) -> Replica:
        """The replica that was saved to `path`, ready to go on.

        Raises `ReplicaUsageError` if the file is something else, `OSError` if it can't be read.
        """
        folder = None if cache_directory is None else Path(cache_directory)
        return cls.around(load_state(Path(path), folder))

    @classmethod
    def around(cls, state: ReplicaState) -> Replica:
        """The replica with this state, which whoever else has it may move on, too."""
        replica = cls.__new__(cls)
        replica._state = state
        replica._family = object()
        return replica

    def _canister(self, canister_id: Principal) -> CanisterState:
        return usage.known_canister(self._state, canister_id)

    def _refused(self, canister_id: Principal, method: str, refusal: Rejected) -> IngressId:
        reference = transport.register_ingress(self._state, canister_id, method)
        transport.respond(self._state, IngressOrigin(reference), refusal, 0)
        return reference
