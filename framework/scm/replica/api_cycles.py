"""System API: cycles.  Interface Spec, "Canister interface": "Cycles" and "Cycle cost calculation".

The replica charges no fees, so a balance changes only by what canisters send, accept and burn.
"""

from __future__ import annotations

from typing import Final

from scm.replica.api_memory import load, store_cycles
from scm.replica.execution import CanisterTrap, Execution
from scm.replica.master_keys import KEY_NAMES

# Cycle costs of a 13-node application subnet.
CREATE_CANISTER_CYCLES: Final = 500_000_000_000
KEY_CYCLES: Final = 10_000_000_000  # A threshold signature, or a vetKey.
_CALL_CYCLES: Final = 260_000
_CALL_BYTE_CYCLES: Final = 1_000
_RESPONSE_BYTES_MAX: Final = 2 * 1024 * 1024
_EXECUTION_CYCLES: Final = 5_000_000
_MESSAGE_INSTRUCTIONS_MAX: Final = 40_000_000_000
_HTTP_NODES: Final = 13
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
    burned = min(high << 64 | low, execution.cycles_balance)
    execution.cycles_balance -= burned
    execution.cycles_burned += burned
    store_cycles(execution, target, burned)


def canister_cycle_balance128(execution: Execution, target: int) -> None:
    # Also the liquid balance: nothing is ever frozen here.
    store_cycles(execution, target, execution.cycles_balance)


def canister_cycle_balance(execution: Execution) -> int:
    return _in_64_bits(execution.cycles_balance)


def cost_call(execution: Execution, name_bytes: int, payload_bytes: int, target: int) -> None:
    execution_cycles = _EXECUTION_CYCLES + _MESSAGE_INSTRUCTIONS_MAX * (
        2 if execution.canister.code and execution.canister.code.module.is_memory_64 else 1
    )
    bytes_on_the_way = name_bytes + payload_bytes + _RESPONSE_BYTES_MAX
    cost = _CALL_CYCLES + _CALL_BYTE_CYCLES * bytes_on_the_way + execution_cycles
    store_cycles(execution, target, cost)


def cost_create_canister(execution: Execution, target: int) -> None:
    store_cycles(execution, target, CREATE_CANISTER_CYCLES)


def cost_http_request(
    execution: Execution, request_bytes: int, response_bytes_max: int, target: int
) -> None:
    store_cycles(execution, target, http_request_cycles(request_bytes, response_bytes_max))


def http_request_cycles(request_bytes: int, response_bytes_max: int) -> int:
    """What an HTTP outcall costs."""
    per_node = 3_000_000 + 60_000 * _HTTP_NODES + 400 * request_bytes + 800 * response_bytes_max
    return per_node * _HTTP_NODES


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
