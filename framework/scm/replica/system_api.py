"""The `ic0` imports as a table, in the order of the specification, and the one wrapper around them.

Interface Spec, "Canister interface": "Overview of imports".  Signature letters: `I` pointer-width
(i32, or i64 in a 64-bit module), `i` i32, `l` i64.  Contexts: the letters of `Mode`; `*` is every
context except the start function.  Prices are not modelled: fuel counts Wasm instructions only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, frozen

from scm.replica import api_calls, api_cycles, api_environment, api_messages, api_stable
from scm.replica.execution import Execution, Mode, contract_violation
from scm.replica.heap import HostFunctions
from scm.wasm.engine import FunctionType, HostFunction

MODULE: Final = "ic0"

_ALL: Final = "I G U RQ NRQ TQ CQ Ry Rt CRy CRt C CC F T"
_ALL_AND_START: Final = f"{_ALL} s"
_ARGUMENT: Final = "I U RQ NRQ TQ CQ Ry CRy F"
_CALLER_INFO: Final = "U RQ NRQ CQ Ry Rt CRy CRt C CC F"
_RESPOND: Final = "U RQ NRQ TQ CQ Ry Rt CRy CRt"
_CALL: Final = "U CQ Ry Rt CRy CRt T"
_CALL_CYCLES: Final = "U Ry Rt T"
_ACCEPT: Final = "U RQ Ry Rt"
_WIDTHS: Final = {"i": 32, "l": 64}


@frozen
class SystemFunction:
    """One row: name, signature, where it may be called, and what it does."""

    name: str
    parameters: str
    result: str
    contexts: frozenset[str]
    run: Callable[..., int | None]
    is_32_bit_only: bool = False

    def type(self, *, is_memory_64: bool) -> FunctionType:
        """The import's type in a 32-bit or a 64-bit module."""
        names = {"I": "i64" if is_memory_64 else "i32", "i": "i32", "l": "i64"}
        return FunctionType(
            tuple(names[letter] for letter in self.parameters),
            tuple(names[letter] for letter in self.result),
        )


@define
class ExecutionSlot:
    """Where the host functions of an instance find the execution that is running, if any."""

    execution: Execution | None = None


def _row(
    name: str,
    signature: str,
    contexts: str,
    run: Callable[..., int | None],
    *,
    only_32: bool = False,
) -> SystemFunction:
    parameters, _, result = signature.partition(">")
    return SystemFunction(name, parameters, result, frozenset(contexts.split()), run, only_32)


_messages, _cycles, _calls = api_messages, api_cycles, api_calls
_stable, _environment = api_stable, api_environment

_TABLE: Final = (
    _row("msg_arg_data_size", ">I", _ARGUMENT, _messages.msg_arg_data_size),
    _row("msg_arg_data_copy", "III", _ARGUMENT, _messages.msg_arg_data_copy),
    _row("msg_caller_size", ">I", _ALL, _messages.msg_caller_size),
    _row("msg_caller_copy", "III", _ALL, _messages.msg_caller_copy),
    _row("msg_caller_info_data_size", ">I", _CALLER_INFO, _messages.msg_caller_info_size),
    _row("msg_caller_info_data_copy", "III", _CALLER_INFO, _messages.msg_caller_info_copy),
    _row("msg_caller_info_signer_size", ">I", _CALLER_INFO, _messages.msg_caller_info_size),
    _row("msg_caller_info_signer_copy", "III", _CALLER_INFO, _messages.msg_caller_info_copy),
    _row("msg_reject_code", ">i", "Ry Rt CRy CRt C", _messages.msg_reject_code),
    _row("msg_reject_msg_size", ">I", "Rt CRt", _messages.msg_reject_msg_size),
    _row("msg_reject_msg_copy", "III", "Rt CRt", _messages.msg_reject_msg_copy),
    _row("msg_deadline", ">l", "U RQ NRQ CQ Ry Rt CRy CRt", _messages.msg_deadline),
    _row("msg_reply_data_append", "II", _RESPOND, _messages.msg_reply_data_append),
    _row("msg_reply", "", _RESPOND, _messages.msg_reply),
    _row("msg_reject", "II", _RESPOND, _messages.msg_reject),
    _row("msg_cycles_available128", "I", _ACCEPT, _cycles.msg_cycles_available128),
    _row("msg_cycles_refunded128", "I", "Ry Rt", _cycles.msg_cycles_refunded128),
    _row("msg_cycles_accept128", "llI", _ACCEPT, _cycles.msg_cycles_accept128),
    _row("cycles_burn128", "llI", "I G U RQ Ry Rt C T", _cycles.cycles_burn128),
    _row("canister_self_size", ">I", _ALL, _environment.canister_self_size),
    _row("canister_self_copy", "III", _ALL, _environment.canister_self_copy),
    _row("canister_cycle_balance128", "I", _ALL, _cycles.canister_cycle_balance128),
    # Nothing is ever frozen here, so the whole balance is liquid.
    _row("canister_liquid_cycle_balance128", "I", _ALL, _cycles.canister_cycle_balance128),
    _row("canister_status", ">i", _ALL, _environment.canister_status),
    _row("canister_version", ">l", _ALL, _environment.canister_version),
    _row("msg_method_name_size", ">I", "F", _messages.msg_method_name_size),
    _row("msg_method_name_copy", "III", "F", _messages.msg_method_name_copy),
    _row("accept_message", "", "F", _messages.accept_message),
    _row("call_new", "IIIIIIII", _CALL, _calls.call_new),
    _row("call_on_cleanup", "II", _CALL, _calls.call_on_cleanup),
    _row("call_data_append", "II", _CALL, _calls.call_data_append),
    _row("call_with_best_effort_response", "i", _CALL, _calls.call_with_best_effort_response),
    _row("call_cycles_add128", "ll", _CALL_CYCLES, _calls.call_cycles_add128),
    _row("call_perform", ">i", _CALL, _calls.call_perform),
    _row("stable64_size", ">l", _ALL_AND_START, _stable.stable64_size),
    _row("stable64_grow", "l>l", _ALL_AND_START, _stable.stable64_grow),
    _row("stable64_write", "lll", _ALL_AND_START, _stable.stable64_write),
    _row("stable64_read", "lll", _ALL_AND_START, _stable.stable64_read),
    _row("certified_data_set", "II", "I G U Ry Rt T", _environment.certified_data_set),
    _row("data_certificate_present", ">i", _ALL, _environment.data_certificate_present),
    _row("time", ">l", _ALL, _environment.time),
    _row("global_timer_set", "l>l", "I G U Ry Rt C T", _environment.global_timer_set),
    _row("performance_counter", "i>l", _ALL_AND_START, _environment.performance_counter),
    _row("is_controller", "II>i", _ALL_AND_START, _environment.is_controller),
    _row("in_replicated_execution", ">i", _ALL_AND_START, _environment.in_replicated_execution),
    _row("cost_call", "llI", _ALL_AND_START, _cycles.cost_call),
    _row("cost_create_canister", "I", _ALL_AND_START, _cycles.cost_create_canister),
    _row("cost_http_request", "llI", _ALL_AND_START, _cycles.cost_http_request),
    _row("env_var_count", ">I", _ALL, _environment.env_var_count),
    _row("env_var_name_exists", "II>i", _ALL, _environment.env_var_name_exists),
    _row("debug_print", "II", _ALL_AND_START, _environment.debug_print),
    _row("trap", "II", _ALL_AND_START, _environment.trap),
    # Deprecated forms, for 32-bit modules only.
    _row("msg_cycles_available", ">l", _ACCEPT, _cycles.msg_cycles_available, only_32=True),
    _row("msg_cycles_refunded", ">l", "Ry Rt", _cycles.msg_cycles_refunded, only_32=True),
    _row("msg_cycles_accept", "l>l", _ACCEPT, _cycles.msg_cycles_accept, only_32=True),
    _row("canister_cycle_balance", ">l", _ALL, _cycles.canister_cycle_balance, only_32=True),
    _row("call_cycles_add", "l", _CALL_CYCLES, _calls.call_cycles_add, only_32=True),
    _row("stable_size", ">i", _ALL_AND_START, _stable.stable_size, only_32=True),
    _row("stable_grow", "i>i", _ALL_AND_START, _stable.stable_grow, only_32=True),
    _row("stable_write", "iii", _ALL_AND_START, _stable.stable_write, only_32=True),
    _row("stable_read", "iii", _ALL_AND_START, _stable.stable_read, only_32=True),
)

SYSTEM_API: Final = {function.name: function for function in _TABLE}

# Imports of the specification that the embedded replica lacks; installing a module that has one
# is refused by name.
UNSUPPORTED: Final = frozenset(
    (
        "subnet_self_size",
        "subnet_self_copy",
        "root_key_size",
        "root_key_copy",
        "data_certificate_size",
        "data_certificate_copy",
        "cost_sign_with_ecdsa",
        "cost_sign_with_schnorr",
        "cost_vetkd_derive_key",
        "env_var_name_size",
        "env_var_name_copy",
        "env_var_value_size",
        "env_var_value_copy",
    )
)


def host_functions(slot: ExecutionSlot, *, is_memory_64: bool) -> HostFunctions:
    """The import object of an instance whose running execution is in `slot`."""
    return {
        (MODULE, function.name): _guard(function, slot, is_memory_64=is_memory_64)
        for function in _TABLE
    }


def _guard(function: SystemFunction, slot: ExecutionSlot, *, is_memory_64: bool) -> HostFunction:
    widths = {**_WIDTHS, "I": 64 if is_memory_64 else 32}
    masks = [(1 << widths[letter]) - 1 for letter in function.parameters]

    def call(_instance: object, *arguments: int) -> int | None:
        execution = slot.execution
        assert execution is not None
        mode = execution.invocation.mode
        if mode.letter not in function.contexts:
            raise _wrong_context(function, mode)
        # The engine hands integers over as signed; every ic0 argument is unsigned.
        return function.run(execution, *map(int.__and__, arguments, masks))

    return call


def _wrong_context(function: SystemFunction, mode: Mode) -> Exception:
    return contract_violation(f'"ic0_{function.name}" cannot be executed in {mode.text} mode')
