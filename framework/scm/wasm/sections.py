"""Typed views of the declaration sections: types, imports, functions, tables, memories, globals,
exports, start.  Readers take a module; writers give the payload of a section.

Initialiser expressions stay raw bytes (`wasm/constants.py` reads them).  Segments are in
`wasm/segments.py`, custom sections in `wasm/custom.py`, function bodies in `wasm/code.py`.

Core specification, "Binary Format / Modules".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Final, TypeVar

from attrs import frozen

from scm.leb128 import write_unsigned
from scm.wasm.constants import read_expression
from scm.wasm.module import Module, SectionId
from scm.wasm.reader import Reader

I32: Final = 0x7F
I64: Final = 0x7E
F32: Final = 0x7D
F64: Final = 0x7C
V128: Final = 0x7B
FUNCREF: Final = 0x70
EXTERNREF: Final = 0x6F

VALUE_TYPE_NAMES: Final = {
    I32: "i32",
    I64: "i64",
    F32: "f32",
    F64: "f64",
    V128: "v128",
    FUNCREF: "funcref",
    EXTERNREF: "externref",
}

_FUNCTION_FORM: Final = 0x60
_TABLE_WITH_INITIALISER: Final = 0x40
_HAS_MAXIMUM, _IS_SHARED, _IS_64 = 1, 2, 4

_Item = TypeVar("_Item")


class ExternKind(IntEnum):
    """What an import or an export is."""

    FUNCTION = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3
    TAG = 4


@frozen
class FunctionType:
    """Parameter and result types, one byte each."""

    parameters: bytes
    results: bytes

    def __str__(self) -> str:
        return f"({_type_names(self.parameters)}) -> ({_type_names(self.results)})"


@frozen
class Limits:
    """Sizes of a memory in pages or of a table in elements; `is_64`: addressed by i64."""

    minimum: int
    maximum: int | None = None
    is_64: bool = False
    is_shared: bool = False


@frozen
class TableType:
    """Element type and limits; `initialiser` only in the newer form that has one."""

    element_type: int
    limits: Limits
    initialiser: bytes | None = None


@frozen
class GlobalType:
    """Value type and mutability."""

    value_type: int
    is_mutable: bool


@frozen
class Global:
    """A defined global: its type and its initialiser expression."""

    type: GlobalType
    initialiser: bytes


@frozen
class Import:
    """`type` is a type index for functions and tags."""

    module: str
    name: str
    kind: ExternKind
    type: int | TableType | Limits | GlobalType


@frozen
class Export:
    """`index` counts in the index space of `kind`, imports first."""

    name: str
    kind: ExternKind
    index: int


def read_types(module: Module) -> list[FunctionType]:
    """The type section; only function types, as the Internet Computer allows no other."""
    return _read_vector(module, SectionId.TYPE, _read_function_type)


def read_imports(module: Module) -> list[Import]:
    return _read_vector(module, SectionId.IMPORT, _read_import)


def read_functions(module: Module) -> list[int]:
    """The function section: the type index of each defined function."""
    return _read_vector(module, SectionId.FUNCTION, Reader.u32)


def read_tables(module: Module) -> list[TableType]:
    return _read_vector(module, SectionId.TABLE, _read_defined_table)


def read_memories(module: Module) -> list[Limits]:
    return _read_vector(module, SectionId.MEMORY, _read_limits)


def read_globals(module: Module) -> list[Global]:
    return _read_vector(module, SectionId.GLOBAL, _read_global)


def read_exports(module: Module) -> list[Export]:
    return _read_vector(module, SectionId.EXPORT, _read_export)


def read_start(module: Module) -> int | None:
    """The index of the start function, or None."""
    reader = module.reader(SectionId.START)
    if reader is None:
        return None
    index = reader.u32()
    reader.expect_end()
    return index


def imported(imports: Iterable[Import], kind: ExternKind) -> list[Import]:
    """The imports of one kind: the first entries of that index space."""
    return [entry for entry in imports if entry.kind == kind]


def function_type_indices(module: Module) -> list[int]:
    """Type index of every function in the index space, imported ones first."""
    functions = imported(read_imports(module), ExternKind.FUNCTION)
    return [entry.type for entry in functions if isinstance(entry.type, int)] + read_functions(
        module
    )


def all_tables(module: Module) -> list[TableType]:
    """The table index space, imported ones first."""
    tables = imported(read_imports(module), ExternKind.TABLE)
    return [entry.type for entry in tables if isinstance(entry.type, TableType)] + read_tables(
        module
    )


def all_memories(module: Module) -> list[Limits]:
    """The memory index space, imported ones first."""
    memories = imported(read_imports(module), ExternKind.MEMORY)
    return [entry.type for entry in memories if isinstance(entry.type, Limits)] + read_memories(
        module
    )


def all_global_types(module: Module) -> list[GlobalType]:
    """Types over the global index space, imported ones first."""
    imports = imported(read_imports(module), ExternKind.GLOBAL)
    types = [entry.type for entry in imports if isinstance(entry.type, GlobalType)]
    return types + [entry.type for entry in read_globals(module)]


def write_vector(items: Sequence[bytes]) -> bytes:
    """A count and the items: the payload of most sections."""
    return write_unsigned(len(items)) + b"".join(items)


def write_name(name: str) -> bytes:
    encoded = name.encode()
    return write_unsigned(len(encoded)) + encoded


def write_types(types: Iterable[FunctionType]) -> bytes:
    return write_vector(
        [
            bytes((_FUNCTION_FORM,))
            + write_unsigned(len(entry.parameters))
            + entry.parameters
            + write_unsigned(len(entry.results))
            + entry.results
            for entry in types
        ]
    )


def write_imports(imports: Iterable[Import]) -> bytes:
    return write_vector(
        [
            write_name(entry.module)
            + write_name(entry.name)
            + bytes((entry.kind,))
            + _extern_type_bytes(entry)
            for entry in imports
        ]
    )


def write_functions(type_indices: Iterable[int]) -> bytes:
    return write_vector([write_unsigned(index) for index in type_indices])


def write_tables(tables: Iterable[TableType]) -> bytes:
    return write_vector([_defined_table_bytes(table) for table in tables])


def write_memories(memories: Iterable[Limits]) -> bytes:
    return write_vector([_limits_bytes(limits) for limits in memories])


def write_globals(entries: Iterable[Global]) -> bytes:
    return write_vector([_global_type_bytes(entry.type) + entry.initialiser for entry in entries])


def write_exports(exports: Iterable[Export]) -> bytes:
    return write_vector(
        [
            write_name(entry.name) + bytes((entry.kind,)) + write_unsigned(entry.index)
            for entry in exports
        ]
    )


def _read_vector(
    module: Module, section_id: SectionId, read_item: Callable[[Reader], _Item]
) -> list[_Item]:
    reader = module.reader(section_id)
    if reader is None:
        return []
    items = reader.vector(lambda: read_item(reader))
    reader.expect_end()
    return items


def _read_function_type(reader: Reader) -> FunctionType:
    form = reader.byte()
    if form != _FUNCTION_FORM:
        raise reader.error(f"type form 0x{form:02x} is not a function type", reader.position - 1)
    parameters = bytes(reader.vector(lambda: read_value_type(reader)))
    return FunctionType(parameters, bytes(reader.vector(lambda: read_value_type(reader))))


def read_value_type(reader: Reader) -> int:
    value_type = reader.byte()
    if value_type not in VALUE_TYPE_NAMES:
        raise reader.error(f"unknown value type 0x{value_type:02x}", reader.position - 1)
    return value_type


def read_reference_type(reader: Reader) -> int:
    reference_type = read_value_type(reader)
    if reference_type not in (FUNCREF, EXTERNREF):
        raise reader.error("reference type expected", reader.position - 1)
    return reference_type


def _read_import(reader: Reader) -> Import:
    module, name = reader.name(), reader.name()
    kind = _read_kind(reader)
    match kind:
        case ExternKind.FUNCTION:
            return Import(module, name, kind, reader.u32())
        case ExternKind.TABLE:
            return Import(module, name, kind, _read_table_type(reader))
        case ExternKind.MEMORY:
            return Import(module, name, kind, _read_limits(reader))
        case ExternKind.GLOBAL:
            return Import(module, name, kind, _read_global_type(reader))
        case ExternKind.TAG:
            _read_tag_attribute(reader)
            return Import(module, name, kind, reader.u32())


def _read_kind(reader: Reader) -> ExternKind:
    kind = reader.byte()
    if kind > ExternKind.TAG:
        raise reader.error(f"unknown import or export kind 0x{kind:02x}", reader.position - 1)
    return ExternKind(kind)


def _read_tag_attribute(reader: Reader) -> None:
    if reader.byte() != 0:
        raise reader.error("unknown tag attribute", reader.position - 1)


def _read_table_type(reader: Reader) -> TableType:
    return TableType(read_reference_type(reader), _read_limits(reader))


def _read_defined_table(reader: Reader) -> TableType:
    start = reader.position
    if reader.byte() != _TABLE_WITH_INITIALISER:
        reader.position = start
        return _read_table_type(reader)
    if reader.byte() != 0:
        raise reader.error("unknown table form", reader.position - 1)
    table = _read_table_type(reader)
    return TableType(table.element_type, table.limits, read_expression(reader))


def _read_limits(reader: Reader) -> Limits:
    flags = reader.byte()
    if flags > _HAS_MAXIMUM | _IS_SHARED | _IS_64:
        raise reader.error(f"unknown limits flags 0x{flags:02x}", reader.position - 1)
    is_64 = bool(flags & _IS_64)
    read = reader.u64 if is_64 else reader.u32
    minimum = read()
    maximum = read() if flags & _HAS_MAXIMUM else None
    return Limits(minimum, maximum, is_64, bool(flags & _IS_SHARED))


def _read_global_type(reader: Reader) -> GlobalType:
    value_type = read_value_type(reader)
    mutability = reader.byte()
    if mutability > 1:
        raise reader.error(f"unknown mutability 0x{mutability:02x}", reader.position - 1)
    return GlobalType(value_type, bool(mutability))


def _read_global(reader: Reader) -> Global:
    return Global(_read_global_type(reader), read_expression(reader))


def _read_export(reader: Reader) -> Export:
    return Export(reader.name(), _read_kind(reader), reader.u32())


def _extern_type_bytes(entry: Import) -> bytes:
    match entry.type:
        case TableType() as table:
            return _table_type_bytes(table)
        case Limits() as limits:
            return _limits_bytes(limits)
        case GlobalType() as global_type:
            return _global_type_bytes(global_type)
        case int() as type_index:
            attribute = b"\x00" if entry.kind == ExternKind.TAG else b""
            return attribute + write_unsigned(type_index)


def _table_type_bytes(table: TableType) -> bytes:
    return bytes((table.element_type,)) + _limits_bytes(table.limits)


def _defined_table_bytes(table: TableType) -> bytes:
    if table.initialiser is None:
        return _table_type_bytes(table)
    return bytes((_TABLE_WITH_INITIALISER, 0)) + _table_type_bytes(table) + table.initialiser


def _limits_bytes(limits: Limits) -> bytes:
    has_maximum = limits.maximum is not None
    flags = has_maximum * _HAS_MAXIMUM | limits.is_shared * _IS_SHARED | limits.is_64 * _IS_64
    maximum = b"" if limits.maximum is None else write_unsigned(limits.maximum)
    return bytes((flags,)) + write_unsigned(limits.minimum) + maximum


def _global_type_bytes(global_type: GlobalType) -> bytes:
    return bytes((global_type.value_type, global_type.is_mutable))


def _type_names(value_types: bytes) -> str:
    return ", ".join(VALUE_TYPE_NAMES[value_type] for value_type in value_types)
