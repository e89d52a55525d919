"""The signature of keys, as text and as a tree (decision 16, "Order of keys")."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from scm.candid.errors import CandidTypeError
from scm.candid.types import (
    BLOB,
    Field,
    Opt,
    Record,
    Type,
    Variant,
    Vec,
    primitive_types,
    tuple_record,
)

NULL_NAME: Final = "null"
WIDTHS: Final = {f"{sign}{8 * width}": width for sign in ("nat", "int") for width in (1, 2, 4, 8)}
FLOATS: Final = {"float32": 4, "float64": 8}
ENDLESS: Final = frozenset({"text", "blob", "principal"})
_PRIMITIVES: Final = {repr(type): type for type in primitive_types()}
_SCALARS: Final = frozenset({"nat", "int", "bool", NULL_NAME, *WIDTHS, *FLOATS, *ENDLESS})
_DEPTH_MAX: Final = 64
_NAME: Final = re.compile(r"([^(),:]+):")


class SignatureError(ValueError):
    """No signature."""


@frozen
class KeyShape:
    """A key or part of one.

    `kind` is the scalar's name, or `opt`, `vec`, `tuple`, `record`, `variant`.  `parts` are what it
    is made of; `names` are those of a record's fields, or a variant's tags, whose parts are tuples
    or records.
    """

    kind: str
    parts: tuple[KeyShape, ...] = ()
    names: tuple[str, ...] = ()

    def candid_type(self) -> Type:
        """The type of its values; fields have no names in a signature."""
        match self.kind:
            case "opt":
                return Opt(self.parts[0].candid_type())
            case "vec":
                return Vec(self.parts[0].candid_type())
            case "tuple":
                return tuple_record([part.candid_type() for part in self.parts])
            case "record":
                pairs = zip(self.names, self.parts, strict=True)
                return Record([Field(name, part.candid_type()) for name, part in pairs])
            case "variant":
                pairs = zip(self.names, self.parts, strict=True)
                return Variant([Field(tag, _payload(part)) for tag, part in pairs])
            case "blob":
                return BLOB
            case scalar:
                return _PRIMITIVES[scalar]

    @property
    def is_plain(self) -> bool:
        """Whether, as a variant's case, it stands for its one part: a field `value`."""
        return self.names == ("value",)


def _payload(part: KeyShape) -> Type:
    if part.is_plain:
        return part.parts[0].candid_type()
    return part.candid_type() if part.parts else _PRIMITIVES[NULL_NAME]


def parse_signature(text: str) -> KeyShape:
    """The shape that a signature is of; raises `SignatureError`."""
    parser = _Parser(text)
    try:
        shape = parser.shape(0)
        shape.candid_type()
    except CandidTypeError as error:
        raise SignatureError(f"`{text}` is no signature of keys: {error}") from error
    if parser.rest:
        raise SignatureError(f"`{text}` is no signature of keys")
    return shape


class _Parser:
    def __init__(self, text: str) -> None:
        self._text: Final = text
        self.rest = text

    def shape(self, depth: int) -> KeyShape:
        if depth > _DEPTH_MAX:
            raise self._error()
        for kind in ("opt", "vec"):
            if self._skip(f"{kind}("):
                inner = self.shape(depth + 1)
                self._expect(")")
                return KeyShape(kind, (inner,))
        if self._skip("variant("):
            return self._variant(depth)
        if self.rest.startswith("("):
            return self._tuple(depth)
        for name in sorted(_SCALARS, key=len, reverse=True):
            if self._skip(name):
                return KeyShape(name)
        raise self._error()

    def _tuple(self, depth: int) -> KeyShape:
        """A tuple, or a record, whose fields have names."""
        self._expect("(")
        names: list[str] = []
        parts: list[KeyShape] = []
        while not self._skip(")"):
            if parts:
                self._expect(",")
            name = _NAME.match(self.rest)
            if name is not None:
                self._expect(name[0])
                names.append(name[1])
            parts.append(self.shape(depth + 1))
        if names and len(names) != len(parts):
            raise self._error()
        return KeyShape("record" if names else "tuple", tuple(parts), tuple(names))

    def _variant(self, depth: int) -> KeyShape:
        tags: list[str] = []
        parts: list[KeyShape] = []
        while not self._skip(")"):
            if parts:
                self._expect(",")
            tag, separator, _ = self.rest.partition("(")
            if not tag or not separator:
                raise self._error()
            self._expect(tag)
            tags.append(tag)
            parts.append(self._tuple(depth + 1))
        return KeyShape("variant", tuple(parts), tuple(tags))

    def _skip(self, word: str) -> bool:
        is_next = self.rest.startswith(word)
        if is_next:
            self.rest = self.rest[len(word) :]
        return is_next

    def _expect(self, word: str) -> None:
        if not self._skip(word):
            raise self._error()

    def _error(self) -> SignatureError:
        return SignatureError(f"`{self._text}` is no signature of keys")
