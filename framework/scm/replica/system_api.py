"""The `ic0` functions that the embedded replica has, and the one wrapper around them.

Types and contexts come from `wasm/ic0_table.py`.  Interface Spec, "Canister interface": "Overview
of imports".  What they cost (`api_costs.py`) is charged in modules that count instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define

from scm.replica import (
    api_calls,
    api_cycles,
    api_environment,
    api_messages,
    api_stable,
    api_variables,
)
from scm.replica.api_costs import DIRTY_PAGE_INSTRUCTIONS, api_cost
from scm.replica.execution import MODE_TEXTS, Execution, contract_violation
from scm.replica.heap import HostFunctions
from scm.wasm.engine import HostFunction
from scm.wasm.ic0_table import IC0_MODULE, Context, Ic0Function, ic0_functions
from scm.wasm.sections import I32


@define
class ExecutionSlot:
    """Where the host functions of an instance find the execution that is running, if any."""

    execution: Execution | None = None


SUPPORTED: Final[dict[str, Callable[..., int | None]]] = {
    "msg_arg_data_size": api_messages.msg_arg_data_size,
    "msg_arg_data_copy": api_messages.msg_arg_data_copy,
    "msg_caller_size": api_messages.msg_caller_size,
    "msg_caller_copy": api_messages.msg_caller_copy,
    "msg_caller_info_data_size": api_messages.msg_caller_info_size,
    "msg_caller_info_data_copy": api_messages.msg_caller_info_copy,
    "msg_caller_info_signer_size": api_messages.msg_caller_info_size,
    "msg_caller_info_signer_copy": api_messages.msg_caller_info_copy,
    "msg_reject_code": api_messages.msg_reject_code,
    "msg_reject_msg_size": api_messages.msg_reject_msg_size,
    "msg_reject_msg_copy": api_messages.msg_reject_msg_copy,
    "msg_deadline": api_messages.msg_deadline,
    "msg_reply_data_append": api_messages.msg_reply_data_append,
    "msg_reply": api_messages.msg_reply,
    "msg_reject": api_messages.msg_reject,
    "msg_cycles_available128": api_cycles.msg_cycles_available128,
    "msg_cycles_refunded128": api_cycles.msg_cycles_refunded128,
    "msg_cycles_accept128": api_cycles.msg_cycles_accept128,
    "cycles_burn128": api_cycles.cycles_burn128,
    "canister_self_size": api_environment.canister_self_size,
    "canister_self_copy": api_environment.canister_self_copy,
    "canister_cycle_balance128": api_cycles.canister_cycle_balance128,
    "canister_liquid_cycle_balance128": api_cycles.canister_liquid_cycle_balance128,
    "canister_status": api_environment.canister_status,
    "canister_version": api_environment.canister_version,
    "subnet_self_size": api_environment.subnet_self_size,
    "subnet_self_copy": api_environment.subnet_self_copy,
    "msg_method_name_size": api_messages.msg_method_name_size,
    "msg_method_name_copy": api_messages.msg_method_name_copy,
    "accept_message": api_messages.accept_message,
    "call_new": api_calls.call_new,
    "call_on_cleanup": api_calls.call_on_cleanup,
    "call_data_append": api_calls.call_data_append,
    "call_with_best_effort_response": api_calls.call_with_best_effort_response,
    "call_cycles_add128": api_calls.call_cycles_add128,
    "call_perform": api_calls.call_perform,
    "stable64_size": api_stable.stable64_size,
    "stable64_grow": api_stable.stable64_grow,
    "stable64_write": api_stable.stable64_write,
    "stable64_read": api_stable.stable64_read,
    "root_key_size": api_environment.root_key_size,
    "root_key_copy": api_environment.root_key_copy,
    "certified_data_set": api_environment.certified_data_set,
    "data_certificate_present": api_environment.data_certificate_present,
    "data_certificate_size": api_environment.data_certificate_size,
    "data_certificate_copy": api_environment.data_certificate_copy,
    "time": api_environment.time,
    "global_timer_set": api_environment.global_timer_set,
    "performance_counter": api_environment.performance_counter,
    "is_controller": api_environment.is_controller,
    "in_replicated_execution": api_environment.in_replicated_execution,
    "cost_call": api_cycles.cost_call,
    "cost_create_canister": api_cycles.cost_create_canister,
    "cost_http_request": api_cycles.cost_http_request,
    "cost_sign_with_ecdsa": api_cycles.cost_sign_with_ecdsa,
    "cost_sign_with_schnorr": api_cycles.cost_sign_with_schnorr,
    "cost_vetkd_derive_key": api_cycles.cost_vetkd_derive_key,
    "env_var_count": api_variables.env_var_count,
    "env_var_name_size": api_variables.env_var_name_size,
    "env_var_name_copy": api_variables.env_var_name_copy,
    "env_var_name_exists": api_variables.env_var_name_exists,
    "env_var_value_size": api_variables.env_var_value_size,
    "env_var_value_copy": api_variables.env_var_value_copy,
    "debug_print": api_environment.debug_print,
    "trap": api_environment.trap,
    "msg_cycles_available": api_cycles.msg_cycles_available,
    "msg_cycles_refunded": api_cycles.msg_cycles_refunded,
    "msg_cycles_accept": api_cycles.msg_cycles_accept,
    "canister_cycle_balance": api_cycles.canister_cycle_balance,
    "call_cycles_add": api_calls.call_cycles_add,
    "stable_size": api_stable.stable_size,
    "stable_grow": api_stable.stable_grow,
    "stable_write": api_stable.stable_write,
    "stable_read": api_stable.stable_read,
}
"""What each function does; those of the specification that are not here cannot be imported."""


def host_functions(
    slot: ExecutionSlot, *, is_memory_64: bool, is_counting: bool = False
) -> HostFunctions:
    """The import object of an instance whose running execution is in `slot`."""
    known = ic0_functions(is_memory_64=is_memory_64)
    guard = _charging_guard if is_counting else _guard
    return {
        (IC0_MODULE, name): guard(known[name], run, slot)
        for name, run in SUPPORTED.items()
        if name in known
    }


def _guard(
    function: Ic0Function, run: Callable[..., int | None], slot: ExecutionSlot
) -> HostFunction:
    masks = _masks(function)

    def call(_instance: object, *arguments: int) -> int | None:
        execution = slot.execution
        assert execution is not None
        mode = execution.invocation.mode
        if mode not in function.contexts:
            raise _wrong_context(function, mode)
        # The engine hands integers over as signed; every ic0 argument is unsigned.
        return run(execution, *map(int.__and__, arguments, masks))

    return call


def _charging_guard(
    function: Ic0Function, run: Callable[..., int | None], slot: ExecutionSlot
) -> HostFunction:
    """The guard, and the function's own price."""
    guarded = _guard(function, run, slot)
    cost = api_cost(function.name)
    sizes = [(index, _masks(function)[index]) for index in cost.sizes]

    def call(instance: object, *arguments: int) -> int | None:
        execution = slot.execution
        assert execution is not None
        size_bytes = sum([arguments[index] & mask for index, mask in sizes])
        charge = cost.fixed + cost.per_byte * size_bytes
        if cost.is_logging:
            charge += execution.log_space.add(size_bytes)
        execution.charge(charge)
        if not cost.writes_stable:
            return guarded(instance, *arguments)
        before = execution.stable.written_chunk_count
        result = guarded(instance, *arguments)
        pages = execution.stable.written_chunk_count - before
        execution.charge(pages * DIRTY_PAGE_INSTRUCTIONS)
        return result

    return call


def _masks(function: Ic0Function) -> list[int]:
    """What makes a signed argument, as the engine gives it, unsigned."""
    return [(1 << (32 if kind == I32 else 64)) - 1 for kind in function.type.parameters]


def _wrong_context(function: Ic0Function, mode: Context) -> Exception:
    return contract_violation(
        f'"ic0_{function.name}" cannot be executed in {MODE_TEXTS[mode]} mode'
    )
