"""Shapes -> Python source of their Candid encoders and decoders, to be compiled with the canister.

One `read_N` and `write_N` per distinct composite shape, and one `encode_N`/`decode_N` per message
(header and all).  Values are read and written in the order of the wire: fields by hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scm.candid.types import field_hash
from scm.compiler.artefacts import (
    ClassSpec,
    FieldSpec,
    OptShape,
    RecordShape,
    ScalarShape,
    Shape,
    VariantShape,
    VecShape,
)
from scm.compiler.shapes import ShapeTypes

_METHOD: Final = {"int": "int_", "bool": "bool_"}
_PYTHON: Final = {
    "text": "str",
    "blob": "bytes",
    "bool": "bool",
    "float32": "float",
    "float64": "float",
    "principal": "Principal",
    "null": "None",
}


class CodecSource:
    """Collects the source of all codecs that a canister needs."""

    def __init__(
        self, classes: Sequence[ClassSpec], types: ShapeTypes, modules: Mapping[str, str]
    ) -> None:
        self._modules: Final = modules  # The user's modules, and what the generated one calls them.
        self._classes: Final = {(item.module, item.name): item for item in classes}
        self._types: Final = types
        self._numbers: Final[dict[Shape, int]] = {}
        self._messages: Final[dict[tuple[Shape, ...], int]] = {}
        self.lines: Final[list[str]] = []

    def header(self, shapes: Sequence[Shape]) -> bytes:
        """The Candid header of a message with values of these shapes."""
        return self._types.header(shapes)

    def name_of(self, module: str, name: str) -> str:
        """A name of the user's as the generated module refers to it."""
        return f"{self._modules[module]}.{name}"

    def python_type(self, shape: Shape) -> str:
        """The annotation that mypyc compiles: native classes by their modules' names."""
        match shape:
            case ScalarShape(candid):
                return _PYTHON.get(candid, "int")
            case OptShape(inner):
                return f"{self.python_type(inner)} | None"
            case VecShape(inner, "list"):
                return f"list[{self.python_type(inner)}]"
            case VecShape(inner, _):
                return f"tuple[{self.python_type(inner)}, ...]"
            case RecordShape(module, name):
                return self.name_of(module, name)
            case VariantShape(_, cases):
                return " | ".join(self.name_of(module, name) for module, name in cases)

    def encoder(self, shapes: Sequence[Shape]) -> str:
        """The name of a function `(*values) -> bytes` for a whole message."""
        return f"encode_{self._message(tuple(shapes))}"

    def decoder(self, shapes: Sequence[Shape]) -> str:
        """The name of a function `(message) -> value` for a message of one value, or none."""
        return f"decode_{self._message(tuple(shapes))}"

    def read(self, shape: Shape) -> str:
        """An expression that reads a value from the reader `r`."""
        match shape:
            case ScalarShape("null"):
                return "None"
            case ScalarShape(candid):
                return f"r.{_METHOD.get(candid, candid)}()"
            case _:
                return f"read_{self._number(shape)}(r)"

    def write(self, shape: Shape, value: str) -> str:
        """A statement that writes the expression `value` to the writer `w`."""
        match shape:
            case ScalarShape("null"):
                return "pass"
            case ScalarShape(candid):
                return f"w.{_METHOD.get(candid, candid)}({value})"
            case _:
                return f"write_{self._number(shape)}(w, {value})"

    def _message(self, shapes: tuple[Shape, ...]) -> int:
        if shapes in self._messages:
            return self._messages[shapes]
        number = self._messages[shapes] = len(self._messages)
        parameters = [f"v{index}: {self.python_type(item)}" for index, item in enumerate(shapes)]
        lines = [f"HEADER_{number}: Final = {self.header(shapes)!r}", ""]
        lines += [f"def encode_{number}({', '.join(parameters)}) -> bytes:"]
        if shapes:
            lines += [f"    w = Writer(HEADER_{number})"]
            lines += [f"    {self.write(item, f'v{index}')}" for index, item in enumerate(shapes)]
        lines += ["    return w.message()" if shapes else f"    return HEADER_{number}", ""]
        if len(shapes) <= 1:
            result = self.python_type(shapes[0]) if shapes else "None"
            lines += [f"def decode_{number}(message: bytes) -> {result}:"]
            lines += [f"    r = open_message(message, HEADER_{number})"]
            lines += [f"    value = {self.read(item)}" for item in shapes]
            lines += ["    r.finish()", "    return value" if shapes else "    return None", ""]
        self.lines.extend(lines)
        return number

    def _number(self, shape: Shape) -> int:
        if shape in self._numbers:
            return self._numbers[shape]
        number = self._numbers[shape] = len(self._numbers)
        annotation = self.python_type(shape)
        reader = [f"def read_{number}(r: Reader) -> {annotation}:", *self._reader(shape), ""]
        writer = [f"def write_{number}(w: Writer, v: {annotation}) -> None:"]
        self.lines.extend([*reader, *writer, *self._writer(shape), ""])
        return number

    def _reader(self, shape: Shape) -> list[str]:
        match shape:
            case OptShape(inner):
                present = f"    return {self.read(inner)}"
                return ["    if not r.bool_():", "        return None", present]
            case VecShape(inner, container):
                items = "items" if container == "list" else "tuple(items)"
                return [
                    f"    items: list[{self.python_type(inner)}] = []",
                    "    for _ in range(r.count()):",
                    f"        items.append({self.read(inner)})",
                    f"    return {items}",
                ]
            case RecordShape(module, name):
                return self._read_class(self._classes[module, name], "    ")
            case VariantShape(_, cases):
                return self._read_variant(cases)
            case ScalarShape():
                raise AssertionError(shape)

    def _writer(self, shape: Shape) -> list[str]:
        match shape:
            case OptShape(inner):
                return [
                    "    if v is None:",
                    "        w.tag(0)",
                    "    else:",
                    "        w.tag(1)",
                    f"        {self.write(inner, 'v')}",
                ]
            case VecShape(inner, _):
                write_item = f"        {self.write(inner, 'item')}"
                return ["    w.nat(len(v))", "    for item in v:", write_item]
            case RecordShape(module, name):
                fields = _by_hash(self._classes[module, name].fields)
                return [f"    {self.write(item.shape, f'v.{item.name}')}" for item in fields] or [
                    "    pass"
                ]
            case VariantShape(_, cases):
                return self._write_variant(cases)
            case ScalarShape():
                raise AssertionError(shape)

    def _read_class(self, spec: ClassSpec, indent: str, suffix: str = "_") -> list[str]:
        """Read the fields in wire order, then construct in order of declaration."""
        fields = _by_hash(spec.fields)
        lines = [f"{indent}{item.name}{suffix} = {self.read(item.shape)}" for item in fields]
        arguments = ", ".join(f"{item.name}{suffix}" for item in spec.fields)
        return [*lines, f"{indent}return {self.name_of(spec.module, spec.name)}({arguments})"]

    def _read_variant(self, cases: Sequence[tuple[str, str]]) -> list[str]:
        lines = ["    index = r.nat()"]
        for index, spec in enumerate(self._by_tag(cases)):
            lines += [f"    if index == {index}:", *self._read_class(spec, "        ", f"_{index}")]
        return [*lines, '    raise CandidError(f"variant index {index} is out of range")']

    def _write_variant(self, cases: Sequence[tuple[str, str]]) -> list[str]:
        lines: list[str] = []
        ordered = self._by_tag(cases)
        for index, spec in enumerate(ordered):
            keyword = "if" if index == 0 else "elif"
            is_last = index == len(ordered) - 1 and index > 0
            test = f"{keyword} isinstance(v, {self.name_of(spec.module, spec.name)})"
            lines += ["    else:" if is_last else f"    {test}:", f"        w.nat({index})"]
            for item in _by_hash(spec.fields):
                lines.append(f"        {self.write(item.shape, f'v.{item.name}')}")
        return lines

    def _by_tag(self, cases: Sequence[tuple[str, str]]) -> list[ClassSpec]:
        return sorted(
            (self._classes[case] for case in cases), key=lambda spec: field_hash(spec.tag)
        )


def _by_hash(fields: Sequence[FieldSpec]) -> list[FieldSpec]:
    """Fields in the order of the wire (Candid specification, "Records")."""
    return sorted(fields, key=lambda item: field_hash(item.name))
