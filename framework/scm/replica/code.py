"""Put a module on a heap, ready to execute."""

from __future__ import annotations

from functools import partial

from scm.replica.canister_module import CanisterModule
from scm.replica.execution import INSTALL_INSTRUCTIONS_MAX
from scm.replica.heap import Heap, HeapImage, HostFunctions
from scm.replica.state import InstalledCode
from scm.replica.system_api import ExecutionSlot, host_functions
from scm.wasm.engine_config import EngineKind


def instantiate_code(module: CanisterModule) -> InstalledCode:
    """A fresh heap with the module's segments; raises `WasmError` or `WasmTrap`."""
    slot = ExecutionSlot()
    heap = Heap(module, partial(_functions, module, slot), fuel=INSTALL_INSTRUCTIONS_MAX)
    return InstalledCode(module, heap, slot)


def fork_code(code: InstalledCode) -> InstalledCode:
    """The same module on a second heap that starts from the committed state of the first."""
    slot = ExecutionSlot()
    heap = code.heap.fork(partial(_functions, code.module, slot))
    return InstalledCode(code.module, heap, slot)


def code_from_image(module: CanisterModule, image: HeapImage) -> InstalledCode:
    """A module on the heap that `image` was taken of."""
    slot = ExecutionSlot()
    heap = Heap.from_image(module, partial(_functions, module, slot), image)
    return InstalledCode(module, heap, slot)


def _functions(module: CanisterModule, slot: ExecutionSlot) -> HostFunctions:
    return host_functions(
        slot,
        is_memory_64=module.is_memory_64,
        is_counting=module.kind is EngineKind.COUNTING,
    )
