"""Run one entry point of one canister: effects or trap come back, the state stays as it was.

Only the live heap is touched: it is left ahead of its committed image after a success (the caller
commits it or rolls it back), and is rolled back already after a trap.
"""

from __future__ import annotations

from typing import Final

from scm.model import Principal
from scm.replica.api_calls import drop_draft
from scm.replica.api_costs import DIRTY_PAGE_INSTRUCTIONS
from scm.replica.canister_module import CanisterModule
from scm.replica.execution import (
    CanisterTrap,
    Execution,
    Invocation,
    contract_violation,
    out_of_instructions,
)
from scm.replica.freezing import check_growth
from scm.replica.memory_limit import check_memory_limit
from scm.replica.stable import StableChanges
from scm.replica.state import (
    CanisterState,
    Closure,
    Effects,
    ExecutionResult,
    InstalledCode,
    Rejected,
    Trap,
)
from scm.wasm.engine import FunctionType, Instance, TableSlot, TrapKind, WasmTrap
from scm.wasm.engine_config import EngineKind
from scm.wasm.ic0_table import Context

ERROR_TEXT_BYTES_MAX: Final = 8 * 1024  # Resource limits, "reject message"

_WASM_TRAP: Final = 502
_FUNCTION_NOT_FOUND: Final = 513
_MEMORY_64_PAGE_FACTOR: Final = 4
_WITHOUT_PAGES: Final = frozenset(
    (
        Context.REPLICATED_QUERY,
        Context.NON_REPLICATED_QUERY,
        Context.TRANSFORM_QUERY,
        Context.INSPECT_MESSAGE,
    )
)
"""Where the platform does not look which pages of the heap were written (`ApiType`'s
`modification_tracking`): nothing can come of them."""


def execute(
    canister: CanisterState, code: InstalledCode, invocation: Invocation
) -> ExecutionResult:
    """Run `invocation` on the heap of `code`, seeing the rest of `canister`."""
    code.heap.renew()
    instance = code.heap.instance
    instance.fuel = invocation.fuel_limit
    execution = _prepare(canister, instance, invocation)
    code.slot.execution = execution
    try:
        _enter(code.module, instance, invocation)
        check_memory_limit(execution)
        if invocation.has_fees:
            check_growth(execution)
    except (CanisterTrap, WasmTrap) as error:
        trap = error if isinstance(error, CanisterTrap) else _wasm_trap(error, invocation)
        return _undo(code, execution, trap)
    finally:
        code.slot.execution = None
    drop_draft(execution)
    _charge_heap_pages(code, execution)
    return ExecutionResult(_collect(execution), tuple(execution.logs), execution.fuel_used)


def _charge_heap_pages(code: InstalledCode, execution: Execution) -> None:
    """Charge for pages of the heap whose contents have changed, even if they are to be put back.

    At the end and without failing: they are written.  The platform compares contents, too.
    """
    is_counting = code.module.kind is EngineKind.COUNTING
    if not is_counting or execution.invocation.mode in _WITHOUT_PAGES:
        return
    instructions = code.heap.changed_page_count() * DIRTY_PAGE_INSTRUCTIONS
    if code.module.is_memory_64:
        instructions *= _MEMORY_64_PAGE_FACTOR
    execution.instance.fuel = max(0, execution.instance.fuel - instructions)


def canister_error(canister_id: Principal, error_code: int, detail: str) -> Rejected:
    """A reject by the system on behalf of a canister: the code is the error code's hundreds."""
    text = f"Error from Canister {canister_id}: {detail}"
    return Rejected(error_code // 100, shorten(text), f"IC{error_code:04d}")


def shorten(text: str) -> str:
    """Cut a reject message to the 8 KiB that may travel."""
    return text.encode()[:ERROR_TEXT_BYTES_MAX].decode("utf-8", "ignore")


def _prepare(canister: CanisterState, instance: Instance, invocation: Invocation) -> Execution:
    return Execution(
        canister=canister,
        instance=instance,
        invocation=invocation,
        stable=StableChanges(canister.stable),
        cycles_balance=canister.cycles,
        cycles_available=invocation.cycles_available,
    )


def _enter(module: CanisterModule, instance: Instance, invocation: Invocation) -> None:
    match invocation.entry:
        case Closure() as closure:
            _check_callback(module, instance, closure)
            instance.call_table(closure.function, closure.environment)
        case str() as export_name:
            instance.call(export_name)


def _check_callback(module: CanisterModule, instance: Instance, closure: Closure) -> None:
    # "If the function index is out of range or has another type than (I) -> (), the call traps."
    if not instance.has_table:
        raise contract_violation("table not found")
    match instance.table_entry(closure.function):
        case TableSlot.OUT_OF_RANGE:
            raise CanisterTrap(
                _FUNCTION_NOT_FOUND,
                "Canister requested to invoke a non-existent Wasm function "
                f"{closure.function} from table 0",
            )
        case TableSlot.EMPTY:
            raise contract_violation("unexpected null function reference")
        case FunctionType() as function_type:
            if function_type != _callback_type(module):
                raise contract_violation("function invocation does not match its signature")


def _callback_type(module: CanisterModule) -> FunctionType:
    return FunctionType(("i64" if module.is_memory_64 else "i32",), ())


def _wasm_trap(trap: WasmTrap, invocation: Invocation) -> CanisterTrap:
    match trap.kind:
        case TrapKind.OUT_OF_FUEL:
            return out_of_instructions(invocation)
        case TrapKind.BAD_SIGNATURE:
            return contract_violation("function invocation does not match its signature")
        case TrapKind.NULL_FUNCTION | TrapKind.OTHER:
            reason = TrapKind.OTHER.value
        case _:
            reason = trap.kind.value
    backtrace = "".join(f"\n{name}" for name in trap.frames)
    block = f"\nCanister Backtrace:{backtrace}" if backtrace else ""
    return CanisterTrap(_WASM_TRAP, f"Canister trapped: {reason}{block}", reason + block)


def _undo(code: InstalledCode, execution: Execution, trap: CanisterTrap) -> ExecutionResult:
    _charge_heap_pages(code, execution)
    fuel = execution.fuel_used
    code.heap.roll_back()
    logs = list(execution.logs)
    if trap.log_text is not None and execution.invocation.is_replicated:
        logs.append(f"[TRAP]: {trap.log_text}".encode())
    error = canister_error(execution.canister.canister_id, trap.error_code, trap.detail)
    return ExecutionResult(Trap(error), tuple(logs), fuel)


def _collect(execution: Execution) -> Effects:
    return Effects(
        response=execution.response,
        calls=tuple(execution.calls),
        cycles_balance=execution.cycles_balance,
        cycles_accepted=execution.cycles_accepted,
        stable=execution.stable,
        certified_data=execution.certified_data,
        global_timer_ns=execution.global_timer_ns,
        has_accepted_message=execution.has_accepted_message,
        cycles_burned=execution.cycles_burned,
    )
