"""System API: cycles.  Interface Spec, "Canister interface": "Cycles" and "Cycle cost calculation".

Prices are in `fees.py`.
"""

from __future__ import annotations

from typing import Final

from scm.replica.api_memory import load, store_cycles
from scm.replica.execution import MESSAGE_INSTRUCTIONS_MAX, CanisterTrap, Execution
from scm.replica.fees import (
    CREATE_CANISTER_CYCLES,
    KEY_CYCLES,
    call_cycles,
    http_request_cycles,
)
from scm.replica.freezing import liquid_cycles
from scm.replica.master_keys import KEY_NAMES

_PRICED: Final = 0
_UNKNOWN_CURVE: Final = 1
_UNKNOWN_KEY: Final = 2


def msg_cycles_available128(execution: Execution, target: int) -> None:
    store_cycles(execution, target, execution.cycles_available)


def msg_cycles_available(execution: Execution) -> int:
    return _in_64_bits(execution.cycles_available)


def msg_cycles_refunded128(execution: Execution, target: int) -> None:
    store_cycles(execution, target, execution.invocation.cycles_refunded)


def msg_cycles_refunded(execution: Execution) -> int:
    return _in_64_bits(execution.invocation.cycles_refunded)


def msg_cycles_accept128(execution: Execution, high: int, low: int, target: int) -> None:
    store_cycles(execution, target, _accept(execution, high << 64 | low))


def msg_cycles_accept(execution: Execution, amount: int) -> int:
    return _accept(execution, amount)


def cycles_burn128(execution: Execution, high: int, low: int, target: int) -> None:
    burned = min(high << 64 | low, liquid_cycles(execution))
    execution.cycles_balance -= burned
    execution.cycles_burned += burned
    store_cycles(execution, target, burned)


def canister_cycle_balance128(execution: Execution, target: int) -> None:
    store_cycles(execution, target, execution.cycles_balance)


def canister_liquid_cycle_balance128(execution: Execution, target: int) -> None:
    store_cycles(execution, target, liquid_cycles(execution))


def canister_cycle_balance(execution: Execution) -> int:
    return _in_64_bits(execution.cycles_balance)


def cost_call(execution: Execution, name_bytes: int, payload_bytes: int, target: int) -> None:
    cost = call_cycles(
        name_bytes + payload_bytes,
        MESSAGE_INSTRUCTIONS_MAX,
        is_memory_64=execution.canister.is_memory_64,
    )
    store_cycles(execution, target, cost)


def cost_create_canister(execution: Execution, target: int) -> None:
    store_cycles(execution, target, CREATE_CANISTER_CYCLES)


def cost_http_request(
    execution: Execution, request_bytes: int, response_bytes_max: int, target: int
) -> None:
    store_cycles(execution, target, http_request_cycles(request_bytes, response_bytes_max))


def cost_sign_with_ecdsa(
    execution: Execution, source: int, size: int, curve: int, target: int
) -> int:
    return _cost_of_key(execution, (source, size), curve, target, curve_count=1)


def cost_sign_with_schnorr(
    execution: Execution, source: int, size: int, algorithm: int, target: int
) -> int:
    return _cost_of_key(execution, (source, size), algorithm, target, curve_count=2)


def cost_vetkd_derive_key(
    execution: Execution, source: int, size: int, curve: int, target: int
) -> int:
    return _cost_of_key(execution, (source, size), curve, target, curve_count=1)


def _cost_of_key(
    execution: Execution, name: tuple[int, int], curve: int, target: int, *, curve_count: int
) -> int:
    known = load(execution, *name) in [known.encode() for known in KEY_NAMES]
    if curve >= curve_count:
        return _UNKNOWN_CURVE
    if not known:
        return _UNKNOWN_KEY
    store_cycles(execution, target, KEY_CYCLES)
    return _PRICED


def _accept(execution: Execution, amount: int) -> int:
    accepted = min(amount, execution.cycles_available)
    execution.cycles_available -= accepted
    execution.cycles_accepted += accepted
    execution.cycles_balance += accepted
    return accepted


def _in_64_bits(cycles: int) -> int:
    if cycles >= 1 << 64:
        raise CanisterTrap(502, "Canister trapped: cycles amount exceeds 64-bit representation")
    return cycles
