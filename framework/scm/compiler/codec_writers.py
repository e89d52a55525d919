"""Shapes -> C: the bodies of the functions that write values, one for each composite shape."""

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
from scm.compiler.codec_shapes import (
    NO_VALUE,
    WIDTHS,
    by_id,
    by_tag,
    c_name,
    c_string,
    step_of,
    step_of_tag,
)
from scm.compiler.shapes import ClassKey, is_payload


class Codecs(Protocol):
    """What a writer needs of `CodecC`: the other functions, and the native classes."""

    @property
    def classes(self) -> Mapping[ClassKey, ClassSpec]: ...

    def number(self, shape: Shape) -> int: ...

    def type_variable(self, module: str, name: str) -> str: ...

    def write_boxed(self, shape: Shape, value: str) -> str: ...


class WriterC:
    """Writes the bodies; everything that they refer to is asked of `codecs`."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs: Final = codecs

    def lines(self, shape: Shape) -> list[str]:
        """The body of the function `int write_N(scm_writer *w, PyObject *v)`."""
        match shape:
            case OptShape(inner, is_wrapped):
                write = self._codecs.write_boxed(inner, "v")
                unwrap = ["if ((v = scm_value_of_some(v)) == NULL)", "    return -1;"]
                return [
                    "if (v == Py_None)",
                    "    return scm_write_byte(w, 0);",
                    *(unwrap if is_wrapped else []),
                    *_DEEPER_WRITE,
                    f"int status = scm_write_byte(w, 1) < 0 ? -1 : {write};",
                    "w->depth--;",
                    "return status;",
                ]
            case VecShape(inner, _):
                return self._write_vec(inner)
            case TupleShape(items):
                return self._write_tuple(items)
            case RecordShape(module, name):
                return self._write_class(self._codecs.classes[module, name])
            case VariantShape(name, cases):
                return self._write_variant(name, cases)
            case ServiceShape(module, name):
                base = "scm___authoring___calls___ServiceObject"
                self._codecs.type_variable("scm.authoring.calls", "Service")
                return [
                    f"if (SCM_UNLIKELY(!SCM_IS(v, {self._codecs.type_variable(module, name)})))",
                    f"    return scm_encode_mismatch({c_string(name)}, v);",
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
            f"    status = {self._codecs.write_boxed(inner, 'item')};",
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
            write = self._codecs.write_boxed(item, f"PyTuple_GET_ITEM(v, {index})")
            lines += _checked(write, c_string(f".{index}"))
        return [*_DEEPER_WRITE, *lines, "w->depth--;", "return 0;"]

    def _write_class(self, spec: ClassSpec) -> list[str]:
        name = c_name(spec.module, spec.name)
        lines = [
            f"if (SCM_UNLIKELY(!SCM_IS(v, {self._codecs.type_variable(spec.module, spec.name)})))"
        ]
        lines += [f"    return scm_encode_mismatch({c_string(spec.name)}, v);"]
        if spec.fields:
            lines += [f"{name}Object *o = ({name}Object *)v;"]
        for item in by_id(spec.fields):
            lines += self._write_field(item)
        if any(is_payload(item) for item in spec.fields):
            return [*lines, "return 0;"]
        return [*_DEEPER_WRITE, *lines, "w->depth--;", "return 0;"]

    def _write_field(self, item: FieldSpec) -> list[str]:
        shape, step = item.shape, step_of(item)
        member = f"o->_{item.name}"
        match shape:
            case ScalarShape(name) if name in NO_VALUE:
                return []
            case ScalarShape(name) if name in WIDTHS:
                width, is_signed = WIDTHS[name]
                return _checked(f"scm_write_fixed(w, {member}, {width}, {is_signed})", step)
            case ScalarShape("nat" | "int" | "float32" | "float64" | "bool" as name):
                return _checked(f"scm_write_{name}(w, {member})", step)
            case TupleShape():
                # mypyc keeps tuples of a fixed length as structs: its getter makes an object.
                return [
                    f"PyObject *{item.name}_tuple = "
                    f"PyObject_GetAttrString(v, {c_string(item.name)});",
                    f"int {item.name}_status = {item.name}_tuple == NULL ? -1 : "
                    f"{self._codecs.write_boxed(shape, f'{item.name}_tuple')};",
                    f"Py_XDECREF({item.name}_tuple);",
                    *_checked(f"{item.name}_status", step),
                ]
            case _:
                return _checked(self._codecs.write_boxed(shape, member), step)

    def _write_variant(self, name: str, cases: Sequence[ClassKey]) -> list[str]:
        lines: list[str] = []
        for index, spec in enumerate(by_tag(cases, self._codecs.classes)):
            write = f"scm_write_size(w, {index})" if index > 127 else f"scm_write_byte(w, {index})"
            body = f"return {write};"
            if spec.fields:
                payload = f"write_{self._codecs.number(RecordShape(spec.module, spec.name))}(w, v)"
                body = f"return {write} < 0 ? -1 : scm_in_case({payload}, {step_of_tag(spec)});"
            lines += [f"if (SCM_IS(v, {self._codecs.type_variable(spec.module, spec.name)}))"]
            lines += [f"    {body}"]
        expected = name or " | ".join(case for _, case in cases)
        return [*lines, f"return scm_encode_mismatch({c_string(expected)}, v);"]


_DEEPER_WRITE: Final = (
    "if (SCM_UNLIKELY(++w->depth > SCM_DEPTH_MAX))",
    '    return scm_encode_fail("values nest deeper than 256");',
)


def _checked(write: str, step: str) -> list[str]:
    return [
        f"if (SCM_UNLIKELY({write} < 0)) {{",
        f"    scm_path_step({step});",
        "    return -1;",
        "}",
    ]
