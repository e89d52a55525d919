"""Check a finished module against the rules of the Internet Computer, trusting nothing before it.

In: the bytes to be installed.  Out: nothing, or an error that names the first broken rule.

Interface Spec, "Canister interface / WebAssembly module requirements" and "Entry points".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scm.candid.did_parser import parse_did
from scm.candid.types import Func
from scm.compiler.controls import CONTROLS
from scm.compiler.glue_entries import TIMER_METHODS
from scm.compiler.limits import check_limits, method_name
from scm.compiler.pin import callback_type
from scm.errors import ScmError
from scm.wasm import engine
from scm.wasm.code import NOTABLE_NAMES, TABLE_MUTATORS, find_notable, read_code
from scm.wasm.constants import integer_of, is_lone_instruction
from scm.wasm.functions import exported_functions
from scm.wasm.ic0_table import IC0_MODULE, ic0_functions
from scm.wasm.module import Module, parse_module
from scm.wasm.sections import (
    EXTERNREF,
    FUNCREF,
    VALUE_TYPE_NAMES,
    ExternKind,
    FunctionType,
    Import,
    all_memories,
    imported,
    read_exports,
    read_globals,
    read_imports,
    read_types,
)
from scm.wasm.segments import SegmentMode, read_data, read_elements
from scm.wasm.table import layout_of

ENTRY_POINTS: Final = frozenset(
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
RESERVED_EXPORTS: Final = frozenset(
    (
        "canister counter_instructions",
        "canister_start",
        "canister counter_dirty_pages",
        "canister counter_accessed_pages",
        "stable_memory",
        "stable_bytemap_memory",
    )
)
# Left from before the rules were fixed: the only imports that need not be functions.
_LEGACY_IMPORTS: Final = (
    ("env", "memory", ExternKind.MEMORY),
    ("env", "table", ExternKind.TABLE),
)


class VerifyError(ScmError):
    """The platform would reject the module."""


def verify_module(module_bytes: bytes) -> None:
    """Raise unless the platform would accept the (uncompressed) module.

    `VerifyError` or `MetadataError` for a broken rule, `LimitError` for a number too large,
    `WasmError` for invalid Wasm, `WasmFormatError` for an encoding that scm does not know.
    """
    engine.validate(module_bytes)
    module = parse_module(module_bytes)
    _check_imports(module)
    _check_exports(module)
    _check_globals(module)
    _check_expressions(module)
    _check_instructions(module)
    check_limits(module, len(module_bytes))


def verify_pins(module_bytes: bytes, pins: Mapping[str, int]) -> None:
    """Raise `VerifyError` unless each exported callback is at its slot of the finished table."""
    module = parse_module(module_bytes)
    callbacks = _callback_exports(module)
    layout = layout_of(module)
    for name, slot in pins.items():
        if name not in callbacks:
            raise VerifyError(f"the module exports no callback function `{name}`")
        if layout.get(slot) != callbacks[name]:
            raise VerifyError(f"`{name}` is not at slot {slot:,} of the table")


def verify_methods(module_bytes: bytes, did: str) -> None:
    """Raise `VerifyError` unless the module exports just the methods of its interface."""
    service = parse_did(did)
    promised = {f"canister_{kind} {name}" for kind, name in CONTROLS}
    if "canister_global_timer" in exported_functions(parse_module(module_bytes)):
        promised |= {f"canister_{kind} {name}" for kind, name in TIMER_METHODS}
    for method in service.resolved().methods:
        function = service.env.resolve(method.type)
        is_query = isinstance(function, Func) and "query" in function.annotations
        promised.add(f"canister_{'query' if is_query else 'update'} {method.name}")
    exported = {
        entry.name
        for entry in read_exports(parse_module(module_bytes))
        if entry.name.startswith(("canister_query ", "canister_update "))
    }
    for name in sorted(promised ^ exported):
        where = "interface, but not exported" if name in promised else "exports, but no interface"
        raise VerifyError(f"`{name}` is in the {where}")


def read_pins(module_bytes: bytes) -> dict[int, str]:
    """Slot to export name, for every slot that holds an exported function of callback type.

    A function exported twice goes by its first name.  Raises `TableError`, `WasmFormatError`.
    """
    module = parse_module(module_bytes)
    names: dict[int, str] = {}
    for name, index in _callback_exports(module).items():
        names.setdefault(index, name)
    layout = layout_of(module)
    return {slot: names[index] for slot, index in layout.items() if index in names}


def _callback_exports(module: Module) -> dict[str, int]:
    expected = callback_type(module)
    return {
        name: function.index
        for name, function in exported_functions(module).items()
        if function.type == expected
    }


def _check_imports(module: Module) -> None:
    types = read_types(module)
    memories = all_memories(module)
    functions = ic0_functions(is_memory_64=bool(memories) and memories[0].is_64)
    for entry in read_imports(module):
        where = f"`{entry.module}.{entry.name}`"
        if entry.kind is not ExternKind.FUNCTION:
            _check_legacy_import(entry, where)
            continue
        function = functions.get(entry.name) if entry.module == IC0_MODULE else None
        if function is None:
            raise VerifyError(f"the module imports {where}, which the platform does not have")
        assert isinstance(entry.type, int)
        if types[entry.type] != function.type:
            raise VerifyError(
                f"import {where} has type {types[entry.type]}, expected {function.type}"
            )


def _check_legacy_import(entry: Import, where: str) -> None:
    if (entry.module, entry.name, entry.kind) not in _LEGACY_IMPORTS:
        kind = entry.kind.name.lower()
        raise VerifyError(f"the module imports the {kind} {where}, expected only functions")


def _check_exports(module: Module) -> None:
    for entry in read_exports(module):
        if entry.name in RESERVED_EXPORTS:
            raise VerifyError(f"the export name `{entry.name}` is reserved by the platform")
    methods: set[str] = set()
    for name, function in exported_functions(module).items():
        if not _is_entry_point(name):
            continue
        if function.type != FunctionType(b"", b""):
            raise VerifyError(f"export `{name}` has type {function.type}, expected () -> ()")
        method = method_name(name)
        if method is not None and method in methods:
            raise VerifyError(f"the method `{method}` is exported twice")
        if method is not None:
            methods.add(method)


def _is_entry_point(name: str) -> bool:
    if name in ENTRY_POINTS or method_name(name) is not None:
        return True
    if name.startswith("canister_"):
        raise VerifyError(f"export `{name}` is no entry point that the platform knows")
    return False


def _check_globals(module: Module) -> None:
    for index, entry in enumerate(read_globals(module)):
        if entry.type.value_type in (FUNCREF, EXTERNREF):
            name = VALUE_TYPE_NAMES[entry.type.value_type]
            raise VerifyError(f"global {index} is of type {name}, expected a number")


def _check_expressions(module: Module) -> None:
    for index, segment in enumerate(read_data(module)):
        if segment.mode is SegmentMode.ACTIVE and integer_of(segment.offset) is None:
            raise VerifyError(f"the offset of data segment {index} is not a lone constant")
    # Elsewhere `global.get` is fine, but not the arithmetic of the extended constants proposal.
    for index, entry in enumerate(read_globals(module)):
        if not is_lone_instruction(entry.initialiser):
            raise VerifyError(f"the initialiser of global {index} is more than one instruction")
    for index, element in enumerate(read_elements(module)):
        if element.offset and not is_lone_instruction(element.offset):
            raise VerifyError(f"the offset of element segment {index} is more than one instruction")


def _check_instructions(module: Module) -> None:
    for found in find_notable(read_code(module)):
        if found.opcode in TABLE_MUTATORS:
            function = len(imported(read_imports(module), ExternKind.FUNCTION)) + found.body
            raise VerifyError(
                f"function {function} uses `{NOTABLE_NAMES[found.opcode]}`: the table is not "
                "allowed to change at run time"
            )
