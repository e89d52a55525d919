"""Codecs for Python faces: of the types that annotations name, and of a service's methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from scm.authoring.calls import Service
from scm.authoring.references import MethodReference
from scm.candid.codec import Codec
from scm.candid.encode import show_value, wrong_count
from scm.candid.errors import CandidTypeError, EncodeError
from scm.candid.scan import DEPTH_MAX
from scm.candid.values import FuncValue, ServiceValue
from scm.compiler.artefacts import CalleeMethodSpec, ServiceShape, Shape, message_shapes
from scm.compiler.shapes import ShapeTypes
from scm.compiler.type_shapes import mark_of
from scm.errors import ConfigurationError
from scm.faces.classes import ClassReader
from scm.faces.conversion import Conversions


class _Tables:
    """What the messages of some shapes share."""

    def __init__(self, reader: ClassReader, used: Iterable[Shape]) -> None:
        try:
            self.types: Final = ShapeTypes(reader.classes.values(), reader.services.values(), used)
        except CandidTypeError as error:  # Two fields, tags or methods of one name or id.
            raise ConfigurationError(str(error)) from error
        self.conversions: Final = Conversions(reader)


class Face:
    """Encodes and decodes messages whose values are instances of annotated Python types.

    `make_face` makes one, and a `ServiceFace` has two for each method.
    """

    def __init__(self, shapes: Sequence[Shape], tables: _Tables) -> None:
        self.types: Final = tuple(tables.types.candid(shape) for shape in shapes)
        """The types of Candid; names in them are in `env`."""
        self.env: Final = tables.types.reachable(self.types)
        self._codec: Final = Codec(self.types, self.env)
        self._to_generic: Final = [tables.conversions.to_generic(shape) for shape in shapes]
        self._to_face: Final = [tables.conversions.to_face(shape) for shape in shapes]

    def encode(self, values: Sequence[object]) -> bytes:
        """Encode a message; raises `EncodeError` with the path to what does not fit."""
        return self._codec.encode(self.to_generic(values))

    def decode(self, message: bytes, *, work: int = -1) -> tuple[object, ...]:
        """Decode a message, coerced to the types; `work` as for `scm.candid.decode`.

        Raises `DecodeError`, and what the `__post_init__` of a class raises.
        """
        generic = self._codec.decode(message, work=work)
        values: list[object] = []
        for convert, value in zip(self._to_face, generic, strict=True):
            values.append(value if convert is None else convert(value))
        return tuple(values)

    def to_generic(self, values: Sequence[object]) -> tuple[object, ...]:
        """The same values as `scm.candid.encode` takes them; raises `EncodeError`."""
        if isinstance(values, str | bytes) or not isinstance(values, Sequence):
            raise EncodeError("", f"the values of a message are a list, not {show_value(values)}")
        if len(values) != len(self.types):
            raise wrong_count(len(self.types), len(values))
        generic: list[object] = []
        try:
            for value in values:
                generic.append(self.convert(len(generic), value))
        except EncodeError as error:
            error.path = f"arg{len(generic)}{error.path}"
            raise
        return tuple(generic)

    def convert(self, index: int, value: object) -> object:
        """One of the values, as in `to_generic`; an error's path starts at the value."""
        convert = self._to_generic[index]
        return value if convert is None else convert(value, 0)


def make_face(annotations: Sequence[object], *, names: Mapping[str, object] | None = None) -> Face:
    """The face of messages whose types are annotations: `make_face([nat, Account])`.

    `names` says what names in quotes outside of classes stand for, as in `Func[[nat], "Later"]`.
    Raises `ConfigurationError` for what stands for no type of Candid.
    """
    if isinstance(annotations, str) or not isinstance(annotations, Sequence):
        raise ConfigurationError(
            "the types of a message are a list, though there be one: write `[nat]`, not `nat`"
        )
    reader = ClassReader(names or {})
    shapes = [
        reader.read_annotation(annotation, f"type {index}")
        for index, annotation in enumerate(annotations)
    ]
    return Face(shapes, _Tables(reader, shapes))


class MethodFace:
    """A method of a `Service` class: its name for callers, and both of its messages."""

    def __init__(self, spec: CalleeMethodSpec, tables: _Tables) -> None:
        self.public_name: Final = spec.public_name
        self.annotation: Final = spec.annotation
        """Candid's: `query`, `composite_query`, `oneway`, or empty for an update method."""
        self.arguments: Final = Face(spec.arguments, tables)
        self.results: Final = Face(message_shapes(spec.result), tables)

    def encode_arguments(self, values: Sequence[object]) -> bytes:
        """The message of a call; raises `EncodeError` with the path to what does not fit."""
        return self.arguments.encode(values)

    def decode_result(self, message: bytes) -> object:
        """The result as a call gives it: None for none, a tuple for several."""
        values = self.results.decode(message)
        if len(values) > 1:
            return values
        return values[0] if values else None


class ServiceFace:
    """The methods of a `Service` class, for the messages that they take and give.

    Raises `ConfigurationError` for what is no such class, or has a type that Candid has not.
    """

    def __init__(self, service: type[Service]) -> None:
        reader = ClassReader({})
        shape = reader.read_annotation(service, "the service")
        if not isinstance(shape, ServiceShape):
            raise ConfigurationError(f"the service: `{service!r}` is no class of methods")
        self._spec: Final = reader.services[shape.module, shape.name]
        self._tables: Final = _Tables(reader, [shape])
        self._methods: Final[dict[str, MethodFace]] = {}

    def names(self) -> list[str]:
        """The methods' names in Python, in the order of the class."""
        return [spec.name for spec in self._spec.methods]

    def method(self, name: str) -> MethodFace:
        """A method by its name in Python, or else by the one that callers say.

        Raises `ConfigurationError` if there is none.
        """
        by_name = {spec.public_name: spec for spec in self._spec.methods}
        by_name |= {spec.name: spec for spec in self._spec.methods}
        if name not in by_name:
            known = ", ".join(self.names())
            raise ConfigurationError(
                f"`{self._spec.name}` has no method `{name}`; it has: {known or 'none'}"
            )
        spec = by_name[name]
        if spec.name not in self._methods:
            self._methods[spec.name] = MethodFace(spec, self._tables)
        return self._methods[spec.name]


def generic_values(values: Sequence[object]) -> list[object]:
    """Arguments for `scm.candid.encode`, in which instances of faces are by their classes alone.

    These are instances of `@record`, `@variant` and `Service` classes, method references, and lists
    and tuples of such; anything else stands for itself.  Raises `EncodeError`.
    """
    faces: dict[type, Face] = {}
    generic: list[object] = []
    try:
        for value in values:
            generic.append(_generic_value(value, faces, 0))  # noqa: PERF401
    except EncodeError as error:
        error.path = f"arg{len(generic)}{error.path}"
        raise
    return generic


def _generic_value(value: object, faces: dict[type, Face], depth: int) -> object:
    cls = type(value)
    if isinstance(value, MethodReference):
        return FuncValue(value.canister_id, value.method)
    if isinstance(value, Service):
        return ServiceValue(value.canister_id)
    if isinstance(value, list | tuple) and depth < DEPTH_MAX:
        items: list[object] = []
        try:
            for item in value:
                items.append(_generic_value(item, faces, depth + 1))  # noqa: PERF401
        except EncodeError as error:
            error.path = f"[{len(items)}]{error.path}"
            raise
        return items if isinstance(value, list) else tuple(items)
    mark = mark_of(cls)
    if mark is None or mark.kind not in ("record", "variant"):
        return value
    if cls not in faces:
        faces[cls] = make_face([cls])
    return faces[cls].convert(0, value)
