"""Reading the fields of a decoded message, of which nothing is known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, cast

from scm.model import PRINCIPAL_BYTES_MAX, Principal
from scm.wire.errors import MalformedError

NATURAL_MAX: Final = (1 << 64) - 1

_Kind = TypeVar("_Kind")


class FieldReader:
    """The fields of a map; every method raises `MalformedError` that names the field.

    Fields that are null count as absent, as some agents send them so.
    """

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise MalformedError(f"{what} is not a map with text as keys")
        self.fields: Final = cast("Mapping[str, object]", value)
        self._what: Final = what

    def refuse_others(self, *known: str) -> None:
        """Refuse fields that are not known, where one might change what the others mean."""
        for name, value in self.fields.items():
            if name not in known and value is not None:
                raise MalformedError(f"{self._what} has an unknown field `{name[:40]!a}`")

    def bytes_field(self, name: str) -> bytes:
        """A field that must be there, of bytes."""
        return self._required(name, self.optional_bytes(name))

    def optional_bytes(self, name: str) -> bytes | None:
        """A field of bytes, or None."""
        return self._of_kind(name, bytes, "bytes")

    def text_field(self, name: str) -> str:
        """A field that must be there, of text."""
        return self._required(name, self.optional_text(name))

    def optional_text(self, name: str) -> str | None:
        """A field of text, or None."""
        return self._of_kind(name, str, "text")

    def natural_field(self, name: str) -> int:
        """A field that must be there, of a number from 0 to 2^64 - 1."""
        number = self._required(name, self._of_kind(name, int, "a number"))
        if isinstance(number, bool) or not 0 <= number <= NATURAL_MAX:
            raise MalformedError(f"`{name}` of {self._what} is not a number of 64 bits")
        return number

    def principal_field(self, name: str) -> Principal:
        """A field that must be there, of a principal's bytes."""
        return principal_from_raw(self.bytes_field(name), name)

    def map_field(self, name: str) -> Mapping[str, object]:
        """A field that must be there, of a map with text as keys."""
        return FieldReader(self._required(name, self.fields.get(name)), f"`{name}`").fields

    def list_field(self, name: str) -> list[object]:
        """A field that must be there, of a list."""
        return self._required(name, self.optional_list(name))

    def optional_list(self, name: str) -> list[object] | None:
        """A field of a list, or None."""
        return self._of_kind(name, list, "a list")

    def _of_kind(self, name: str, kind: type[_Kind], called: str) -> _Kind | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, kind):
            raise MalformedError(f"`{name}` of {self._what} is not {called}")
        return value

    def _required(self, name: str, value: _Kind | None) -> _Kind:
        if value is None:
            raise MalformedError(f"{self._what} has no `{name}`")
        return value


def principal_from_raw(value: object, name: str) -> Principal:
    """A principal from its bytes; raises `MalformedError`, which names the field."""
    if not isinstance(value, bytes) or len(value) > PRINCIPAL_BYTES_MAX:
        raise MalformedError(f"`{name}` is not a principal of up to {PRINCIPAL_BYTES_MAX} bytes")
    return Principal(value)
