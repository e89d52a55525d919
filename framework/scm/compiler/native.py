"""A module of the user's -> the same module for mypyc: marks gone, value classes native.

Edits are made in the source text and never move a line, so that tracebacks and type errors keep
the user's line numbers.  Sample:

    @record                              class Payout(scm_Value):
    class Payout:                  ->        def __init__(self, to: Principal) -> None: self.to = to
        to: Principal                        to: scm_Final[Principal]; __match_args__: ... = ("to",)
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from typing import Final

from scm.compiler.artefacts import (
    CalleeMethodSpec,
    CanisterSpec,
    ClassSpec,
    ServiceSpec,
    SourceModule,
)
from scm.compiler.edits import Edit, apply_edits, end_of, split_lines
from scm.compiler.imports import resolve_import
from scm.compiler.native_imports import COMMENT, import_edits
from scm.compiler.parsing import parse_python
from scm.compiler.syntax import method_in_place, top_level
from scm.errors import Diagnostic, SourceError, SourceSpan

_IMPORTS: Final = (
    "from typing import ClassVar as scm_ClassVar, Final as scm_Final; "
    "from scm.runtime.values import Value as scm_Value, State as scm_State; "
    "from scm.authoring.calls import Call as scm_Call"
)
_FIELD_IMPORT: Final = "from scm.collections.fields import attached as scm_field"
_NATIVE_BASES: Final = frozenset(
    {"BaseException", "Exception", "IndexError", "LookupError", "UserWarning", "ValueError"}
    | {"Warning", "dict", "object"}
)
"""The builtin classes that a native class may inherit from (mypyc 2.4, `irbuild/prepare.py`)."""

_NO_NATIVE_FORM: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException | int | float | complex)
).difference(_NATIVE_BASES)
"""Those that an ordinary class may; mypy gives containers a metaclass that mypyc calls native."""

_INTEGER_BITS_MAX: Final = 14_000
"""mypyc fails on more than 4,300 digits."""

_NAMES: Final = re.compile(r"[^\W\d]\w*")
_MARKS: Final = frozenset(
    {"init", "update", "query", "on_response", "on_timer", "every", "migration"}
)


def make_native(module: SourceModule, spec: CanisterSpec) -> str:
    """The module's source as mypyc shall compile it; the same number of lines."""
    tree = parse_python(module.text, module.path)
    writer = _NativeWriter(module, spec)
    imports = _IMPORTS
    if spec.collections and module.name == spec.state.module:
        imports += f"; {_FIELD_IMPORT}"
    edits = [*_import_edits(tree, imports), *_star_edits(tree, module, spec)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            edits += _drop_mark(module.text, node)
        elif isinstance(node, ast.ClassDef):
            edits += writer.class_edits(node)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    edits += [edit for node in classes for edit in _interpreted_class(node)]
    edits += [edit for node in ast.walk(tree) for edit in _raised_from(node)]
    edits += [edit for node in _plain_statements(tree, spec) for edit in _large_numbers(node)]
    text = apply_edits(module.text, [*edits, *import_edits(tree, module)])
    return text + COMMENT if module.absent else text


class _NativeWriter:
    def __init__(self, module: SourceModule, spec: CanisterSpec) -> None:
        self._text: Final = module.text
        classes = [item for item in (*spec.classes, spec.state) if item.module == module.name]
        self._classes: Final = {item.name: item for item in classes}
        self._collections: Final = frozenset(item.name for item in spec.collections)
        self._services: Final = {
            item.name: (item, first) for item, first in _number_methods(spec.services)
            if item.module == module.name
        }  # fmt: skip

    def class_edits(self, node: ast.ClassDef) -> list[Edit]:
        if node.name in self._classes:
            return self._value_class(node, self._classes[node.name])
        if node.name in self._services:
            service, first_codec = self._services[node.name]
            return self._service_class(node, service, first_codec)
        return []

    def _value_class(self, node: ast.ClassDef, spec: ClassSpec) -> list[Edit]:
        """The decorator's lines and the class line become the class line and `__init__`."""
        base = "scm_State" if spec.kind == "state" else "scm_Value"
        start = (_line_of_mark(self._text, node.decorator_list[0]), node.col_offset)
        body = node.body[0]
        if body.lineno == node.lineno:
            if spec.fields or (spec.kind == "state" and self._collections):
                raise SourceError([_one_line_class(spec.name, spec.span)])
            newlines = "\n" * (node.lineno - 1 - start[0])
            head = f"{newlines}class {node.name}({base}): "
            return [Edit(start, (body.lineno - 1, body.col_offset), head)]
        body_start = (body.lineno - 1, body.col_offset)
        if isinstance(body, (ast.FunctionDef, ast.ClassDef)) and body.decorator_list:
            body_start = (body.decorator_list[0].lineno - 1, body.col_offset)
        indent = self._indentation(*body_start)
        collections = self._collections if spec.kind == "state" else frozenset[str]()
        head = f"class {node.name}({base}):"
        fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
        if fields:
            head += f"\n{indent}{self._constructor(fields, collections)}"
            if any(isinstance(n, ast.FunctionDef) and n.name == "__post_init__" for n in node.body):
                head += "; self.__post_init__()"
        missing = body_start[0] - start[0] - head.count("\n") - 1
        edits = [Edit(start, body_start, f"{head}{chr(10) * (missing + 1)}{indent}")]
        for index, field in enumerate(fields):
            names = [_target(item) for item in fields]
            last = index == len(fields) - 1 and spec.kind != "state"
            match_args = f"; __match_args__: scm_ClassVar = ({_listed(names)})"
            edits.append(self._field(field, spec.kind != "state", match_args if last else ""))
        return edits

    def _indentation(self, line: int, column: int) -> str:
        """The white space, tabs or spaces, in front of a statement."""
        before = split_lines(self._text)[line].encode()[:column].decode()
        return before if before.isspace() else " " * column

    def _constructor(self, fields: list[ast.AnnAssign], collections: frozenset[str]) -> str:
        parameters = []
        for field in fields:
            default = f" = {self._source(field.value)}" if field.value is not None else ""
            parameters.append(f"{_target(field)}: {self._source(field.annotation)}{default}")
        values = {name: name for name in map(_target, fields)}
        # What is given for a collection is a placeholder: the canister has the one of the field.
        values |= {name: f"scm_field({name!r})" for name in collections}
        assignments = "; ".join(f"self.{name} = {value}" for name, value in values.items())
        return f"def __init__(self, {', '.join(parameters)}) -> None: {assignments}"

    def _field(self, field: ast.AnnAssign, is_final: bool, suffix: str) -> Edit:
        annotation = self._source(field.annotation)
        declared = f"scm_Final[{annotation}]" if is_final else annotation
        text = f"{_target(field)}: {declared}{suffix}"
        end = end_of(field)
        newlines = end[0] - (field.lineno - 1)
        return Edit((field.lineno - 1, field.col_offset), end, text + "\n" * newlines)

    def _service_class(
        self, node: ast.ClassDef, service: ServiceSpec, first_codec: int
    ) -> list[Edit]:
        edits = []
        fields = {_target(item): item for item in node.body if isinstance(item, ast.AnnAssign)}
        if fields and node.body[0].lineno == node.lineno:
            raise SourceError([_one_line_class(service.name, service.span)])
        for offset, method in enumerate(service.methods):
            field = fields[method.name]
            text = self._service_method(field, method, first_codec + offset)
            newlines = (field.end_lineno or field.lineno) - field.lineno
            start = (field.lineno - 1, field.col_offset)
            edits.append(Edit(start, end_of(field), text + "\n" * newlines))
        return edits

    def _service_method(self, field: ast.AnnAssign, method: CalleeMethodSpec, codec: int) -> str:
        """`transfer: Method[[A, B], R]` as a method that describes the call."""
        annotation = method_in_place(field.annotation)
        assert isinstance(annotation, ast.Subscript)
        result = "None"
        arguments = annotation.slice
        if isinstance(arguments, ast.Tuple):
            arguments, promised = arguments.elts
            result = self._source(promised)
        assert isinstance(arguments, ast.List)
        types = [self._source(item) for item in arguments.elts]
        parameters = "".join(f", a{index}: {item}" for index, item in enumerate(types))
        if types:
            parameters += ", /"  # Their names are ours: nothing may use them, nor mypy tell them.
        values = "".join(f"a{index}, " for index in range(len(types)))
        return (
            f"def {method.name}(self{parameters}) -> {f'scm_Call[{result}]'!r}: "
            f"return self.call_method({method.public_name!r}, ({values}), {codec})"
        )

    def _source(self, node: ast.expr | None) -> str:
        assert node is not None
        text = ast.get_source_segment(self._text, node)
        assert text is not None
        # On one line: with a comment or a long string in it, only from the tree.
        return ast.unparse(node) if "\n" in text else text


def _one_line_class(name: str, span: SourceSpan) -> Diagnostic:
    return Diagnostic(
        "one-line-class",
        f"the body of `{name}` stands on the line of its `class`",
        span,
        notes=("its fields must be on lines of their own, so that line numbers stay yours",),
        helps=("break the line after the colon",),
    )


def _number_methods(services: Iterable[ServiceSpec]) -> list[tuple[ServiceSpec, int]]:
    """Each service with the codec number of its first method, as `glue.py` numbers them."""
    numbered = []
    first = 0
    for service in services:
        numbered.append((service, first))
        first += len(service.methods)
    return numbered


def _import_edits(tree: ast.Module, imports: str) -> list[Edit]:
    """Our own imports, behind the user's first import of scm; none, if there is no such import."""
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=str(name)) if name.split(".")[0] == "scm":
                return [Edit(end_of(node), end_of(node), f"; {imports}")]
            case ast.Import(names) if any(item.name.split(".")[0] == "scm" for item in names):
                return [Edit(end_of(node), end_of(node), f"; {imports}")]
            case _:
                continue
    return []


def _star_edits(tree: ast.Module, module: SourceModule, spec: CanisterSpec) -> Iterator[Edit]:
    """Imports with `*` name what is used of them: mypyc finds the others at compile time only.

    The others of the user's own modules are taken over when the import runs (`mypyc_repairs.py`).
    """
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            used.update(_NAMES.findall(node.value))  # An annotation in quotes.
    is_package = module.path.endswith("__init__.py")
    for statement in top_level(tree):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            base = resolve_import(module.name, statement, is_package=is_package)
            names = sorted(used.intersection(spec.exports.get(base, ())))
            if names:
                start = (statement.lineno - 1, statement.col_offset)
                source = "." * statement.level + (statement.module or "")
                text = f"from {source} import {', '.join(names)}"
                text += "" if base.split(".")[0] == "scm" else f"; from {source} import *"
                yield Edit(start, end_of(statement), text)


def _interpreted_class(node: ast.ClassDef) -> list[Edit]:
    """Make a class with a builtin base that mypyc has no native form for an ordinary one.

    To mypyc, a class with a metaclass is none of its own: `type`, which every class has, does.
    """
    names = {base.id for base in node.bases if isinstance(base, ast.Name)}
    if node.keywords or not names & _NO_NATIVE_FORM:
        return []
    end = end_of(node.bases[-1])
    return [Edit(end, end, ", metaclass=type")]


def _raised_from(node: ast.AST) -> list[Edit]:
    """`raise error from cause`: mypyc forgets the cause, so a function sets it."""
    if not isinstance(node, ast.Raise) or node.exc is None or node.cause is None:
        return []
    start, end = (node.exc.lineno - 1, node.exc.col_offset), end_of(node.exc)
    cause, after = (node.cause.lineno - 1, node.cause.col_offset), end_of(node.cause)
    return [
        Edit(start, start, '__import__("scm.runtime.fault", fromlist=("caused",)).caused(('),
        Edit(end, cause, f"), ({chr(10) * (cause[0] - end[0])}"),
        Edit(after, after, "))"),
    ]


def _plain_statements(tree: ast.Module, spec: CanisterSpec) -> Iterator[ast.stmt]:
    """All of a module but the classes that are written anew."""
    made = {item.name for item in (*spec.classes, spec.state)}
    for node in tree.body:
        if not (isinstance(node, ast.ClassDef) and node.name in made):
            yield node


def _large_numbers(statement: ast.stmt) -> Iterator[Edit]:
    """Integers of thousands of digits, on which mypyc fails, are read when the program runs."""
    todo: list[ast.AST] = [statement]
    while todo:
        match todo.pop():
            case ast.pattern():
                continue  # It has numbers only as they are written.
            case ast.Constant(value=int(number)) as node:
                if number.bit_length() > _INTEGER_BITS_MAX:
                    start = (node.lineno - 1, node.col_offset)
                    yield Edit(start, end_of(node), f'int("{number:x}", 16)')
            case node:
                todo.extend(ast.iter_child_nodes(node))


def _drop_mark(text: str, node: ast.FunctionDef) -> list[Edit]:
    """The one decorator of a declared function, with all that stands before its `def`."""
    if len(node.decorator_list) != 1:
        return []
    (decorator,) = node.decorator_list
    marked = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(marked, ast.Name) or marked.id not in _MARKS:
        return []
    start = (_line_of_mark(text, decorator), node.col_offset)
    end = (node.lineno - 1, node.col_offset)
    return [Edit(start, end, "\n" * (end[0] - start[0]))]


def _line_of_mark(text: str, decorator: ast.expr) -> int:
    """The line, from 0, of the `@` before a top-level decorator; it need not be the same line."""
    lines = split_lines(text)
    line = decorator.lineno - 1
    while not lines[line].lstrip(" \t\f").startswith("@"):
        line -= 1
    return line


def _listed(names: Iterable[str]) -> str:
    return "".join(f"{name!r}, " for name in names)


def _target(field: ast.AnnAssign) -> str:
    assert isinstance(field.target, ast.Name)
    return field.target.id
