"""Which modules of a project are imported before the first message, for the snapshot.

Those that only functions import are imported when such a function runs first: what they do then,
decorators too, is done by a message.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from scm.compiler.imports import resolve_import
from scm.compiler.syntax import ParsedModule, Program


def imported_at_start(program: Program) -> set[str]:
    """The modules that the main module surely imports, directly or not, and itself."""
    found: set[str] = set()
    todo = [program.main]
    while todo:
        parts = todo.pop().split(".")
        for count in range(1, len(parts) + 1):  # Packages come before what is in them.
            module = program.modules.get(".".join(parts[:count]))
            if module is not None and module.name not in found:
                found.add(module.name)
                todo.extend(_imports(module, module.tree.body))
    return found


def _imports(module: ParsedModule, statements: Sequence[ast.stmt]) -> Iterator[str]:
    """What statements import in any case, so not under an `if`, and not in a `try`."""
    for statement in statements:
        match statement:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(names=aliases):
                is_package = module.path.endswith("__init__.py")
                base = resolve_import(module.name, statement, is_package=is_package)
                yield base
                yield from (f"{base}.{alias.name}" for alias in aliases)
            case ast.ClassDef(body=body):
                yield from _imports(module, body)
            case _:
                continue
