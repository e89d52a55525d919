"""The packages of the environment that a project imports: pure Python, added to the canister.

In: the project's modules.  Out: the source of every module that their imports lead to, as bytecode
goes into the bundle.  The environment is that of the Python that runs scm: its `site-packages`, and
the folders that `.pth` files there add (packages that are installed from where they lie).
"""

from __future__ import annotations

import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from scm.compiler.artefacts import SourceModule
from scm.compiler.bundle import PythonSource, find_imports
from scm.compiler.imports import NativeModule

MODULES_MAX: Final = 5_000


@frozen
class Dependencies:
    """What the project's imports lead to; see `Project`."""

    modules: tuple[SourceModule, ...] = ()
    natives: tuple[NativeModule, ...] = ()


@frozen
class _Wanted:
    """A module that is imported: by which, from which import of the project's, and how.

    `is_required`: whether that import has to succeed for the one of the project's to do so.
    """

    name: str
    imported_by: str
    root: str
    is_required: bool


class Environment:
    """Finds modules in folders of packages, as Python's import system would."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders: Final = tuple(folders)
        self._packages: Final[dict[str, tuple[Path, ...]]] = {}

    def find(self, name: str) -> Path | None:
        """The file of a module, or the folder of a package without a file of its own."""
        parent, _, last = name.rpartition(".")
        portions: list[Path] = []
        for folder in self._places(parent) if parent else self._folders:
            found = _module_in(folder, last)
            if found is not None:
                if found.stem == "__init__":
                    self._packages[name] = (found.parent,)
                return found
            if (folder / last).is_dir():
                portions.append(folder / last)
        # A folder without Python files anywhere in it is no package, but data.
        portions = [item for item in portions if next(item.rglob("*.py"), None) is not None]
        if portions:
            self._packages[name] = tuple(portions)
            return portions[0]
        return None

    def relative(self, path: Path) -> str:
        """The path below the folder of packages that it is in."""
        for folder in self._folders:
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return path.name

    def _places(self, package: str) -> tuple[Path, ...]:
        if package not in self._packages:
            self.find(package)
        return self._packages.get(package, ())


def _module_in(folder: Path, name: str) -> Path | None:
    # Source first: a package that was compiled to be faster has it beside the compiled file.
    for candidate in (folder / name / "__init__.py", folder / f"{name}.py"):
        if candidate.is_file():
            return candidate
    for suffix in EXTENSION_SUFFIXES:
        for candidate in (folder / f"{name}{suffix}", folder / name / f"__init__{suffix}"):
            if candidate.is_file():
                return candidate
    return None


@cache
def environment() -> Environment:
    """The environment of the Python that runs scm."""
    paths = sysconfig.get_paths()
    folders = [Path(paths["purelib"]), Path(paths["platlib"])]
    folders += map(Path, site.getsitepackages())
    for folder in list(dict.fromkeys(folders)):
        folders += _added_by_pth(folder)
    return Environment(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def _added_by_pth(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("*.pth")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            # As the module `site` reads it: lines of code are run, and are no folders.
            if line.strip() and not line.startswith(("#", "import ", "import\t")):
                yield folder / line.strip()


def find_dependencies(
    modules: Iterable[SourceModule], include: Iterable[str], where: Environment
) -> Dependencies:
    """Follow the imports of the project's modules out of it; the standard library is left out."""
    own = {item.name: item for item in modules}
    # The first to ask is who is named, so ask in the order of the source.
    todo = [
        wanted
        for item in reversed(own.values())
        for wanted in _imports_of(item, root="", is_package=item.path.endswith("__init__.py"))
    ]
    todo += [_Wanted(name, "", name, is_required=True) for name in include]
    found: dict[str, SourceModule] = {}
    natives: dict[str, NativeModule] = {}
    importers: dict[str, str] = {}
    seen = dict.fromkeys(own, True)
    while todo and len(found) < MODULES_MAX:
        wanted = todo.pop()
        name = wanted.name
        if name.partition(".")[0] in sys.stdlib_module_names | {"scm"} or name in natives:
            continue
        # What the code of the project can do without is judged elsewhere (`absent_imports.py`).
        is_required = wanted.is_required or wanted.imported_by in own
        if seen.get(name, False) or (name in seen and not is_required):
            continue
        path = where.find(name)
        if path is None:
            seen[name] = True
            continue
        root = wanted.root or name
        if path.name.endswith(tuple(EXTENSION_SUFFIXES)):
            if wanted.is_required:
                chain = tuple(_chain(wanted, importers))[::-1]
                natives[name] = NativeModule(name, where.relative(path), chain, root)
            continue
        seen[name] = is_required
        importers[name] = wanted.imported_by
        found[name] = _read(name, path, where)
        is_package = found[name].path.endswith("__init__.py")
        todo += [
            evolve(item, is_required=item.is_required and is_required)
            for item in _imports_of(found[name], root, is_package=is_package)
        ]
    ordered = tuple(found[name] for name in sorted(found))
    return Dependencies(ordered, tuple(natives[name] for name in sorted(natives)))


def _chain(wanted: _Wanted, importers: Mapping[str, str]) -> Iterator[str]:
    """A module, who imports it, who imports that; as far as they are of packages."""
    yield wanted.name
    name = wanted.imported_by
    while name in importers:
        yield name
        name = importers[name]


def _imports_of(module: SourceModule, root: str, *, is_package: bool) -> list[_Wanted]:
    try:
        imports = find_imports(module.name, PythonSource(module.text, module.path, is_package))
    except SyntaxError:
        return []  # One of the project's is told by discovery; another's can't be imported.
    names = sorted(imports.at_import | imports.lazy, reverse=True)
    return [_Wanted(name, module.name, root, name in imports.required) for name in names]


def _read(name: str, path: Path, where: Environment) -> SourceModule:
    if path.is_dir():
        return SourceModule(name, f"{where.relative(path)}/__init__.py", "")
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return SourceModule(name, where.relative(path), text)
