"""Places in the copy that mypyc reads -> places in the user's source.

The copy has the same lines, so most places are the same; but some of its lines are made by
`native.py`.  What mypy says of those is said of the field that they are made for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.compiler.artefacts import CanisterSpec, SourceModule
from scm.compiler.native import make_native
from scm.compiler.parsing import parse_python
from scm.compiler.syntax import character, source_lines
from scm.errors import SourceSpan


@frozen
class Place:
    """A place in the copy as mypy tells it: lines from 1, columns from 1 in bytes of UTF-8.

    `end_column` is that of the last byte.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class NativePlaces:
    """Finds places of one module."""

    def __init__(self, module: SourceModule, spec: CanisterSpec) -> None:
        self._path: Final = module.path
        self._own: Final = source_lines(module.text)
        text = make_native(module, spec)
        self._copied: Final = source_lines(text)
        classes = [*spec.classes, spec.state]
        self._fields: Final = {
            (item.name, field.name): field.span
            for item in classes
            if item.module == module.name
            for field in item.fields
        }
        if spec.state.module == module.name:
            self._fields.update(
                {(spec.state.name, item.name): item.span for item in spec.collections}
            )
        self._constructors: Final = dict(_constructors(parse_python(text, module.path)))

    def find(self, place: Place) -> SourceSpan:
        """Where that is in the user's source."""
        made = self._constructors.get(place.line)
        if made is not None:
            cls, node = made
            found = self._fields.get((cls, _field_at(node, place)))
            return found or self._whole_line(place.line)
        if self._is_own(place.line, place.column) and self._is_own(place.end_line, 0):
            return SourceSpan(
                self._path,
                place.line,
                character(self._own[place.line - 1], place.column - 1),
                place.end_line,
                character(self._own[place.end_line - 1], place.end_column),
            )
        fields = [span for span in self._fields.values() if span.line == place.line]
        return fields[0] if fields else self._whole_line(place.line)

    def is_made(self, place: Place) -> bool:
        """Whether this is in a generated constructor."""
        return place.line in self._constructors

    def is_consequence(self, place: Place) -> bool:
        """Whether this is an assignment in a generated constructor: the mistake is elsewhere."""
        made = self._constructors.get(place.line)
        return made is not None and place.column > made[1].body[0].col_offset

    def _is_own(self, line: int, column: int) -> bool:
        """Whether the line up to the column is the user's: ours may follow behind it."""
        if not 0 < line <= len(self._own):
            return False
        own = self._own[line - 1]
        return self._copied[line - 1].startswith(own) and column <= len(own.encode()) + 1

    def _whole_line(self, line: int) -> SourceSpan:
        text = self._own[line - 1] if 0 < line <= len(self._own) else ""
        start = len(text) - len(text.lstrip()) + 1
        return SourceSpan(self._path, line, start, line, max(len(text.rstrip()), start) + 1)


def _constructors(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ast.FunctionDef]]]:
    """The lines of all constructors that were made for classes of values."""
    for node in tree.body:
        match node:
            case ast.ClassDef(
                name=name,
                bases=[ast.Name(id="scm_Value" | "scm_State")],
                body=[ast.FunctionDef(name="__init__") as made, *_],
            ):
                yield made.lineno, (name, made)
            case _:
                continue


def _field_at(node: ast.FunctionDef, place: Place) -> str:
    """The field whose parameter, or whose assignment, is at a place in a constructor."""
    parameters = node.args.args[1:]
    starts = [(item.col_offset, item.arg) for item in parameters]
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Attribute(attr=name)]):
                starts.append((statement.col_offset, name))
            case _:
                continue
    before = [name for column, name in starts if column < place.column]
    return before[-1] if before else ""
