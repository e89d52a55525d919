"""Parsed modules of a project: syntax trees, spans, and what each name in them refers to.

In: a `Project`.  Out: a `Program`, which answers "what does this expression name" without running
anything.  Names are qualified: `scm.update`, `canister.pay`, `threading.Lock`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

import scm
from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.imports import resolve_import
from scm.compiler.parsing import check_python
from scm.errors import Diagnostic, SourceSpan

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_ENCODING: Final = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)  # As in PEP 263.
_LINE_ENDS: Final = re.compile("\r\n|\r|\n")


@frozen(eq=False)
class ParsedModule:
    """A module with its tree; `names` maps each top-level name to its qualified name."""

    name: str
    path: str
    text: str
    lines: tuple[str, ...]
    tree: ast.Module
    names: Mapping[str, str]

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.alias | ast.keyword) -> SourceSpan:
        """Where `node` stands."""
        end_line = node.end_lineno or node.lineno
        end_column = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return self.span_between(node.lineno, node.col_offset, end_line, end_column)

    def span_between(self, line: int, column: int, end_line: int, end_column: int) -> SourceSpan:
        """The span from one place to another, columns in UTF-8 bytes from 0, as in `ast`."""
        return SourceSpan(
            self.path,
            line,
            self._character(line, column),
            end_line,
            self._character(end_line, end_column),
        )

    def name_span(self, definition: Definition) -> SourceSpan:
        """Where the name of a function or class stands in its definition."""
        line = self.lines[definition.lineno - 1]
        start = self._character(definition.lineno, definition.col_offset) - 1
        # Any name: Python reads some letters as others, so it may be spelt in another way here.
        found = re.compile(r"(?:def|class)\s+(\w+)").search(line, start)
        if found is None:
            return SourceSpan(
                self.path, definition.lineno, start + 1, definition.lineno, len(line) + 1
            )
        return SourceSpan(
            self.path,
            definition.lineno,
            found.start(1) + 1,
            definition.lineno,
            found.end(1) + 1,
        )

    def first_line(self, node: ast.stmt) -> SourceSpan:
        """Where `node` stands, as far as its first line goes."""
        line = self.lines[node.lineno - 1]
        start = self._character(node.lineno, node.col_offset)
        end = len(line.rstrip()) + 1
        if node.end_lineno == node.lineno and node.end_col_offset is not None:
            end = self._character(node.lineno, node.end_col_offset)
        return SourceSpan(self.path, node.lineno, start, node.lineno, max(end, start + 1))

    def source(self, node: ast.expr) -> str:
        """The text of `node` as the user wrote it."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def _character(self, line: int, column: int) -> int:
        if line > len(self.lines):
            return column + 1
        return character(self.lines[line - 1], column)


@frozen(eq=False)
class Program:
    """All modules of a project, the main module first."""

    modules: Mapping[str, ParsedModule]
    main: str

    def resolve(self, module: ParsedModule, node: ast.expr) -> str:
        """The qualified name of what `node` names at the top level of `module`, or ""."""
        match node:
            case ast.Name(id=name):
                return self.canonical(module.names.get(name, ""))
            case ast.Attribute(value=value, attr=attribute):
                base = self.resolve(module, value)
                return self.canonical(f"{base}.{attribute}") if base else ""
            case ast.Constant(value=str(text)) if text.isidentifier():
                return self.canonical(module.names.get(text, ""))
            case _:
                return ""

    def canonical(self, name: str) -> str:
        """Follow re-exports: `scm.authoring.decorators.update` is `scm.update`, and so on."""
        if name.startswith(("scm.authoring.", "scm.collections.")):
            return f"scm.{name.rpartition('.')[2]}"
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            owner, _, member = name.rpartition(".")
            if owner in self.modules and name not in self.modules:
                name = self.modules[owner].names.get(member, name)
        return name

    def definition(self, name: str) -> tuple[ParsedModule, Definition] | None:
        """The top-level function or class of the project with this qualified name."""
        owner, _, member = name.rpartition(".")
        module = self.modules.get(owner)
        if module is None:
            return None
        for statement in top_level(module.tree):
            if isinstance(statement, Definition) and statement.name == member:
                return module, statement
        return None


def source_lines(text: str) -> tuple[str, ...]:
    """The lines of a source as `ast` counts them: a form feed, for one, ends none."""
    return tuple(_LINE_ENDS.split(text))


def character(line: str, column: int) -> int:
    """The character, from 1, at a column that `ast` counts in bytes of UTF-8 from 0."""
    return len(line.encode()[:column].decode(errors="ignore")) + 1


def parse_project(project: Project) -> tuple[Program, list[Diagnostic]]:
    """Parse every module; a module that is not Python is left out and reported."""
    trees: dict[str, ast.Module] = {}
    diagnostics: list[Diagnostic] = []
    for source in project.modules:
        wrong = _wrong_encoding(source)
        if wrong is not None:
            diagnostics.append(wrong)
            continue
        try:
            tree = check_python(source.text, source.path)
        except SyntaxError as error:
            diagnostics.append(_syntax_error(source, error))
        else:
            trees[source.name] = tree
    sources = [source for source in project.modules if source.name in trees]
    names = _with_star_imports(
        {source.name: _top_level_names(source, trees[source.name]) for source in sources},
        {source.name: _star_imports(source, trees[source.name]) for source in sources},
    )
    modules = {
        source.name: _parsed(source, trees[source.name], names[source.name]) for source in sources
    }
    return Program(modules, project.main), diagnostics


def exported_names(program: Program) -> dict[str, tuple[str, ...]]:
    """What `*` imports from each module of the project, and from scm."""
    names = {
        module.name: _listed_names(module)
        or tuple(sorted(name for name in module.names if not name.startswith("_")))
        for module in program.modules.values()
    }
    return {**names, "scm": tuple(sorted(scm.__all__))}


def _listed_names(module: ParsedModule) -> tuple[str, ...]:
    """What `__all__` lists, as far as it is written out."""
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                try:
                    listed = ast.literal_eval(value)
                except ValueError:
                    return ()
                return tuple(sorted(str(name) for name in listed))
            case _:
                continue
    return ()


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run at import outside functions and classes, also under `if`, `try`."""
    waiting: list[ast.stmt] = list(reversed(tree.body))
    while waiting:
        statement = waiting.pop()
        yield statement
        inner: list[ast.stmt] = []
        if not isinstance(statement, Definition):
            for name in ("body", "handlers", "orelse", "finalbody"):
                for child in getattr(statement, name, []):
                    inner.extend(child.body if isinstance(child, ast.ExceptHandler) else [child])
        waiting.extend(reversed(inner))


def bound_names(target: ast.expr) -> Iterator[ast.Name]:
    """The names that an assignment to `target` binds."""
    match target:
        case ast.Name():
            yield target
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from bound_names(element)
        case ast.Starred(value=value):
            yield from bound_names(value)
        case _:
            return


def part_at(node: ast.expr, path: tuple[int, ...]) -> ast.expr:
    """The part of an annotation that a path leads to, or where the syntax ends."""
    for index in path:
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=elements)) if index < len(elements):
                node = elements[index]
            case ast.Subscript(slice=inner) if index == 0:
                node = inner
            case _:
                return node
    return node


def assignments(tree: ast.Module) -> Iterator[tuple[ast.Name, ast.expr | None]]:
    """Every name that a top-level assignment binds, with the assigned value if it is plain."""
    for statement in top_level(tree):
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    for name in bound_names(target):
                        yield name, value if isinstance(target, ast.Name) else None
            case ast.AnnAssign(target=ast.Name() as name, value=annotated):
                yield name, annotated
            case _:
                continue


def _parsed(source: SourceModule, tree: ast.Module, names: Mapping[str, str]) -> ParsedModule:
    return ParsedModule(
        name=source.name,
        path=source.path,
        text=source.text,
        lines=source_lines(source.text),
        tree=tree,
        names=names,
    )


def _top_level_names(source: SourceModule, tree: ast.Module) -> dict[str, str]:
    names = {name.id: f"{source.name}.{name.id}" for name, _ in assignments(tree)}
    is_package = source.path.endswith("__init__.py")
    for statement in top_level(tree):
        match statement:
            case ast.Import(names=aliases):
                for alias in aliases:
                    local = alias.asname or alias.name.partition(".")[0]
                    names[local] = alias.name if alias.asname else local
            case ast.ImportFrom(names=aliases):
                base = resolve_import(source.name, statement, is_package=is_package)
                for alias in aliases:
                    if alias.name != "*":
                        names[alias.asname or alias.name] = f"{base}.{alias.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names[name] = f"{source.name}.{name}"
            case ast.ClassDef(name=name):
                names[name] = f"{source.name}.{name}"
            case _:
                continue
    return names


def _star_imports(source: SourceModule, tree: ast.Module) -> list[str]:
    """The modules of which all names are imported, the last import first: it wins."""
    is_package = source.path.endswith("__init__.py")
    return [
        resolve_import(source.name, statement, is_package=is_package)
        for statement in reversed(list(top_level(tree)))
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"
    ]


def _with_star_imports(
    names: dict[str, dict[str, str]], stars: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """The names of each module, with those that it imports from others with `*`."""
    if not any(stars.values()):
        return names
    for _ in names:  # Chains of star imports are at most as long as there are modules.
        for importer, own in names.items():
            for base in stars[importer]:
                if base == "scm":
                    exported = {name: f"scm.{name}" for name in scm.__all__}
                else:
                    exported = {
                        name: qualified
                        for name, qualified in names.get(base, {}).items()
                        if not name.startswith("_")
                    }
                for name, qualified in exported.items():
                    own.setdefault(name, qualified)
    return names


def _wrong_encoding(source: SourceModule) -> Diagnostic | None:
    """A comment that gives the file another encoding than UTF-8, which all of scm reads it as."""
    for number, line in enumerate(source_lines(source.text)[:2], 1):
        found = _ENCODING.match(line)
        if found is not None:
            if found[1].lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
                return None
            return Diagnostic(
                "syntax-error",
                f"the encoding of this file is given as `{found[1]}`",
                SourceSpan(source.path, number, found.start(1) + 1, number, found.end(1) + 1),
                notes=("the sources of a canister are in UTF-8",),
                helps=("save the file as UTF-8, and remove this comment",),
            )
        if line.strip(" \t\f") and not line.lstrip(" \t\f").startswith("#"):
            return None
    return None


def _syntax_error(source: SourceModule, error: SyntaxError) -> Diagnostic:
    if error.lineno is None:
        message = f"this can't be read as Python: {error.msg}"
        return Diagnostic("syntax-error", message, SourceSpan(source.path, 1, 1, 1, 1))
    line = max(error.lineno, 1)
    column = max(error.offset or 1, 1)
    end_line = max(error.end_lineno or line, line)
    end_column = error.end_offset or 0
    if end_line == line and end_column <= column:
        end_column = column + 1
    return Diagnostic(
        "syntax-error",
        f"this is not Python 3.11: {error.msg}",
        SourceSpan(source.path, line, column, end_line, end_column),
    )


def method_in_place(annotation: ast.expr) -> ast.expr:
    """`Method[...]` itself, where `Annotated[...]` stands around it."""
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[ast.Subscript() as inner, _])):
            return inner
        case _:
            return annotation
