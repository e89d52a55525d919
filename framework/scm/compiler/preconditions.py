"""What a module must be like for its memory and globals to be frozen into it.

Whatever outlives the boot and is neither memory 0 nor a plain global would be lost without a word
in the snapshot, so it is refused by name before anything runs.
"""

from __future__ import annotations

from scm.errors import ScmError
from scm.wasm.code import NOTABLE_NAMES, find_notable, read_code
from scm.wasm.module import Module
from scm.wasm.sections import (
    F32,
    F64,
    I32,
    I64,
    VALUE_TYPE_NAMES,
    ExternKind,
    all_memories,
    read_globals,
    read_imports,
)
from scm.wasm.segments import SegmentMode, read_data


class UnsupportedModuleError(ScmError):
    """The module is valid Wasm, but has something that a snapshot cannot hold."""


def check_preconditions(module: Module) -> None:
    """Raise `UnsupportedModuleError` unless a snapshot can hold the module's whole state."""
    _check_imports(module)
    _check_memory(module)
    _check_globals(module)
    _check_data(module)
    _check_instructions(module)


def _check_imports(module: Module) -> None:
    for entry in read_imports(module):
        if entry.kind is not ExternKind.FUNCTION:
            kind = entry.kind.name.lower()
            raise UnsupportedModuleError(
                f"the module imports the {kind} `{entry.module}.{entry.name}`, "
                "expected only functions"
            )


def _check_memory(module: Module) -> None:
    memories = all_memories(module)
    if len(memories) != 1:
        raise UnsupportedModuleError(f"the module has {len(memories)} memories, expected one")
    if memories[0].is_shared:
        raise UnsupportedModuleError("the module's memory is shared between threads")


def _check_globals(module: Module) -> None:
    for index, entry in enumerate(read_globals(module)):
        value_type = entry.type.value_type
        if entry.type.is_mutable and value_type not in (I32, I64, F32, F64):
            raise UnsupportedModuleError(
                f"mutable global {index} is of type {VALUE_TYPE_NAMES[value_type]}"
            )


def _check_data(module: Module) -> None:
    for index, segment in enumerate(read_data(module)):
        if segment.mode is SegmentMode.PASSIVE:
            raise UnsupportedModuleError(f"data segment {index} is passive")


def _check_instructions(module: Module) -> None:
    for found in find_notable(read_code(module)):
        # All of them change something that a new instance would have back as it was.
        raise UnsupportedModuleError(
            f"defined function {found.body} uses `{NOTABLE_NAMES[found.opcode]}`"
        )
