"""The type table: types as the binary format has them, numbers instead of trees.

`table_from_types` builds it from types, `write_header` and `parse_header` turn it into bytes and
back.  All other modules work on tables alone, so wire types and expected types look the same to
them.  A type is a *ref*: a negative opcode for a primitive, else an index of the table.
Candid spec, "Memory" and "Types".  Compiled into every canister.
"""

from collections.abc import Sequence
from typing import Final

from scm.candid.errors import CandidTypeError, DecodeError
from scm.candid.opcodes import (
    ANNOTATION_COMPOSITE_QUERY,
    ANNOTATION_ONEWAY,
    ANNOTATION_QUERY,
    OP_FUNC,
    OP_FUTURE,
    OP_NULL,
    OP_OPT,
    OP_RECORD,
    OP_RESERVED,
    OP_SERVICE,
    OP_VARIANT,
    OP_VEC,
    is_primitive,
    opcode_name,
)
from scm.candid.types import (
    FIELD_ID_MAX,
    NO_NAMES,
    Func,
    Opt,
    Primitive,
    Record,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.leb128 import read_signed, read_unsigned, write_signed, write_unsigned

MAGIC: Final = b"DIDL"
TABLE_ENTRIES_MAX: Final = 10_000  # the limit of the Rust decoder, which most canisters use


class Entry:
    """One composite type.

    `refs`: the inner type of opt and vec, the types of fields or methods, the arguments of a func.
    `ids`, `names`: of fields, sorted by id; a name is `''` where only the id is known.  A service
    has just `names`.  `results`, `annotation` (0: none) are a func's.
    """

    def __init__(self, opcode: int) -> None:
        self.opcode: Final = opcode
        self.refs: list[int] = []
        self.ids: list[int] = []
        self.names: list[str] = []
        self.results: list[int] = []
        self.annotation = 0

    def label(self, index: int) -> str:
        """The name of a field or method, or the id as text."""
        return self.names[index] or str(self.ids[index])

    def is_tuple(self) -> bool:
        """Whether the fields are nameless and numbered 0, 1, 2 ..., at least one."""
        for index, name in enumerate(self.names):
            if name or self.ids[index] != index:
                return False
        return len(self.ids) > 0


class TypeTable:
    """The types of a message: the table's entries, and the refs of the arguments."""

    def __init__(self, entries: list[Entry], args: list[int]) -> None:
        self.entries: Final = entries
        self.args: Final = args

    def opcode(self, ref: int) -> int:
        """The opcode behind a ref."""
        return ref if ref < 0 else self.entries[ref].opcode

    def wraps(self, entry: Entry) -> bool:
        """Whether the value of this opt could be `None`, so that it comes as `Some`."""
        inner = self.opcode(entry.refs[0])
        return inner in (OP_OPT, OP_NULL, OP_RESERVED)

    def is_optional(self, ref: int) -> bool:
        """Whether a missing field or argument of this type stands for null."""
        opcode = self.opcode(ref)
        return opcode in (OP_OPT, OP_NULL, OP_RESERVED)

    def describe(self, ref: int) -> str:
        """A short name of the type for messages: its keyword, opt and vec with what is inside."""
        words: list[str] = []
        opcode = self.opcode(ref)
        while (opcode in (OP_OPT, OP_VEC)) and len(words) < 4:
            words.append(opcode_name(opcode))
            ref = self.entries[ref].refs[0]
            opcode = self.opcode(ref)
        words.append(opcode_name(opcode))
        return " ".join(words)


def table_from_types(types: Sequence[Type], env: TypeEnv = NO_NAMES) -> TypeTable:
    """The table of an argument tuple: equal types share an entry, parents precede their parts.

    The same types always give the same table.  Raises `CandidTypeError` on names that `env` lacks
    or that are defined only by themselves.
    """
    builder = _TableBuilder(env)
    builder.number_types(types)
    return builder.table(types)


class _TableBuilder:
    """Numbers the types first, in the order of a depth-first walk, then fills the entries.

    The walk is a loop, as type graphs get deeper than the stack of a canister or of CPython allows.
    """

    def __init__(self, env: TypeEnv) -> None:
        self._env: Final = env
        self._types: Final[list[Type]] = []
        self._indexes: Final[dict[Type, int]] = {}

    def number_types(self, types: Sequence[Type]) -> None:
        pending = list(types)
        pending.reverse()
        while pending:
            type = self._env.resolve(pending.pop())
            if not isinstance(type, Primitive) and type not in self._indexes:
                self._indexes[type] = len(self._types)
                self._types.append(type)
                parts = _parts(type)
                parts.reverse()
                pending.extend(parts)

    def table(self, types: Sequence[Type]) -> TypeTable:
        return TypeTable([self._entry(type) for type in self._types], self._refs(types))

    def _ref(self, type: Type) -> int:
        resolved = self._env.resolve(type)
        return resolved.opcode if isinstance(resolved, Primitive) else self._indexes[resolved]

    def _refs(self, types: Sequence[Type]) -> list[int]:
        return [self._ref(type) for type in types]

    def _entry(self, type: Type) -> Entry:
        entry = Entry(type.opcode)
        if isinstance(type, (Opt, Vec)):
            entry.refs = [self._ref(type.inner)]
        elif isinstance(type, (Record, Variant)):
            entry.ids = [field.id for field in type.fields]
            entry.names = [field.name for field in type.fields]
            entry.refs = [self._ref(field.type) for field in type.fields]
        elif isinstance(type, Func):
            entry.refs = self._refs(type.args)
            entry.results = self._refs(type.results)
            entry.annotation = _annotation_code(type.annotations)
        elif isinstance(type, Service):
            for method in type.methods:
                if self._env.resolve(method.type).opcode != OP_FUNC:
                    raise CandidTypeError(f"method `{method.name}` must be a func")
                entry.names.append(method.name)
                entry.refs.append(self._ref(method.type))
        return entry


def _parts(type: Type) -> list[Type]:
    if isinstance(type, (Opt, Vec)):
        return [type.inner]
    if isinstance(type, (Record, Variant)):
        return [field.type for field in type.fields]
    if isinstance(type, Func):
        return [*type.args, *type.results]
    if isinstance(type, Service):
        return [method.type for method in type.methods]
    return []


def _annotation_code(annotations: Sequence[str]) -> int:
    if "query" in annotations:
        return ANNOTATION_QUERY
    if "oneway" in annotations:
        return ANNOTATION_ONEWAY
    if "composite_query" in annotations:
        return ANNOTATION_COMPOSITE_QUERY
    return 0


def annotation_name(code: int) -> str:
    """The word of an annotation code, `''` for none."""
    return ("", "query", "oneway", "composite_query")[code]


def encode_header(types: Sequence[Type], env: TypeEnv = NO_NAMES) -> bytes:
    """The header of a message with these arguments: magic bytes, type table, argument types."""
    return write_header(table_from_types(types, env))


def write_header(table: TypeTable) -> bytes:
    """The bytes of a table: `DIDL`, the entries, the argument types."""
    parts = [MAGIC, write_unsigned(len(table.entries))]
    for entry in table.entries:
        _write_entry(parts, entry)
    _write_refs(parts, table.args)
    return b"".join(parts)


def _write_entry(parts: list[bytes], entry: Entry) -> None:
    opcode = entry.opcode
    if opcode <= OP_FUTURE:
        raise CandidTypeError("a type of a later Candid version can't be written")
    parts.append(write_signed(opcode))
    if opcode in (OP_OPT, OP_VEC):
        parts.append(write_signed(entry.refs[0]))
    elif opcode == OP_FUNC:
        _write_refs(parts, entry.refs)
        _write_refs(parts, entry.results)
        parts.append(bytes([1, entry.annotation]) if entry.annotation else b"\0")
    else:
        parts.append(write_unsigned(len(entry.refs)))
        for index, ref in enumerate(entry.refs):
            if opcode == OP_SERVICE:
                name = entry.names[index].encode()
                parts.append(write_unsigned(len(name)) + name)
            else:
                parts.append(write_unsigned(entry.ids[index]))
            parts.append(write_signed(ref))


def _write_refs(parts: list[bytes], refs: list[int]) -> None:
    parts.append(write_unsigned(len(refs)))
    parts.extend([write_signed(ref) for ref in refs])


def parse_header(data: bytes) -> tuple[TypeTable, int]:
    """Read the header of a message; returns its table and the offset of the values.

    Raises `DecodeError` on anything the spec forbids: unsorted or repeated ids and names, refs out
    of range, methods that are no funcs, primitives in the table, more than 10,000 entries.
    """
    parser = _HeaderParser(data)
    try:
        return parser.parse(), parser.position
    except ValueError as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(parser.position, "", f"malformed header: {error}") from error


class _HeaderParser:
    """A cursor over the header; plain `ValueError`s get their offset in `parse_header`."""

    def __init__(self, data: bytes) -> None:
        self.position = len(MAGIC)
        self._data: Final = data
        self._entry_count = 0

    def parse(self) -> TypeTable:
        if self._data[: len(MAGIC)] != MAGIC:
            self.position = 0
            raise ValueError("a Candid message starts with `DIDL`")
        self._entry_count = self._count(1)
        if self._entry_count > TABLE_ENTRIES_MAX:
            raise ValueError(
                f"the type table has {self._entry_count} entries, over {TABLE_ENTRIES_MAX}"
            )
        entries = [self._entry() for _ in range(self._entry_count)]
        _check_methods(entries)
        args = self._refs()
        return TypeTable(entries, args)

    def _unsigned(self) -> int:
        number, self.position = read_unsigned(self._data, self.position)
        return number

    def _count(self, item_size: int) -> int:
        count = self._unsigned()
        if count * item_size > len(self._data) - self.position:
            raise ValueError("a count is larger than the message")
        return count

    def _ref(self) -> int:
        ref, self.position = read_signed(self._data, self.position)
        if ref >= self._entry_count:
            raise ValueError(f"type {ref} is not in the type table of {self._entry_count} entries")
        if ref < 0 and not is_primitive(ref):
            raise ValueError(f"{ref} is the opcode of no primitive type")
        return ref

    def _refs(self) -> list[int]:
        return [self._ref() for _ in range(self._count(1))]

    def _entry(self) -> Entry:
        opcode, self.position = read_signed(self._data, self.position)
        if opcode <= OP_FUTURE:
            size = self._count(1)
            self.position += size
            return Entry(OP_FUTURE)
        if opcode >= 0 or is_primitive(opcode):
            raise ValueError(f"{opcode} is the opcode of no composite type")
        entry = Entry(opcode)
        if opcode in (OP_OPT, OP_VEC):
            entry.refs.append(self._ref())
        elif opcode in (OP_RECORD, OP_VARIANT):
            self._fields(entry)
        elif opcode == OP_SERVICE:
            self._methods(entry)
        else:
            entry.refs = self._refs()
            entry.results = self._refs()
            entry.annotation = self._annotation()
        return entry

    def _fields(self, entry: Entry) -> None:
        previous = -1
        for _ in range(self._count(2)):
            number = self._unsigned()
            if number <= previous:
                raise ValueError("field ids are not in strictly increasing order")
            if number > FIELD_ID_MAX:
                raise ValueError("a field id is not below 2^32")
            previous = number
            entry.ids.append(number)
            entry.names.append("")
            entry.refs.append(self._ref())

    def _methods(self, entry: Entry) -> None:
        previous = b""
        for index in range(self._count(2)):
            size = self._count(1)
            raw = self._data[self.position : self.position + size]
            if index and raw <= previous:
                raise ValueError("method names are not in strictly increasing order")
            name = raw.decode()
            self.position += size
            previous = raw
            entry.names.append(name)
            ref = self._ref()
            if ref < 0:
                raise ValueError(f"method `{name}` is no func")
            entry.refs.append(ref)

    def _annotation(self) -> int:
        count = self._count(1)
        if count == 0:
            return 0
        code = self._unsigned()
        if count > 1 or not ANNOTATION_QUERY <= code <= ANNOTATION_COMPOSITE_QUERY:
            raise ValueError("unknown func annotations")
        return code


def _check_methods(entries: list[Entry]) -> None:
    for entry in entries:
        if entry.opcode == OP_SERVICE:
            for index, ref in enumerate(entry.refs):
                if entries[ref].opcode != OP_FUNC:
                    raise ValueError(f"method `{entry.names[index]}` is no func")
