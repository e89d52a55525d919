"""What mypyc does not compile, or not to what Python means, and how it gets in all the same.

A function or class at the top level of a module is interpreted by itself: its source stands in its
place (`mypyc_interpreted.py`), to be run at import, and what stands around it is compiled.
Where that can't be, the whole module goes in as bytecode.  The classes that scm's generated code is
made of, records and the state, are always native.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.class_variables import find_class_variables
from scm.compiler.mypyc import CRASHED
from scm.compiler.parsing import module_name, parse_python
from scm.compiler.unfaithful import CONSTRAINED, find_unfaithful, why_not_a_module

_ERROR: Final = re.compile(r"(?P<path>[^:]+):(?P<line>\d+)(:[\d:]+)?: error: (?P<message>.*)$")
_ASKED_FOR: Final = "as `pyproject.toml` says"
_HAS_CODE: Final = re.compile(r"\[[\w-]+\]$")


@frozen
class Interpreted:
    """What is not compiled: modules, and definitions by qualified name, each with the reason.

    `class_variables`: attributes of native classes, by qualified name, that belong to the class.
    """

    modules: Mapping[str, str] = field(factory=dict)
    definitions: Mapping[str, str] = field(factory=dict)
    class_variables: frozenset[str] = frozenset()

    def names_in(self, module: str) -> frozenset[str]:
        """The interpreted definitions of one module."""
        split = [name.rpartition(".") for name in self.definitions]
        return frozenset(name for owner, _, name in split if owner == module)

    def unchecked(self) -> frozenset[str]:
        """Modules whose types mypyc's mypy is not asked about."""
        return frozenset(
            name
            for name, why in self.modules.items()
            if why == _ASKED_FOR or why.startswith(CONSTRAINED)
        )

    def notes(self) -> tuple[str, ...]:
        """What the build tells of it, a line each."""
        modules = [
            f"`{name}` goes in as bytecode: {why}"
            for name, why in self.modules.items()
            if why != _ASKED_FOR
        ]
        parts = [f"`{name}` is interpreted: {why}" for name, why in self.definitions.items()]
        return (*sorted(modules), *sorted(parts))


def declaring_modules(spec: CanisterSpec) -> frozenset[str]:
    """The modules whose classes and functions the generated code is made of."""
    init = [spec.init] if spec.init else []
    modules = {item.module for item in (*init, *spec.methods)}
    modules |= {item.module for item in spec.handlers}
    modules |= {item.on_trap[0] for item in spec.handlers if item.on_trap is not None}
    modules |= {item.module for item in spec.timers}
    modules |= {item.module for item in spec.migrations}
    modules |= {item.module for item in spec.services}
    modules |= {item.module for item in (spec.state, *spec.classes)}
    return frozenset(modules)


def native_classes(spec: CanisterSpec) -> frozenset[str]:
    """The classes that must be native, by qualified name."""
    names = {f"{item.module}.{item.name}" for item in (spec.state, *spec.classes)}
    return frozenset(names | {f"{item.module}.{item.name}" for item in spec.services})


def interpret_at_first(
    texts: Mapping[str, str], spec: CanisterSpec, asked_for: Collection[str]
) -> Interpreted:
    """What is known from the source; `texts` are those of the user's modules, by path."""
    declaring, native = declaring_modules(spec), native_classes(spec)
    modules = dict.fromkeys(asked_for, _ASKED_FOR)
    definitions: dict[str, str] = {}
    for path, text in texts.items():
        module = module_name(path)
        why = why_not_a_module(text, path)
        if why and module not in declaring:
            modules.setdefault(module, why)
        if module not in modules:
            found = {f"{module}.{name}": why for name, why in find_unfaithful(text, path).items()}
            definitions |= {name: why for name, why in found.items() if name not in native}
    known = Interpreted(modules, definitions)
    variables, mixed = find_class_variables(texts, native | known.definitions.keys())
    for name in sorted(mixed):
        definitions.setdefault(name, "an attribute belongs to the class and to its objects")
    return Interpreted(modules, definitions, frozenset(variables))


def interpret_more(
    errors: Sequence[str], texts: Mapping[str, str], spec: CanisterSpec, so_far: Interpreted
) -> Interpreted | None:
    """What else must be interpreted for mypyc to take the rest; None if that can't help.

    `errors` are lines of mypy's, `texts` those of the user's modules by path, as mypyc read them.
    """
    declaring, native = declaring_modules(spec), native_classes(spec)
    modules, definitions = dict(so_far.modules), dict(so_far.definitions)
    for line in errors:
        found = _ERROR.match(line)
        if found is None:
            continue
        if _HAS_CODE.search(found["message"]) or found["path"] not in texts:
            return None  # An error of types, which is the user's to mend.
        module = module_name(found["path"])
        said = found["message"]
        why = f"mypyc itself {said}" if said.startswith(CRASHED) else f"mypyc: {said}"
        reason = f"{why} (line {found['line']})"
        owner = _definition_at(texts[found["path"]], found["path"], int(found["line"]))
        name = f"{module}.{owner}"
        if owner and name not in native and name not in so_far.definitions:
            definitions.setdefault(name, reason)
        elif module in declaring or module in so_far.modules:
            return None
        else:
            modules.setdefault(module, reason)
    kept = {
        name: why for name, why in definitions.items() if name.rpartition(".")[0] not in modules
    }
    more = evolve(so_far, modules=modules, definitions=kept)
    return None if more == so_far else more


def with_further(so_far: Interpreted, more: Mapping[str, str]) -> Interpreted:
    """The same with classes that mypyc's worker has found, and the reasons."""
    return evolve(so_far, definitions={**more, **so_far.definitions})


def _definition_at(text: str, path: str, line: int) -> str:
    """The top-level function or class in whose lines `line` is, or ""."""
    for node in parse_python(text, path).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                return node.name
    return ""
