"""What a test may ask of a replica: checks of the arguments of its methods.

Each gives the value as the replica keeps it, and raises `ReplicaUsageError` for one that can't be.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Final

from scm.model import Principal
from scm.replica.errors import ReplicaUsageError
from scm.replica.history import ChangeOrigin
from scm.replica.http_messages import HttpHandler
from scm.replica.settings import CONTROLLERS_MAX
from scm.replica.state import (
    CanisterState,
    Delivery,
    IngressId,
    IngressRecord,
    ReplicaState,
)
from scm.wasm.engine_config import EngineKind

CYCLES_MAX: Final = (1 << 128) - 1  # Interface Spec, "ic0.canister_cycle_balance128"
TIME_NS_MAX: Final = (1 << 64) - 1  # Interface Spec, "ic0.time"

COMPILER_VARIABLE: Final = "SCM_REPLICA_COMPILER"
"""What compiles modules where a replica is not told: the name of an environment variable."""

_NANOSECONDS: Final = 1_000_000_000
_SHOWN_MAX: Final = 60


def known_canister(state: ReplicaState, canister_id: Principal) -> CanisterState:
    """The canister with an id."""
    canister = state.canisters.get(canister_id)
    if canister is None:
        raise ReplicaUsageError(f"there is no canister {canister_id}")
    return canister


def known_call(state: ReplicaState, reference: IngressId) -> IngressRecord:
    """A user's call that was submitted."""
    record = state.ingress.get(reference) if isinstance(reference, int) else None
    if record is None:
        raise ReplicaUsageError(f"no call {shown(reference)} was submitted here")
    return record


def checked_cycles(cycles: int, balance: int = 0) -> int:
    """Cycles to give to a canister that has `balance`."""
    most = CYCLES_MAX - balance
    if not _is_count(cycles) or cycles > most:
        end = f"{most} (a balance ends at 2^128 - 1)" if balance else "2^128 - 1"
        raise ReplicaUsageError(f"cycles are an int from 0 to {end}, not {shown(cycles)}")
    return cycles


def checked_controllers(controllers: Iterable[Principal]) -> tuple[Principal, ...]:
    """Controllers, each once."""
    if isinstance(controllers, Principal):
        raise ReplicaUsageError("controllers are several: write a list of them")
    found = tuple(dict.fromkeys(checked_principal(item, "a controller") for item in controllers))
    if len(found) > CONTROLLERS_MAX:
        raise ReplicaUsageError(
            f"a canister has at most {CONTROLLERS_MAX} controllers, not {len(found)}"
        )
    return found


def checked_principal(value: Principal, role: str) -> Principal:
    """A principal, not its text."""
    if not isinstance(value, Principal):
        raise ReplicaUsageError(
            f"{role} is a `Principal`, not {shown(value)}: a text becomes one by"
            " `Principal.from_text`"
        )
    return value


def first_controller(canister: CanisterState) -> Principal:
    """Who installs code, if the test does not say."""
    if not canister.controllers:
        raise ReplicaUsageError(
            f"canister {canister.canister_id} has no controllers, so nobody can install code on it"
        )
    return canister.controllers[0]


def by_first_controller(canister: CanisterState) -> ChangeOrigin:
    """Who the test stands for, in the history of a canister."""
    return ChangeOrigin(next(iter(canister.controllers), Principal.anonymous()))


def checked_capacity(count: int) -> int:
    """How many calls a queue takes."""
    if not _is_count(count):
        raise ReplicaUsageError(f"`request_queue_capacity` is an int from 0 up, not {shown(count)}")
    return count


def checked_engine(metering: str, compiler: str | None, *, has_fees: bool) -> EngineKind:
    """How modules are compiled and counted."""
    if has_fees and metering != "exact":
        raise ReplicaUsageError(
            'fees need exact instruction counts: use `Replica(metering="exact", fees=True)`'
        )
    if metering not in ("fuel", "exact"):
        raise ReplicaUsageError(f"metering is `fuel` or `exact`, not `{metering}`")
    if compiler is None:
        named = "optimizing" if metering == "exact" else os.environ.get(COMPILER_VARIABLE, "")
        origin = f"{COMPILER_VARIABLE} in the environment"
    else:
        named, origin = compiler, "compiler"
    if named not in ("", "optimizing", "baseline"):
        raise ReplicaUsageError(f"{origin} is `optimizing` or `baseline`, not `{named}`")
    if named != "baseline":
        return EngineKind.COUNTING if metering == "exact" else EngineKind.FUEL
    if metering == "exact":
        raise ReplicaUsageError("exact metering needs `optimizing`: leave `compiler` out")
    return EngineKind.BASELINE


def checked_predicate(predicate: Callable[[Delivery], bool]) -> Callable[[Delivery], bool]:
    """A function."""
    if not callable(predicate):
        raise ReplicaUsageError(
            "a hold takes a function that says of a delivery whether to park it, not"
            f" {shown(predicate)}"
        )
    return predicate


def check_http_handler(handler: HttpHandler | None, nodes: int) -> None:
    """A function, or nobody; and how many nodes ask it."""
    if nodes < 1:
        raise ReplicaUsageError(f"an outcall is made by 1 node or more, not {nodes}")
    if handler is not None and not callable(handler):
        raise ReplicaUsageError(
            "`on_http_request` takes a function that answers an `HttpRequest`, or None, not"
            f" {shown(handler)}"
        )


def later(time_ns: int, seconds: float) -> int:
    """The time `seconds` after `time_ns`."""
    most = (TIME_NS_MAX - time_ns) // _NANOSECONDS
    if not isinstance(seconds, int | float) or not seconds <= most:
        raise ReplicaUsageError(
            f"the clock moves by a number of seconds, at most {most:,}, not {shown(seconds)}"
        )
    if seconds < 0:
        raise ReplicaUsageError("time does not go back")
    return time_ns + round(seconds * _NANOSECONDS)


def shown(value: object) -> str:
    """A wrong value, for an error."""
    try:
        text = repr(value)
    except ValueError:  # Python prints no int of more than 4,300 digits.
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."


def _is_count(value: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
