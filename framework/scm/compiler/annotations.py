"""Ask what annotations mean: run the worker that imports the user's modules, and read its answers.

In: a `Project` and the annotations' places.  Out: a `Meaning` for each, or a diagnostic.  The
import happens in a fresh process (see `discovery_worker.py`) with bounded time.
"""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from scm.compiler.artefacts import (
    CollectionSpec,
    FuncShape,
    OptShape,
    Project,
    RecordShape,
    ResultsShape,
    ScalarShape,
    ServiceShape,
    Shape,
    TupleShape,
    VariantShape,
    VecShape,
)
from scm.compiler.discovery_process import IMPORT_SECONDS_MAX, DiscoveryProcess
from scm.compiler.stable_classes import STABLE_CLASSES
from scm.compiler.syntax import ParsedModule, character, source_lines
from scm.errors import Diagnostic, InternalError, SourceSpan

MeaningKind = Literal[
    "none",
    "value",
    "results",
    "state",
    "response",
    "responses",
    "pending",
    "method",
    "collection",
    "problem",
]


@frozen(eq=False)
class Question:
    """An annotation to classify.

    `stored` if its values are kept in a record or the state, `in_state` if it is a state field's.
    """

    module: ParsedModule
    node: ast.expr
    stored: bool = False
    in_state: bool = False


@frozen
class Meaning:
    """What an annotation stands for.

    `shape` is the type itself, or that of the reply in `Response[...]`, `Pending[...]` or
    `Method[...]`; None stands for no value.  `label` is what `Name(...)` says, None without one;
    `annotation` is Candid's, of a method.  A `collection` gets the name of its field later.
    """

    kind: MeaningKind
    shape: Shape | None = None
    arguments: tuple[Shape, ...] = ()
    label: str | int | None = None
    annotation: str = ""
    collection: CollectionSpec | None = None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All shapes in it."""
        levels = self.collection.levels() if self.collection else ()
        found = [part for level in levels for part in (level.key, level.value)]
        return tuple(item for item in (self.shape, *self.arguments, *found) if item is not None)


@frozen(eq=False)
class Meanings:
    """The answers to all questions, and what went wrong with them."""

    by_node: Mapping[ast.expr, Meaning]
    diagnostics: tuple[Diagnostic, ...]
    marked: tuple[tuple[str, str, str, str], ...] = ()
    """Module, name and kind of every object that carries a decorator's mark, and its own name."""

    subclasses: tuple[tuple[str, str, str, str], ...] = ()
    """Module and name of every class that inherits from a marked one, and that's name and kind."""

    has_imported: bool = True


def ask_meanings(
    project: Project, questions: Sequence[Question], process: DiscoveryProcess | None = None
) -> Meanings:
    """Import the project in a fresh process, or one that is ready, and classify all `questions`."""
    request = {
        "root": str(project.root),
        "modules": [module.name for module in project.modules],
        "absent": {
            module.name: {item.name: item.missing for item in module.absent}
            for module in project.modules
        },
        "questions": [
            {
                "module": question.module.name,
                "text": question.module.source(question.node),
                "stored": question.stored,
                "in_state": question.in_state,
            }
            for question in questions
        ],
    }
    try:
        with process or DiscoveryProcess() as worker:
            finished = worker.answer(json.dumps(request))
    except subprocess.TimeoutExpired:
        text = f"the import did not end within {IMPORT_SECONDS_MAX} seconds"
        return _failed(project, {"text": text})
    if finished.returncode != 0 or not finished.stdout:
        # Only the user's code can end the worker early, for instance with `os._exit`.
        if "Traceback" in finished.stderr and "discovery_worker.py" in finished.stderr:
            raise InternalError("discover", finished.stderr[-2000:])
        return _failed(project, {"text": "the import ended the whole process"})
    response = json.loads(finished.stdout)
    if response["failure"] is not None:
        return _failed(project, response["failure"])
    return _read_answers(questions, response)


def _failed(project: Project, failure: Mapping[str, Any]) -> Meanings:
    """The one diagnostic of an import that `import_failures.py` describes."""
    where, line, column, end_line, end_column = failure.get("place", (project.main, 0, 0, 0, 0))
    module = next(
        (item for item in project.modules if where in (item.name, item.path)), project.modules[0]
    )
    lines = source_lines(module.text)
    span = SourceSpan(module.path, 1, 1, 1, 1)
    if 0 < line <= end_line <= len(lines):
        start, end = character(lines[line - 1], column), character(lines[end_line - 1], end_column)
        span = SourceSpan(module.path, line, start, end_line, end)
    if "problem" in failure:
        return Meanings({}, (_told(failure["problem"], span),), has_imported=False)
    diagnostic = Diagnostic(
        "import-failed",
        f"module `{module.name}` can't be imported: {failure['text']}",
        span,
        label="raised here" if line else "",
        notes=(
            "the build imports the modules once, outside any canister, to see what they declare",
        ),
        helps=(
            failure.get("help")
            or "mend the error; move work that needs the canister into a function",
        ),
    )
    return Meanings({}, (diagnostic,), has_imported=False)


def _read_answers(questions: Sequence[Question], response: Mapping[str, Any]) -> Meanings:
    meanings: dict[ast.expr, Meaning] = {}
    diagnostics: list[Diagnostic] = []
    for question, found in zip(questions, response["answers"], strict=True):
        if found["kind"] == "problem":
            diagnostics.append(_problem(question, found))
            meanings[question.node] = Meaning("problem")
        else:
            shape = found.get("shape")
            collection = found.get("collection")
            span = question.module.span(question.node)
            meanings[question.node] = Meaning(
                found["kind"],
                None if shape is None else read_shape(shape),
                tuple(read_shape(item) for item in found.get("arguments", ())),
                found.get("label"),
                found.get("annotation", ""),
                None if collection is None else read_collection(collection, span),
            )
    marked = tuple((module, name, kind, own) for module, name, kind, own in response["marked"])
    subclasses = tuple(
        (module, name, base, kind) for module, name, base, kind in response["subclasses"]
    )
    return Meanings(meanings, tuple(diagnostics), marked, subclasses)


def _problem(question: Question, found: Mapping[str, Any]) -> Diagnostic:
    line, column, end_line, end_column = found["at"]
    node = question.node
    span = question.module.span_between(
        node.lineno + line,
        column + (node.col_offset if line == 0 else 0),
        node.lineno + end_line,
        end_column + (node.col_offset if end_line == 0 else 0),
    )
    return _told(found, span)


def _told(found: Mapping[str, Any], span: SourceSpan) -> Diagnostic:
    """What `AnnotationError.as_json` says, as a diagnostic."""
    return Diagnostic(
        found["code"],
        found["message"],
        span,
        notes=tuple(text for text in [found["note"]] if text),
        helps=tuple(text for text in [found["help"]] if text),
    )


def read_collection(found: Mapping[str, Any], span: SourceSpan) -> CollectionSpec:
    """The collection that the worker describes as JSON; its name is that of a field."""
    key, value, nested = found["key"], found["value"], found["nested"]
    return CollectionSpec(
        name="",
        kind=STABLE_CLASSES[found["class"]].kind,
        class_name=found["class"],
        key=None if key is None else read_shape(key),
        value=None if value is None else read_shape(value),
        nested=None if nested is None else read_collection(nested, span),
        span=span,
    )


def read_shape(found: Mapping[str, Any]) -> Shape:
    """The shape that the worker describes as JSON."""
    match found["shape"]:
        case "scalar":
            return ScalarShape(found["candid"])
        case "opt":
            return OptShape(read_shape(found["inner"]), found.get("wrapped", False))
        case "vec":
            return VecShape(read_shape(found["inner"]), found["container"])
        case "tuple":
            return TupleShape(tuple(read_shape(item) for item in found["items"]))
        case "results":
            return ResultsShape(tuple(read_shape(item) for item in found["items"]))
        case "service":
            return ServiceShape(*found["class"])
        case "func":
            return FuncShape(
                tuple(read_shape(item) for item in found["arguments"]),
                tuple(read_shape(item) for item in found["results"]),
                found["annotation"],
            )
        case "record":
            return RecordShape(*found["class"])
        case "variant":
            return VariantShape(
                found["name"], tuple((module, name) for module, name in found["cases"])
            )
        case other:
            raise InternalError("discover", f"unknown shape {other}")
