"""Rules on what `@state(renamed=..., dropped=...)` says of the fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.rules_decorators import state_words
from scm.compiler.signatures import class_fields
from scm.errors import Diagnostic


def check_state_words(declarations: Declarations) -> Iterator[Diagnostic]:
    """All diagnostics about fields that are renamed or dropped."""
    for item in declarations.of_kind("state"):
        words = state_words(item.node.decorator_list[0])
        if words is not None:
            yield from _check(item, *words)


def _check(
    item: Declaration,
    renamed: list[tuple[ast.Constant, ast.Constant]],
    dropped: list[ast.Constant],
) -> Iterator[Diagnostic]:
    targets = [node.target for node in class_fields(item)]
    fields = {node.id for node in targets if isinstance(node, ast.Name)}
    seen: set[str] = set()
    for node, _ in renamed:
        new = str(node.value)
        if new not in fields:
            yield _wrong(item, node, f"the state has no field `{new}` to rename another to")
        elif new in seen:
            yield _wrong(item, node, f"`{new}` can't be the new name of two fields")
        seen.add(new)
    seen = set()
    for node in [*(pair[1] for pair in renamed), *dropped]:
        old = str(node.value)
        if old in fields:
            yield _wrong(item, node, f"`{old}` is a field of the state still")
        elif old in seen:
            yield _wrong(item, node, f"`{old}` is renamed or dropped twice")
        seen.add(old)


def _wrong(item: Declaration, node: ast.Constant, message: str) -> Diagnostic:
    return Diagnostic(
        "state-names",
        message,
        item.module.span(node),
        notes=(
            "`renamed` has new names, which are fields, and the old ones, which are no longer;"
            " `dropped` has names that were fields",
        ),
        helps=('write `@state(renamed={"new": "old"}, dropped=("older",))`',),
    )
