"""What mypyc does not compile, and how it gets into the canister all the same.

mypyc's own errors (not those of mypy: types are checked first) come with a line.  A class that it
has no native form for becomes an ordinary one, whose methods are compiled; of anything else, the
whole module goes in as bytecode, unless it declares something, as what scm generates is made of
native classes and functions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.parsing import parse_python

_ERROR: Final = re.compile(r"(?P<path>[^:]+):(?P<line>\d+)(:[\d:]+)?: error: (?P<message>.*)$")
_HAS_CODE: Final = re.compile(r"\[[\w-]+\]$")

_OF_A_CLASS: Final = (
    "Non-trait base",
    "Multiple inheritance",
    "Inheriting from most builtin types",
    "Unsupported property",
    "Base class",
    "Nested class",
    "Property setters",
    "Multiple assignment in class",
    "Only assignment to variables",
    "Unsupported statement in class",
)


_OF_BASES: Final = "Non-extension classes may not inherit"


@frozen
class Interpreted:
    """What is not native: modules, and classes by qualified name, each with mypyc's reason."""

    modules: Mapping[str, str] = field(factory=dict)
    classes: Mapping[str, str] = field(factory=dict)

    def classes_of(self, module: str) -> frozenset[str]:
        """The names of the classes of one module."""
        split = [name.rpartition(".") for name in self.classes]
        return frozenset(name for owner, _, name in split if owner == module)

    def notes(self) -> tuple[str, ...]:
        """What the build tells of it, a line each."""
        modules = [f"`{name}` goes in as bytecode: {why}" for name, why in self.modules.items()]
        classes = [
            f"class `{name}` is an ordinary one, not native: {why}"
            for name, why in self.classes.items()
        ]
        return (*sorted(modules), *sorted(classes))


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


def interpret_more(
    errors: Sequence[str],
    sources: Mapping[str, str],
    declaring: Iterable[str],
    so_far: Interpreted,
) -> Interpreted | None:
    """What else must not be native for mypyc to take the rest; None if that can't help.

    `sources` are the texts of the project's modules by path, as mypyc read them.
    """
    modules, classes = dict(so_far.modules), dict(so_far.classes)
    fixed = frozenset(declaring)
    for line in errors:
        found = _ERROR.match(line)
        if found is None:
            continue
        if _HAS_CODE.search(found["message"]) or found["path"] not in sources:
            return None  # An error of types, which is the user's to mend.
        module = module_name(found["path"])
        reason = f"mypyc: {found['message']} (line {found['line']})"
        owner = _class_at(sources[found["path"]], found["path"], int(found["line"]))
        is_class = found["message"].startswith(_OF_A_CLASS)
        if found["message"].startswith(_OF_BASES):
            new = _bases(sources[found["path"]], found["path"], owner)
        else:
            new = [owner] if is_class and owner else []
        new = [f"{module}.{name}" for name in new if f"{module}.{name}" not in classes]
        if new:
            classes.update(dict.fromkeys(new, reason))
        elif module in fixed or module in so_far.modules:
            return None
        else:
            modules.setdefault(module, reason)
    classes = {name: why for name, why in classes.items() if name.rpartition(".")[0] not in modules}
    found_more = (modules, classes) != (dict(so_far.modules), dict(so_far.classes))
    return Interpreted(modules, classes) if found_more else None


def module_name(path: str) -> str:
    """The module in the file at a path."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def _bases(text: str, path: str, owner: str) -> list[str]:
    """The classes of the module from which the class `owner` inherits."""
    body = parse_python(text, path).body
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    found: list[str] = []
    todo = [owner]
    while todo:
        node = classes.get(todo.pop())
        bases = () if node is None else node.bases
        names = [item.id for item in bases if isinstance(item, ast.Name)]
        new = [name for name in names if name in classes and name not in found]
        found += new
        todo += new
    return found


def _class_at(text: str, path: str, line: int) -> str:
    """The top-level class in whose lines `line` is, or ""."""
    for node in parse_python(text, path).body:
        if isinstance(node, ast.ClassDef):
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                return node.name
    return ""
