"""Real interfaces, bound: the messages of every method, to the classes of the binding and back."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.authoring.references import MethodReference
from scm.binding.bind import BindOptions, bind
from scm.binding.names import module_name
from scm.candid.codec import Codec
from scm.candid.did_files import read_did, read_did_document
from scm.candid.equality import explain_equality
from scm.candid.table import encode_header
from scm.candid.types import (
    BOOL,
    EMPTY,
    FLOAT32,
    FLOAT64,
    INT,
    INT8,
    INT16,
    INT32,
    INT64,
    NAT,
    NAT8,
    NAT16,
    NAT32,
    NAT64,
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Func,
    Opt,
    Primitive,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.faces import Face, ServiceFace
from scm.model import Principal
from scm.testing.strategies import candid_values

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "framework" / "scm" / "interfaces"
SHARED = Path(__file__).parents[4] / "shared" / "did"
SOURCES = [*sorted(SHIPPED.glob("*.did")), *sorted(SHARED.glob("*.did"))]

every_interface = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


class Message:
    """The arguments or the results of a method: as the .did has them, and as the binding does."""

    def __init__(
        self, title: str, types: Sequence[Type], face: Face, hints: Sequence[object]
    ) -> None:
        self.title = title
        self.types = types
        self.face = face
        self.hints = hints


class Bound:
    """An interface and its binding, imported."""

    def __init__(self, source: Path) -> None:
        interface = read_did(source)
        self.env = interface.env
        name = f"faces_of_{module_name(source.stem)}_{source.parent.name}"
        sys.modules[name] = module = types.ModuleType(name)
        text = bind(read_did_document(source), BindOptions(source.name, service="TheService"))
        exec(compile(text, f"{name}.py", "exec"), vars(module))
        service = vars(module)["TheService"]
        face = ServiceFace(service)
        hints = hints_of(service)
        self.messages: list[Message] = []
        methods = {face.method(python).public_name: python for python in face.names()}
        for method in interface.resolved().methods:
            func = interface.env.resolve(method.type)
            assert isinstance(func, Func)
            python = methods[method.name]
            arguments, *result = typing.get_args(without_name(hints[python]))
            made = face.method(python)
            self.messages += [
                Message(f"arguments of {method.name}", func.args, made.arguments, arguments),
                Message(f"results of {method.name}", func.results, made.results, parts(result)),
            ]


bound = cache(Bound)
hints_of = cache(lambda cls: typing.get_type_hints(cls, include_extras=True))


def parts(result: list[object]) -> Sequence[object]:
    """The types of a method's results: none, one, or those in `Results[...]`."""
    if not result or result[0] in (None, type(None)):
        return []
    inner, *metadata = typing.get_args(result[0]) or [None]
    is_several = any(getattr(item, "name", "") == "results" for item in metadata)
    return typing.get_args(inner) if is_several else result


def without_name(hint: object) -> object:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint


def fits(value: object, hint: object) -> bool:
    """Whether a value is of an annotated type, by Python's own reading of the annotation."""
    hint = without_name(hint)
    origin: object = typing.get_origin(hint)
    parts = typing.get_args(hint)
    if hint in (None, type(None), object):
        return value is None
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Some:
        return isinstance(value, Some) and fits(value.value, parts[0])
    if origin in (tuple, list):
        if type(value) is not origin or not isinstance(value, list | tuple):
            return False
        if origin is list or parts[1:] == (Ellipsis,):
            return all(fits(item, parts[0]) for item in value)
        return len(value) == len(parts) and all(map(fits, value, parts))
    if isinstance(value, MethodReference):
        return type(value) is origin
    if dataclasses.is_dataclass(hint) and type(value) is hint:
        fields = hints_of(hint)
        return all(fits(getattr(value, name), fields[name]) for name in fields)
    return type(value) is hint


class Samples:
    """Values by a fixed rule, with each tag, each opt with and without a value, each end of a vec.

    A type that contains itself does so twice, then ends.
    """

    def __init__(self, env: TypeEnv) -> None:
        self._env = env
        self._around: list[str] = []

    def values(self, type: Type) -> list[object]:
        """Samples of one type, none where it would contain itself once more."""
        if not isinstance(type, Ref):
            return self._values(type)
        if self._around.count(type.name) >= 2:
            return []
        self._around.append(type.name)
        found = self.values(self._env.lookup(type.name))
        self._around.pop()
        return found

    def _values(self, type: Type) -> list[object]:
        match type:
            case Primitive():
                return list(PRIMITIVES[type])
            case Opt(inner=inner):
                resolved = self._env.resolve(inner)
                is_wrapped = isinstance(resolved, Opt) or resolved in (NULL, RESERVED)
                present = self.values(inner)
                return [None, *(Some(value) if is_wrapped else value for value in present)]
            case Vec(inner=inner) if self._env.resolve(inner) == NAT8:
                return [b"", b"\0\xff"]
            case Vec(inner=inner):
                return [[], self.values(inner)]
            case Record():
                found = rows([self.values(field.type) for field in type.fields])
                if type.arity:
                    return list(found)
                labels = [field.name or field.id for field in type.fields]
                return [dict(zip(labels, row, strict=True)) for row in found]
            case Variant():
                return [
                    VariantValue(field.name or field.id, value)
                    for field in type.fields
                    for value in self.values(field.type)
                ]
            case Func():
                return [FuncValue(Principal(b"\1\2"), "method")]
            case Service():
                return [ServiceValue(Principal(b"\3"))]
            case _:
                raise AssertionError(type)


SIGNED = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
UNSIGNED = {NAT8: 8, NAT16: 16, NAT32: 32, NAT64: 64}
PRIMITIVES: dict[Type, Sequence[object]] = {
    NULL: [None],
    RESERVED: [None],
    EMPTY: [],
    BOOL: [True, False],
    TEXT: ["", "text \N{SNOWMAN}"],
    PRINCIPAL: [Principal.anonymous(), Principal(b"\0\1\2")],
    FLOAT32: [0.0, -2.5],
    FLOAT64: [0.1, float("inf")],
    NAT: [0, 2**70],
    INT: [-(2**70), 5],
    **{type: [0, 2**bits - 1] for type, bits in UNSIGNED.items()},
    **{type: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] for type, bits in SIGNED.items()},
}


def rows(columns: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    """Rows in which every item of every column comes; none if a column is empty."""
    if not all(columns):
        return []
    count = max([1, *map(len, columns)])
    return [tuple(column[row % len(column)] for column in columns) for row in range(count)]


def check_round_trip(message: Message, values: tuple[object, ...], official: Codec) -> None:
    """The values as faces: of the classes that annotations say, and the same when encoded."""
    data = official.encode(values)
    faces = message.face.decode(data)
    assert len(message.hints) == len(faces)
    assert all(map(fits, faces, message.hints)), f"{message.title}: {faces}"

    made = message.face.encode(faces)
    # How the table is ordered and shared depends on the names that types have; values do not.
    header = encode_header(message.face.types, message.face.env)
    assert made.startswith(header)
    assert made[len(header) :] == data[len(official.header) :], message.title
    assert message.face.decode(made) == faces
    assert message.face.to_generic(faces) == official.decode(made) == values


@every_interface
def test_types_of_a_binding_are_those_of_the_interface(source: Path) -> None:
    one = bound(source)
    for message in one.messages:
        assert len(message.types) == len(message.face.types)
        for declared, made in zip(message.types, message.face.types, strict=True):
            reason = explain_equality(
                declared, made, first_env=one.env, second_env=message.face.env
            )
            assert reason is None, f"{message.title}: {reason}"


@every_interface
def test_samples_of_every_method_come_back_the_same(source: Path) -> None:
    one = bound(source)
    samples = Samples(one.env)
    for message in one.messages:
        official = Codec(message.types, one.env)
        found = rows([samples.values(type) for type in message.types])
        assert found, message.title
        for values in found:
            check_round_trip(message, values, official)


@every_interface
@settings(max_examples=30)
@given(data=st.data())
def test_any_values_come_back_the_same(source: Path, data: st.DataObject) -> None:
    one = bound(source)
    message = data.draw(st.sampled_from(one.messages))
    values = tuple(data.draw(candid_values(type, one.env)) for type in message.types)

    check_round_trip(message, values, Codec(message.types, one.env))
