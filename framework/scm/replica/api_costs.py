"""What the functions of the System API cost in instructions, on top of the call itself.

The replica's own overheads (`system_api_complexity.rs`, 2026): a fixed part, and a part for each
byte of some arguments.  No specification fixes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

DIRTY_PAGE_INSTRUCTIONS: Final = 1_000
"""For each page of 4 KiB that a message writes, in the heap or in stable memory."""

LOG_BYTES_MAX: Final = 4 * 1024
"""What a message's log may hold, as far as its price is concerned."""


@frozen
class ApiCost:
    """`fixed`, and `per_byte` times the sum of the arguments at `sizes`."""

    fixed: int
    per_byte: int = 0
    sizes: tuple[int, ...] = ()
    is_logging: bool = False
    writes_stable: bool = False


_DEFAULT: Final = ApiCost(500)

_COSTS: Final[Mapping[str, ApiCost]] = {
    **dict.fromkeys(
        (
            *("msg_arg_data_copy", "msg_caller_copy", "msg_caller_info_data_copy"),
            *("msg_caller_info_signer_copy", "msg_reject_msg_copy", "canister_self_copy"),
            *("subnet_self_copy", "msg_method_name_copy", "root_key_copy", "data_certificate_copy"),
        ),
        ApiCost(500, 1, (2,)),
    ),
    **dict.fromkeys(
        ("msg_reply_data_append", "msg_reject", "call_data_append"), ApiCost(500, 50, (1,))
    ),
    **dict.fromkeys(
        (
            *("certified_data_set", "cost_sign_with_ecdsa", "cost_sign_with_schnorr"),
            "cost_vetkd_derive_key",
        ),
        ApiCost(500, 1, (1,)),
    ),
    "call_new": ApiCost(1_500, 1, (1, 3)),
    "call_perform": ApiCost(5_000),
    **dict.fromkeys(("stable64_size", "stable_size"), ApiCost(0)),
    **dict.fromkeys(("stable64_grow", "stable_grow"), ApiCost(100)),
    **dict.fromkeys(("stable64_write", "stable_write"), ApiCost(20, 1, (2,), writes_stable=True)),
    **dict.fromkeys(("stable64_read", "stable_read"), ApiCost(20, 1, (2,))),
    "performance_counter": ApiCost(200),
    "is_controller": ApiCost(1_000, 1, (1,)),
    "env_var_name_copy": ApiCost(500, 1, (3,)),
    "env_var_value_copy": ApiCost(500, 1, (4,)),
    "debug_print": ApiCost(100, is_logging=True),
    "trap": ApiCost(500, 1, (1,), is_logging=True),
}


def api_cost(name: str) -> ApiCost:
    """The cost of one function, named without `ic0`."""
    return _COSTS.get(name, _DEFAULT)


def log_instructions(size_bytes: int, logged_bytes: int) -> int:
    """What logging so much costs, after `logged_bytes` in the same message."""
    room = max(0, LOG_BYTES_MAX - logged_bytes)
    return 2 * min(size_bytes, LOG_BYTES_MAX) + 50 * min(size_bytes, room)
