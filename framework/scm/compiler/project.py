"""Read a canister project from disk: its name, its main module and the modules that it imports.

In: the path of a folder or of a canister's file.  Out: a `Project`, in which nothing but `root`
depends on where the folder is.  The one stage that reads the user's files.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

from scm.compiler.absent_imports import leave_out_absent
from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.bindings import BINDINGS, read_binding
from scm.compiler.bundle import builtin_modules, stdlib_source
from scm.compiler.environment import environment
from scm.compiler.imports import resolve_import
from scm.compiler.parsing import parse_python
from scm.compiler.settings import DEFAULT_MAIN, SETTINGS_FILE, Settings, read_settings, read_text
from scm.errors import ConfigurationError

LOCK_NAME: Final = "scm.lock"
MODULES_MAX: Final = 1_000  # Far above any canister; bounds a walk through a wrong folder.


def load_project(path: Path) -> Project:
    """Read the project at `path`, a folder or a canister's `.py` file.

    Raises `ConfigurationError` if there is no such project or a file of it can't be read.
    """
    if path.is_dir():
        settings = read_settings(path / SETTINGS_FILE)
        place = _Place(path, settings.main, settings.name or path.resolve().name, LOCK_NAME)
        return _collect(place, settings)
    if path.suffix == ".py" and path.is_file():
        return _load_single_file(path)
    raise ConfigurationError(
        f"`{path}` is neither a project folder nor a canister's `.py` file",
        "give the folder that holds `canister.py`, or the file itself",
    )


def deployed_setting(path: Path) -> Path | None:
    """The file with the deployed interface that the project's `pyproject.toml` names, if any.

    It is that of the main module; another canister in the same folder has none.
    """
    root = path if path.is_dir() else path.parent
    settings = read_settings(root / SETTINGS_FILE)
    is_main = path.is_dir() or settings.main == path.stem
    return root / settings.deployed if is_main and settings.deployed else None


@frozen
class _Place:
    """Where a canister's source is, and what it and its lock file are called."""

    root: Path
    main: str
    name: str
    lock_name: str


def _load_single_file(path: Path) -> Project:
    settings = read_settings(path.parent / SETTINGS_FILE)
    if settings.main == path.stem:
        name = settings.name or path.parent.resolve().name
        return _collect(_Place(path.parent, path.stem, name, LOCK_NAME), settings)
    # Several canisters in one folder: each has its own name and its own slots.
    place = _Place(path.parent, path.stem, path.stem, f"{path.stem}.{LOCK_NAME}")
    return _collect(place, settings)


def _collect(place: _Place, settings: Settings) -> Project:
    root, main = place.root, place.main
    if not all(part.isidentifier() for part in main.split(".")):
        raise ConfigurationError(
            f"`{main}` can't be the main module: it is not a module name",
            f'set `main = "{DEFAULT_MAIN}"` under `[tool.scm]` in `pyproject.toml`',
        )
    if _find_module(root, main) is None:
        raise ConfigurationError(
            f"there is no `{main.replace('.', '/')}.py` in `{root}`",
            "write the canister there, or name its module with `main` under `[tool.scm]` in"
            " `pyproject.toml`",
        )
    modules = _read_modules(root, main, settings.include)
    own = {item.name for item in modules}
    for name in settings.bytecode:
        if name not in own:
            raise ConfigurationError(
                f"`bytecode` names the module `{name}`, which the canister does not import",
                "name modules of the project",
            )
    include = tuple(name for name in settings.include if name not in own)
    modules, dependencies = leave_out_absent(modules, include, environment())
    for name in include:
        known = {item.name for item in dependencies.modules}
        known |= {item.name for item in dependencies.natives}
        if name not in known and stdlib_source(name) is None and name not in builtin_modules():
            raise ConfigurationError(
                f"`include` names the module `{name}`, and there is none",
                "name a module of the project, of an installed package or of the standard library",
            )
    return Project(
        name=place.name,
        root=root,
        main=main,
        modules=modules,
        lock_path=root / place.lock_name,
        quota=settings.quota,
        no_calls=settings.no_calls,
        dependencies=dependencies.modules,
        natives=dependencies.natives,
        bytecode=settings.bytecode,
        include=include,
    )


def _read_modules(root: Path, main: str, include: tuple[str, ...]) -> tuple[SourceModule, ...]:
    """The main module, then all project modules that it imports, sorted by name."""
    found: dict[str, SourceModule] = {}
    bindings: set[str] = set()
    wanted = [*include, main]
    while wanted:
        name = wanted.pop()
        if name in BINDINGS:
            bindings.add(name)
            continue
        path = _find_module(root, name)
        if name in found or path is None:
            continue
        if len(found) >= MODULES_MAX:
            raise ConfigurationError(
                f"the project in `{root}` has more than {MODULES_MAX:,} modules",
                "give the folder of one canister",
            )
        module = SourceModule(name, path.relative_to(root).as_posix(), read_text(path))
        found[name] = module
        _check_packages(root, name)
        wanted.extend(_parents(name))
        wanted.extend(_imported_names(module, is_package=path.name == "__init__.py"))
    users = [tree for item in found.values() if (tree := _parse(item)) is not None]
    found.update({name: read_binding(name, users) for name in bindings})
    main_module = found.pop(main)
    return (main_module, *(found[name] for name in sorted(found)))


def _check_packages(root: Path, name: str) -> None:
    """A module in a folder is one of a package, which has an `__init__.py`."""
    for parent in _parents(name):
        folder = root.joinpath(*parent.split("."))
        if not (folder / "__init__.py").is_file():
            raise ConfigurationError(
                f"the module `{name}` is in a folder that is no package",
                f"add an empty file `{parent.replace('.', '/')}/__init__.py`",
            )


def _parse(module: SourceModule) -> ast.Module | None:
    """The syntax tree; `None` for a mistake, which discovery reports with its place."""
    try:
        return parse_python(module.text, module.path)
    except SyntaxError:
        return None


def _imported_names(module: SourceModule, *, is_package: bool) -> Iterator[str]:
    """Every name that could be a module of the project, from the imports of `module`."""
    tree = _parse(module)
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from (alias.name, *_parents(alias.name))
        elif isinstance(node, ast.ImportFrom):
            base = resolve_import(module.name, node, is_package=is_package)
            yield from (base, *_parents(base))
            for alias in node.names:
                yield f"{base}.{alias.name}" if base else alias.name


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _find_module(root: Path, name: str) -> Path | None:
    if not name or not all(part.isidentifier() for part in name.split(".")):
        return None
    base = root.joinpath(*name.split("."))
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None
