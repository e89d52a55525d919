"""How System API functions reach the canister's memory; every failure is a contract violation."""

from __future__ import annotations

from scm.replica.execution import Execution, contract_violation


def load(execution: Execution, source: int, size_bytes: int) -> bytes:
    """Copy bytes out of the canister's memory."""
    _check_memory(execution)
    try:
        return execution.instance.read_memory(source, size_bytes)
    except IndexError:
        raise _out_of_bounds(execution, source, size_bytes) from None


def store(execution: Execution, target: int, data: bytes) -> None:
    """Copy bytes into the canister's memory."""
    _check_memory(execution)
    try:
        execution.instance.write_memory(target, data)
    except IndexError:
        raise _out_of_bounds(execution, target, len(data)) from None


def copy_slice(
    execution: Execution, content: bytes, target: int, offset: int, size_bytes: int
) -> None:
    """The rule of every `*_copy(dst, off, len)`: both ranges are checked, even if empty."""
    if offset + size_bytes > len(content):
        raise contract_violation(
            f"source range {offset} to {offset + size_bytes} is outside of {len(content)} bytes"
        )
    store(execution, target, content[offset : offset + size_bytes])


def store_cycles(execution: Execution, target: int, cycles: int) -> None:
    """Write a cycle amount: 16 bytes, little-endian."""
    store(execution, target, cycles.to_bytes(16, "little"))


def _check_memory(execution: Execution) -> None:
    if not execution.instance.has_memory:
        raise contract_violation("WebAssembly module must define memory")


def _out_of_bounds(execution: Execution, start: int, size_bytes: int) -> Exception:
    return contract_violation(
        f"heap range {start} to {start + size_bytes} is outside of "
        f"{execution.instance.memory_size_bytes} bytes"
    )
