"""Copies of the whole state: for checkpoints, and for replicas that go on separately.

Nothing that can be shared is copied: memories are shared page by page until they change, and an
idle canister costs its records only.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from copy import copy
from typing import TypeVar

import attrs

from scm.replica.code import fork_code
from scm.replica.state import CanisterState, ReplicaState

_Record = TypeVar("_Record", bound=attrs.AttrsInstance)
_CONTAINERS = (list, dict, set, deque, Counter, bytearray)


def fork_state(state: ReplicaState) -> ReplicaState:
    """A state that starts as `state` is now; neither sees what happens to the other."""
    twin = _copied(state)
    twin.random = random.Random()
    twin.random.setstate(state.random.getstate())
    twin.tracer = state.tracer.fork()
    twin.canisters = {name: _canister(item) for name, item in state.canisters.items()}
    twin.contexts = {name: _copied(item) for name, item in state.contexts.items()}
    twin.holds = [_copied(hold) for hold in state.holds]
    return twin


def overwrite_state(target: ReplicaState, source: ReplicaState) -> None:
    """Make `target` what `source` is; `source` must not be used any more."""
    for field in attrs.fields(ReplicaState):
        setattr(target, field.name, getattr(source, field.name))


def _canister(canister: CanisterState) -> CanisterState:
    twin = _copied(canister)
    twin.stable = canister.stable.copy()
    twin.history = canister.history.copy()
    if canister.code is not None:
        twin.code = fork_code(canister.code)
    return twin


def _copied(record: _Record) -> _Record:
    """The same record with containers of its own; what is in them is shared, so must be frozen."""
    twin = copy(record)
    for field in attrs.fields(type(record)):
        value = getattr(twin, field.name)
        if isinstance(value, _CONTAINERS):
            setattr(twin, field.name, value.copy())
    return twin
