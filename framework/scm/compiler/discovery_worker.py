"""The process that imports the user's modules and says what their annotations mean.

Run by `annotations.py` as `python -m scm.compiler.discovery_worker`, so that the import of the
user's code can't touch the compiler: a JSON request on standard input, a JSON answer on standard
output, to which nothing else can write.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import os
import sys
import types
from collections.abc import Mapping, Sequence

from scm.authoring.decorators import MARK, Mark
from scm.compiler.classify import Classifier, ModuleNames
from scm.compiler.import_failures import describe_failure
from scm.compiler.imports import resolve_import
from scm.compiler.type_shapes import Json, mark_of


def _import_all(names: list[str], root: str) -> tuple[dict[str, types.ModuleType], Json | None]:
    modules: dict[str, types.ModuleType] = {}
    for name in names:
        try:
            modules[name] = importlib.import_module(name)
        except BaseException as error:  # Even `SystemExit` is the user's mistake.
            return modules, describe_failure(name, error, root)
    return modules, None


def _hide(absent: Mapping[str, Mapping[str, str]]) -> None:
    """Let imports of each of these modules fail for what the canister does not have.

    Each has the names of that, with the package that its error is to name.
    """
    find = builtins.__import__

    def import_present(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        importer = globals or {}
        hidden = absent.get(str(importer.get("__name__")))
        if hidden:
            base = _absolute(importer, name, level)
            for item in (base, *(f"{base}.{part}" for part in fromlist or ())):
                if item in hidden:
                    missing = hidden[item]
                    raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return find(name, globals, locals, fromlist, level)

    if any(absent.values()):
        builtins.__import__ = import_present


def _absolute(importer: Mapping[str, object], name: str, level: int) -> str:
    """The absolute name of a module that another one imports from."""
    node = ast.ImportFrom(module=name, names=[], level=level)
    return resolve_import(str(importer["__name__"]), node, is_package="__path__" in importer)


def _marked(modules: Mapping[str, types.ModuleType]) -> list[list[str]]:
    """Every marked object that a module defines, as module, name, kind and its own name."""
    found = []
    for module_name, module in modules.items():
        for name, value in vars(module).items():
            mark = getattr(value, "__dict__", {}).get(MARK) if callable(value) else None
            is_here = getattr(value, "__module__", "") == module_name
            if isinstance(mark, Mark) and is_here:
                found.append([module_name, name, mark.kind, getattr(value, "__name__", name)])
    return found


def _subclasses(modules: Mapping[str, types.ModuleType]) -> list[list[str]]:
    """Every class that inherits from a marked one: module and name; name and kind of that."""
    found: list[list[str]] = []
    for module in modules.values():
        for value in vars(module).values():
            mark = mark_of(value)
            if isinstance(value, type) and mark is not None and value.__module__ == module.__name__:
                # One that inherits from a subclass only is found once that one is gone.
                inheriting: list[type] = type.__subclasses__(value)
                found += [
                    [sub.__module__, sub.__name__, value.__name__, mark.kind]
                    for sub in inheriting
                    if sub.__module__ in modules
                ]
    return found


def answer(request: Json) -> Json:
    """Import the modules of a request and classify its annotations."""
    root = os.path.abspath(request["root"])
    sys.path.insert(0, root)
    _hide(request["absent"])
    modules, failure = _import_all(request["modules"], root)
    if failure is not None:
        return {"failure": failure, "marked": [], "subclasses": [], "answers": []}
    classifier = Classifier(ModuleNames(modules))
    return {
        "failure": None,
        "marked": _marked(modules),
        "subclasses": _subclasses(modules),
        "answers": [
            classifier.classify(
                question["module"],
                question["text"],
                stored=question["stored"],
                in_state=question["in_state"],
            )
            for question in request["questions"]
        ],
    }


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    # What the user's modules print at import goes to standard error, not into the answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    response = answer(request)
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        json.dump(response, stream)


if __name__ == "__main__":
    main()
