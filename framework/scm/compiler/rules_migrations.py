"""What `@migration(...)` says, and the rules on it: steps in a row, up to today's type."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from attrs import frozen

from scm.compiler.annotations import Meaning
from scm.compiler.artefacts import (
    CanisterSpec,
    CollectionSpec,
    HandlerSpec,
    MigrationSpec,
    Shape,
)
from scm.compiler.declarations import Declaration, Declarations, parameters
from scm.compiler.shapes import ShapeTypes
from scm.compiler.syntax import FunctionNode
from scm.compiler.timer_spec import TimerSpec
from scm.errors import Diagnostic

_FORM: Final = (
    'write `@migration(1, field="price")` for a field of the state, or the values of a collection,'
    ' and `@migration(1, handler="paid")` for the context of a response or timer handler'
)
NUMBER_MAX: Final = 1_000_000


@frozen
class MigrationWords:
    """The number of the step, and whose it is: a field, or a handler's context."""

    number: int
    kind: str
    target: str


def migration_words(item: Declaration) -> MigrationWords | None:
    """What the decorator of a migration says; None if it is not written as it must be."""
    match item.node.decorator_list[0]:
        case ast.Call(
            args=[ast.Constant(value=int(number))],
            keywords=[ast.keyword(arg="field" | "handler" as kind, value=ast.Constant(str(name)))],
        ) if 1 <= number <= NUMBER_MAX and not isinstance(number, bool):
            return MigrationWords(number, kind, name)
        case _:
            return None


def check_migration_words(declarations: Declarations) -> Iterator[Diagnostic]:
    """Decorators that can't be read."""
    for item in declarations.of_kind("migration"):
        if migration_words(item) is None:
            decorator = item.node.decorator_list[0]
            yield Diagnostic(
                "wrong-decorator",
                "`@migration` takes the number of the step, and a `field` or a `handler`, written"
                " out",
                item.module.span(decorator),
                notes=("the build reads them without running the code",),
                helps=(_FORM,),
            )


def read_migrations(
    declarations: Declarations, meanings: Mapping[ast.expr, Meaning]
) -> tuple[list[MigrationSpec], list[Diagnostic]]:
    """The steps that can be read, and what is wrong with the signatures of others."""
    found: list[MigrationSpec] = []
    problems: list[Diagnostic] = []
    for item in declarations.of_kind("migration"):
        words = migration_words(item)
        assert isinstance(item.node, FunctionNode)
        annotations = [*(given.annotation for given in parameters(item.node)), item.node.returns]
        known = [None if note is None else meanings.get(note) for note in annotations]
        if words is None or any(item is None or item.kind == "problem" for item in known):
            continue  # Reported already.
        shapes = [meaning.shape for meaning in known if meaning and meaning.kind == "value"]
        match shapes:
            case [old, new] if old is not None and new is not None and len(known) == 2:
                place = (item.module.name, item.name, old, new, item.span)
                found.append(MigrationSpec(words.kind, words.target, words.number, *place))
            case _:
                problems.append(_wrong_form(item))
    return found, problems


def _wrong_form(item: Declaration) -> Diagnostic:
    return Diagnostic(
        "wrong-migration",
        f"{item.described} does not take an old value and return a new one",
        item.span,
        notes=("a migration sees nothing but the value that it is for",),
        helps=(f"write `def {item.name}(old: Old) -> New`",),
    )


def check_migrations(spec: CanisterSpec, types: ShapeTypes) -> Iterator[Diagnostic]:
    """All diagnostics about targets, numbers and types of migrations."""
    targets = _targets(spec)
    for (kind, name), steps in steps_by_target(spec.migrations).items():
        found = targets.get((kind, name))
        if found is None:
            yield _no_target(steps[0], kind, name)
            continue
        yield from _check_numbers(steps, kind, name)
        for step, after in zip(steps, [*steps[1:], None], strict=True):
            wanted = found if after is None else after.old
            if step.new != wanted:
                yield _wrong_type(step, after, types.text([step.new]), types.text([wanted]))


def steps_by_target(
    migrations: tuple[MigrationSpec, ...],
) -> Mapping[tuple[str, str], list[MigrationSpec]]:
    """The steps of each target, by kind and name, in their order."""
    found: dict[tuple[str, str], list[MigrationSpec]] = {}
    for item in sorted(migrations, key=lambda step: step.number):
        found.setdefault((item.kind, item.target), []).append(item)
    return found


def _targets(spec: CanisterSpec) -> dict[tuple[str, str], Shape]:
    """What can be migrated, with its type of today."""
    found: dict[tuple[str, str], Shape] = {
        ("field", field.name): field.shape for field in spec.state.fields
    }
    for collection in spec.collections:
        value = _innermost(collection).value
        if value is not None:
            found["field", collection.name] = value
    handlers: list[HandlerSpec | TimerSpec] = [*spec.handlers, *spec.timers]
    for handler in handlers:
        if handler.context is not None:
            found["handler", handler.name] = handler.context
    return found


def _innermost(collection: CollectionSpec) -> CollectionSpec:
    return list(collection.levels())[-1]


def _no_target(step: MigrationSpec, kind: str, name: str) -> Diagnostic:
    what = f"the state has no field `{name}` with values"
    if kind == "handler":
        what = f"there is no response or timer handler `{name}` with a context"
    return Diagnostic(
        "wrong-migration",
        f"migration `{step.name}` is for nothing: {what}",
        step.span,
        notes=("the keys of a collection, and the elements of a set, can't be migrated",),
        helps=("give the name of a field or handler that the code has; or remove the migration",),
    )


def _check_numbers(steps: list[MigrationSpec], kind: str, name: str) -> Iterator[Diagnostic]:
    first = steps[0].number
    if kind == "handler" and first != 1:
        yield _wrong_number(steps[0], f"the steps of `{name}` begin with {first}, not with 1")
    for before, step in pairwise(steps):
        if step.number == before.number:
            yield _wrong_number(step, f"`{before.name}` is step {step.number} of `{name}`, too")
        elif step.number != before.number + 1:
            yield _wrong_number(
                step,
                f"behind step {before.number} of `{name}`, that of `{before.name}`, comes "
                f"{step.number}",
            )


def _wrong_number(step: MigrationSpec, reason: str) -> Diagnostic:
    return Diagnostic(
        "wrong-migration",
        f"migration `{step.name}` has the wrong number: {reason}",
        step.span,
        notes=(
            "what is stored knows by number which steps it has behind it; of a field, the oldest"
            " steps may be removed when no canister needs them any more",
        ),
        helps=("number the steps of a target 1, 2, 3, ... and never change a number",),
    )


def _wrong_type(
    step: MigrationSpec, after: MigrationSpec | None, got: str, wanted: str
) -> Diagnostic:
    next_one = f"`{step.target}` has today" if after is None else f"`{after.name}` takes"
    return Diagnostic(
        "wrong-migration",
        f"migration `{step.name}` returns {got}, but {next_one} {wanted}",
        step.span,
        notes=("each step takes what the one before returns, and the last returns today's type",),
        helps=("change the type, or add the step that is missing",),
    )
