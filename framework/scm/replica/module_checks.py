"""Bytes as submitted → `CanisterModule`, or `InvalidModule` with the reason.

Interface Spec, "Canister module format" and "WebAssembly module requirements"; these are the
platform's own checks, made again here independently of the compiler's.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from scm.replica.canister_module import (
    CanisterModule,
    MethodKind,
    global_type_names,
    has_passive_segments,
    instrument,
)
from scm.replica.errors import InvalidModule
from scm.replica.module_limits import check_code, check_declarations, check_expressions
from scm.replica.system_api import SUPPORTED
from scm.wasm.custom import read_custom_sections
from scm.wasm.engine import WasmError, compile_module, validate
from scm.wasm.engine_config import EngineKind
from scm.wasm.globals import OWN_EXPORTS
from scm.wasm.ic0_table import IC0_MODULE, ic0_functions
from scm.wasm.metering import meter
from scm.wasm.module import Module, WasmFormatError, encode_module, parse_module
from scm.wasm.sections import (
    ExternKind,
    FunctionType,
    all_memories,
    function_type_indices,
    read_exports,
    read_imports,
    read_types,
)

WASM_BYTES_MAX: Final = 100 * 1024 * 1024
METHODS_MAX: Final = 1_000
METHOD_NAME_BYTES_MAX: Final = 20_000  # Of all methods together.
ICP_SECTIONS_MAX: Final = 16
ICP_SECTION_BYTES_MAX: Final = 1024 * 1024

_WASM_MAGIC: Final = b"\x00asm"
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"
_GZIP_BYTES_MIN: Final = 16
_IS_GZIP: Final = 16  # Added to the window size, for zlib.
_GLOBAL_TYPES: Final = ("i32", "i64", "f32", "f64")
_ENTRY_TYPE: Final = FunctionType(b"", b"")
_METHOD_PREFIXES: Final = {
    "canister_update ": MethodKind.UPDATE,
    "canister_query ": MethodKind.QUERY,
    "canister_composite_query ": MethodKind.COMPOSITE_QUERY,
}
_ENTRY_POINTS: Final = frozenset(
    (
        "canister_init",
        "canister_pre_upgrade",
        "canister_post_upgrade",
        "canister_inspect_message",
        "canister_heartbeat",
        "canister_global_timer",
        "canister_on_low_wasm_memory",
    )
)
_RESERVED_EXPORTS: Final = frozenset(
    (
        "canister counter_instructions",
        "canister_start",
        "canister counter_dirty_pages",
        "canister counter_accessed_pages",
        "stable_memory",
        "stable_bytemap_memory",
    )
)


@lru_cache(maxsize=16)
def load_module(
    submitted: bytes, cache_directory: Path | None, kind: EngineKind = EngineKind.FUEL
) -> CanisterModule:
    """Decode, check, instrument and compile a canister module; raises `InvalidModule`."""
    wasm = _decompress(submitted)
    try:
        validate(wasm)
        module = parse_module(wasm)
        is_memory_64 = any(limits.is_64 for limits in all_memories(module))
        custom_sections = _check_custom_sections(module)
        check_declarations(module)
        check_expressions(module)
        check_code(module)
        _check_imports(module, is_memory_64=is_memory_64)
        methods = _check_exports(module)
        instrumented, mutable_globals = instrument(module)
        exporting = parse_module(instrumented)
        global_types = _check_globals(exporting, mutable_globals)
        instruction_count = 0
        if kind is EngineKind.COUNTING:
            metered = meter(exporting)
            instrumented = encode_module(metered.module)
            instruction_count = metered.instruction_count
        kind = _engine_for(instrumented, cache_directory, kind)
        compiled = compile_module(instrumented, cache_directory, kind)
    except (WasmError, WasmFormatError) as error:
        raise InvalidModule(error.message) from error
    return CanisterModule(
        wasm=submitted,
        module_hash=hashlib.sha256(submitted).digest(),
        methods=methods,
        exports=frozenset(
            entry.name for entry in read_exports(exporting) if entry.kind is ExternKind.FUNCTION
        ),
        custom_sections=custom_sections,
        is_memory_64=is_memory_64,
        mutable_globals=mutable_globals,
        global_types=global_types,
        has_passive_segments=has_passive_segments(module),
        compiled=compiled,
        kind=kind,
        instruction_count=instruction_count,
    )


def _engine_for(wasm: bytes, cache_directory: Path | None, kind: EngineKind) -> EngineKind:
    """The engine that is asked for, or the usual one for a module that it can't compile."""
    if kind is EngineKind.BASELINE:
        try:
            compile_module(wasm, cache_directory, kind)
        except WasmError:  # It lacks what few modules have, such as tail calls.
            return EngineKind.FUEL
    return kind


def _decompress(submitted: bytes) -> bytes:
    if submitted.startswith(_WASM_MAGIC):
        wasm = submitted
    elif submitted.startswith(_GZIP_MAGIC):
        wasm = _gunzip(submitted)
    else:
        raise InvalidModule("unsupported canister module format")
    if len(wasm) > WASM_BYTES_MAX:
        raise InvalidModule(f"{len(wasm)} bytes are over the limit of {WASM_BYTES_MAX}")
    return wasm


def _gunzip(submitted: bytes) -> bytes:
    # The platform reads the size from the last four bytes, so one member and nothing after it.
    declared_bytes = int.from_bytes(submitted[-4:], "little")
    if len(submitted) < _GZIP_BYTES_MIN or declared_bytes > WASM_BYTES_MAX:
        raise InvalidModule("failed to decompress: the gzip stream is too short or too large")
    # No more is unpacked than the stream admits to: a few bytes can hold gigabytes.
    stream = zlib.decompressobj(zlib.MAX_WBITS | _IS_GZIP)
    try:
        wasm = stream.decompress(submitted, declared_bytes + 1)
    except zlib.error as error:
        raise InvalidModule(f"failed to decompress: {error}") from error
    if len(wasm) > declared_bytes or stream.unused_data:
        raise InvalidModule("failed to decompress: the gzip stream has another size than it says")
    if not stream.eof:
        raise InvalidModule("failed to decompress: the gzip stream ends too soon")
    return wasm


def _check_globals(exporting: Module, names: tuple[str, ...]) -> tuple[str, ...]:
    """The types of the mutable globals, which must be ones that can be saved and put back."""
    types = global_type_names(exporting, names)
    for kind in types:
        if kind not in _GLOBAL_TYPES:
            raise InvalidModule(
                f"a mutable global of type {kind} is not supported by the embedded replica"
            )
    return types


def _check_custom_sections(module: Module) -> dict[str, bytes]:
    """The `icp:` sections by their full names, and the others by theirs."""
    found: dict[str, bytes] = {}
    names: list[str] = []
    size_bytes = 0
    for section in read_custom_sections(module):
        found[section.name] = section.contents
        if not section.name.startswith("icp:"):
            continue
        visibility, separator, name = section.name.removeprefix("icp:").partition(" ")
        if visibility not in ("public", "private") or not separator:
            raise InvalidModule(f"invalid custom section `{section.name}`")
        if name in names:
            raise InvalidModule(f"custom section `{name}` is defined twice")
        names.append(name)
        size_bytes += len(name.encode()) + len(section.contents)
    if len(names) > ICP_SECTIONS_MAX or size_bytes > ICP_SECTION_BYTES_MAX:
        raise InvalidModule(
            f"{len(names)} custom sections of {size_bytes} bytes: at most {ICP_SECTIONS_MAX} of "
            f"{ICP_SECTION_BYTES_MAX} bytes in all are allowed"
        )
    return found


def _check_imports(module: Module, *, is_memory_64: bool) -> None:
    known = ic0_functions(is_memory_64=is_memory_64)
    types = read_types(module)
    type_indices = iter(function_type_indices(module))
    for item in read_imports(module):
        if item.kind is not ExternKind.FUNCTION:
            raise InvalidModule(f"`{item.module}.{item.name}` is not a function")
        function = known.get(item.name) if item.module == IC0_MODULE else None
        if function is None:
            raise InvalidModule(f"unknown import `{item.module}.{item.name}`")
        if item.name not in SUPPORTED:
            raise InvalidModule(
                f"`ic0.{item.name}` is imported, which the embedded replica does not support"
            )
        actual = types[next(type_indices)]
        if actual != function.type:
            raise InvalidModule(
                f"import `ic0.{item.name}` has type {actual}, expected {function.type}"
            )


def _check_exports(module: Module) -> dict[str, MethodKind]:
    methods: dict[str, MethodKind] = {}
    types = read_types(module)
    type_indices = function_type_indices(module)
    for item in read_exports(module):
        if item.name in _RESERVED_EXPORTS or item.name.startswith(OWN_EXPORTS):
            raise InvalidModule(f"export `{item.name}` is reserved")
        if item.kind is not ExternKind.FUNCTION or not item.name.startswith("canister_"):
            continue
        actual = types[type_indices[item.index]]
        if actual != _ENTRY_TYPE:
            raise InvalidModule(f"export `{item.name}` has type {actual}, expected {_ENTRY_TYPE}")
        if item.name in _ENTRY_POINTS:
            continue
        kind, method = _method_of(item.name)
        if method in methods:
            raise InvalidModule(f"duplicate export of method `{method}`")
        methods[method] = kind
    _check_method_names(methods)
    return methods


def _method_of(export_name: str) -> tuple[MethodKind, str]:
    for prefix, kind in _METHOD_PREFIXES.items():
        if export_name.startswith(prefix):
            return kind, export_name.removeprefix(prefix)
    raise InvalidModule(f"export `{export_name}` is reserved: unknown entry point")


def _check_method_names(methods: dict[str, MethodKind]) -> None:
    name_bytes = sum(len(method.encode()) for method in methods)
    if len(methods) > METHODS_MAX or name_bytes > METHOD_NAME_BYTES_MAX:
        raise InvalidModule(
            f"{len(methods)} methods with names of {name_bytes} bytes: at most {METHODS_MAX} with "
            f"{METHOD_NAME_BYTES_MAX} bytes are allowed"
        )
