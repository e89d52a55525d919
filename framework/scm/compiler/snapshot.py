"""Run a module's boot entry once, on this machine, and observe what it leaves behind.

In: a linked module.  Out: its memory and its mutable globals, for `rewrite` to write back.  The
boot may read its argument and print; it may ask the Internet Computer for nothing else, since the
answer would be frozen into every canister made from the module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import field, frozen

from scm.compiler.preconditions import check_preconditions
from scm.errors import InternalError, SnapshotError
from scm.wasm import engine, sections
from scm.wasm.engine_config import EngineKind
from scm.wasm.functions import exported_functions
from scm.wasm.globals import GLOBAL_EXPORT_PREFIX, export_mutable_globals
from scm.wasm.ic0_table import IC0_MODULE
from scm.wasm.module import Module, parse_module
from scm.wasm.sections import (
    FunctionType,
    GlobalType,
    Import,
    all_global_types,
    read_imports,
    read_memories,
)

# CPython boots with 0.15 G; a boot that takes this much (a minute or two) does not end.
BOOT_FUEL: Final = 100_000_000_000


@frozen
class SavedGlobal:
    """A mutable global's value as an unsigned bit pattern of its type (`I32`, ...)."""

    index: int
    value_type: int
    bits: int


@frozen
class Snapshot:
    """The state of a booted instance; `memory` is the whole of memory 0."""

    memory: bytes = field(repr=False)
    memory_pages: int
    globals: tuple[SavedGlobal, ...]
    printed: tuple[str, ...] = ()


def take_snapshot(
    module_bytes: bytes,
    boot_export: str,
    argument: bytes = b"",
    *,
    fuel: int = BOOT_FUEL,
) -> Snapshot:
    """Instantiate the module, run its start function and `boot_export`, and observe.

    `argument` is what `ic0.msg_arg_data_copy` hands over.  Raises `UnsupportedModuleError`,
    `WasmFormatError`, `WasmError` for an invalid module, and `SnapshotError`.
    """
    module = parse_module(module_bytes)
    check_preconditions(module)
    _check_boot_export(module, boot_export)
    instrumented, global_names = export_mutable_globals(module_bytes)
    compiled = engine.compile_quickly(instrumented)
    host = _BootHost(argument, is_memory_64=read_memories(module)[0].is_64)
    try:
        functions = host.functions(read_imports(module))
        instance = engine.instantiate(compiled, functions, fuel=fuel, kind=EngineKind.BASELINE)
        instance.call(boot_export)
    except engine.WasmTrap as trap:
        raise SnapshotError(_trap_text(trap, fuel), tuple(host.printed), trap.frames) from trap
    except _BootStopError as stop:
        raise SnapshotError(str(stop), tuple(host.printed), ()) from stop
    size_bytes = instance.memory_size_bytes
    types = all_global_types(module)
    return Snapshot(
        memory=instance.read_memory(0, size_bytes),
        memory_pages=size_bytes // engine.WASM_PAGE_BYTES,
        globals=tuple(_save_global(instance, name, types) for name in global_names),
        printed=tuple(host.printed),
    )


class _BootStopError(Exception):
    """Raised by a host function to end the boot; its text is for the user."""


class _BootHost:
    """The System API during the boot: the argument in, printed lines out, all else refused."""

    def __init__(self, argument: bytes, *, is_memory_64: bool) -> None:
        self.printed: list[str] = []
        self._argument = argument
        self._pointer_mask = (1 << 64 if is_memory_64 else 1 << 32) - 1

    def functions(self, imports: Sequence[Import]) -> Mapping[tuple[str, str], engine.HostFunction]:
        """A host function for every import of the module."""
        allowed: dict[tuple[str, str], engine.HostFunction] = {
            (IC0_MODULE, "msg_arg_data_size"): self._argument_size,
            (IC0_MODULE, "msg_arg_data_copy"): self._copy_argument,
            (IC0_MODULE, "debug_print"): self._print,
            (IC0_MODULE, "trap"): self._trap,
        }
        keys = [(entry.module, entry.name) for entry in imports]
        return {key: allowed.get(key) or _refusal(*key) for key in keys}

    def _argument_size(self, _instance: engine.Instance) -> int:
        return len(self._argument)

    def _copy_argument(
        self, instance: engine.Instance | None, target: int, offset: int, size: int
    ) -> None:
        start, size = offset & self._pointer_mask, size & self._pointer_mask
        if instance is None:
            raise _BootStopError("boot reads its argument in the start function")
        if start + size > len(self._argument):
            raise _BootStopError("boot reads behind the end of its argument")
        try:
            instance.write_memory(target & self._pointer_mask, self._argument[start : start + size])
        except IndexError as error:
            raise _BootStopError("boot copies its argument to outside its memory") from error

    def _print(self, instance: engine.Instance | None, source: int, size: int) -> None:
        self.printed.append(self._text(instance, source, size))

    def _trap(self, instance: engine.Instance | None, source: int, size: int) -> None:
        raise _BootStopError(f"boot trapped: {self._text(instance, source, size)}")

    def _text(self, instance: engine.Instance | None, source: int, size: int) -> str:
        # As on the platform, a wrong range gives a placeholder; the start function of a module
        # runs before its memory can be reached from here.
        if instance is None:
            return "(text of the start function)"
        try:
            raw = instance.read_memory(source & self._pointer_mask, size & self._pointer_mask)
        except IndexError:
            return "(text outside of memory)"
        return raw.decode(errors="replace")


def _refusal(module: str, name: str) -> engine.HostFunction:
    def refuse(_instance: engine.Instance | None, *_arguments: int) -> None:
        raise _BootStopError(f"boot called {module}.{name}")

    return refuse


def _check_boot_export(module: Module, boot_export: str) -> None:
    function = exported_functions(module).get(boot_export)
    if function is None:
        raise SnapshotError(f"the module exports no function `{boot_export}`", (), ())
    if function.type != FunctionType(b"", b""):
        raise SnapshotError(
            f"the function `{boot_export}` has type {function.type}, expected () -> ()", (), ()
        )


def _trap_text(trap: engine.WasmTrap, fuel: int) -> str:
    match trap.kind:
        case engine.TrapKind.OUT_OF_FUEL:
            return f"boot did not end within {fuel:,} instructions"
        case engine.TrapKind.OTHER:
            return f"boot trapped: {trap.message}"
        case kind:
            return f"boot trapped: {kind.value}"


def _save_global(instance: engine.Instance, name: str, types: Sequence[GlobalType]) -> SavedGlobal:
    index = int(name.removeprefix(GLOBAL_EXPORT_PREFIX))
    value_type = types[index].value_type
    return SavedGlobal(index, value_type, _bits_of(instance.read_global(name), value_type))


def _bits_of(value: int, value_type: int) -> int:
    match value_type:
        case sections.I32:
            return value & 0xFFFF_FFFF
        case sections.I64:
            return value & 0xFFFF_FFFF_FFFF_FFFF
        case sections.F32 | sections.F64:
            return value
        case _:
            raise InternalError("snapshot", f"global of type 0x{value_type:02x}")
