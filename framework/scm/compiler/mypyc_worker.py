"""Runs mypyc in a process of its own, so that it can believe to be on WASI.

Called as `python -m scm.compiler.mypyc_worker` with `_PYTHON_SYSCONFIGDATA_NAME` set to WASI's:
mypyc reads the width of pointers from there, and 64-bit layouts would silently corrupt a 32-bit
canister.

Reads one request from standard input, once mypyc is loaded, or nothing, and then there is nothing
to do.  It is a JSON object: `folder` (in its `src` are the sources, and all paths start from
there), `groups` (name -> modules' files), `checked` (files that are not compiled),
`unchecked` (modules whose errors don't count), `skipped` (modules not to look for),
`target`, `cache`, `attributes` (class -> those of
`mypyc_attr`), `interpreted` (functions and classes that are not compiled), `native` (classes that
must be), `class_variables` (attributes that belong to their class).  Answers with one JSON object
on standard output: `errors`, lines as mypy prints them, and `more`, further classes that are
interpreted, with the reasons.  The C files go to `target`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mypy.build import BuildResult, BuildSource
from mypy.errors import CompileError
from mypy.fscache import FileSystemCache
from mypy.main import process_options
from mypy.nodes import ArgKind, CallExpr, ClassDef, Expression, IntExpr, NameExpr, TypeInfo, Var
from mypy.options import Options
from mypy.util import hard_exit
from mypyc.codegen import emitmodule
from mypyc.common import IS_32_BIT_PLATFORM
from mypyc.errors import Errors
from mypyc.options import CompilerOptions

from scm.compiler.mypyc_interpreted import OF_FAMILY, classes_of_others, interpret
from scm.compiler.mypyc_repairs import compile_to_c, repair_trees
from scm.compiler.parsing import module_name

USER_GROUP = "user"
MYPY_FLAGS = [
    "--config-file=",  # None of the user's.
    "--platform=wasi",  # What `sys.platform` is in a canister.
    "--strict",
    "--no-error-summary",
    "--no-color-output",
    "--show-column-numbers",
    "--show-error-end",
    "--hide-error-context",
    "--no-warn-unused-ignores",
    "--allow-untyped-decorators",
    "--allow-subclassing-any",
    "--disable-error-code=import-untyped",  # Of packages in the environment.
]
SKIPPED: dict[str, object] = {
    "follow_imports": "skip",
    "follow_imports_for_stubs": True,
    "ignore_missing_imports": True,
}


def compile_groups(request: dict[str, object]) -> dict[str, object]:
    """Translate all groups; see the module's docstring."""
    if not IS_32_BIT_PLATFORM:
        raise RuntimeError("mypyc was not told that it compiles for a 32-bit platform")
    groups = request["groups"]
    assert isinstance(groups, dict)
    target = Path(str(request["target"]))
    paths = [path for files in groups.values() for path in files]
    extra = [str(path) for path in list(request["checked"])]  # type: ignore[call-overload]
    options = CompilerOptions(
        multi_file=True, include_runtime_files=True, separate=True, target_dir=str(target)
    )
    fscache = FileSystemCache()
    sources, mypy_options = process_options(
        [*MYPY_FLAGS, f"--cache-dir={request['cache']}", *paths, *extra],
        fscache=fscache,
        mypyc=True,
    )
    _set_options(mypy_options, [item.module for item in sources if item.path in paths])
    for name in list(request["unchecked"]):  # type: ignore[call-overload]
        mypy_options.per_module_options[name] = {"ignore_errors": True}
    for name in list(request["skipped"]):  # type: ignore[call-overload]
        for pattern in (name, f"{name}.*"):
            mypy_options.per_module_options[pattern] = dict(SKIPPED)
    mypy_options.build_per_module_cache()
    built = [(_in_order(sources, files), name) for name, files in sorted(groups.items())]
    try:
        result = emitmodule.parse_and_typecheck(sources, mypy_options, options, built, fscache)
    except CompileError as error:
        return {"errors": error.messages}
    if result.errors:
        return {"errors": list(result.errors)}
    for name, attributes in dict(request["attributes"]).items():  # type: ignore[call-overload]
        _set_attributes(result, name, attributes)
    for name in list(request["class_variables"]):  # type: ignore[call-overload]
        _make_class_variable(result, name)
    modules = [module_name(path) for path in groups.get(USER_GROUP, ())]
    names = {str(name) for name in list(request["interpreted"])}  # type: ignore[call-overload]
    native = {str(name) for name in list(request["native"])}  # type: ignore[call-overload]
    more = classes_of_others(result, modules, native)
    more |= dict.fromkeys(interpret(result, modules, names | more.keys(), native), OF_FAMILY)
    repair_trees(result, modules)
    errors = Errors(mypy_options)
    try:
        group_files = compile_to_c(result, options, errors, built)
        _forget_files(result, [item for items, _ in built for item in items])
    finally:
        result.manager.metastore.close()
    if errors.num_errors:
        return {"errors": errors.new_messages()}
    _write_files(group_files, target)
    return {"errors": [], "more": dict(sorted(more.items()))}


def _set_options(options: Options, compiled: Sequence[str]) -> None:
    """What `mypyc.build` sets; to import that takes setuptools, and longer than all the rest."""
    options.python_version = sys.version_info[:2]
    options.show_traceback = True
    options.export_types = True
    options.incremental = True
    options.preserve_asts = True
    for module in compiled:
        options.per_module_options.setdefault(module, {})["mypyc"] = True


def _in_order(sources: Sequence[BuildSource], files: Sequence[str]) -> list[BuildSource]:
    found = [item for item in sources if item.path in files]
    return sorted(found, key=lambda item: item.module)


def _forget_files(result: BuildResult, sources: Sequence[BuildSource]) -> None:
    """Let the state say nothing of the C files that were made.

    Else mypyc reads and hashes all the C of a group once for each of its modules, to see whether
    it is still there; ours is in a cache that is right or not there.
    """
    store = result.manager.metastore
    for source in sources:
        name = emitmodule.get_state_ir_cache_name(result.graph[source.module])
        try:
            state = json.loads(store.read(name))
        except FileNotFoundError:  # mypy keeps nothing of modules with errors that don't count.
            continue
        if state["src_hashes"]:
            store.write(name, json.dumps(state | {"src_hashes": {}}).encode())
    store.commit()


def _set_attributes(result: BuildResult, name: str, attributes: Mapping[str, object]) -> None:
    """What a decorator `@mypyc_attr(...)` on the class would do, which has no line to stand on."""
    module, _, class_name = name.rpartition(".")
    mark = NameExpr("mypyc_attr")
    mark.fullname = "mypy_extensions.mypyc_attr"
    values: list[Expression] = []
    for value in attributes.values():
        if isinstance(value, bool):
            values.append(NameExpr(str(value)))
            values[-1].fullname = f"builtins.{value}"  # type: ignore[attr-defined]
        else:
            assert isinstance(value, int)
            values.append(IntExpr(value))
    kinds = [ArgKind.ARG_NAMED] * len(values)
    for node in result.files[module].defs:
        if isinstance(node, ClassDef) and node.name == class_name:
            node.decorators.append(CallExpr(mark, values, kinds, list(attributes)))
            return
    raise RuntimeError(f"there is no class {name}")


def _make_class_variable(result: BuildResult, name: str) -> None:
    """What `ClassVar` in the annotation of an attribute would do."""
    owner, _, attribute = name.rpartition(".")
    module, _, class_name = owner.rpartition(".")
    found = result.files[module].names.get(class_name)
    info = None if found is None else found.node
    symbol = info.names.get(attribute) if isinstance(info, TypeInfo) else None
    if symbol is not None and isinstance(symbol.node, Var):
        symbol.node.is_classvar = True


def _write_files(group_files: list[list[tuple[str, str]]], target: Path) -> None:
    """Write what mypyc generated; an empty text means that the file is there already."""
    for path, text in [item for files in group_files for item in files]:
        if text:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")


def main() -> None:
    gc.disable()  # Nearly all that mypy makes is needed until the end.
    text = sys.stdin.read()
    if text:
        request = json.loads(text)
        os.chdir(Path(request["folder"]) / "src")
        json.dump(compile_groups(request), sys.stdout)
    hard_exit()


if __name__ == "__main__":
    main()
