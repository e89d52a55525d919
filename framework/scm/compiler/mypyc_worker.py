"""Runs mypyc in a process of its own, so that it can believe to be on WASI.

Called as `python -m scm.compiler.mypyc_worker REQUEST`, in the folder with the sources, with
`_PYTHON_SYSCONFIGDATA_NAME` set to WASI's: mypyc reads the width of pointers from there, and 64-bit
layouts would silently corrupt a 32-bit canister.

REQUEST is a JSON file: `groups` (name -> modules' files), `target`, `cache`.  Answers with one JSON
object on standard output: `errors`, lines as mypy prints them.  The C files go to `target`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mypy.build import BuildResult
from mypy.errors import CompileError
from mypy.fscache import FileSystemCache
from mypyc.build import construct_groups, get_mypy_config
from mypyc.codegen import emitmodule
from mypyc.codegen.emitmodule import Groups
from mypyc.common import IS_32_BIT_PLATFORM
from mypyc.errors import Errors
from mypyc.irbuild.mapper import Mapper
from mypyc.options import CompilerOptions

MYPY_FLAGS = [
    "--config-file=",  # None of the user's.
    "--strict",
    "--no-error-summary",
    "--no-color-output",
    "--show-column-numbers",
    "--show-error-end",
    "--hide-error-context",
    "--no-warn-unused-ignores",
    "--allow-untyped-decorators",
    "--allow-subclassing-any",
]

ACYCLIC = frozenset(
    {"scm.runtime.values.Value", "scm.model.Principal", "scm.candid.values.Some"}
    | {f"scm.authoring.calls.{name}" for name in ("Reply", "Reject", "Unknown", "Service")}
    | {"scm.authoring.references.MethodReference"}
)
"""Immutable values, and what inherits from them: they are made of what was there before, so they
are in no cycle, and the garbage collector need not track them.  (mypyc's decorator for this would
need a line of its own in the user's source.)"""


def compile_groups(request: dict[str, object]) -> dict[str, object]:
    """Translate all groups; see the module's docstring."""
    if not IS_32_BIT_PLATFORM:
        raise RuntimeError("mypyc was not told that it compiles for a 32-bit platform")
    groups = request["groups"]
    assert isinstance(groups, dict)
    target = Path(str(request["target"]))
    paths = [path for files in groups.values() for path in files]
    extra = [str(path) for path in list(request["checked"])]  # type: ignore[call-overload]
    options = CompilerOptions(multi_file=False, separate=True, target_dir=str(target))
    fscache = FileSystemCache()
    sources, all_sources, mypy_options = get_mypy_config(
        [*MYPY_FLAGS, f"--cache-dir={request['cache']}", *paths, *extra], paths, options, fscache
    )
    # Only the user's own errors are of interest, and mypy must say where they end.
    built = construct_groups(sources, [(files, name) for name, files in groups.items()], True, None)
    try:
        result = emitmodule.parse_and_typecheck(all_sources, mypy_options, options, built, fscache)
    except CompileError as error:
        return {"errors": error.messages}
    if result.errors:
        return {"errors": list(result.errors)}
    errors = Errors(mypy_options)
    try:
        group_files = _generate_c(result, options, errors, built)
    finally:
        result.manager.metastore.close()
    if errors.num_errors:
        return {"errors": errors.new_messages()}
    _write_files(group_files, target)
    return {"errors": []}


def _generate_c(
    result: BuildResult, options: CompilerOptions, errors: Errors, groups: Groups
) -> list[list[tuple[str, str]]]:
    """What mypyc's `compile_modules_to_c` does, and value classes made acyclic on the way."""
    group_of = {source.module: name for sources, name in groups for source in sources}
    mapper = Mapper(group_of)
    result.manager.errors.set_file(
        "<mypyc>", module=None, scope=None, options=result.manager.options
    )
    modules = emitmodule.compile_modules_to_ir(result, mapper, options, errors)
    if errors.num_errors:
        return []
    for module in modules.values():
        for class_ir in module.classes:
            class_ir.is_acyclic |= any(item.fullname in ACYCLIC for item in class_ir.mro)
    files = emitmodule.compile_ir_to_c(groups, modules, result, mapper, options)
    emitmodule.write_cache(modules, result, group_of, files)
    return [files[name] for _, name in groups]


def _write_files(group_files: list[list[tuple[str, str]]], target: Path) -> None:
    """Write what mypyc generated; an empty text means that the file is there already."""
    for path, text in [item for files in group_files for item in files]:
        if text:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    json.dump(compile_groups(request), sys.stdout)


if __name__ == "__main__":
    main()
