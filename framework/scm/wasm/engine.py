"""The Wasm engine: with its configurations and the counter, all that imports wasmtime.

Compiles, validates and runs modules with the features the Internet Computer turns on (Interface
Spec, "Canister module format").  Fuel stands for instructions.  Memory is reached by address,
since a `bytes` copy of a whole memory costs more than most messages.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import weakref
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from struct import Struct
from typing import Final, TypeVar

import wasmtime
from attrs import frozen

from scm.errors import ScmError
from scm.wasm.engine_config import EngineKind, engine_of
from scm.wasm.engine_counter import Counter
from scm.wasm.engine_globals import read_global, write_global
from scm.wasm.metering import COUNTER_EXPORT

WASM_PAGE_BYTES: Final = 65_536
MEMORY_PAGES_MAX: Final = 65_536
TABLE_ELEMENTS_MAX: Final = 1_000_000
_CHECKSUM: Final = Struct("<I")
"""The CRC-32 in front of machine code on the disk."""

Extern = TypeVar("Extern")

HostFunction = Callable[..., "int | None"]
"""Called with the instance and the raw (signed) arguments; returns the raw result if any."""


class WasmError(ScmError):
    """Bytes that are not a Wasm module the engine accepts; `message` is the engine's reason."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class TrapKind(Enum):
    """Why the engine stopped a function."""

    STACK_OVERFLOW = "stack overflow"
    HEAP_OUT_OF_BOUNDS = "heap out of bounds"
    TABLE_OUT_OF_BOUNDS = "table out of bounds"
    NULL_FUNCTION = "null function called"
    BAD_SIGNATURE = "function called with another signature"
    DIVISION_BY_ZERO = "integer division by 0"
    UNREACHABLE = "unreachable"
    OUT_OF_FUEL = "out of fuel"
    OTHER = "unknown"


class WasmTrap(Exception):  # noqa: N818 - the specification's word
    """A trap of the engine, with the names of the Wasm functions on the stack, innermost first."""

    def __init__(self, kind: TrapKind, message: str, frames: tuple[str, ...]) -> None:
        self.kind = kind
        self.message = message
        self.frames = frames
        super().__init__(message)


class TableSlot(Enum):
    """What a slot of the function table holds when it holds no function."""

    OUT_OF_RANGE = "out of range"
    EMPTY = "empty"


@frozen
class FunctionType:
    """Parameter and result types in order, by their Wasm names (`i32`, `i64`, ...)."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]


@frozen
class ModuleExport:
    """One export; `kind` is `function`, `memory`, `table`, `global` or `other`."""

    name: str
    kind: str
    function: FunctionType | None


_TRAP_KINDS: Final = {
    wasmtime.TrapCode.STACK_OVERFLOW: TrapKind.STACK_OVERFLOW,
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: TrapKind.HEAP_OUT_OF_BOUNDS,
    wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS: TrapKind.TABLE_OUT_OF_BOUNDS,
    wasmtime.TrapCode.INDIRECT_CALL_TO_NULL: TrapKind.NULL_FUNCTION,
    wasmtime.TrapCode.BAD_SIGNATURE: TrapKind.BAD_SIGNATURE,
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: TrapKind.DIVISION_BY_ZERO,
    wasmtime.TrapCode.UNREACHABLE: TrapKind.UNREACHABLE,
    wasmtime.TrapCode.OUT_OF_FUEL: TrapKind.OUT_OF_FUEL,
}


class Instance:
    """One live instance of a module: its functions, its memory, its table, its globals."""

    def __init__(self, store: wasmtime.Store, instance: wasmtime.Instance) -> None:
        self._store = store
        self._exports = dict(instance.exports(store))
        counter = self._exports.get(COUNTER_EXPORT)
        self._counter = Counter(store, counter) if isinstance(counter, wasmtime.Global) else None
        self._memory = _first(self._exports, wasmtime.Memory)
        self._table = _first(self._exports, wasmtime.Table)

    # Functions.

    def call(self, export_name: str, *arguments: int) -> object:
        """Call an exported function; raises `WasmTrap`, or what a host function raised."""
        function = self._exports[export_name]
        assert isinstance(function, wasmtime.Func)
        return self._run(function, arguments)

    def call_table(self, index: int, *arguments: int) -> object:
        """Call the function at a table slot, which must hold one (see `table_entry`)."""
        assert self._table is not None
        function = self._table.get(self._store, index)
        assert isinstance(function, wasmtime.Func)
        return self._run(function, arguments)

    def table_entry(self, index: int) -> FunctionType | TableSlot:
        """Tell what slot `index` of the exported table holds."""
        if self._table is None or not 0 <= index < self._table.size(self._store):
            return TableSlot.OUT_OF_RANGE
        function = self._table.get(self._store, index)
        if not isinstance(function, wasmtime.Func):
            return TableSlot.EMPTY
        return _function_type(function.type(self._store))

    @property
    def has_table(self) -> bool:
        return self._table is not None

    @property
    def table_size(self) -> int:
        return 0 if self._table is None else self._table.size(self._store)

    def _run(self, function: wasmtime.Func, arguments: tuple[int, ...]) -> object:
        try:
            result: object = function(self._store, *arguments)
        except wasmtime.Trap as trap:
            raise self._error_of(trap) from None
        return result

    def _error_of(self, trap: wasmtime.Trap) -> WasmTrap:
        error = _trap_to_error(trap)
        if self._counter is not None and error.kind is TrapKind.UNREACHABLE and self.fuel < 0:
            return WasmTrap(TrapKind.OUT_OF_FUEL, "all instructions used", ())
        return error

    # Memory.

    @property
    def has_memory(self) -> bool:
        return self._memory is not None

    @property
    def memory_size_bytes(self) -> int:
        return 0 if self._memory is None else self._memory.data_len(self._store)

    @property
    def memory_address(self) -> int:
        """The host address of the first byte; growing the memory may move it."""
        assert self._memory is not None
        return ctypes.addressof(self._memory.data_ptr(self._store).contents)

    def read_memory(self, offset: int, size_bytes: int) -> bytes:
        """Copy bytes out; raises `IndexError` if the range is not inside the memory."""
        self._check_range(offset, size_bytes)
        return ctypes.string_at(self.memory_address + offset, size_bytes) if size_bytes else b""

    def write_memory(self, offset: int, data: bytes) -> None:
        """Copy bytes in; raises `IndexError` if the range is not inside the memory."""
        self._check_range(offset, len(data))
        if data:
            ctypes.memmove(self.memory_address + offset, data, len(data))

    def grow_memory(self, page_count: int) -> None:
        """Add pages; raises `WasmError` if the module has no memory or does not allow the size."""
        if self._memory is None:
            raise WasmError("the module has no memory")
        try:
            self._memory.grow(self._store, page_count)
        except wasmtime.WasmtimeError as error:
            raise WasmError(str(error)) from error

    def _check_range(self, offset: int, size_bytes: int) -> None:
        if not 0 <= offset <= offset + size_bytes <= self.memory_size_bytes:
            raise IndexError(f"bytes {offset} to {offset + size_bytes} are outside the memory")

    # Globals and fuel.

    def read_global(self, export_name: str) -> int:
        """The value of an exported global: integers are signed, floats are given as their bits."""
        variable = self._exports[export_name]
        assert isinstance(variable, wasmtime.Global)
        return read_global(self._store, variable)

    def write_global(self, export_name: str, value: int | float) -> None:
        """Set what `read_global` has read; a `float` is a number, not bits."""
        variable = self._exports[export_name]
        assert isinstance(variable, wasmtime.Global)
        write_global(self._store, variable, value)

    @property
    def fuel(self) -> int:
        """What is left: instructions in a module that counts them, else the engine's fuel.

        May be read inside a host function too.
        """
        return self._store.get_fuel() if self._counter is None else self._counter.left

    @fuel.setter
    def fuel(self, amount: int) -> None:
        if self._counter is None:
            self._store.set_fuel(amount)
        else:
            self._counter.left = amount


def validate(wasm: bytes) -> None:
    """Raise `WasmError` unless `wasm` is a valid module under the platform's Wasm features."""
    try:
        wasmtime.Module.validate(engine_of(EngineKind.FUEL), wasm)
    except wasmtime.WasmtimeError as error:
        raise WasmError(str(error)) from error


@lru_cache(maxsize=16)
def compile_module(
    wasm: bytes, cache_directory: Path | None = None, kind: EngineKind = EngineKind.FUEL
) -> wasmtime.Module:
    """Compile a module; raises `WasmError`.

    Kept in memory, and under `cache_directory`/compiled if one is given: compiling a module of
    6 MB takes seconds, loading it back milliseconds.
    """
    if cache_directory is None:
        return _compile(wasm, engine_of(kind))
    digest = hashlib.sha256(wasm).hexdigest()
    path = cache_directory / "compiled" / f"{digest}-{kind.value}-wasmtime-{version('wasmtime')}"
    try:
        module = wasmtime.Module.deserialize(engine_of(kind), _read_checked(path))
    except (FileNotFoundError, wasmtime.WasmtimeError):
        # Not there yet, damaged, or written under another engine configuration: make it again.
        module = _compile(wasm, engine_of(kind))
        with suppress(OSError):  # The disk may be full: it is made again the next time.
            _write_checked(path, bytes(module.serialize()))
    else:
        with suppress(OSError):  # It may be read only.
            os.utime(path)  # When it was used last, for whoever tidies up there.
    return module


def compile_quickly(wasm: bytes) -> wasmtime.Module:
    """Compile with the baseline compiler, for a module that runs once; raises `WasmError`.

    A canister of 4 MB takes 1.2 s of processor time instead of 5.5 s, and runs slower.  NaNs are
    not canonicalised here.
    """
    return _compile(wasm, engine_of(EngineKind.BASELINE))


def instantiate(
    module: wasmtime.Module,
    functions: Mapping[tuple[str, str], HostFunction],
    *,
    fuel: int,
    memory_pages_max: int = MEMORY_PAGES_MAX,
    kind: EngineKind = EngineKind.FUEL,
) -> Instance:
    """Make an instance whose imports are `functions`, by (module, name).

    A host function gets the instance as its first argument.  wasmtime keeps host functions in a
    global table until the store dies, so they hold the instance weakly here and must not hold it
    themselves.  Raises `WasmError` if an import is missing, `WasmTrap` if the start code traps.
    """
    store = wasmtime.Store(engine_of(kind))
    if kind is not EngineKind.COUNTING:
        store.set_fuel(fuel)
    store.set_limits(
        memory_size=memory_pages_max * WASM_PAGE_BYTES, table_elements=TABLE_ELEMENTS_MAX
    )
    owner: list[weakref.ref[Instance]] = []
    imports: list[wasmtime.Func] = []
    for item in module.imports:
        function = functions.get((item.module, item.name or ""))
        if function is None or not isinstance(item.type, wasmtime.FuncType):
            raise WasmError(f"unknown import `{item.module}.{item.name}`")
        imports.append(wasmtime.Func(store, item.type, _bind(function, owner)))
    try:
        instance = Instance(store, wasmtime.Instance(store, module, imports))
    except wasmtime.Trap as trap:
        raise _trap_to_error(trap) from None
    except wasmtime.WasmtimeError as error:
        raise WasmError(str(error)) from error
    owner.append(weakref.ref(instance))
    return instance


def module_exports(module: wasmtime.Module) -> tuple[ModuleExport, ...]:
    """The exports of a module in order."""
    return tuple(
        ModuleExport(item.name, _extern_kind(item.type), _optional_function_type(item.type))
        for item in module.exports
    )


def text_to_wasm(text: str) -> bytes:
    """Assemble the WebAssembly text format; raises `WasmError` on a syntax error."""
    try:
        return bytes(wasmtime.wat2wasm(text))
    except wasmtime.WasmtimeError as error:
        raise WasmError(str(error)) from error


def _compile(wasm: bytes, engine: wasmtime.Engine) -> wasmtime.Module:
    try:
        return wasmtime.Module(engine, wasm)
    except wasmtime.WasmtimeError as error:
        raise WasmError(str(error)) from error


def _write_checked(path: Path, content: bytes) -> None:
    """Write at once, with a checksum: damaged machine code would crash the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with temporary.open("wb") as file:
        file.write(_CHECKSUM.pack(zlib.crc32(content)))
        file.write(content)
    temporary.replace(path)


def _read_checked(path: Path) -> bytes:
    """What was written; raises `FileNotFoundError`, also where it is not whole any more."""
    with path.open("rb") as file:
        checksum, content = file.read(_CHECKSUM.size), file.read()
    if checksum != _CHECKSUM.pack(zlib.crc32(content)):
        raise FileNotFoundError(f"{path} is damaged")
    return content


def _bind(function: HostFunction, owner: list[weakref.ref[Instance]]) -> HostFunction:
    def call(*arguments: int) -> int | None:
        instance = owner[0]() if owner else None
        return function(instance, *arguments)

    return call


def _first(exports: Mapping[str, object], kind: type[Extern]) -> Extern | None:
    return next((item for item in exports.values() if isinstance(item, kind)), None)


def _trap_to_error(trap: wasmtime.Trap) -> WasmTrap:
    kind = _TRAP_KINDS.get(trap.trap_code, TrapKind.OTHER) if trap.trap_code else TrapKind.OTHER
    frames = tuple(frame.func_name or f"function {frame.func_index}" for frame in trap.frames)
    return WasmTrap(kind, trap.message, frames)


def _optional_function_type(kind: object) -> FunctionType | None:
    return _function_type(kind) if isinstance(kind, wasmtime.FuncType) else None


def _function_type(kind: wasmtime.FuncType) -> FunctionType:
    return FunctionType(
        tuple(str(item) for item in kind.params), tuple(str(item) for item in kind.results)
    )


def _extern_kind(kind: object) -> str:
    kinds = {
        wasmtime.FuncType: "function",
        wasmtime.MemoryType: "memory",
        wasmtime.TableType: "table",
        wasmtime.GlobalType: "global",
    }
    return kinds.get(type(kind), "other")
