"""System API: the canister itself, time, timer, certified data, logs.

Interface Spec, "Canister interface": sections from "Canister status" to "Debugging aids".
"""

from __future__ import annotations

from typing import Final

from scm.model import PRINCIPAL_BYTES_MAX, Principal
from scm.replica.api_memory import copy_slice, load
from scm.replica.execution import CanisterTrap, Execution, contract_violation

CERTIFIED_DATA_BYTES_MAX: Final = 32

_TRAP_TEXT_BYTES_MAX: Final = 32 * 1024


def canister_self_size(execution: Execution) -> int:
    return len(execution.canister.canister_id.raw)


def canister_self_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.canister.canister_id.raw, target, offset, size)


def canister_status(execution: Execution) -> int:
    return int(execution.canister.status)


def canister_version(execution: Execution) -> int:
    return execution.canister.version


def certified_data_set(execution: Execution, source: int, size: int) -> None:
    if size > CERTIFIED_DATA_BYTES_MAX:
        raise contract_violation(
            f"certified data has {size} bytes, over the limit of {CERTIFIED_DATA_BYTES_MAX}"
        )
    execution.certified_data = load(execution, source, size)


def data_certificate_present(execution: Execution) -> int:
    return int(execution.invocation.certificate is not None)


def time(execution: Execution) -> int:
    return execution.invocation.time_ns


def global_timer_set(execution: Execution, deadline_ns: int) -> int:
    previous = execution.global_timer_ns
    execution.global_timer_ns = deadline_ns
    return execution.canister.global_timer_ns if previous is None else previous


def performance_counter(execution: Execution, counter: int) -> int:
    match counter:
        case 0:
            return execution.fuel_used
        case 1:
            return execution.invocation.fuel_before + execution.fuel_used
        case _:
            raise contract_violation(f"performance counter type {counter} is unknown")


def is_controller(execution: Execution, source: int, size: int) -> int:
    raw = load(execution, source, size)
    if len(raw) > PRINCIPAL_BYTES_MAX:
        raise contract_violation(f"invalid principal id: {size} bytes")
    return int(Principal(raw) in execution.canister.controllers)


def in_replicated_execution(execution: Execution) -> int:
    return int(execution.invocation.is_replicated)


def data_certificate_size(execution: Execution) -> int:
    return len(execution.data_certificate())


def data_certificate_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.data_certificate(), target, offset, size)


def root_key_size(execution: Execution) -> int:
    return len(execution.invocation.root_key.public_der)


def root_key_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.invocation.root_key.public_der, target, offset, size)


def subnet_self_size(execution: Execution) -> int:
    return len(execution.invocation.root_key.subnet_id)


def subnet_self_copy(execution: Execution, target: int, offset: int, size: int) -> None:
    copy_slice(execution, execution.invocation.root_key.subnet_id, target, offset, size)


def debug_print(execution: Execution, source: int, size: int) -> None:
    try:
        content = load(execution, source, size)
    except CanisterTrap:
        content = b"(debug_print message out of memory bounds)"
    if execution.invocation.is_replicated:
        execution.logs.append(content)


def trap(execution: Execution, source: int, size: int) -> None:
    try:
        content = load(execution, source, min(size, _TRAP_TEXT_BYTES_MAX))
        message = content.decode("utf-8", "replace")
    except CanisterTrap:
        message = "(trap message out of memory bounds)"
    raise CanisterTrap(
        503, f"Canister called `ic0.trap` with message: '{message}'", message or "(no message)"
    )
