"""Candid types as immutable values: compared by structure, printed as Candid text.

A recursive type is a `Ref` to a name of a `TypeEnv`, so each type is a finite tree.  Two types are
equal if they read the same up to the order of fields; whether one *fits* another is the business
of `subtype.py`.  Compiled into every canister.  Candid spec, "Core Grammar".
"""

from collections.abc import Mapping, Sequence
from typing import Final

from scm.candid import opcodes as op
from scm.candid.errors import CandidTypeError
from scm.candid.text import is_identifier, quote_name, same_id, utf8_of

FIELD_ID_MAX: Final = 0xFFFF_FFFF
ANNOTATIONS: Final = ("query", "oneway", "composite_query")


def field_hash(name: str) -> int:
    """The id of a field name (Candid spec, "Fields"): a 32-bit rolling hash of its UTF-8 bytes.

    Raises `CandidTypeError` if UTF-8 can't encode the name.
    """
    number = 0
    for byte in utf8_of(name):
        number = (number * 223 + byte) & FIELD_ID_MAX
    return number


class Type:
    """Any Candid type; `opcode` tells which (see `opcodes.py`, `OP_REF` for a name)."""

    def __init__(self, opcode: int, digest: int) -> None:
        self.opcode: Final = opcode
        # Kept, because types are looked up in tables far more often than built.
        self._digest: Final = digest

    def __hash__(self) -> int:
        return self._digest


class Primitive(Type):
    """A type without parts; use the constants `NULL` to `PRINCIPAL`."""

    def __init__(self, opcode: int) -> None:
        super().__init__(opcode, hash(opcode))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Primitive) and self.opcode == other.opcode

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return op.opcode_name(self.opcode)


NULL: Final = Primitive(op.OP_NULL)
BOOL: Final = Primitive(op.OP_BOOL)
NAT: Final = Primitive(op.OP_NAT)
INT: Final = Primitive(op.OP_INT)
NAT8: Final = Primitive(op.OP_NAT8)
NAT16: Final = Primitive(op.OP_NAT16)
NAT32: Final = Primitive(op.OP_NAT32)
NAT64: Final = Primitive(op.OP_NAT64)
INT8: Final = Primitive(op.OP_INT8)
INT16: Final = Primitive(op.OP_INT16)
INT32: Final = Primitive(op.OP_INT32)
INT64: Final = Primitive(op.OP_INT64)
FLOAT32: Final = Primitive(op.OP_FLOAT32)
FLOAT64: Final = Primitive(op.OP_FLOAT64)
TEXT: Final = Primitive(op.OP_TEXT)
RESERVED: Final = Primitive(op.OP_RESERVED)
EMPTY: Final = Primitive(op.OP_EMPTY)
PRINCIPAL: Final = Primitive(op.OP_PRINCIPAL)


def primitive_types() -> tuple[Primitive, ...]:
    """All primitive types, in the order of their opcodes."""
    return (
        *(NULL, BOOL, NAT, INT, NAT8, NAT16, NAT32, NAT64, INT8, INT16, INT32, INT64),
        *(FLOAT32, FLOAT64, TEXT, RESERVED, EMPTY, PRINCIPAL),
    )


class Opt(Type):
    """`opt inner`."""

    def __init__(self, inner: Type) -> None:
        super().__init__(op.OP_OPT, hash((op.OP_OPT, inner)))
        self.inner: Final = inner

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Opt) and self.inner == other.inner)

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return f"opt {self.inner!r}"


class Vec(Type):
    """`vec inner`; `vec nat8` is `blob`."""

    def __init__(self, inner: Type) -> None:
        super().__init__(op.OP_VEC, hash((op.OP_VEC, inner)))
        self.inner: Final = inner

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Vec) and self.inner == other.inner)

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return "blob" if self.inner.opcode == op.OP_NAT8 else f"vec {self.inner!r}"


BLOB: Final = Vec(NAT8)


class Field:
    """A field of a record or variant: a name, or `''` and an explicit `id` where none is known."""

    def __init__(self, name: str, type: Type, id: int = -1) -> None:
        if name:
            if id not in (-1, field_hash(name)):
                raise CandidTypeError(f"field `{name}` can't have the id {id}")
            id = field_hash(name)
        elif not 0 <= id <= FIELD_ID_MAX:
            raise CandidTypeError(f"a field id is a number below 2^32, got {id}")
        self.name: Final = name
        self.type: Final = type
        self.id: Final = id

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Field)
            and self.id == other.id
            and self.name == other.name
            and self.type == other.type
        )

    def __hash__(self) -> int:
        return hash((self.id, self.type))

    def __repr__(self) -> str:
        return f"{self.label} : {self.type!r}"

    @property
    def label(self) -> str:
        """The name as Candid text, quoted where needed; the id where no name is known."""
        return quote_name(self.name) if self.name else str(self.id)


def _id_of(field: Field) -> int:
    return field.id


def _sort_fields(fields: Sequence[Field], kind: str) -> tuple[Field, ...]:
    ordered = sorted(fields, key=_id_of)
    for index in range(1, len(ordered)):
        first, second = ordered[index - 1], ordered[index]
        if first.id == second.id:
            raise CandidTypeError(same_id(first.label, second.label, first.id, kind))
    return tuple(ordered)


def _tuple_arity(fields: Sequence[Field]) -> int:
    for index, field in enumerate(fields):
        if field.name or field.id != index:
            return 0
    return len(fields)


class Record(Type):
    """`record { ... }`: `fields` sorted by id, `declared` as written, for printing only."""

    def __init__(self, fields: Sequence[Field]) -> None:
        ordered = _sort_fields(fields, "record")
        super().__init__(op.OP_RECORD, hash((op.OP_RECORD, ordered)))
        self.fields: Final[tuple[Field, ...]] = ordered
        self.declared: Final[tuple[Field, ...]] = tuple(fields)
        self.arity: Final = _tuple_arity(ordered)
        """The number of fields if their ids are just 0, 1, 2 ..., else 0."""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Record) and self.fields == other.fields)

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        if self.arity:
            return _braced("record", [repr(field.type) for field in self.fields])
        return _braced("record", [repr(field) for field in self.declared])


def tuple_record(types: Sequence[Type]) -> Record:
    """The record of a tuple: ids 0, 1, 2 ..."""
    return Record([Field("", type, index) for index, type in enumerate(types)])


class Variant(Type):
    """`variant { ... }`: `fields` sorted by id, `declared` as written, for printing only."""

    def __init__(self, fields: Sequence[Field]) -> None:
        ordered = _sort_fields(fields, "variant")
        super().__init__(op.OP_VARIANT, hash((op.OP_VARIANT, ordered)))
        self.fields: Final[tuple[Field, ...]] = ordered
        self.declared: Final[tuple[Field, ...]] = tuple(fields)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Variant) and self.fields == other.fields)

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return _braced(
            "variant",
            [
                field.label if field.type.opcode == op.OP_NULL else repr(field)
                for field in self.declared
            ],
        )


class Func(Type):
    """`func (args) -> (results) annotation`; annotations are the words of `ANNOTATIONS`."""

    def __init__(
        self, args: Sequence[Type], results: Sequence[Type], annotations: Sequence[str] = ()
    ) -> None:
        _check_annotations(annotations, results)
        self.args: Final[tuple[Type, ...]] = tuple(args)
        self.results: Final[tuple[Type, ...]] = tuple(results)
        self.annotations: Final[tuple[str, ...]] = tuple(annotations)
        super().__init__(op.OP_FUNC, hash((op.OP_FUNC, self.args, self.results, self.annotations)))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Func)
            and self.args == other.args
            and self.results == other.results
            and self.annotations == other.annotations
        )

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return f"func {self.signature}"

    @property
    def signature(self) -> str:
        """The text after `func`, which is all that a method of a service shows."""
        words = [f"({_listed(self.args)}) -> ({_listed(self.results)})", *self.annotations]
        return " ".join(words)


def _check_annotations(annotations: Sequence[str], results: Sequence[Type]) -> None:
    for annotation in annotations:
        if annotation not in ANNOTATIONS:
            raise CandidTypeError(f"`{annotation}` is no func annotation")
    if len(annotations) > 1:
        raise CandidTypeError(f"a func has at most one annotation, got {', '.join(annotations)}")
    if "oneway" in annotations and len(results):
        raise CandidTypeError("a oneway func has no results")


class Method:
    """A method of a service: its name and its type, a `Func` or a `Ref` to one."""

    def __init__(self, name: str, type: Type) -> None:
        if type.opcode not in (op.OP_FUNC, op.OP_REF):
            raise CandidTypeError(f"method `{name}` must be a func, got `{type!r}`")
        self.name: Final = name
        self.type: Final = type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self.name == other.name and self.type == other.type

    def __hash__(self) -> int:
        return hash((self.name, self.type))

    def __repr__(self) -> str:
        shown = self.type.signature if isinstance(self.type, Func) else repr(self.type)
        return f"{quote_name(self.name)} : {shown}"


def _bytes_of_name(method: Method) -> bytes:
    return utf8_of(method.name)


class Service(Type):
    """`service { ... }`: methods sorted by the bytes of their names, as on the wire."""

    def __init__(self, methods: Sequence[Method]) -> None:
        ordered = tuple(sorted(methods, key=_bytes_of_name))
        for index in range(1, len(ordered)):
            if ordered[index - 1].name == ordered[index].name:
                raise CandidTypeError(f"method `{ordered[index].name}` is declared twice")
        super().__init__(op.OP_SERVICE, hash((op.OP_SERVICE, ordered)))
        self.methods: Final[tuple[Method, ...]] = ordered

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Service) and self.methods == other.methods)

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return _braced("service", [repr(method) for method in self.methods])


class Ref(Type):
    """A type by its name in a `TypeEnv`."""

    def __init__(self, name: str) -> None:
        super().__init__(op.OP_REF, hash((op.OP_REF, name)))
        self.name: Final = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and self.name == other.name

    def __hash__(self) -> int:
        return self._digest

    def __repr__(self) -> str:
        return self.name


class TypeEnv:
    """Named types.  Names may refer to each other in any order, recursively.

    Raises `CandidTypeError` on a name that is no identifier of Candid (keywords are none).
    """

    def __init__(self, definitions: Mapping[str, Type]) -> None:
        for name in definitions:
            if not is_identifier(name):
                raise CandidTypeError(f"`{name}` can't be the name of a type")
        self._definitions: Final[dict[str, Type]] = dict(definitions)
        self._resolved: Final[dict[str, Type]] = {}  # Long chains are followed once.

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._definitions)

    def lookup(self, name: str) -> Type:
        """The definition of a name, itself perhaps a `Ref`; raises `CandidTypeError` if unknown."""
        found = self._definitions.get(name)
        if found is None:
            raise CandidTypeError(f"type `{name}` is not defined")
        return found

    def resolve(self, type: Type) -> Type:
        """Follow names up to a type that is none.

        Raises `CandidTypeError` on an unknown name, and where names lead only to each other.
        """
        if not isinstance(type, Ref):
            return type
        followed: dict[str, None] = {}
        resolved: Type = type
        while isinstance(resolved, Ref):
            name = resolved.name
            if name in followed:
                raise CandidTypeError(f"type `{type!r}` is defined only by itself")
            followed[name] = None
            resolved = self._resolved.get(name) or self.lookup(name)
        self._resolved.update(dict.fromkeys(followed, resolved))
        return resolved

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeEnv) and self._definitions == other._definitions

    def __hash__(self) -> int:
        return hash(tuple(self.names()))

    def __repr__(self) -> str:
        return "; ".join([f"type {name} = {self._definitions[name]!r}" for name in self.names()])


NO_NAMES: Final = TypeEnv({})


def _listed(types: Sequence[Type]) -> str:
    return ", ".join([repr(type) for type in types])


def _braced(keyword: str, parts: list[str]) -> str:
    return f"{keyword} {{ {'; '.join(parts)} }}" if parts else f"{keyword} {{}}"
