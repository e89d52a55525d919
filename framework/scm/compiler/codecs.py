"""Messages -> the module of generated codecs, `codecs.c`, and the constructors that it needs.

One reader and one writer for each distinct composite shape (`codec_c.py`), and for each message the
Python functions that the glue module asks for: `decode`, `argument`, `encode`, `pack`, `reply`,
`store`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from scm.compiler.artefacts import (
    ClassSpec,
    CollectionSpec,
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
from scm.compiler.codec_c import CodecC
from scm.compiler.codec_shapes import c_bytes, c_name, c_string, unboxed_type
from scm.compiler.collection_codecs import CollectionCodecs
from scm.compiler.decode_quota import DecodeQuota
from scm.compiler.labels import label_id
from scm.compiler.shapes import ShapeTypes
from scm.compiler.type_shapes import FUNC_CLASSES

FunctionKind = Literal["decode", "argument", "encode", "pack", "reply", "store"]

_PYTHON: Final = {
    "text": "str",
    "blob": "bytes",
    "bool": "bool",
    "float32": "float",
    "float64": "float",
    "principal": "Principal",
    "null": "None",
    "reserved": "object",
    "empty": "Any",
}

BOUND_MAX: Final = 200
"""So many functions are found at import; with more, the module's body would get too complex."""

_HEAD: Final = """\
/* Generated: the codecs of this canister's messages. */
#include "python_values.h"
#include "collections.h"
#include "key_order.h"
#include "__native_user.h"
"""

_FLAGS: Final[Mapping[FunctionKind, str]] = {
    "decode": "METH_O",
    "argument": "METH_NOARGS",
    "encode": "METH_FASTCALL",
    "pack": "METH_O",
    "reply": "METH_O",
    "store": "METH_FASTCALL",
}


class CodecSource:
    """Collects the source of all codecs that a canister needs."""

    def __init__(
        self,
        classes: Sequence[ClassSpec],
        types: ShapeTypes,
        modules: Mapping[str, str],
        collections: Sequence[CollectionSpec] = (),
    ) -> None:
        self._modules: Final = modules  # The user's modules, and what the generated one calls them.
        self.names: Final = _candid_names(classes)
        """All names that Candid reduces to ids, with these, so that messages can tell them."""

        self._types: Final = types
        self._c: Final = CodecC(classes, self._make)
        self._makers: Final[dict[tuple[str, str], str]] = {}
        self._messages: Final[dict[tuple[Shape, ...], int]] = {}
        self._functions: Final[dict[tuple[FunctionKind, int, str], str]] = {}
        self._bound: Final[set[tuple[FunctionKind, int, str]]] = set()
        self._first_func_codec = 0
        self._collections: Final = CollectionCodecs(collections, self._c, self)
        self.levels: Final = self._collections.levels
        """The rows of the table of collections."""

        self.lines: Final[list[str]] = []
        """The glue's part: a constructor for each class that is decoded."""

    def number_funcs_from(self, first: int) -> None:
        """The number of the argument encoder of the first `Func` type, behind the services'."""
        self._first_func_codec = first

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
            case OptShape(inner, is_wrapped):
                python = self.python_type(inner)
                return f"Some[{python}] | None" if is_wrapped else f"{python} | None"
            case VecShape(inner, "list"):
                return f"list[{self.python_type(inner)}]"
            case VecShape(inner, _):
                return f"tuple[{self.python_type(inner)}, ...]"
            case TupleShape(items) | ResultsShape(items):
                return f"tuple[{', '.join(self.python_type(item) for item in items)}]"
            case RecordShape(module, name) | ServiceShape(module, name):
                return self.name_of(module, name)
            case VariantShape(_, cases):
                return " | ".join(self.name_of(module, name) for module, name in cases)
            case FuncShape():
                return "Any"

    def function(self, kind: FunctionKind, shapes: Sequence[Shape], subject: str = "") -> str:
        """The name of a function of a message; see `runtime/codecs.py`.

        `subject`: what its values are, for errors of those that write them.
        """
        key = kind, self.message(shapes), subject
        if key not in self._functions:
            name = f"{kind}_{key[1]}"
            others = sum(known[:2] == key[:2] for known in self._functions)
            self._functions[key] = f"{name}_{others}" if others else name
            if len(self._functions) <= BOUND_MAX:
                self._bound.add(key)
        return f"{'codec_' if key in self._bound else 'codecs.'}{self._functions[key]}"

    def bindings(self) -> list[str]:
        """The names of the functions, as `function` gives them: found once, at import."""
        names = [name for key, name in self._functions.items() if key in self._bound]
        return [f"codec_{name}: Final = codecs.{name}" for name in names]

    def message(self, shapes: Sequence[Shape]) -> int:
        """The number of a message."""
        return self._messages.setdefault(tuple(shapes), len(self._messages))

    @property
    def func_shapes(self) -> Sequence[FuncShape]:
        """The `Func` types that are received, by their numbers; after `func_encoders`."""
        return self._c.func_shapes

    def func_encoders(self) -> list[str]:
        """The argument encoders of the `Func` types that are received, by their numbers."""
        encoders: list[str] = []
        # Writing one may find another type, so the list grows while it is walked.
        self._write_messages()
        while len(encoders) < len(self._c.func_shapes):
            arguments = self._c.func_shapes[len(encoders)].arguments
            encoders.append(self.function("pack", arguments))
            self._write_messages()
        return encoders

    def c_source(self, quota: DecodeQuota) -> str:
        """The text of `codecs.c`; call it last."""
        messages = self._write_messages()
        collections = self._collections.lines()
        table = [f"    {{{c_bytes(header)}, {len(header)}}}," for header in self._headers()]
        functions = [
            f'    {{"{name}", (PyCFunction)(void (*)(void)){name}, {_FLAGS[kind]}, NULL}},'
            for (kind, _, _), name in self._functions.items()
        ]
        bodies = [
            line
            for (kind, number, subject), name in self._functions.items()
            for line in self._python_function(name, kind, number, subject)
        ]
        names = [f"    {{{number}u, {c_string(name)}}}," for number, name in self.names]
        return "\n".join(
            [
                _HEAD,
                *self._c.declarations(),
                *(f"extern PyObject *{maker};" for maker in self._makers.values()),
                "",
                "scm_message scm_codec_messages[] = {",
                *(table or ["    {NULL, 0},"]),
                "};",
                f"const uint32_t scm_codec_message_count = {len(self._messages)};",
                "static const scm_name names[] = {",
                *(names or ['    {0, ""},']),
                "};",
                "const scm_context scm_codec_context = {",
                f"    names, {len(self.names)},",
                f"    {{{quota.base}u, {quota.per_byte}u}},",
                "};",
                "",
                *self._c.functions,
                *messages,
                *collections,
                *bodies,
                "PyMethodDef scm_codec_functions[] = {",
                *functions,
                "    {NULL, NULL, 0, NULL},",
                "};",
                "",
            ]
        )

    def _headers(self) -> list[bytes]:
        return [self.header(shapes) for shapes in self._messages]

    def _make(self, module: str, name: str, shapes: tuple[Shape, ...]) -> str:
        """The C name of a constructor; it is a function of the glue, written at its first use."""
        number = len(self._makers)
        if (module, name) in self._makers:
            return self._makers[module, name].partition("(")[0]
        c_function = f"CPyDef_{c_name('scm_entry', f'make_{number}')}"
        if shapes and isinstance(shapes[0], FuncShape):
            return self._make_func(c_function, number, int(name), shapes[0])
        parameters, values, c_types = [], [], []
        for index, shape in enumerate(shapes):
            kind = unboxed_type(shape)
            annotation = self.python_type(shape)
            # mypyc has forms of their own for these, which a C caller need not know.
            is_plain = not isinstance(shape, TupleShape) and annotation not in ("None", "Any")
            parameters.append(f"a{index}: {annotation if is_plain else 'object'}")
            values.append(f"a{index}" if is_plain else cast_to(annotation, f"a{index}"))
            c_types.append(kind.strip())
        self._makers[module, name] = f"{c_function}({', '.join(c_types) or 'void'})"
        target = self.name_of(module, name)
        self.lines.extend([f"def make_{number}({', '.join(parameters)}) -> object:"])
        self.lines.extend([f"    return {target}({', '.join(values)})", ""])
        return c_function

    def _make_func(self, c_function: str, number: int, index: int, shape: FuncShape) -> str:
        self._makers["", str(index)] = f"{c_function}(PyObject *, PyObject *)"
        codec = self._first_func_codec + index
        cls = FUNC_CLASSES[shape.annotation].__name__
        self.lines.extend(
            [
                f"def make_{number}(principal: Principal, method: str) -> object:",
                f"    made: Any = {cls}(principal, method, {codec})",
                "    return made",
                "",
            ]
        )
        return c_function

    def _write_messages(self) -> list[str]:
        """The readers and writers of whole messages, as C."""
        lines: list[str] = []
        for shapes, number in self._messages.items():
            lines += [f"static PyObject *read_message_{number}(scm_reader *r)", "{"]
            if len(shapes) == 1:
                lines += [f"    PyObject *value = {self._c.read_boxed(shapes[0])};"]
                lines += ["    if (SCM_UNLIKELY(value == NULL))", '        scm_path_step("arg0");']
                lines += ["    return value;"]
            elif shapes:
                lines += self._read_several(shapes)
            else:
                lines += ["    return Py_NewRef(Py_None);"]
            lines += ["}", ""]
            lines += [f"static int write_message_{number}(scm_writer *w, PyObject *const *v)", "{"]
            for index, shape in enumerate(shapes):
                lines += [f"    if ({self._c.write_boxed(shape, f'v[{index}]')} < 0) {{"]
                lines += [f'        scm_path_step("arg{index}");', "        return -1;", "    }"]
            lines += ["    return 0;", "}", ""]
        return lines

    def _read_several(self, shapes: Sequence[Shape]) -> list[str]:
        lines = [f"    PyObject *values = PyTuple_New({len(shapes)});", "    PyObject *value;"]
        lines += ["    if (values == NULL)", "        return NULL;"]
        for index, shape in enumerate(shapes):
            lines += [
                f"    if (SCM_UNLIKELY((value = {self._c.read_boxed(shape)}) == NULL)) {{",
                f'        scm_path_step("arg{index}");',
                "        Py_DECREF(values);",
                "        return NULL;",
                "    }",
                f"    PyTuple_SET_ITEM(values, {index}, value);",
            ]
        return [*lines, "    return values;"]

    def _python_function(
        self, name: str, kind: FunctionKind, number: int, subject: str
    ) -> list[str]:
        count = len(list(self._messages)[number])
        message, read = f"&scm_codec_messages[{number}]", f"read_message_{number}"
        end = {"reply": "scm_end_reply(&w)", "store": "scm_end_store(&w, values[0])"}.get(
            kind, "scm_end(&w)"
        )
        values, check = "values", ""
        match kind:
            case "decode":
                body = [f"return scm_read_bytes({message}, values, {read});"]
            case "argument":
                body = [f"return scm_read_argument({message}, {read});"]
            case "pack":
                check = f"!PyTuple_Check(values) || PyTuple_GET_SIZE(values) != {count}"
                values = "((PyTupleObject *)values)->ob_item"
            case "encode":
                check = f"count != {count}"
            case "store":
                check, values = f"count != {count + 1}", "values + 1"
            case "reply":
                values = "&values"
                if count > 1:
                    check = f"!PyTuple_Check(values) || PyTuple_GET_SIZE(values) != {count}"
                    values = "((PyTupleObject *)values)->ob_item"
        if kind in ("pack", "encode", "reply", "store"):
            # In a path of arguments they are numbered; what else there is one of has no number.
            numbered = -1 if kind == "pack" else count
            body = [
                "scm_writer w;",
                f"if (SCM_UNLIKELY(scm_begin(&w, {message}) < 0 ||",
                f"                 write_message_{number}(&w, {values}) < 0))",
                f"    return scm_end_failed(&w, {c_string(subject)}, {numbered});",
                f"return {end};",
            ]
        if check:
            failure = f'"the message has {count} values"'
            failed = [f"    scm_encode_fail({failure});", "    return NULL;", "}"]
            body = [f"if ({check}) {{", *failed, *body]
        parameters = "PyObject *values"
        if kind in ("encode", "store"):
            parameters = "PyObject *const *values, Py_ssize_t count"
        head = f"static PyObject *{name}(PyObject *self, {parameters})"
        return [head, "{", *(f"    {line}" for line in body), "}", ""]


def _candid_names(classes: Sequence[ClassSpec]) -> list[tuple[int, str]]:
    labels = {field.candid_label for item in classes for field in item.fields}
    labels |= {item.tag for item in classes}
    names = {label for label in labels if isinstance(label, str) and label}
    return sorted((label_id(name), name) for name in names)


def cast_to(annotation: str, value: str) -> str:
    """The expression of `value` as one of the type `annotation`."""
    # A union of native classes can't be evaluated, so it stands in quotes.
    shown = f'"{annotation}"' if "|" in annotation else annotation
    return f"cast({shown}, {value})"
