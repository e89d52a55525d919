"""A canister's bytecode, as long as the same modules are in it: in the cache.

To follow all imports and to compile what they lead to takes 0.9 s.  An edit of what mypyc compiles
changes nothing of that, unless it imports something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from attrs import frozen

from scm.compiler.artefacts import Project
from scm.compiler.bundle import (
    PythonSource,
    find_imports,
    make_bundle,
    named_codecs,
    names_imported_from,
    narrow_package,
)
from scm.compiler.cache import Cache, hash_parts
from scm.compiler.runtime_base import RE_EXPORTING, REPLACED_BY_C, STARTED_BY_C, RuntimeBase


@frozen
class FinishedBundle:
    """A bundle as `boot.c` reads it, and the names that a `Bundle` has."""

    content: bytes
    modules: tuple[str, ...]
    builtins: tuple[str, ...]
    compiled: tuple[str, ...]


def bundle_modules(
    project: Project,
    users: Mapping[str, PythonSource],
    compiled: Set[str],
    base: RuntimeBase,
    cache: Cache,
) -> FinishedBundle:
    """The bundle of a canister; of its own modules, `users`, those in `compiled` are native."""
    ours = {name: item for name, item in base.sources.items() if name not in REPLACED_BY_C}
    imports = [find_imports(*item) for item in users.items()]
    asked_for = {name for item in imports for name in item.at_import | item.lazy}
    roots = {*STARTED_BY_C, *users, *asked_for, *project.include} - REPLACED_BY_C
    # `librt.strings` is a C module; the package around it has nothing else that we need.
    ours["librt"] = PythonSource("", "librt/__init__.py", True)
    packages = {
        item.name: PythonSource(item.text, item.path, item.path.endswith("__init__.py"))
        for item in project.dependencies
    }
    roots |= named_codecs((*users.values(), *packages.values()))
    known = {**packages, **_only_used(ours, (*users.values(), *packages.values())), **users}

    def fill(folder: Path) -> None:
        bundle = make_bundle(roots, known, frozenset({*base.compiled, *compiled}))
        (folder / "bundle").write_bytes(bundle.to_bytes())
        names = [[item.name for item in bundle.modules], bundle.builtins, bundle.compiled]
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")

    sets = [sorted(roots), sorted(compiled)]
    key = hash_parts([base.key, json.dumps(sets), *_key_parts(known, compiled)])
    folder, _ = cache.entry("bundle", key, fill)
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    return FinishedBundle((folder / "bundle").read_bytes(), *map(tuple, names))


def _key_parts(known: Mapping[str, PythonSource], compiled: Set[str]) -> Iterator[str]:
    """What of the modules decides the bundle: of the user's native ones only the imports."""
    for name, source in sorted(known.items()):
        if name in compiled:
            imports = find_imports(name, source)
            yield json.dumps([name, sorted(imports.at_import), sorted(imports.lazy)])
        else:
            yield json.dumps([name, source.path, source.text])


def _only_used(
    ours: Mapping[str, PythonSource], others: Iterable[PythonSource]
) -> dict[str, PythonSource]:
    """Our modules, the packages that re-export what is ours narrowed to what is imported of them.

    What is not imported is not in the canister: each kind of collection, for one, is a module.
    """
    narrowed = dict(ours)
    readers = list(others)
    for package in RE_EXPORTING:
        names = names_imported_from(package, readers)
        if names is None:
            break
        narrowed[package] = narrow_package(ours[package], names)
        readers.append(narrowed[package])
    return narrowed
