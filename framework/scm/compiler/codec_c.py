"""Shapes -> C: a reader and a writer for each distinct composite shape.

They work on canonical bytes (`runtime/c/python_values.h`) and on mypyc's native objects: fields
are read from the structs of the user's classes, and objects are made by functions of the glue
module, so that constructors run as everywhere.  Sample, for a record `to: Principal; amount: nat`:

    static int write_0(scm_writer *w, PyObject *v)
    {
        if (SCM_UNLIKELY(++w->depth > SCM_DEPTH_MAX))
            return scm_encode_fail("values nest deeper than 256");
        if (SCM_UNLIKELY(!SCM_IS(v, CPyType_canister___Payout)))
            return scm_encode_mismatch("Payout", v);
        canister___PayoutObject *o = (canister___PayoutObject *)v;
        if (SCM_UNLIKELY(scm_write_principal(w, o->_to) < 0)) {
            scm_path_step(".to");
            return -1;
        }
        ... the same for `amount` ...
        w->depth--;
        return 0;
    }
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from scm.compiler.artefacts import (
    ClassSpec,
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
from scm.compiler.codec_shapes import (
    NO_VALUE,
    WIDTHS,
    by_id,
    by_tag,
    c_name,
    can_be_filled,
    holds_vec,
    least_size,
    step_of,
    step_of_tag,
    unboxed_type,
    value_cost,
)
from scm.compiler.codec_writers import WriterC
from scm.compiler.shapes import ClassKey, is_payload


class CodecC:
    """Collects the C functions of all composite shapes; `make` names a constructor in the glue."""

    def __init__(
        self, classes: Sequence[ClassSpec], make: Callable[[str, str, tuple[Shape, ...]], str]
    ) -> None:
        self.classes: Final = {(item.module, item.name): item for item in classes}
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
            case ScalarShape(name) if name in NO_VALUE:
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
            case ScalarShape(name) if name in WIDTHS:
                width, is_signed = WIDTHS[name]
                return f"scm_write_fixed_object(w, {value}, {width}, {is_signed})"
            case ScalarShape("float32" | "float64" as name):
                return f"scm_write_float_object(w, {value}, {4 if name == 'float32' else 8})"
            case ScalarShape("nat" | "int" | "bool" as name):
                return f"scm_write_{name}_object(w, {value})"
            case ScalarShape(name):
                return f"scm_write_{name}(w, {value})"
            case _:
                return f"write_{self.number(shape)}(w, {value})"

    def number(self, shape: Shape) -> int:
        """The number of a composite shape's functions, which are written at its first use."""
        if shape in self._numbers:
            return self._numbers[shape]
        number = self._numbers[shape] = len(self._numbers)
        reader, writer = self._reader(shape), WriterC(self).lines(shape)
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

    def type_variable(self, module: str, name: str) -> str:
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
                    *_spend(value_cost(inner, self.classes) + (7 if is_wrapped else 0)),
                    f"PyObject *value = {read};",
                    "r->depth--;",
                    "return scm_some(value);" if is_wrapped else "return value;",
                ]
            case VecShape(inner, container):
                return self._read_vec(inner, "Tuple" if container == "tuple" else "List")
            case TupleShape(items):
                return self._read_tuple(items)
            case RecordShape(module, name):
                return self._read_class(self.classes[module, name])
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
        least = least_size(inner, self.classes)
        cost = max(value_cost(inner, self.classes), 1)
        # Or else a vec in a vec in a vec could each promise as many elements as the message has
        # bytes, and Python would make room for all of them.
        reserves = least > 0 and holds_vec(inner, self.classes)
        return [
            f"Py_ssize_t count = scm_read_count(r, {least}, {cost});",
            "if (count < 0)",
            "    return NULL;",
            *_DEEPER_READ,
            f"PyObject *items = Py{container}_New(count);",
            *([f"r->reserved += (uint32_t)count * {least};"] if reserves else []),
            "for (Py_ssize_t index = 0; items != NULL && index < count; index++) {",
            *([f"    r->reserved -= {least};"] if reserves else []),
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
        lines = [*_DEEPER_READ, f"PyObject *items = PyTuple_New({len(items)});", "PyObject *item;"]
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
        return [*lines, "r->depth--;", "return items;"]

    def _read_class(self, spec: ClassSpec) -> list[str]:
        """Read the fields in wire order, then construct in order of declaration."""
        index_of = {item.name: index for index, item in enumerate(spec.fields)}
        if not spec.fields:
            return [*self._make_empty(spec, "PyObject *result"), "return result;"]
        # A payload by itself is one value with its case, and counts as one level.
        is_level = not any(is_payload(item) for item in spec.fields)
        rise = ["r->depth--;"] if is_level else []
        lines = [*(_DEEPER_READ if is_level else ()), "PyObject *result = NULL;"]
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
                f"    scm_path_step({step_of(item)});",
                "    goto end;",
                "}",
            ]
        if can_be_filled(spec):
            lines += self._fill(spec, rise)
        else:
            make = self._make(spec.module, spec.name, tuple(item.shape for item in spec.fields))
            arguments = ", ".join(f"f{index}" for index in range(len(spec.fields)))
            lines.append(f"result = {make}({arguments});")
        return [*lines, "end:", *drops, *rise, "return result;"]

    def _make_empty(self, spec: ClassSpec, target: str) -> list[str]:
        """Make an object without fields: as nothing can tell them apart, there is only one."""
        made = f"{self._make(spec.module, spec.name, ())}()"
        if spec.has_post_init:
            return [f"{target} = {made};"]
        return [
            "static PyObject *only;",
            "if (SCM_UNLIKELY(only == NULL))",
            f"    only = {made};",
            f"{target} = Py_XNewRef(only);",
        ]

    def _fill(self, spec: ClassSpec, rise: Sequence[str]) -> list[str]:
        """Make an object without its constructor, which would do no more than this."""
        name = c_name(spec.module, spec.name)
        setup = f"CPyDef_{c_name(spec.module, f'__mypyc__{spec.name}_setup')}"
        self._setups.add(setup)
        return [
            f"result = {setup}((PyObject *){self.type_variable(spec.module, spec.name)});",
            "if (SCM_LIKELY(result != NULL)) {",
            f"    {name}Object *o = ({name}Object *)result;",
            *(f"    o->_{item.name} = f{index};" for index, item in enumerate(spec.fields)),
            *(f"    {line}" for line in rise),
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
        ordered = by_tag(cases, self.classes)
        lines = ["PyObject *made = NULL;"]
        lines += [f"Py_ssize_t case_index = scm_read_variant(r, {len(ordered)});"]
        lines += ["if (case_index < 0)", "    return NULL;", *_DEEPER_READ]
        lines += ["switch (case_index) {"]
        for index, spec in enumerate(ordered):
            if not spec.fields:
                body = self._make_empty(spec, "made")
            else:
                helper = self._case_reader(spec)
                body = _spend(value_cost(RecordShape(spec.module, spec.name), self.classes))
                body += [f"made = {helper}(r);"]
                body += ["if (SCM_UNLIKELY(made == NULL))"]
                body += [f"    scm_path_step({step_of_tag(spec)});"]
            lines += [f"case {index}: {{", *(f"    {line}" for line in body), "    break;", "}"]
        return [*lines, "}", "r->depth--;", "return made;"]

    def _case_reader(self, spec: ClassSpec) -> str:
        """The payload of a case, in a function of its own."""
        return f"read_{self.number(RecordShape(spec.module, spec.name))}"


def _spend(cost: int) -> list[str]:
    """Take the cost of a value that may or may not be there, if it is more than its bytes pay."""
    if cost <= 2:
        return []
    return [f"if (SCM_UNLIKELY(scm_spend(r, {cost}) < 0))", "    return NULL;"]


_DEEPER_READ: Final = (
    "if (SCM_UNLIKELY(++r->depth > SCM_DEPTH_MAX))",
    '    return scm_decode_fail(r, "values nest deeper than 256");',
)
