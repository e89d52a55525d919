"""The Internet Computer's numeric limits on a module, checked on its final bytes.

Sources: Interface Spec, "Resource limits"; the replica's `validation.rs` for function complexity.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Final

from scm.compiler.metadata import check_metadata, read_all_metadata
from scm.errors import LimitError
from scm.wasm.code import Code, FunctionBody, count_opcodes, read_code
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

# The dearest instructions take two bytes (`call`, `block`), so a body costs at most this per byte.
_COMPLEXITY_PER_BYTE_MAX: Final = 25


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


def function_complexity(counts: Counter[bytes]) -> int:
    """The platform's measure of how long a function takes to compile."""
    weights = _weights()
    return sum(weights.get(opcode, 1) * count for opcode, count in counts.items())


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
        if body.size_bytes * _COMPLEXITY_PER_BYTE_MAX > FUNCTION_COMPLEXITY_MAX:
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


@cache
def _weights() -> dict[bytes, int]:
    """Opcode to weight, for those that do not weigh 1."""
    one_byte = {
        # block loop if, br br_if br_table, call call_indirect, memory.grow
        50: (0x02, 0x03, 0x04, 0x0C, 0x0D, 0x0E, 0x10, 0x11, 0x40),
        14: (0x25,),  # table.get
        8: (0xD2,),  # ref.func
        7: (0x26,),  # table.set
        6: (0xD1,),  # ref.is_null
        # Trapping truncations, conversions, i64.extend_i32, f32.demote.
        5: (0xA8, 0xA9, 0xAA, 0xAB, *range(0xAC, 0xBB)),
        4: (0x8B, 0x8C, 0x99, 0x9A),  # float abs and neg
        # Loads, f64.eq, integer division and remainder, copysign.
        3: (*range(0x28, 0x36), 0x61, *range(0x6D, 0x71), *range(0x7F, 0x83), 0x98, 0xA6),
        2: (
            0x1B,  # select
            0x23,  # global.get
            *range(0x36, 0x40),  # stores, memory.size
            *range(0x45, 0x61),  # comparisons
            *range(0x62, 0x67),
            0x69,  # popcnt
            0x7B,
            *range(0x8D, 0x90),  # ceil floor trunc
            0x91,  # sqrt
            *range(0x9B, 0x9E),
            0x9F,
            0xA7,  # i32.wrap_i64
            0xBB,  # f64.promote_f32
            0xBC,  # i32.reinterpret_f32
            0xBD,  # i64.reinterpret_f64
            *range(0xC0, 0xC5),  # sign extensions
        ),
    }
    weights = {
        bytes((opcode,)): weight for weight, opcodes in one_byte.items() for opcode in opcodes
    }
    weights |= {bytes((0xFC, saturating)): 3 for saturating in range(8)}
    return weights | {b"\xfc\x0a": 4, b"\xfc\x0b": 3}  # memory.copy, memory.fill
