"""`formerly=("old_name",)`: the names that a handler had in older versions; the rules on them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scm.compiler.declarations import Declaration, Declarations
from scm.compiler.rules_decorators import Kind
from scm.errors import Diagnostic

_HELP = 'write a tuple of names, `formerly=("old_name",)`'


def older_names(item: Declaration) -> tuple[str, ...]:
    """The older names that the decorator of a handler gives it; none if they can't be read."""
    node = _word(item)
    return () if node is None else _names(node) or ()


def check_older_names(declarations: Declarations, kind: Kind) -> Iterator[Diagnostic]:
    """All diagnostics about the older names of handlers of a kind."""
    first: dict[str, Declaration] = {}
    present = {item.name: item for item in declarations.functions()}
    for item in declarations.of_kind(kind):
        value = _word(item)
        if value is None:
            continue
        names = _names(value)
        if not names or item.name in names:
            yield Diagnostic(
                "wrong-decorator",
                f"`formerly` has no older names of `{item.name}`",
                item.module.span(value),
                notes=("they must be written out here, where the build can read them",),
                helps=(_HELP,),
            )
            continue
        for name in sorted(set(names)):
            if names.count(name) > 1:
                yield Diagnostic(
                    "wrong-decorator",
                    f"`formerly` names `{name}` twice",
                    item.module.span(value),
                    helps=("leave one of the two out",),
                )
            if name in present:
                yield _still_there(item, value, present[name])
            other = first.setdefault(name, item)
            if other is not item:
                yield Diagnostic(
                    "wrong-decorator",
                    f"`{other.name}` was formerly `{name}`, and so was `{item.name}`",
                    item.module.span(value),
                    notes=("what an older version left under a name is for one handler",),
                    helps=("give each of the two a `formerly` of its own",),
                )


def _still_there(item: Declaration, value: ast.expr, other: Declaration) -> Diagnostic:
    return Diagnostic(
        "wrong-decorator",
        f"`{item.name}` can't have been `{other.name}` formerly: {other.described} has that name",
        item.module.span(value),
        notes=("what an older version left under a name would be for either of the two",),
        helps=(
            f"if `{other.name}` is new, give it another name: the new handler or method must have a"
            " name that no handler had",
            f"if it is what it was, take `{other.name}` out of `formerly`",
        ),
    )


def _word(item: Declaration) -> ast.expr | None:
    """What stands behind `formerly`."""
    decorator = item.node.decorator_list[0]
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return next((word.value for word in keywords if word.arg == "formerly"), None)


def _names(node: ast.expr) -> tuple[str, ...] | None:
    """Names that are written out in a tuple or list; None if it is not that."""
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            names = [item.value for item in elements if isinstance(item, ast.Constant)]
            texts = tuple(name for name in names if isinstance(name, str) and name.isidentifier())
            return texts if len(texts) == len(elements) else None
        case _:
            return None
