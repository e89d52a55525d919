"""Exported functions with their types: what pinning and the checks of entry points look at."""

from __future__ import annotations

from attrs import frozen

from scm.wasm.module import Module
from scm.wasm.reader import WasmFormatError
from scm.wasm.sections import (
    ExternKind,
    FunctionType,
    function_type_indices,
    read_exports,
    read_types,
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
