"""Project -> CanisterSpec: what the canister's source declares, or all that is wrong with it.

The rules that need only syntax come first (`declarations.py`, `rules_*.py`), then the meaning of
the annotations (`annotations.py`), which needs an import, and last the signatures.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from attrs import evolve

from scm.compiler.annotations import Meanings, Question, ask_meanings
from scm.compiler.artefacts import CanisterSpec, Project
from scm.compiler.bindings import BINDINGS
from scm.compiler.declarations import DESCRIPTIONS, Declarations, find_declarations, parameters
from scm.compiler.discovery_process import DiscoveryProcess
from scm.compiler.find_machine import find_machine
from scm.compiler.rules_calls import check_calls
from scm.compiler.rules_classes import check_classes
from scm.compiler.rules_collections import check_collections, check_made_collections
from scm.compiler.rules_decorators import FUNCTION_KINDS, stored_names
from scm.compiler.rules_defaults import check_defaults
from scm.compiler.rules_functions import check_functions
from scm.compiler.rules_migrations import (
    check_migration_words,
    check_migrations,
    read_migrations,
)
from scm.compiler.rules_modules import check_modules
from scm.compiler.rules_on_trap import check_response_words, response_words
from scm.compiler.rules_places import check_places
from scm.compiler.rules_responses import check_responses
from scm.compiler.rules_state import check_state_words
from scm.compiler.rules_timers import check_timers, read_timers
from scm.compiler.rules_types import check_types
from scm.compiler.shapes import canister_types
from scm.compiler.signatures import SignatureReader, class_fields, missing_init
from scm.compiler.syntax import FunctionNode, Program, assignments, exported_names, parse_project
from scm.errors import Diagnostic, SourceError, SourceSpan


def discover(project: Project, process: DiscoveryProcess | None = None) -> CanisterSpec:
    """Read the declarations of `project`; `process` is to import it, else a new one.

    Raises `SourceError` with every diagnostic that can be told at once.
    """
    program, diagnostics = parse_project(project)
    if diagnostics:
        raise SourceError(diagnostics)
    declarations, diagnostics = find_declarations(program)
    diagnostics.extend(_check_syntax(program, declarations, project))
    questions = list(_questions(declarations))
    meanings = ask_meanings(project, questions, process)
    if meanings.has_imported or not diagnostics:
        # An import that fails is most often the consequence of what is reported already.
        diagnostics.extend(meanings.diagnostics)
    if not meanings.has_imported:
        raise SourceError(diagnostics)
    spec, problems = _assemble(project, program, declarations, questions, meanings)
    diagnostics.extend(problems)
    diagnostics.extend(_unseen_marks(program, declarations, meanings))
    diagnostics.extend(_subclasses(program, declarations, meanings))
    if not diagnostics and spec is not None:
        # Only sound declarations have types of Candid to compare.
        diagnostics.extend(check_responses(program, declarations, spec))
        diagnostics.extend(check_migrations(spec, canister_types(spec)))
    if diagnostics or spec is None:
        raise SourceError(diagnostics)
    machine = find_machine(program, declarations, spec)
    return evolve(spec, exports=exported_names(program), machine=machine)


def _check_syntax(
    program: Program, declarations: Declarations, project: Project
) -> Iterator[Diagnostic]:
    yield from check_modules(program, project)
    yield from check_functions(program, declarations)
    yield from check_classes(program, declarations)
    yield from check_calls(program, declarations)
    yield from check_made_collections(program, declarations)
    yield from check_state_words(declarations)
    yield from check_response_words(program, declarations)
    yield from check_places(program, declarations)
    yield from check_migration_words(declarations)
    yield from check_timers(program, declarations)
    if not declarations.of_kind("init"):
        for item in declarations.of_kind("state"):
            yield from missing_init(item)


def _questions(declarations: Declarations) -> Iterator[Question]:
    for item in declarations.items:
        if item.kind in FUNCTION_KINDS:
            assert isinstance(item.node, FunctionNode)
            stored = item.kind == "migration"
            for parameter in parameters(item.node):
                if parameter.annotation is not None:
                    yield Question(item.module, parameter.annotation, stored)
            if item.node.returns is not None:
                yield Question(item.module, item.node.returns, stored)
        else:
            for field in class_fields(item):
                stored, in_state = item.kind != "service", item.kind == "state"
                yield Question(item.module, field.annotation, stored, in_state)


def _assemble(
    project: Project,
    program: Program,
    declarations: Declarations,
    questions: Sequence[Question],
    meanings: Meanings,
) -> tuple[CanisterSpec | None, list[Diagnostic]]:
    """The spec, unless there is no state class to put into it; and what is wrong with it."""
    reader = SignatureReader(meanings.by_node)
    classes = [reader.read_class(item) for item in declarations.of_kind("record", "variant")]
    states = [reader.read_class(item) for item in declarations.of_kind("state")]
    collections = [reader.read_collections(item) for item in declarations.of_kind("state")]
    inits = [reader.read_method(item) for item in declarations.of_kind("init")]
    methods = [reader.read_method(item) for item in declarations.of_kind("update", "query")]
    handlers = [
        evolve(
            reader.read_handler(item),
            on_trap=words.on_trap,
            valid_seconds=words.valid_seconds,
            formerly=words.formerly,
            is_retryable=words.is_retryable,
        )
        for item in declarations.of_kind("on_response")
        for words in [response_words(program, item)]
    ]
    migrations, migration_problems = read_migrations(declarations, meanings.by_node)
    services = [reader.read_service(item) for item in declarations.of_kind("service")]
    timers, timer_problems = read_timers(declarations, meanings)
    problems = [
        *reader.diagnostics,
        *migration_problems,
        *timer_problems,
        *check_types([*classes, *states], questions, meanings),
        *check_defaults(declarations, meanings),
        *check_collections(program, declarations, meanings, classes),
    ]
    if not states:
        return None, problems
    renamed, dropped = stored_names(declarations.of_kind("state")[0].node.decorator_list[0])
    spec = CanisterSpec(
        name=project.name,
        state=states[0],
        init=inits[0] if inits else None,
        methods=tuple(methods),
        handlers=tuple(handlers),
        classes=tuple(classes),
        services=tuple(services),
        migrations=tuple(migrations),
        timers=tuple(timers),
        collections=collections[0],
        renamed=renamed,
        dropped=dropped,
    )
    return spec, problems


def _subclasses(
    program: Program, declarations: Declarations, meanings: Meanings
) -> Iterator[Diagnostic]:
    """Classes that inherit from a record, a case or the state."""
    declared = {(item.module.name, item.name) for item in declarations.items}
    for module_name, name, base, kind in dict.fromkeys(meanings.subclasses):
        if (module_name, name) in declared:
            continue  # Reported as a decorated class with a base.
        module = program.modules[module_name]
        yield Diagnostic(
            "value-subclass",
            f"`{name}` inherits from the {DESCRIPTIONS[kind]} `{base}`",
            next(
                (
                    module.name_span(node)
                    for node in ast.walk(module.tree)
                    if isinstance(node, ast.ClassDef) and node.name == name
                ),
                None,
            ),
            notes=(
                "a record, variant case or state is exactly the fields that its class lists; what a"
                " subclass adds would be lost",
            ),
            helps=(
                f"write a class of its own with all fields, or a function that takes a `{base}`",
            ),
        )


def _where_bound(program: Program, module_name: str, name: str) -> SourceSpan:
    module = program.modules[module_name]
    found = program.definition(f"{module_name}.{name}")
    if found is not None:
        return module.name_span(found[1])
    targets = [target for target, _ in assignments(module.tree) if target.id == name]
    return module.span(targets[0]) if targets else SourceSpan(module.path, 1, 1, 1, 1)


def _unseen_marks(
    program: Program, declarations: Declarations, meanings: Meanings
) -> Iterator[Diagnostic]:
    """Things that carry a mark without a decorator that the build could find and remove."""
    seen = {(item.module.name, item.name) for item in declarations.items}
    for module_name, name, kind, own_name in meanings.marked:
        # Under another name it is an alias, which carries the mark of what it stands for.
        if not seen.isdisjoint({(module_name, name), (module_name, own_name)}):
            continue
        if module_name in BINDINGS:
            continue  # Of a binding, the program has what it uses.
        yield Diagnostic(
            "wrong-decorator",
            f"`{name}` is marked as `@{kind}` in a way that the build can't see",
            _where_bound(program, module_name, name),
            notes=("the canister is built from a copy of the source without the decorators",),
            helps=(f"write `@{kind}` on the line above `{name}`, under its own name",),
        )
