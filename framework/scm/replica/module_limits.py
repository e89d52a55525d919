"""What a module may not have even if it is valid Wasm: too much of something, and a few constructs.

The platform's own numbers and checks (Resource limits; `validation.rs` of its replica), apart from
imports, exports and custom sections, which are in `module_checks.py`.
"""

from __future__ import annotations

from typing import Final

from scm.replica.canister_module import HEAP_PAGES_MAX_64
from scm.replica.errors import InvalidModule
from scm.wasm.code import (
    NOTABLE_NAMES,
    TABLE_MUTATORS,
    Code,
    FunctionBody,
    count_opcodes,
    find_notable,
    read_code,
)
from scm.wasm.complexity import COMPLEXITY_PER_BYTE_MAX, function_complexity
from scm.wasm.constants import integer_of, is_lone_instruction
from scm.wasm.engine import TABLE_ELEMENTS_MAX
from scm.wasm.module import Module, SectionId
from scm.wasm.sections import (
    EXTERNREF,
    FUNCREF,
    VALUE_TYPE_NAMES,
    all_memories,
    all_tables,
    read_functions,
    read_globals,
)
from scm.wasm.segments import SegmentMode, read_data, read_elements

CODE_SECTION_BYTES_MAX: Final = 10 * 1024 * 1024
FUNCTIONS_MAX: Final = 50_000
GLOBALS_MAX: Final = 1_000
TABLES_MAX: Final = 1
FUNCTION_INSTRUCTIONS_MAX: Final = 1_000_000
FUNCTION_COMPLEXITY_MAX: Final = 1_000_000

_REFERENCE_TYPES: Final = (FUNCREF, EXTERNREF)


def check_declarations(module: Module) -> None:
    """Numbers and sizes of what is declared; raises `InvalidModule`."""
    for what, count, maximum in (
        ("functions", len(read_functions(module)), FUNCTIONS_MAX),
        ("globals", len(read_globals(module)), GLOBALS_MAX),
        ("tables", len(all_tables(module)), TABLES_MAX),
    ):
        if count > maximum:
            raise InvalidModule(
                f"Wasm module defined {count} {what} which exceeds the maximum number allowed "
                f"{maximum}."
            )
    for table in all_tables(module):
        if table.limits.minimum > TABLE_ELEMENTS_MAX:
            raise InvalidModule(
                f"a table has {table.limits.minimum} elements, at most {TABLE_ELEMENTS_MAX} are "
                "allowed"
            )
    for memory in all_memories(module):
        # 32-bit memories cannot be too large: that would be invalid Wasm.
        if memory.minimum > HEAP_PAGES_MAX_64:
            raise InvalidModule(
                f"the memory has {memory.minimum} pages, at most {HEAP_PAGES_MAX_64} are allowed"
            )


def check_expressions(module: Module) -> None:
    """Types of globals, and constant expressions; raises `InvalidModule`."""
    for index, entry in enumerate(read_globals(module)):
        if entry.type.value_type in _REFERENCE_TYPES:
            name = VALUE_TYPE_NAMES[entry.type.value_type]
            raise InvalidModule(f"unsupported global type: global {index} is a {name}")
        # The arithmetic of the extended constants proposal; the engine would take it.
        if not is_lone_instruction(entry.initialiser):
            raise InvalidModule(f"the initialiser of global {index} is more than one instruction")
    for index, data in enumerate(read_data(module)):
        if data.mode is SegmentMode.ACTIVE and integer_of(data.offset) is None:
            raise InvalidModule(f"invalid offset expression in data segment {index}")
    for index, element in enumerate(read_elements(module)):
        if element.offset and not is_lone_instruction(element.offset):
            raise InvalidModule(f"the offset of element segment {index} is no single instruction")


def check_code(module: Module) -> None:
    """The code section's size, each function's, and forbidden instructions; see `InvalidModule`."""
    section = module.find(SectionId.CODE)
    if section is None:
        return
    if len(section.payload) > CODE_SECTION_BYTES_MAX:
        raise InvalidModule(
            f"Wasm module code section size of {len(section.payload)} exceeds the maximum allowed "
            f"size of {CODE_SECTION_BYTES_MAX}"
        )
    code = read_code(module)
    for index, body in enumerate(code.bodies):
        # Counting takes long; a short body cannot have too much.
        if body.size_bytes * COMPLEXITY_PER_BYTE_MAX > FUNCTION_COMPLEXITY_MAX:
            _check_size(code, index, body)
    for found in find_notable(code):
        if found.opcode in TABLE_MUTATORS:
            # What is in the table is not kept between messages.
            raise InvalidModule(
                f"Wasm module contains a function at index {found.body} with unsupported "
                f"instruction {NOTABLE_NAMES[found.opcode]}"
            )


def _check_size(code: Code, index: int, body: FunctionBody) -> None:
    counts = count_opcodes(code, body)
    if counts.total() > FUNCTION_INSTRUCTIONS_MAX:
        raise InvalidModule(
            f"Wasm module contains a function at index {index} of size {counts.total()} that "
            f"exceeds the maximum allowed size of {FUNCTION_INSTRUCTIONS_MAX}"
        )
    complexity = function_complexity(counts)
    if complexity > FUNCTION_COMPLEXITY_MAX:
        raise InvalidModule(
            f"Wasm module contains a function at index {index} with complexity {complexity} which "
            f"exceeds the maximum complexity allowed {FUNCTION_COMPLEXITY_MAX}"
        )
