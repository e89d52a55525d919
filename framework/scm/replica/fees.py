"""What things cost in cycles on an application subnet of 13 nodes.  Pure functions, nothing else.

Figures are those of the developer documentation ("Cycles costs") and of the replica's
`rs/config/src/subnet_config.rs`; formulas those of `rs/cycles_account_manager`.  A subnet of n
nodes takes n / 13 of them.  Execution on 64-bit memories costs twice as much.
"""

from __future__ import annotations

from typing import Final

CREATE_CANISTER_CYCLES: Final = 500_000_000_000  # canister_creation_fee
EXECUTION_CYCLES: Final = 5_000_000  # update_message_execution_fee: of each replicated execution
CALL_CYCLES: Final = 260_000  # xnet_call_fee: of a request and its response
CALL_BYTE_CYCLES: Final = 1_000  # xnet_byte_transmission_fee: of each byte of both
INGRESS_CYCLES: Final = 1_200_000  # ingress_message_reception_fee
INGRESS_BYTE_CYCLES: Final = 2_000  # ingress_byte_reception_fee
KEY_CYCLES: Final = 10_000_000_000  # ecdsa_signature_fee, schnorr_signature_fee, vetkd_fee
COMPUTE_PERCENT_SECOND_CYCLES: Final = 10_000_000  # compute_percent_allocated_per_second_fee
# gib_storage_per_second_fee: the documented price.  Sources of 2026 have 317,500, and 10,000 a
# second for every canister; which of the two is charged today is not documented.
GIB_SECOND_CYCLES: Final = 127_000

COLLECTION_NS: Final = 10 * 1_000_000_000
"""How often idle costs are collected: duration_between_allocation_charges."""

DELAYED_FEE_BYTES_MAX: Final = 366
"""Up to this size the fee of an `update_settings` is charged after it: it may unfreeze."""

UPLOAD_CHUNK_INSTRUCTIONS: Final = 200_000_000
SNAPSHOT_INSTRUCTIONS: Final = 2_000_000_000  # canister_snapshot_baseline_instructions
SNAPSHOT_DATA_INSTRUCTIONS: Final = 5_000_000  # canister_snapshot_data_baseline_instructions

# MAX_INTER_CANISTER_PAYLOAD_IN_BYTES: a call prepays for a response of this size.
_RESPONSE_BYTES_MAX: Final = 2 * 1024 * 1024
_REJECT_CODE_BYTES: Final = 1
_HTTP_NODES: Final = 13
_GIB: Final = 1024**3
_DAY_SECONDS: Final = 24 * 60 * 60


def instruction_cycles(instructions: int, *, is_memory_64: bool) -> int:
    """What instructions cost: 10 cycles for ten, 20 in a 64-bit module."""
    return instructions * (2 if is_memory_64 else 1)


def execution_cycles(instructions: int, *, is_memory_64: bool) -> int:
    """What a replicated execution of so many instructions costs."""
    return EXECUTION_CYCLES + instruction_cycles(instructions, is_memory_64=is_memory_64)


def transmission_cycles(request_bytes: int) -> int:
    """What a call prepays to be sent, and to get the largest response; name and argument count."""
    return CALL_CYCLES + CALL_BYTE_CYCLES * (request_bytes + _RESPONSE_BYTES_MAX)


def unused_transmission_cycles(reply_or_message: bytes, *, is_reject: bool) -> int:
    """What of `transmission_cycles` comes back with a response."""
    response_bytes = len(reply_or_message) + (_REJECT_CODE_BYTES if is_reject else 0)
    return CALL_BYTE_CYCLES * max(0, _RESPONSE_BYTES_MAX - response_bytes)


def call_cycles(request_bytes: int, callback_instructions: int, *, is_memory_64: bool) -> int:
    """What `call_perform` takes, and `cost_call` tells: sending, and running the callback."""
    callback = execution_cycles(callback_instructions, is_memory_64=is_memory_64)
    return transmission_cycles(request_bytes) + callback


def ingress_cycles(size_bytes: int) -> int:
    """What a user's call costs the canister that receives it."""
    return INGRESS_CYCLES + INGRESS_BYTE_CYCLES * size_bytes


def memory_cycles_per_day(size_bytes: int) -> int:
    """What it costs to store so much for a day."""
    return size_bytes * GIB_SECOND_CYCLES * _DAY_SECONDS // _GIB


def compute_cycles_per_day(percent: int) -> int:
    """What a compute allocation costs in a day."""
    return percent * COMPUTE_PERCENT_SECOND_CYCLES * _DAY_SECONDS


def freezing_cycles(idle_cycles_per_day: int, threshold_seconds: int) -> int:
    """What a canister keeps so that it stays alive, idle, for so long."""
    return idle_cycles_per_day * threshold_seconds // _DAY_SECONDS


def collected_cycles(cycles_per_day: int) -> int:
    """What is collected at once of a cost by the day."""
    return cycles_per_day * COLLECTION_NS // (_DAY_SECONDS * 1_000_000_000)


def http_request_cycles(request_bytes: int, response_bytes_max: int) -> int:
    """What an HTTP outcall costs."""
    per_node = 3_000_000 + 60_000 * _HTTP_NODES + 400 * request_bytes + 800 * response_bytes_max
    return per_node * _HTTP_NODES
