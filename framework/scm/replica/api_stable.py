"""System API: stable memory.  Interface Spec, "Canister interface": "Stable memory"."""

from __future__ import annotations

from typing import Final

from scm.replica.api_memory import load, store
from scm.replica.execution import CanisterTrap, Execution
from scm.replica.freezing import check_growth
from scm.wasm.ic0_table import Context

_PAGES_MAX_32: Final = 65_536  # 4 GiB
_FAILURE_32: Final = 0xFFFF_FFFF
_FAILURE_64: Final = 0xFFFF_FFFF_FFFF_FFFF

# Resource limits, "stable memory accessed per message": whole pages of 4 KiB count.
_ACCESS_BYTES_MAX: Final = 2 * 1024**3
_UPGRADE_ACCESS_BYTES_MAX: Final = 8 * 1024**3
_QUERY_ACCESS_BYTES_MAX: Final = 1 * 1024**3


def stable64_size(execution: Execution) -> int:
    return execution.stable.size_pages


def stable64_grow(execution: Execution, pages: int) -> int:
    previous = execution.stable.grow(pages)
    check_growth(execution)
    return _FAILURE_64 if previous < 0 else previous


def stable64_write(execution: Execution, offset: int, source: int, size: int) -> None:
    if not size:
        return  # The platform checks no bounds when nothing is copied.
    _check_range(execution, offset, size)
    _check_heap(execution, source, size)
    _check_access(execution, offset, size)
    execution.stable.write(offset, load(execution, source, size))


def stable64_read(execution: Execution, target: int, offset: int, size: int) -> None:
    if not size:
        return
    _check_range(execution, offset, size)
    _check_heap(execution, target, size)
    _check_access(execution, offset, size)
    store(execution, target, execution.stable.read(offset, size))


def stable_size(execution: Execution) -> int:
    _check_32(execution)
    return execution.stable.size_pages


def stable_grow(execution: Execution, pages: int) -> int:
    _check_32(execution)
    if execution.stable.size_pages + pages > _PAGES_MAX_32:
        return _FAILURE_32
    previous = execution.stable.grow(pages)
    check_growth(execution)
    return previous


def stable_write(execution: Execution, offset: int, source: int, size: int) -> None:
    _check_32(execution)
    stable64_write(execution, offset, source, size)


def stable_read(execution: Execution, target: int, offset: int, size: int) -> None:
    _check_32(execution)
    stable64_read(execution, target, offset, size)


def _check_range(execution: Execution, offset: int, size: int) -> None:
    if offset + size > execution.stable.size_bytes:
        raise _trap("stable memory out of bounds")


def _check_heap(execution: Execution, offset: int, size: int) -> None:
    if offset + size > execution.instance.memory_size_bytes:
        raise _trap("heap out of bounds")


def _check_access(execution: Execution, offset: int, size: int) -> None:
    match execution.invocation.mode:
        case Context.INIT | Context.PRE_UPGRADE:
            maximum = _UPGRADE_ACCESS_BYTES_MAX
        case Context.REPLICATED_QUERY:
            maximum = _QUERY_ACCESS_BYTES_MAX
        case _:
            is_replicated = execution.invocation.is_replicated
            maximum = _ACCESS_BYTES_MAX if is_replicated else _QUERY_ACCESS_BYTES_MAX
    if execution.stable.touch(offset, size) > maximum:
        raise CanisterTrap(
            524,
            "Canister exceeded memory access limits: Exceeded the limit for the number of "
            "accessed pages in the stable memory in a single message execution: limit "
            f"{maximum // 1024} KB",
        )


def _check_32(execution: Execution) -> None:
    if execution.stable.size_pages > _PAGES_MAX_32:
        raise _trap("32 bit stable memory api used on a memory larger than 4GB")


def _trap(reason: str) -> CanisterTrap:
    return CanisterTrap(502, f"Canister trapped: {reason}", reason)
