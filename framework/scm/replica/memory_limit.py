"""The setting `wasm_memory_limit`: what grows the heap above it, traps.

Interface Spec, "IC method update_settings": it binds update methods, `canister_init`,
`canister_post_upgrade` and the start function, so that the rest can still clean up.
"""

from __future__ import annotations

from typing import Final

from scm.replica.execution import CanisterTrap, Execution
from scm.wasm.ic0_table import Context

_LIMIT_EXCEEDED: Final = 539
_BOUND: Final = (Context.UPDATE, Context.INIT, Context.START)


def check_memory_limit(execution: Execution) -> None:
    """Trap at the end of an execution whose heap is too large.

    The platform traps where memory grows; either way nothing of the execution stays.
    """
    limit = execution.canister.settings.wasm_memory_limit
    size_bytes = execution.instance.memory_size_bytes
    if limit and size_bytes > limit and execution.invocation.mode in _BOUND:
        detail = (
            f"Canister exceeded its current Wasm memory limit of {limit} bytes. The peak Wasm "
            f"memory usage was {size_bytes} bytes."
        )
        raise CanisterTrap(_LIMIT_EXCEEDED, detail, detail)
