"""Exported functions with their types: what pinning and the checks of entry points look at; and
how one more function is defined."""

from __future__ import annotations

from attrs import frozen

from scm.leb128 import write_unsigned
from scm.wasm.module import Module, SectionId
from scm.wasm.reader import WasmFormatError
from scm.wasm.sections import (
    ExternKind,
    FunctionType,
    function_type_indices,
    read_exports,
    read_functions,
    read_types,
    write_functions,
    write_types,
)


@frozen
class ExportedFunction:
    """`index` counts in the function index space, imports first."""

    index: int
    type: FunctionType


def exported_functions(module: Module) -> dict[str, ExportedFunction]:
    """Exported functions by name, in file order; raises `WasmFormatError` on a dangling index."""
    types = read_types(module)
    type_indices = function_type_indices(module)
    functions: dict[str, ExportedFunction] = {}
    for entry in read_exports(module):
        if entry.kind is not ExternKind.FUNCTION:
            continue
        if entry.index >= len(type_indices) or type_indices[entry.index] >= len(types):
            raise WasmFormatError(0, f"export `{entry.name}` is of a function that does not exist")
        functions[entry.name] = ExportedFunction(entry.index, types[type_indices[entry.index]])
    return functions


def append_function(module: Module, type: FunctionType, body: bytes) -> tuple[Module, int]:
    """Define one more function, behind all others: the new module, and the function's index.

    `body` is its local variables and instructions, up to and with the `end`.
    """
    types = read_types(module)
    if type not in types:
        types.append(type)
        module = module.with_section(SectionId.TYPE, write_types(types))
    index = len(function_type_indices(module))
    functions = [*read_functions(module), types.index(type)]
    module = module.with_section(SectionId.FUNCTION, write_functions(functions))
    reader = module.reader(SectionId.CODE)
    count, existing = (0, b"") if reader is None else (reader.u32(), reader.rest())
    code = write_unsigned(count + 1) + existing + write_unsigned(len(body)) + body
    return module.with_section(SectionId.CODE, code), index
