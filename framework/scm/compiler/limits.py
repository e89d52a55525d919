"""The Internet Computer's numeric limits on a module, checked on its final bytes.

Source: Interface Spec, "Resource limits".
"""

from __future__ import annotations

from typing import Final

from scm.compiler.metadata import check_metadata, read_all_metadata
from scm.errors import LimitError
from scm.wasm.code import Code, FunctionBody, count_opcodes, read_code
from scm.wasm.complexity import COMPLEXITY_PER_BYTE_MAX, function_complexity
from scm.wasm.custom import read_function_names
from scm.wasm.module import Module, SectionId
from scm.wasm.sections import (
    ExternKind,
    all_memories,
    all_tables,
    imported,
    read_exports,
    read_functions,
    read_globals,
    read_imports,
)

MODULE_BYTES_MAX: Final = 100 * 1024 * 1024
CODE_SECTION_BYTES_MAX: Final = 10 * 1024 * 1024  # some versions of the platform allow 11
FUNCTIONS_MAX: Final = 50_000
GLOBALS_MAX: Final = 1_000
METHODS_MAX: Final = 1_000
METHOD_NAMES_BYTES_MAX: Final = 20_000
FUNCTION_INSTRUCTIONS_MAX: Final = 1_000_000
FUNCTION_COMPLEXITY_MAX: Final = 1_000_000
FUNCTION_NAME_BYTES_MAX: Final = 1024 * 1024
TABLES_MAX: Final = 1
TABLE_ELEMENTS_MAX: Final = 1_000_000
MEMORY_PAGES_MAX_32: Final = 65_536
MEMORY_PAGES_MAX_64: Final = 98_304

METHOD_PREFIXES: Final = ("canister_update ", "canister_query ", "canister_composite_query ")


def check_limits(module: Module, size_bytes: int) -> None:
    """Raise `LimitError` on the first limit that the module of `size_bytes` breaks.

    Also raises `MetadataError` on bad `icp:` sections and `WasmFormatError`.
    """
    _check("bytes of the module", size_bytes, MODULE_BYTES_MAX)
    _check_declarations(module)
    _check_table(module)
    _check_memory(module)
    _check_methods(module)
    check_metadata(read_all_metadata(module))
    _check_function_names(module)
    _check_code(module)


def method_name(export_name: str) -> str | None:
    """The method's name in `canister_update NAME` and its kin; None for other exports."""
    for prefix in METHOD_PREFIXES:
        if export_name.startswith(prefix):
            return export_name.removeprefix(prefix)
    return None


def _check(limit: str, actual: int, maximum: int, help: str = "") -> None:
    if actual > maximum:
        raise LimitError(limit, actual, maximum, help)


def _check_declarations(module: Module) -> None:
    _check("number of functions", len(read_functions(module)), FUNCTIONS_MAX)
    _check("number of globals", len(read_globals(module)), GLOBALS_MAX)


def _check_table(module: Module) -> None:
    tables = all_tables(module)
    _check("number of tables", len(tables), TABLES_MAX)
    for table in tables:
        _check("elements of the table", table.limits.minimum, TABLE_ELEMENTS_MAX)


def _check_memory(module: Module) -> None:
    for memory in all_memories(module):
        maximum = MEMORY_PAGES_MAX_64 if memory.is_64 else MEMORY_PAGES_MAX_32
        _check("pages of memory at the start", memory.minimum, maximum)


def _check_methods(module: Module) -> None:
    exports = [entry for entry in read_exports(module) if entry.kind is ExternKind.FUNCTION]
    names = [name for entry in exports if (name := method_name(entry.name)) is not None]
    _check("number of public methods", len(names), METHODS_MAX)
    _check(
        "bytes of all method names together",
        sum(len(name.encode()) for name in names),
        METHOD_NAMES_BYTES_MAX,
    )


def _check_function_names(module: Module) -> None:
    custom_bytes = [len(s.payload) for s in module.sections if s.id == SectionId.CUSTOM]
    if max(custom_bytes, default=0) <= FUNCTION_NAME_BYTES_MAX:
        return
    longest = max((len(n.encode()) for n in read_function_names(module).values()), default=0)
    _check("bytes of a function's name", longest, FUNCTION_NAME_BYTES_MAX)


def _check_code(module: Module) -> None:
    section = module.find(SectionId.CODE)
    if section is None:
        return
    _check("bytes of the code section", len(section.payload), CODE_SECTION_BYTES_MAX)
    code = read_code(module)
    for index, body in enumerate(code.bodies):
        if body.size_bytes * COMPLEXITY_PER_BYTE_MAX > FUNCTION_COMPLEXITY_MAX:
            _check_body(module, code, index, body)


def _check_body(module: Module, code: Code, index: int, body: FunctionBody) -> None:
    counts = count_opcodes(code, body)
    instructions = counts.total()
    complexity = function_complexity(counts)
    if instructions <= FUNCTION_INSTRUCTIONS_MAX and complexity <= FUNCTION_COMPLEXITY_MAX:
        return
    function = len(imported(read_imports(module), ExternKind.FUNCTION)) + index
    name = read_function_names(module).get(function, str(function))
    help = "split the function: long module bodies and big literals become one function each"
    _check(f"instructions of function `{name}`", instructions, FUNCTION_INSTRUCTIONS_MAX, help)
    _check(f"complexity of function `{name}`", complexity, FUNCTION_COMPLEXITY_MAX, help)
