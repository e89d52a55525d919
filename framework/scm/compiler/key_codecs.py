"""Key shapes -> C: functions that write and read the keys of collections.

A key is bytes whose order is Python's order of the values (decision 16, "Order of keys"); the
scalars are written by `runtime/c/key_write.c`.  Where bytes of any length end depends on whether
something follows, so a shape has one pair of functions for each of the two.  Sample, for a key
`tuple[text, nat64]`:

    static int write_key_0(scm_writer *w, PyObject *v)
    {
        if (SCM_UNLIKELY(!PyTuple_Check(v) || PyTuple_GET_SIZE(v) != 2))
            return key_mismatch("tuple of 2", v);
        if (scm_write_key_text(w, PyTuple_GET_ITEM(v, 0), 0) < 0)
            return -1;
        if (scm_write_key_fixed(w, PyTuple_GET_ITEM(v, 1), 8, 0) < 0)
            return -1;
        return 0;
    }
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from scm.compiler.artefacts import (
    ClassSpec,
    FieldSpec,
    FuncShape,
    OptShape,
    RecordShape,
    ResultsShape,
    ScalarShape,
    ServiceShape,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
)
from scm.compiler.codec_shapes import WIDTHS, c_name, c_string, unboxed_type
from scm.compiler.key_signatures import by_text
from scm.compiler.shapes import ClassKey

_ENDLESS: Final = frozenset({"text", "blob", "principal"})
"""Bytes of any length: how they end depends on whether they are the last."""


_MISMATCH: Final = (
    "static int key_mismatch(const char *expected, PyObject *v)",
    "{",
    '    PyErr_Format(PyExc_TypeError, "expected `%s`, got `%s`", expected, Py_TYPE(v)->tp_name);',
    "    return -1;",
    "}",
    "",
)


class NativeClasses(Protocol):
    """What key codecs need of `CodecC`."""

    @property
    def classes(self) -> Mapping[ClassKey, ClassSpec]: ...

    def type_variable(self, module: str, name: str) -> str: ...


class KeyCodecs:
    """Collects the C functions for the keys of all collections."""

    def __init__(self, native: NativeClasses) -> None:
        self._native: Final = native
        self._numbers: Final[dict[tuple[Shape, bool], int]] = {}
        self._starts: Final[dict[Shape, str]] = {}
        self._functions: Final[list[str]] = []

    def functions(self) -> list[str]:
        """All functions so far."""
        uses_mismatch = any("key_mismatch(" in line for line in self._functions)
        return [*(_MISMATCH if uses_mismatch else ()), *self._functions]

    def number(self, shape: Shape, *, is_last: bool) -> int:
        """The number of a shape's functions, which are written at its first use."""
        is_last = is_last and self._ends_open(shape)
        key = (shape, is_last)
        if key not in self._numbers:
            # What it is made of comes first: no key contains itself.
            writer, reader = self._writer(shape, is_last), self._reader(shape, is_last)
            number = self._numbers[key] = len(self._numbers)
            self._functions.extend(
                [
                    f"static int write_key_{number}(scm_writer *w, PyObject *v)",
                    *("{", *(f"    {line}" for line in writer), "}", ""),
                    f"static PyObject *read_key_{number}(scm_reader *r)",
                    *("{", *(f"    {line}" for line in reader), "}", ""),
                ]
            )
        return self._numbers[key]

    def start(self, shape: Shape) -> str:
        """The name of a function that writes a tuple of a key's leading fields, or NULL."""
        match shape:
            case TupleShape(items):
                shapes: Sequence[Shape] = items
            case RecordShape(module, name):
                shapes = [item.shape for item in self._native.classes[module, name].fields]
            case _:
                return "NULL"
        if shape not in self._starts:
            lines = [
                "if (!PyTuple_Check(v))",
                '    return key_mismatch("tuple of leading fields", v);',
                "Py_ssize_t count = PyTuple_GET_SIZE(v);",
                f"if (count > {len(shapes)}) {{",
                f'    PyErr_Format(PyExc_TypeError, "a key has {len(shapes)} fields, "',
                '                 "got %zd", count);',
                "    return -1;",
                "}",
            ]
            for index, item in enumerate(shapes):
                write = self._write(item, f"PyTuple_GET_ITEM(v, {index})", index == len(shapes) - 1)
                lines += [f"if (count > {index} && {write} < 0)", "    return -1;"]
            name = self._starts[shape] = f"write_start_{len(self._starts)}"
            self._functions.extend(
                [
                    f"static int {name}(scm_writer *w, PyObject *v)",
                    *("{", *(f"    {line}" for line in lines), "    return 0;", "}", ""),
                ]
            )
        return self._starts[shape]

    def _ends_open(self, shape: Shape) -> bool:
        """Whether the encoding of `shape` differs at the end of a key."""
        match shape:
            case ScalarShape(name):
                return name in _ENDLESS
            case OptShape(inner):
                return self._ends_open(inner)
            case TupleShape(items):
                return bool(items) and self._ends_open(items[-1])
            case RecordShape(module, name):
                fields = self._native.classes[module, name].fields
                return bool(fields) and self._ends_open(fields[-1].shape)
            case VariantShape(_, cases):
                return any(self._ends_open(RecordShape(*key)) for key in cases)
            case _:
                return False

    def _write(self, shape: Shape, value: str, is_last: bool) -> str:
        """An expression that writes the object `value`; negative on failure."""
        match shape:
            case ScalarShape("null"):
                return f"scm_write_null_object({value})"
            case ScalarShape("nat" | "int" as name):
                return f"scm_write_key_int(w, {value}, {int(name == 'nat')})"
            case ScalarShape(name) if name in WIDTHS:
                width, is_signed = WIDTHS[name]
                return f"scm_write_key_fixed(w, {value}, {width}, {is_signed})"
            case ScalarShape("bool"):
                return f"scm_write_key_bool(w, {value})"
            case ScalarShape("float32" | "float64" as name):
                return f"scm_write_key_float(w, {value}, {4 if name == 'float32' else 8})"
            case ScalarShape(name):
                return f"scm_write_key_{name}(w, {value}, {int(is_last)})"
            case _:
                return f"write_key_{self.number(shape, is_last=is_last)}(w, {value})"

    def _read(self, shape: Shape, is_last: bool) -> str:
        """An expression that reads an object."""
        match shape:
            case ScalarShape("null"):
                return "Py_NewRef(Py_None)"
            case ScalarShape("nat" | "int"):
                return "scm_read_key_int(r)"
            case ScalarShape(name) if name in WIDTHS:
                width, is_signed = WIDTHS[name]
                return f"scm_read_key_fixed(r, {width}, {is_signed})"
            case ScalarShape("bool"):
                return "scm_read_key_bool(r)"
            case ScalarShape("float32" | "float64" as name):
                return f"scm_read_key_float(r, {4 if name == 'float32' else 8})"
            case ScalarShape(name):
                return f"scm_read_key_{name}(r, {int(is_last)})"
            case _:
                return f"read_key_{self.number(shape, is_last=is_last)}(r)"

    def _writer(self, shape: Shape, is_last: bool) -> list[str]:
        match shape:
            case ScalarShape():
                return [f"return {self._write(shape, 'v', is_last)};"]
            case OptShape(inner, is_wrapped):
                unwrap = ["if ((v = scm_value_of_some(v)) == NULL)", "    return -1;"]
                return [
                    "if (v == Py_None)",
                    "    return scm_write_byte(w, 0);",
                    *(unwrap if is_wrapped else []),
                    f"return scm_write_byte(w, 1) < 0 ? -1 : {self._write(inner, 'v', is_last)};",
                ]
            case VecShape(inner):
                return [
                    "if (SCM_UNLIKELY(!PyTuple_Check(v)))",
                    '    return key_mismatch("tuple", v);',
                    "for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(v); index++) {",
                    "    PyObject *item = PyTuple_GET_ITEM(v, index);",
                    f"    if (scm_write_byte(w, 1) < 0 || {self._write(inner, 'item', False)} < 0)",
                    "        return -1;",
                    "}",
                    "return scm_write_byte(w, 0);",
                ]
            case TupleShape(items):
                lines = [
                    f"if (SCM_UNLIKELY(!PyTuple_Check(v) || PyTuple_GET_SIZE(v) != {len(items)}))",
                    f'    return key_mismatch("tuple of {len(items)}", v);',
                ]
                for index, item in enumerate(items):
                    last = is_last and index == len(items) - 1
                    write = self._write(item, f"PyTuple_GET_ITEM(v, {index})", last)
                    lines += [f"if ({write} < 0)", "    return -1;"]
                return [*lines, "return 0;"]
            case RecordShape(module, name):
                spec = self._native.classes[module, name]
                return [
                    f"if (SCM_UNLIKELY(!SCM_IS(v, {self._native.type_variable(module, name)})))",
                    f"    return key_mismatch({c_string(name)}, v);",
                    *self._write_fields(spec, is_last),
                    "return 0;",
                ]
            case VariantShape(name, cases):
                return self._write_variant(name, cases, is_last)
            case ServiceShape() | FuncShape() | ResultsShape():
                raise AssertionError(shape)

    def _write_fields(self, spec: ClassSpec, is_last: bool) -> list[str]:
        name = c_name(spec.module, spec.name)
        shapes = [item.shape for item in spec.fields]
        lines = []
        if any(not _has_getter(shape) and shape != ScalarShape("null") for shape in shapes):
            lines.append(f"{name}Object *o = ({name}Object *)v;")
        for index, item in enumerate(spec.fields):
            lines += self._write_field(item, is_last and index == len(shapes) - 1)
        return lines

    def _write_field(self, item: FieldSpec, is_last: bool) -> list[str]:
        if item.shape == ScalarShape("null"):
            return []
        member = f"o->_{item.name}"
        if unboxed_type(item.shape) == "PyObject *" and not _has_getter(item.shape):
            return [f"if ({self._write(item.shape, member, is_last)} < 0)", "    return -1;"]
        # The field is not an object: make one for the time of writing.
        made = {
            "CPyTagged": f"CPyTagged_AsObject({member})",
            "double": f"scm_box_float({member})",
            "char": f"scm_box_bool({member})",
        }.get(unboxed_type(item.shape), f"PyObject_GetAttrString(v, {c_string(item.name)})")
        return [
            f"PyObject *{item.name}_object = {made};",
            f"int {item.name}_status = {item.name}_object == NULL ? -1 : "
            f"{self._write(item.shape, f'{item.name}_object', is_last)};",
            f"Py_XDECREF({item.name}_object);",
            f"if ({item.name}_status < 0)",
            "    return -1;",
        ]

    def _write_variant(self, name: str, cases: Sequence[ClassKey], is_last: bool) -> list[str]:
        lines: list[str] = []
        for index, spec in enumerate(by_text(cases, self._native.classes)):
            write = f"scm_write_byte(w, {index})"
            if spec.fields:
                payload = self._write(RecordShape(spec.module, spec.name), "v", is_last)
                write = f"{write} < 0 ? -1 : {payload}"
            lines += [f"if (SCM_IS(v, {self._native.type_variable(spec.module, spec.name)}))"]
            lines += [f"    return {write};"]
        expected = name or " | ".join(case for _, case in cases)
        return [*lines, f"return key_mismatch({c_string(expected)}, v);"]

    def _reader(self, shape: Shape, is_last: bool) -> list[str]:
        match shape:
            case ScalarShape():
                return [f"return {self._read(shape, is_last)};"]
            case OptShape(inner, is_wrapped):
                read = self._read(inner, is_last)
                return [
                    "int tag = scm_read_tag(r);",
                    "if (tag < 1)",
                    "    return tag < 0 ? NULL : Py_NewRef(Py_None);",
                    f"return scm_some({read});" if is_wrapped else f"return {read};",
                ]
            case VecShape(inner):
                return self._read_vec(inner)
            case TupleShape(items):
                return [*self._read_values(items, is_last), "return values;"]
            case RecordShape(module, name):
                return self._read_class(self._native.classes[module, name], is_last)
            case VariantShape(_, cases):
                return self._read_variant(cases, is_last)
            case ServiceShape() | FuncShape() | ResultsShape():
                raise AssertionError(shape)

    def _read_vec(self, inner: Shape) -> list[str]:
        return [
            "PyObject *values = PyList_New(0);",
            "int tag = values == NULL ? -1 : scm_read_tag(r);",
            "while (tag == 1) {",
            f"    PyObject *value = {self._read(inner, False)};",
            "    tag = value == NULL || PyList_Append(values, value) < 0 ? -1 : scm_read_tag(r);",
            "    Py_XDECREF(value);",
            "}",
            "PyObject *result = tag < 0 ? NULL : PyList_AsTuple(values);",
            "Py_XDECREF(values);",
            "return result;",
        ]

    def _read_values(self, shapes: Sequence[Shape], is_last: bool) -> list[str]:
        """Lines that read values into a new tuple `values`."""
        lines = [f"PyObject *values = PyTuple_New({len(shapes)});"]
        lines += ["if (values == NULL)", "    return NULL;"]
        lines += ["PyObject *value;"] if shapes else []
        for index, shape in enumerate(shapes):
            read = self._read(shape, is_last and index == len(shapes) - 1)
            lines += [
                f"if (SCM_UNLIKELY((value = {read}) == NULL)) {{",
                "    Py_DECREF(values);",
                "    return NULL;",
                "}",
                f"PyTuple_SET_ITEM(values, {index}, value);",
            ]
        return lines

    def _read_class(self, spec: ClassSpec, is_last: bool) -> list[str]:
        # The constructor checks and unboxes, and `__post_init__` runs as everywhere.
        variable = self._native.type_variable(spec.module, spec.name)
        return [
            *self._read_values([item.shape for item in spec.fields], is_last),
            f"PyObject *made = PyObject_CallObject((PyObject *){variable}, values);",
            "Py_DECREF(values);",
            "return made;",
        ]

    def _read_variant(self, cases: Sequence[ClassKey], is_last: bool) -> list[str]:
        ordered = by_text(cases, self._native.classes)
        lines = ["if (SCM_UNLIKELY(!scm_has(r, 1)))"]
        lines += ['    return scm_decode_fail(r, "the key is cut off");', "switch (*r->at++) {"]
        for index, spec in enumerate(ordered):
            read = self._read(RecordShape(spec.module, spec.name), is_last)
            lines += [f"case {index}:", f"    return {read};"]
        return [*lines, "}", 'return scm_decode_fail(r, "the key has an unknown case");']


def _has_getter(shape: Shape) -> bool:
    """Whether a field is kept as a struct, of which only mypyc's getter makes an object."""
    return isinstance(shape, TupleShape)
