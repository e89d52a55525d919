"""The System API as a table, in the specification's order: every function that a canister may
import from `ic0`, its type, and the contexts it may be called in.

Interface Spec v0.66, "Canister interface / Overview of imports".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final

from attrs import frozen

from scm.wasm.sections import I32, I64, FunctionType

IC0_MODULE: Final = "ic0"


class Context(Enum):
    """Where a System API function is called from; values are the specification's letters."""

    INIT = "I"  # canister_init and canister_post_upgrade
    PRE_UPGRADE = "G"
    UPDATE = "U"
    REPLICATED_QUERY = "RQ"
    NON_REPLICATED_QUERY = "NRQ"
    TRANSFORM_QUERY = "TQ"
    COMPOSITE_QUERY = "CQ"
    REPLY_CALLBACK = "Ry"
    REJECT_CALLBACK = "Rt"
    COMPOSITE_REPLY_CALLBACK = "CRy"
    COMPOSITE_REJECT_CALLBACK = "CRt"
    CLEANUP = "C"
    COMPOSITE_CLEANUP = "CC"
    INSPECT_MESSAGE = "F"
    SYSTEM_TASK = "T"
    START = "s"


@frozen
class Ic0Function:
    """One importable function with its type for the module's pointer width."""

    name: str
    type: FunctionType
    contexts: frozenset[Context]


_ANY: Final = "I G U RQ NRQ TQ CQ Ry Rt CRy CRt C CC F T"
_ANY_AND_START: Final = f"{_ANY} s"
_CALLER_INFO: Final = "U RQ NRQ CQ Ry Rt CRy CRt C CC F"
_ARGUMENT: Final = "I U RQ NRQ TQ CQ Ry CRy F"
_RESPOND: Final = "U RQ NRQ TQ CQ Ry Rt CRy CRt"
_CALL: Final = "U CQ Ry Rt CRy CRt T"
_REPLICATED: Final = "I G U RQ Ry Rt C T"

# name, parameters, results, contexts.  P: pointer-wide (i32, or i64 in a 64-bit module), i: i32,
# l: i64.
_ROWS: Final = (
    ("msg_arg_data_size", "", "P", _ARGUMENT),
    ("msg_arg_data_copy", "PPP", "", _ARGUMENT),
    ("msg_caller_size", "", "P", _ANY),
    ("msg_caller_copy", "PPP", "", _ANY),
    ("msg_caller_info_data_size", "", "P", _CALLER_INFO),
    ("msg_caller_info_data_copy", "PPP", "", _CALLER_INFO),
    ("msg_caller_info_signer_size", "", "P", _CALLER_INFO),
    ("msg_caller_info_signer_copy", "PPP", "", _CALLER_INFO),
    ("msg_reject_code", "", "i", "Ry Rt CRy CRt C"),
    ("msg_reject_msg_size", "", "P", "Rt CRt"),
    ("msg_reject_msg_copy", "PPP", "", "Rt CRt"),
    ("msg_deadline", "", "l", "U RQ NRQ CQ Ry Rt CRy CRt"),
    ("msg_reply_data_append", "PP", "", _RESPOND),
    ("msg_reply", "", "", _RESPOND),
    ("msg_reject", "PP", "", _RESPOND),
    ("msg_cycles_available128", "P", "", "U RQ Ry Rt"),
    ("msg_cycles_refunded128", "P", "", "Ry Rt"),
    ("msg_cycles_accept128", "llP", "", "U RQ Ry Rt"),
    ("cycles_burn128", "llP", "", "I G U RQ Ry Rt C T"),
    ("canister_self_size", "", "P", _ANY),
    ("canister_self_copy", "PPP", "", _ANY),
    ("canister_cycle_balance128", "P", "", _ANY),
    ("canister_liquid_cycle_balance128", "P", "", _ANY),
    ("canister_status", "", "i", _ANY),
    ("canister_version", "", "l", _ANY),
    ("subnet_self_size", "", "P", _ANY),
    ("subnet_self_copy", "PPP", "", _ANY),
    ("msg_method_name_size", "", "P", "F"),
    ("msg_method_name_copy", "PPP", "", "F"),
    ("accept_message", "", "", "F"),
    ("call_new", "PPPPPPPP", "", _CALL),
    ("call_on_cleanup", "PP", "", _CALL),
    ("call_data_append", "PP", "", _CALL),
    ("call_with_best_effort_response", "i", "", _CALL),
    ("call_cycles_add128", "ll", "", "U Ry Rt T"),
    ("call_perform", "", "i", _CALL),
    ("stable64_size", "", "l", _ANY_AND_START),
    ("stable64_grow", "l", "l", _ANY_AND_START),
    ("stable64_write", "lll", "", _ANY_AND_START),
    ("stable64_read", "lll", "", _ANY_AND_START),
    ("root_key_size", "", "P", _REPLICATED),
    ("root_key_copy", "PPP", "", _REPLICATED),
    ("certified_data_set", "PP", "", "I G U Ry Rt T"),
    ("data_certificate_present", "", "i", _ANY),
    ("data_certificate_size", "", "P", "NRQ CQ"),
    ("data_certificate_copy", "PPP", "", "NRQ CQ"),
    ("time", "", "l", _ANY),
    ("global_timer_set", "l", "l", "I G U Ry Rt C T"),
    ("performance_counter", "i", "l", _ANY_AND_START),
    ("is_controller", "PP", "i", _ANY_AND_START),
    ("in_replicated_execution", "", "i", _ANY_AND_START),
    ("cost_call", "llP", "", _ANY_AND_START),
    ("cost_create_canister", "P", "", _ANY_AND_START),
    ("cost_http_request", "llP", "", _ANY_AND_START),
    ("cost_sign_with_ecdsa", "PPiP", "i", _ANY_AND_START),
    ("cost_sign_with_schnorr", "PPiP", "i", _ANY_AND_START),
    ("cost_vetkd_derive_key", "PPiP", "i", _ANY_AND_START),
    ("env_var_count", "", "P", _ANY),
    ("env_var_name_size", "P", "P", _ANY),
    ("env_var_name_copy", "PPPP", "", _ANY),
    ("env_var_name_exists", "PP", "i", _ANY),
    ("env_var_value_size", "PP", "P", _ANY),
    ("env_var_value_copy", "PPPPP", "", _ANY),
    ("debug_print", "PP", "", _ANY_AND_START),
    ("trap", "PP", "", _ANY_AND_START),
)

# Deprecated forms that only a 32-bit module may import.
_ROWS_32: Final = (
    ("msg_cycles_available", "", "l", "U RQ Ry Rt"),
    ("msg_cycles_refunded", "", "l", "Ry Rt"),
    ("msg_cycles_accept", "l", "l", "U RQ Ry Rt"),
    ("canister_cycle_balance", "", "l", _ANY),
    ("call_cycles_add", "l", "", "U Ry Rt T"),
    ("stable_size", "", "i", _ANY_AND_START),
    ("stable_grow", "i", "i", _ANY_AND_START),
    ("stable_write", "iii", "", _ANY_AND_START),
    ("stable_read", "iii", "", _ANY_AND_START),
)


@cache
def ic0_functions(*, is_memory_64: bool) -> Mapping[str, Ic0Function]:
    """All functions that a module of that pointer width may import, by name, in spec order."""
    rows = _ROWS if is_memory_64 else _ROWS + _ROWS_32
    widths = {"P": I64 if is_memory_64 else I32, "i": I32, "l": I64}
    return {
        name: Ic0Function(
            name,
            FunctionType(
                bytes(widths[letter] for letter in parameters),
                bytes(widths[letter] for letter in results),
            ),
            frozenset(Context(letters) for letters in contexts.split()),
        )
        for name, parameters, results, contexts in rows
    }
