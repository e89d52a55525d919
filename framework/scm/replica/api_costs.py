"""What the functions of the System API cost in instructions, on top of the call itself.

The replica's own overheads (`system_api_complexity.rs`, 2026): a fixed part, and a part for each
byte of some arguments.  No specification fixes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from attrs import frozen

DIRTY_PAGE_INSTRUCTIONS: Final = 1_000
"""For each page of 4 KiB that a message writes, in the heap or in stable memory."""

_LOG_BYTES_MAX: Final = 4 * 1024
_RECORD_BYTES: Final = 40
"""What a record of a log takes, beside its text."""


@frozen
class ApiCost:
    """`fixed`, and `per_byte` times the sum of the arguments at `sizes`.

    `is_logging`: and what it costs to log a text of that size.
    """

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
    "debug_print": ApiCost(100, 0, (1,), is_logging=True),
    "trap": ApiCost(500, 1, (1,), is_logging=True),
}


def api_cost(name: str) -> ApiCost:
    """The cost of one function, named without `ic0`."""
    return _COSTS.get(name, _DEFAULT)


class LogSpace:
    """How full the log of one message is, which decides on its price.

    It has room for 4 KiB, and forgets its oldest records (`CanisterLog` of the replica).
    """

    def __init__(self) -> None:
        self._records: deque[int] = deque()
        self._used = 0

    def add(self, size_bytes: int) -> int:
        """Log a text of that size: what this costs in instructions."""
        room = _LOG_BYTES_MAX - self._used
        price = 2 * min(size_bytes, _LOG_BYTES_MAX) + 50 * min(size_bytes, room)
        record = min(size_bytes + _RECORD_BYTES, _LOG_BYTES_MAX)
        while self._used + record > _LOG_BYTES_MAX:
            self._used -= self._records.popleft()
        self._records.append(record)
        self._used += record
        return price
