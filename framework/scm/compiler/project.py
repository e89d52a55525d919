"""Read a canister project from disk: its name, its main module and the modules that it imports.

In: the path of a folder or of a canister's file.  Out: a `Project`, in which nothing but `root`
depends on where the folder is.  The one stage that reads the user's files.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scm.compiler.artefacts import Project, SourceModule
from scm.errors import ConfigurationError

DEFAULT_MAIN: Final = "canister"
LOCK_NAME: Final = "scm.lock"
MODULES_MAX: Final = 1_000  # Far above any canister; bounds a walk through a wrong folder.


def load_project(path: Path) -> Project:
    """Read the project at `path`, a folder or a canister's `.py` file.

    Raises `ConfigurationError` if there is no such project or a file of it can't be read.
    """
    if path.is_dir():
        settings = _read_settings(path / "pyproject.toml")
        main = settings.get("main", DEFAULT_MAIN)
        return _collect(path, main, settings.get("name", path.resolve().name), LOCK_NAME)
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
    settings = _read_settings(root / "pyproject.toml")
    is_main = path.is_dir() or settings.get("main", DEFAULT_MAIN) == path.stem
    return root / settings["deployed"] if is_main and "deployed" in settings else None


def _load_single_file(path: Path) -> Project:
    settings = _read_settings(path.parent / "pyproject.toml")
    if settings.get("main", DEFAULT_MAIN) == path.stem:
        name = settings.get("name", path.parent.resolve().name)
        return _collect(path.parent, path.stem, name, LOCK_NAME)
    # Several canisters in one folder: each has its own name and its own slots.
    return _collect(path.parent, path.stem, path.stem, f"{path.stem}.{LOCK_NAME}")


def _collect(root: Path, main: str, name: str, lock_name: str) -> Project:
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
    return Project(
        name=name,
        root=root,
        main=main,
        modules=_read_modules(root, main),
        lock_path=root / lock_name,
    )


def _read_settings(path: Path) -> dict[str, str]:
    """The project's `name`, `main` and `deployed`, as far as `pyproject.toml` has them."""
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"`{path}` is not valid TOML: {error}", "mend the file at that place"
        ) from error
    tool = document.get("tool", {})
    own = tool.get("scm", {}) if isinstance(tool, dict) else {}
    general = document.get("project", {})
    if not isinstance(own, dict) or not isinstance(general, dict):
        raise ConfigurationError(
            f"`project` and `tool.scm` in `{path}` must be tables", "write `[tool.scm]`"
        )
    unknown = sorted(set(own) - {"name", "main", "deployed"})
    if unknown:
        raise ConfigurationError(
            f"`[tool.scm]` in `{path}` has the unknown setting `{unknown[0]}`",
            "the settings are `name`, `main` and `deployed`",
        )
    settings = _strings({**({"name": general["name"]} if "name" in general else {}), **own}, path)
    if "name" in settings:
        _check_name(settings["name"], path)
    return settings


def _check_name(name: str, path: Path) -> None:
    """The name is that of the files that the build writes."""
    if set(name) & set("/\\\0") or name.startswith("."):
        raise ConfigurationError(
            f"the canister's name `{name}` in `{path}` can't be the name of a file",
            'give it another one: `[tool.scm]` with `name = "..."`',
        )


def _strings(settings: dict[str, object], path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in settings.items():
        if not isinstance(value, str) or not value:
            raise ConfigurationError(
                f"`{key}` in `{path}` must be a text, got `{value}`", f'write `{key} = "..."`'
            )
        texts[key] = value
    return texts


def _read_modules(root: Path, main: str) -> tuple[SourceModule, ...]:
    """The main module, then all project modules that it imports, sorted by name."""
    found: dict[str, SourceModule] = {}
    wanted = [main]
    while wanted:
        name = wanted.pop()
        path = _find_module(root, name)
        if name in found or path is None:
            continue
        if len(found) >= MODULES_MAX:
            raise ConfigurationError(
                f"the project in `{root}` has more than {MODULES_MAX:,} modules",
                "give the folder of one canister",
            )
        module = SourceModule(name, path.relative_to(root).as_posix(), _read_text(path))
        found[name] = module
        _check_packages(root, name)
        wanted.extend(_parents(name))
        wanted.extend(_imported_names(module, is_package=path.name == "__init__.py"))
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


def _imported_names(module: SourceModule, *, is_package: bool) -> Iterator[str]:
    """Every name that could be a module of the project, from the imports of `module`."""
    try:
        tree = ast.parse(module.text)
    except (SyntaxError, ValueError):
        return  # Discovery reports it, with its place.
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from (alias.name, *_parents(alias.name))
        elif isinstance(node, ast.ImportFrom):
            base = resolve_import(module.name, node, is_package=is_package)
            yield from (base, *_parents(base))
            for alias in node.names:
                yield f"{base}.{alias.name}" if base else alias.name


def resolve_import(importer: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """The absolute name of the module that `node`, in the module `importer`, imports from."""
    if node.level == 0:
        return node.module or ""
    parts = importer.split(".")
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, node.module] if node.module else kept)


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


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"`{path}` is not UTF-8 text (byte {error.start})", "save the file as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"can't read `{path}`: {error.strerror}") from error
