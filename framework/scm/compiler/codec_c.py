"""Shapes -> C: a reader and a writer for each distinct composite shape.

They work on canonical bytes (`runtime/c/python_values.h`) and on mypyc's native objects: fields
are read from the structs of the user's classes, and objects are made by functions of the glue
module, so that constructors run as everywhere.  Sample, for a record `to: Principal; amount: nat`:

    static int write_0(scm_writer *w, PyObject *v)
    {
        if (SCM_UNLIKELY(!SCM_IS(v, CPyType_canister___Payout)))
            return scm_encode_mismatch("Payout", v);
        canister___PayoutObject *o = (canister___PayoutObject *)v;
        if (scm_write_principal(w, o->_to) < 0) { scm_path_step(".to"); return -1; }
        if (scm_write_nat(w, o->_amount) < 0) { scm_path_step(".amount"); return -1; }
        return 0;
    }
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mypyc.namegen import exported_name

from scm.candid.types import field_hash
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
from scm.compiler.shapes import is_payload

ClassKey = tuple[str, str]

_WIDTHS: Final[Mapping[str, tuple[int, int]]] = {
    **{f"nat{bits}": (bits // 8, 0) for bits in (8, 16, 32, 64)},
    **{f"int{bits}": (bits // 8, 1) for bits in (8, 16, 32, 64)},
}
"""Bytes, and whether signed."""

_LEAST: Final[Mapping[str, int]] = {"null": 0, "reserved": 0, "float32": 4, "float64": 8}
_NO_VALUE: Final = frozenset({"null", "reserved"})


def c_name(module: str, name: str) -> str:
    """The part of mypyc's C names that stands for a class or function."""
    return exported_name(f"{module}.{name}")


def unboxed_type(shape: Shape) -> str:
    """The C type of mypyc's values of a shape; every other than these is an object."""
    match shape:
        case ScalarShape(name) if name in ("nat", "int") or name in _WIDTHS:
            return "CPyTagged"
        case ScalarShape("float32" | "float64"):
            return "double"
        case ScalarShape("bool"):
            return "char"
        case _:
            return "PyObject *"


def label_id(label: str | int) -> int:
    """The id of a field or tag."""
    return label if isinstance(label, int) else field_hash(label)


def by_id(fields: Sequence[FieldSpec]) -> list[FieldSpec]:
    """Fields in the order of the wire."""
    return sorted(fields, key=lambda item: label_id(item.candid_label))


class CodecC:
    """Collects the C functions of all composite shapes; `make` names a constructor in the glue."""

    def __init__(
        self, classes: Sequence[ClassSpec], make: Callable[[str, str, tuple[Shape, ...]], str]
    ) -> None:
        self._classes: Final = {(item.module, item.name): item for item in classes}
        self._make: Final = make
        self._numbers: Final[dict[Shape, int]] = {}
        self._types: Final[set[str]] = set()
        self._setups: Final[set[str]] = set()
        self.functions: Final[list[str]] = []
        self.func_shapes: Final[list[FuncShape]] = []
        """The `Func` types that are received: each needs an encoder of arguments."""

    def declarations(self) -> list[str]:
        """What the functions need to see: each other, and the native classes."""
        lines = [f"extern PyTypeObject *{name};" for name in sorted(self._types)]
        lines += [f"extern PyObject *{name}(PyObject *);" for name in sorted(self._setups)]
        for number in self._numbers.values():
            lines.append(f"static PyObject *read_{number}(scm_reader *);")
            lines.append(f"static int write_{number}(scm_writer *, PyObject *);")
        return lines

    def read_boxed(self, shape: Shape) -> str:
        """An expression that reads an object from the reader `r`."""
        match shape:
            case ScalarShape(name) if name in _NO_VALUE:
                return "Py_NewRef(Py_None)"
            case ScalarShape("empty"):
                return 'scm_decode_fail(r, "the type `empty` has no values")'
            case ScalarShape(name):
                box = {
                    "CPyTagged": "scm_box_int",
                    "double": "scm_box_float",
                    "char": "scm_box_bool",
                }
                read = f"scm_read_{name}(r)"
                kind = unboxed_type(shape)
                return f"{box[kind]}({read})" if kind in box else read
            case _:
                return f"read_{self.number(shape)}(r)"

    def write_boxed(self, shape: Shape, value: str) -> str:
        """An expression that writes the object `value`; negative on failure."""
        match shape:
            case ScalarShape("reserved"):
                return "0"
            case ScalarShape("null"):
                return f"scm_write_null_object({value})"
            case ScalarShape("empty"):
                return 'scm_encode_fail("the type `empty` has no values")'
            case ScalarShape(name) if name in _WIDTHS:
                width, is_signed = _WIDTHS[name]
                return f"scm_write_fixed_object(w, {value}, {width}, {is_signed})"
            case ScalarShape("float32" | "float64" as name):
                return f"scm_write_float_object(w, {value}, {4 if name == 'float32' else 8})"
            case ScalarShape("nat" | "int" | "bool" as name):
                return f"scm_write_{name}_object(w, {value})"
            case ScalarShape(name):
                return f"scm_write_{name}(w, {value})"
            case _:
                return f"write_{self.number(shape)}(w, {value})"

    def least_size(self, shape: Shape) -> int:
        """The fewest bytes that a value can take."""
        match shape:
            case ScalarShape(name):
                return _LEAST.get(name, _WIDTHS[name][0] if name in _WIDTHS else 1)
            case TupleShape(items):
                return sum(self.least_size(item) for item in items)
            case RecordShape(module, name):
                return sum(self.least_size(item.shape) for item in self._fields(module, name))
            case _:
                return 1

    def number(self, shape: Shape) -> int:
        """The number of a composite shape's functions, which are written at its first use."""
        if shape in self._numbers:
            return self._numbers[shape]
        number = self._numbers[shape] = len(self._numbers)
        reader, writer = self._reader(shape), self._writer(shape)
        self.functions.extend(
            [
                f"static PyObject *read_{number}(scm_reader *r)",
                "{",
                *(f"    {line}" for line in reader),
                "}",
                "",
                f"static int write_{number}(scm_writer *w, PyObject *v)",
                "{",
                *(f"    {line}" for line in writer),
                "}",
                "",
            ]
        )
        return number

    def _fields(self, module: str, name: str) -> tuple[FieldSpec, ...]:
        return self._classes[module, name].fields

    def _type(self, module: str, name: str) -> str:
        """The C variable with the type object of a native class."""
        variable = f"CPyType_{c_name(module, name)}"
        self._types.add(variable)
        return variable

    def _reader(self, shape: Shape) -> list[str]:
        match shape:
            case OptShape(inner, is_wrapped):
                read = self.read_boxed(inner)
                return [
                    "int tag = scm_read_tag(r);",
                    "if (tag < 1)",
                    "    return tag < 0 ? NULL : Py_NewRef(Py_None);",
                    *_DEEPER_READ,
                    f"PyObject *value = {read};",
                    "r->depth--;",
                    "return scm_some(value);" if is_wrapped else "return value;",
                ]
            case VecShape(inner, container):
                return self._read_vec(inner, "Tuple" if container == "tuple" else "List")
            case TupleShape(items):
                return self._read_tuple(items)
            case RecordShape(module, name):
                return self._read_class(self._classes[module, name])
            case VariantShape(_, cases):
                return self._read_variant(cases)
            case ServiceShape(module, name):
                make = self._make(module, name, (ScalarShape("principal"),))
                return [
                    "PyObject *principal = scm_read_principal(r);",
                    f"PyObject *result = principal ? {make}(principal) : NULL;",
                    "Py_XDECREF(principal);",
                    "return result;",
                ]
            case FuncShape():
                self.func_shapes.append(shape)
                make = self._make("", f"{len(self.func_shapes) - 1}", (shape,))
                return [f"return scm_read_method(r, {make});"]
            case ScalarShape() | ResultsShape():
                raise AssertionError(shape)

    def _read_vec(self, inner: Shape, container: str) -> list[str]:
        return [
            f"Py_ssize_t count = scm_read_count(r, {self.least_size(inner)});",
            "if (count < 0)",
            "    return NULL;",
            *_DEEPER_READ,
            f"PyObject *items = Py{container}_New(count);",
            "for (Py_ssize_t index = 0; items != NULL && index < count; index++) {",
            f"    PyObject *item = {self.read_boxed(inner)};",
            "    if (SCM_UNLIKELY(item == NULL)) {",
            "        scm_path_index(index);",
            "        Py_CLEAR(items);",
            "    } else {",
            f"        Py{container}_SET_ITEM(items, index, item);",
            "    }",
            "}",
            "r->depth--;",
            "return items;",
        ]

    def _read_tuple(self, items: Sequence[Shape]) -> list[str]:
        lines = [f"PyObject *items = PyTuple_New({len(items)});", "PyObject *item;"]
        lines += ["if (items == NULL)", "    return NULL;"]
        for index, item in enumerate(items):
            lines += [
                f"if (SCM_UNLIKELY((item = {self.read_boxed(item)}) == NULL)) {{",
                f'    scm_path_step(".{index}");',
                "    Py_DECREF(items);",
                "    return NULL;",
                "}",
                f"PyTuple_SET_ITEM(items, {index}, item);",
            ]
        return [*lines, "return items;"]

    def _read_class(self, spec: ClassSpec) -> list[str]:
        """Read the fields in wire order, then construct in order of declaration."""
        index_of = {item.name: index for index, item in enumerate(spec.fields)}
        lines = ["PyObject *result = NULL;"]
        drops = []
        for item in spec.fields:
            variable = f"f{index_of[item.name]}"
            start, drop = {
                "CPyTagged": (" = CPY_INT_TAG", f"CPyTagged_XDECREF({variable});"),
                "PyObject *": (" = NULL", f"Py_XDECREF({variable});"),
            }.get(unboxed_type(item.shape), ("", ""))
            lines.append(f"{unboxed_type(item.shape)} {variable}{start};")
            drops += [drop] if drop else []
        for item in by_id(spec.fields):
            variable = f"f{index_of[item.name]}"
            lines += [
                f"if (SCM_UNLIKELY({self._read_fails(item.shape, variable)})) {{",
                f"    scm_path_step({_step(item)});",
                "    goto end;",
                "}",
            ]
        if _can_be_filled(spec):
            lines += self._fill(spec)
        else:
            make = self._make(spec.module, spec.name, tuple(item.shape for item in spec.fields))
            arguments = ", ".join(f"f{index}" for index in range(len(spec.fields)))
            lines.append(f"result = {make}({arguments});")
        if spec.fields:
            lines.append("end:")
        return [*lines, *drops, "return result;"]

    def _fill(self, spec: ClassSpec) -> list[str]:
        """Make an object without its constructor, which would do no more than this."""
        name = c_name(spec.module, spec.name)
        setup = f"CPyDef_{c_name(spec.module, f'__mypyc__{spec.name}_setup')}"
        self._setups.add(setup)
        return [
            f"result = {setup}((PyObject *){self._type(spec.module, spec.name)});",
            "if (SCM_LIKELY(result != NULL)) {",
            f"    {name}Object *o = ({name}Object *)result;",
            *(f"    o->_{item.name} = f{index};" for index, item in enumerate(spec.fields)),
            "    return result;",
            "}",
        ]

    def _read_fails(self, shape: Shape, variable: str) -> str:
        match unboxed_type(shape):
            case "CPyTagged":
                assert isinstance(shape, ScalarShape)
                return f"({variable} = scm_read_{shape.candid}(r)) == CPY_INT_TAG"
            case "double":
                assert isinstance(shape, ScalarShape)
                read = f"({variable} = scm_read_{shape.candid}(r)) == CPY_FLOAT_ERROR"
                return f"{read} && PyErr_Occurred()"
            case "char":
                return f"({variable} = scm_read_bool(r)) == 2"
            case _:
                return f"({variable} = {self.read_boxed(shape)}) == NULL"

    def _read_variant(self, cases: Sequence[ClassKey]) -> list[str]:
        ordered = self._by_tag(cases)
        lines = ["PyObject *made = NULL;"]
        lines += [f"Py_ssize_t case_index = scm_read_variant(r, {len(ordered)});"]
        lines += ["if (case_index < 0)", "    return NULL;", *_DEEPER_READ]
        lines += ["switch (case_index) {"]
        for index, spec in enumerate(ordered):
            if not spec.fields:
                body = [f"made = {self._make(spec.module, spec.name, ())}();"]
            else:
                helper = self._case_reader(spec)
                body = [f"made = {helper}(r);"]
                body += ["if (SCM_UNLIKELY(made == NULL))"]
                body += [f"    scm_path_step({json.dumps('.' + str(spec.tag))});"]
            lines += [f"case {index}: {{", *(f"    {line}" for line in body), "    break;", "}"]
        return [*lines, "}", "r->depth--;", "return made;"]

    def _case_reader(self, spec: ClassSpec) -> str:
        """The payload of a case, in a function of its own."""
        return f"read_{self.number(RecordShape(spec.module, spec.name))}"

    def _by_tag(self, cases: Sequence[ClassKey]) -> list[ClassSpec]:
        return sorted((self._classes[key] for key in cases), key=lambda item: label_id(item.tag))

    def _writer(self, shape: Shape) -> list[str]:
        match shape:
            case OptShape(inner, is_wrapped):
                unwrap = ["if ((v = scm_value_of_some(v)) == NULL)", "    return -1;"]
                return [
                    "if (v == Py_None)",
                    "    return scm_write_byte(w, 0);",
                    *(unwrap if is_wrapped else []),
                    *_DEEPER_WRITE,
                    f"int status = scm_write_byte(w, 1) < 0 ? -1 : {self.write_boxed(inner, 'v')};",
                    "w->depth--;",
                    "return status;",
                ]
            case VecShape(inner, _):
                return self._write_vec(inner)
            case TupleShape(items):
                return self._write_tuple(items)
            case RecordShape(module, name):
                return self._write_class(self._classes[module, name])
            case VariantShape(name, cases):
                return self._write_variant(name, cases)
            case ServiceShape(module, name):
                base = "scm___authoring___calls___ServiceObject"
                self._type("scm.authoring.calls", "Service")
                return [
                    f"if (SCM_UNLIKELY(!SCM_IS(v, {self._type(module, name)})))",
                    f"    return scm_encode_mismatch({json.dumps(name)}, v);",
                    f"return scm_write_principal(w, (({base} *)v)->_canister_id);",
                ]
            case FuncShape():
                return ["return scm_write_reference(w, v);"]
            case ScalarShape() | ResultsShape():
                raise AssertionError(shape)

    def _write_vec(self, inner: Shape) -> list[str]:
        return [
            "if (SCM_UNLIKELY(!PyTuple_Check(v) && !PyList_Check(v)))",
            '    return scm_encode_mismatch("vec", v);',
            "Py_ssize_t count = PySequence_Fast_GET_SIZE(v);",
            "int status = scm_write_size(w, (uint64_t)count);",
            *_DEEPER_WRITE,
            "for (Py_ssize_t index = 0; status == 0 && index < count; index++) {",
            "    PyObject *item = PySequence_Fast_GET_ITEM(v, index);",
            f"    status = {self.write_boxed(inner, 'item')};",
            "    if (SCM_UNLIKELY(status < 0))",
            "        scm_path_index(index);",
            "}",
            "w->depth--;",
            "return status;",
        ]

    def _write_tuple(self, items: Sequence[Shape]) -> list[str]:
        lines = [f"if (SCM_UNLIKELY(!PyTuple_Check(v) || PyTuple_GET_SIZE(v) != {len(items)}))"]
        lines += [f'    return scm_encode_mismatch("tuple of {len(items)}", v);']
        for index, item in enumerate(items):
            write = self.write_boxed(item, f"PyTuple_GET_ITEM(v, {index})")
            lines += _checked(write, json.dumps(f".{index}"))
        return [*lines, "return 0;"]

    def _write_class(self, spec: ClassSpec) -> list[str]:
        name = c_name(spec.module, spec.name)
        lines = [f"if (SCM_UNLIKELY(!SCM_IS(v, {self._type(spec.module, spec.name)})))"]
        lines += [f"    return scm_encode_mismatch({json.dumps(spec.name)}, v);"]
        if spec.fields:
            lines += [f"{name}Object *o = ({name}Object *)v;"]
        for item in by_id(spec.fields):
            lines += self._write_field(item)
        return [*lines, "return 0;"]

    def _write_field(self, item: FieldSpec) -> list[str]:
        shape, step = item.shape, _step(item)
        member = f"o->_{item.name}"
        match shape:
            case ScalarShape(name) if name in _NO_VALUE:
                return []
            case ScalarShape(name) if name in _WIDTHS:
                width, is_signed = _WIDTHS[name]
                return _checked(f"scm_write_fixed(w, {member}, {width}, {is_signed})", step)
            case ScalarShape("nat" | "int" | "float32" | "float64" | "bool" as name):
                return _checked(f"scm_write_{name}(w, {member})", step)
            case TupleShape():
                # mypyc keeps tuples of a fixed length as structs: its getter makes an object.
                return [
                    f"PyObject *{item.name}_tuple = "
                    f"PyObject_GetAttrString(v, {json.dumps(item.name)});",
                    f"int {item.name}_status = {item.name}_tuple == NULL ? -1 : "
                    f"{self.write_boxed(shape, f'{item.name}_tuple')};",
                    f"Py_XDECREF({item.name}_tuple);",
                    *_checked(f"{item.name}_status", step),
                ]
            case _:
                return _checked(self.write_boxed(shape, member), step)

    def _write_variant(self, name: str, cases: Sequence[ClassKey]) -> list[str]:
        lines: list[str] = []
        for index, spec in enumerate(self._by_tag(cases)):
            write = f"scm_write_size(w, {index})" if index > 127 else f"scm_write_byte(w, {index})"
            body = f"return {write};"
            if spec.fields:
                payload = f"write_{self.number(RecordShape(spec.module, spec.name))}(w, v)"
                body = f"return {write} < 0 ? -1 : scm_in_case({payload}, {_tag_step(spec)});"
            lines += [f"if (SCM_IS(v, {self._type(spec.module, spec.name)}))"]
            lines += [f"    {body}"]
        expected = name or " | ".join(case for _, case in cases)
        return [*lines, f"return scm_encode_mismatch({json.dumps(expected)}, v);"]


_DEEPER_READ: Final = (
    "if (SCM_UNLIKELY(++r->depth > SCM_DEPTH_MAX))",
    '    return scm_decode_fail(r, "values nest deeper than 256");',
)
_DEEPER_WRITE: Final = (
    "if (SCM_UNLIKELY(++w->depth > SCM_DEPTH_MAX))",
    '    return scm_encode_fail("values nest deeper than 256");',
)


def _can_be_filled(spec: ClassSpec) -> bool:
    """Whether all that the constructor does is to store its arguments, each in one C type."""
    plain = all(
        unboxed_type(item.shape) in ("CPyTagged", "PyObject *", "char")
        and not isinstance(item.shape, TupleShape)
        and item.shape not in (ScalarShape("null"), ScalarShape("empty"))
        for item in spec.fields
    )
    return plain and not spec.has_post_init and bool(spec.fields)


def _step(item: FieldSpec) -> str:
    return '""' if is_payload(item) else json.dumps(f".{item.candid_label}")


def _tag_step(spec: ClassSpec) -> str:
    return json.dumps(f".{spec.tag}")


def _checked(write: str, step: str) -> list[str]:
    return [
        f"if (SCM_UNLIKELY({write} < 0)) {{",
        f"    scm_path_step({step});",
        "    return -1;",
        "}",
    ]
