"""Functions between Python faces and the generic values of `scm.candid.values`, for one type each.

They have the generic codec check what they pass on, so they check only what they take apart.  Where
None stands for a function, there is nothing to convert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from attrs import frozen

from scm.authoring.calls import Service
from scm.authoring.references import MethodReference
from scm.candid.encode import show_value
from scm.candid.errors import EncodeError
from scm.candid.scan import DEPTH_MAX
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue

ToGeneric: TypeAlias = Callable[[object, int], object]
"""A face and the levels around it -> a generic value; raises `EncodeError`."""

ToFace: TypeAlias = Callable[[object], object]
"""A generic value, which a decoder made -> a face."""

Container: TypeAlias = Callable[[Iterable[object]], object]
"""`tuple` or `list`."""


@frozen
class FieldPlan:
    """A field of a class: its name in Python, its label in Candid, its conversions."""

    name: str
    label: str | int
    to_generic: ToGeneric | None
    to_face: ToFace | None


class RecordPlan:
    """A class and its fields, which are filled in after the functions that use them are made."""

    def __init__(self, cls: type) -> None:
        self.cls: Final = cls
        self.fields: list[FieldPlan] = []
        self.is_tuple = False
        """Whether the generic value is a tuple: the ids are just 0, 1, 2 ..."""

    def fill(self, fields: list[FieldPlan]) -> None:
        """Say what the fields are."""
        self.fields = fields
        labels = {field.label for field in fields}
        self.is_tuple = bool(fields) and labels == set(range(len(fields)))


def _check_depth(depth: int) -> None:
    if depth >= DEPTH_MAX:
        raise EncodeError("", f"values nest deeper than {DEPTH_MAX}")


def _misfit(expected: str, value: object) -> EncodeError:
    return EncodeError("", f"expected {expected}, got {show_value(value)}")


def opt_to_generic(convert: ToGeneric) -> ToGeneric:
    """From `T | None`."""

    def to_generic(value: object, depth: int) -> object:
        return None if value is None else convert(value, depth + 1)

    return to_generic


def opt_to_face(convert: ToFace) -> ToFace:
    """To `T | None`."""

    def to_face(value: object) -> object:
        return None if value is None else convert(value)

    return to_face


def some_to_generic(convert: ToGeneric | None, *, is_kept: bool) -> ToGeneric:
    """From `Some`, which is kept where the generic value needs it too."""

    def to_generic(value: object, depth: int) -> object:
        if value is None:
            return None
        if not isinstance(value, Some):
            raise _misfit("`None` or `Some`", value)
        _check_depth(depth)
        inner = value.value if convert is None else convert(value.value, depth + 1)
        if inner is None and not is_kept:
            raise _misfit("a value in `Some`", None)
        return Some(inner) if is_kept else inner

    return to_generic


def some_to_face(convert: ToFace | None, *, is_kept: bool) -> ToFace:
    """To `Opt[T]`; `is_kept` as above."""

    def to_face(value: object) -> object:
        if value is None:
            return None
        if is_kept:
            assert isinstance(value, Some)
            value = value.value
        return Some(value if convert is None else convert(value))

    return to_face


def vec_to_generic(convert: ToGeneric | None) -> ToGeneric:
    """From a tuple or list."""

    def to_generic(value: object, depth: int) -> object:
        if not isinstance(value, list | tuple):
            return value  # Which the codec refuses.
        if convert is None:
            return list(value)
        _check_depth(depth)
        items: list[object] = []
        try:
            for item in value:
                items.append(convert(item, depth + 1))  # noqa: PERF401  (a frame less per level)
        except EncodeError as error:
            error.path = f"[{len(items)}]{error.path}"
            raise
        return items

    return to_generic


def vec_to_face(convert: ToFace, container: Container) -> ToFace:
    """To a tuple or list."""

    def to_face(value: object) -> object:
        assert isinstance(value, list)
        return container(map(convert, value))

    return to_face


def contained_in(container: Container) -> ToFace:
    """What needs no conversion, in another container: a list, or bytes, of numbers."""

    def to_face(value: object) -> object:
        assert isinstance(value, list | bytes)
        return container(value)

    return to_face


def tuple_to_generic(converts: Sequence[ToGeneric | None]) -> ToGeneric:
    """From a `tuple[A, B]`."""

    def to_generic(value: object, depth: int) -> object:
        if not isinstance(value, tuple) or len(value) != len(converts):
            got = f"one of {len(value)}" if isinstance(value, tuple) else show_value(value)
            raise EncodeError("", f"expected a tuple of {len(converts)}, got {got}")
        _check_depth(depth)
        parts: list[object] = []
        try:
            for convert, part in zip(converts, value, strict=True):
                parts.append(part if convert is None else convert(part, depth + 1))
        except EncodeError as error:
            error.path = f".{len(parts)}{error.path}"
            raise
        return tuple(parts)

    return to_generic


def tuple_to_face(converts: Sequence[ToFace | None]) -> ToFace:
    """To a `tuple[A, B]`."""

    def to_face(value: object) -> object:
        assert isinstance(value, tuple)
        parts: list[object] = []
        for convert, part in zip(converts, value, strict=True):
            parts.append(part if convert is None else convert(part))
        return tuple(parts)

    return to_face


def record_to_generic(plan: RecordPlan) -> ToGeneric:
    """From a `@record`, or a case whose payload is a record of its fields."""
    cls = plan.cls

    def to_generic(value: object, depth: int) -> object:
        if type(value) is not cls:
            raise _misfit(f"`{cls.__name__}`", value)
        _check_depth(depth)
        record: dict[str | int, object] = {}
        for field in plan.fields:
            part: object = getattr(value, field.name)
            if field.to_generic is not None:
                try:
                    part = field.to_generic(part, depth + 1)
                except EncodeError as error:
                    error.path = f".{field.label}{error.path}"
                    raise
            record[field.label] = part
        if plan.is_tuple:
            return tuple([record[index] for index in range(len(record))])
        return record

    return to_generic


def record_to_face(plan: RecordPlan) -> ToFace:
    """To a `@record`, or a case whose payload is a record of its fields."""
    cls = plan.cls

    def to_face(value: object) -> object:
        values: Any = value  # A dict, or a tuple, whose indexes are the labels.
        parts: list[object] = []
        for field in plan.fields:
            part = values[field.label]
            parts.append(part if field.to_face is None else field.to_face(part))
        return cls(*parts)

    return to_face


def variant_to_generic(cases: Mapping[type, tuple[str | int, ToGeneric | None]]) -> ToGeneric:
    """From a case; `cases` has the tag and the function for the payload, if it has one."""

    def to_generic(value: object, depth: int) -> object:
        case = cases.get(type(value))
        if case is None:
            names = " | ".join(cls.__name__ for cls in cases)
            raise _misfit(f"`{names}`", value)
        _check_depth(depth)
        tag, convert = case
        if convert is None:
            return VariantValue(tag)
        try:
            return VariantValue(tag, convert(value, depth + 1))
        except EncodeError as error:
            error.path = f".{tag}{error.path}"
            raise

    return to_generic


def variant_to_face(cases: Mapping[str | int, ToFace]) -> ToFace:
    """To a case, by its tag."""

    def to_face(value: object) -> object:
        assert isinstance(value, VariantValue)
        return cases[value.tag](value.value)

    return to_face


def payload_to_generic(field: FieldPlan) -> ToGeneric:
    """From a case with one field that is the payload."""
    convert = field.to_generic

    def to_generic(value: object, depth: int) -> object:
        payload: object = getattr(value, field.name)
        return payload if convert is None else convert(payload, depth)

    return to_generic


def payload_to_face(cls: type, convert: ToFace | None) -> ToFace:
    """To a case with one field that is the payload."""
    if convert is None:
        return cls
    convert_payload = convert  # For mypy, which forgets within functions what it knew.

    def to_face(value: object) -> object:
        return cls(convert_payload(value))

    return to_face


def without_payload(cls: type) -> ToFace:
    """To a case without fields."""

    def to_face(value: object) -> object:
        return cls()

    return to_face


def service_to_generic(cls: type) -> ToGeneric:
    """From an instance of a `Service` class."""

    def to_generic(value: object, depth: int) -> object:
        if type(value) is not cls or not isinstance(value, Service):
            raise _misfit(f"`{cls.__name__}`", value)
        return ServiceValue(value.canister_id)

    return to_generic


def service_to_face(cls: type) -> ToFace:
    """To an instance of a `Service` class."""

    def to_face(value: object) -> object:
        assert isinstance(value, ServiceValue)
        return cls(value.principal)

    return to_face


def func_to_generic(cls: type[MethodReference]) -> ToGeneric:
    """From a reference to a method."""

    def to_generic(value: object, depth: int) -> object:
        if not isinstance(value, cls):
            raise _misfit(f"`{cls.__name__}`", value)
        return FuncValue(value.canister_id, value.method)

    return to_generic


def func_to_face(cls: type[MethodReference]) -> ToFace:
    """To a reference to a method."""

    def to_face(value: object) -> object:
        assert isinstance(value, FuncValue)
        return cls(value.principal, value.method)

    return to_face
