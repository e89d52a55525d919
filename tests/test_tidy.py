"""The rules of the house, checked over the whole tree: imports, sizes, names, what is where.

To raise a limit for one place, name it in the table of exceptions with a reason.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import scm
from scm.compiler.runtime_base import RUNTIME_ROOTS, runtime_sources

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORK = ROOT / "framework"

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

LONG_FILES = {
    "framework/scm/runtime/c/candid_coerce.c": "the cursor is inlined into the coercion around it",
    "tests/cases/canisters/chaos/canister.py": "every kind of call, in one canister with its books",
}
"""path -> why it may be longer."""

LONG_FUNCTIONS: dict[str, str] = {}
"""`path:function` -> why it may be longer."""

FOUNDATION = {"errors", "model", "leb128"}
MAY_IMPORT = {
    # Layer -> the layers below it, or single modules of a layer.
    "errors": set[str](),
    "principal_text": set[str](),
    "model": {"principal_text"},
    "leb128": set[str](),
    "candid": {"model", "leb128"},
    "wasm": {"errors", "leb128"},
    # A call is made where it is described: `send()` needs the encoders of the running canister.
    "authoring": {"model", "candid.values", "runtime.forwarding", "runtime.outgoing"},
    "ic": {"model", "authoring.calls", "runtime.forwarding", "runtime.ic0", "runtime.timers"},
    "runtime": {"authoring", "ic", "candid", "model", "leb128"},
    "collections": {"runtime.store"},
    "scm": {"ic", "authoring", "collections", "model"},
    "compiler": {*FOUNDATION, "candid", "wasm", "authoring", "scm"},
    "wire": FOUNDATION,
    "replica": {*FOUNDATION, "candid", "wasm", "wire"},
    "network": {*FOUNDATION, "candid", "wire", "replica"},
    # It shows a running network as its users see it: builds, plans and controllers' methods, too.
    "page": {*FOUNDATION, "candid", "client", "compiler", "network", "replica"},
    "storage": {"model", "leb128", "candid"},
    "faces": {*FOUNDATION, "candid", "authoring", "compiler"},
    # The management canister's messages are those of its interface, whoever speaks to it.
    "client": {
        *FOUNDATION,
        "candid",
        "authoring",
        "compiler",
        "faces",
        "replica.management_types",
        "wire",
    },
    "testing": {
        *FOUNDATION,
        "client",
        "candid",
        "wasm",
        "authoring",
        "compiler",
        "faces",
        "replica",
        "storage",
    },
    "binding": {*FOUNDATION, "candid"},
    "graph": {"candid", "compiler"},
    "cli": {
        *FOUNDATION,
        "client",
        "faces",
        "candid",
        "wasm",
        "compiler",
        "replica",
        "testing",
        "binding",
        "storage",
        "graph",
        "network",
        "page",
    },
    # What `scm bind` wrote, for authors to import.
    **{name: {"scm"} for name in ("management", "icrc1", "icrc2")},
}

ENTRY_POINTS = {
    "scm": "what canister authors import",
    "scm.cli.main": "the console script",
    "scm.testing.plugin": "loaded by pytest",
    "scm.management": "imported by authors",
    "scm.icrc1": "imported by authors",
    "scm.icrc2": "imported by authors",
    "scm.candid.value_parser": "values as text, for tests",
    "scm.candid.value_text": "values as text, for tests",
    "scm.compiler.discovery_worker": "run as a process",
    "scm.compiler.mypyc_worker": "run as a process",
    **dict.fromkeys(RUNTIME_ROOTS, "imported by a canister's generated code"),
}

HOMES = {
    "print": set[str](),  # The console writes to the streams that it is given.
    "sys.exit": set[str](),
    "SystemExit": {"scm/cli/main.py"},
    "os._exit": set[str](),
    "os.environ": {
        "scm/cli/main.py",
        "scm/client/folders.py",  # Where identities are is said by several tools' variables.
        "scm/compiler/cache.py",
        "scm/compiler/toolchain.py",
        "scm/replica/usage.py",  # So that it holds for all replicas of a run of tests.
        "scm/compiler/mypyc.py",  # Handed on to mypyc's process.
    },
    "os.getcwd": set[str](),
    "Path.cwd": set[str](),
    "time.time": set[str](),
    "except Exception": {
        "scm/cli/main.py",
        "scm/runtime/dispatch.py",  # A cleanup must not trap, whatever the user's code does.
        "scm/compiler/discovery_worker.py",  # The user's code is imported there,
        "scm/compiler/import_failures.py",  # has exceptions of its own,
        "scm/compiler/classify.py",  # and its annotations are evaluated here.
        "scm/client/private_files.py",  # What is unfinished is deleted, whatever happened.
        "scm/client/upgrading.py",  # What was begun is undone, whatever happened.
        "scm/network/worker.py",  # Whoever waits for the thread learns that it has ended.
    },
}
"""What may be used in a few files only."""

VAGUE_NAMES = {
    *("utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "stuff"),
    *("data", "info", "tools", "new", "final"),
}

FOREIGN = re.compile(
    r"/(?:work|root|home|opt|Users)/|/tmp/\w|pythonhosted|\bpypi\b|index-url"
    r"|\b(?!127\.0\.0\.1\b)(?:\d+\.){3}\d+\b"
)
"""Places of one machine, and hosts that packages come from; not the loopback interface."""

TEXT_SUFFIXES = {
    *(".py", ".c", ".h", ".md", ".toml", ".lock", ".wat", ".sh", ""),
    *(".html", ".css", ".js", ".mjs"),
}


def project_files() -> Iterator[Path]:
    todo = [ROOT]
    while todo:
        for path in sorted(todo.pop().iterdir()):
            if path.name in {"build", "__pycache__"} or path.suffix == ".egg-info":
                continue
            if path.name.startswith(".") and path.name != ".ci":
                continue
            if path.is_dir():
                todo.append(path)
            elif path.suffix in TEXT_SUFFIXES:
                yield path


FILES = sorted(project_files())
SOURCES = [path for path in FILES if path.suffix == ".py"]
MODULES = {
    path.relative_to(FRAMEWORK).as_posix(): path for path in SOURCES if FRAMEWORK in path.parents
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(relative: str) -> str:
    return relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The modules that a module imports, by full name."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            members = {f"{module}.{alias.name}" for alias in node.names}
            modules = members & {name_of(other) for other in MODULES}
            # `from scm import ic` imports the module `scm.ic`, and nothing else of `scm`.
            found |= modules if modules == members else {module, *modules}
    return frozenset(found)


def is_generated(path: Path) -> bool:
    """Whether `scm bind` wrote a file; how long it is depends on the interface."""
    return path.read_text(encoding="utf-8").startswith("# Generated by `scm bind`")


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "scm"


def dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, name):
            return f"{dotted(value)}.{name}"
        case _:
            return ""


def guarded_uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each use of something that `HOMES` lists, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(type=None):
                yield "except Exception", node.lineno
            case ast.ExceptHandler(type=ast.Name("Exception" | "BaseException")):
                yield "except Exception", node.lineno
            case ast.Name("SystemExit"):
                yield "SystemExit", node.lineno
            case ast.Call(ast.Name("print")):
                yield "print", node.lineno
            case ast.Attribute() if dotted(node) in HOMES:
                yield dotted(node), node.lineno


def test_imports_point_downward() -> None:
    upward = []
    for relative, path in MODULES.items():
        own = layer_of(name_of(relative))
        for module in imports_of(path):
            reached = {layer_of(module), module.removeprefix("scm.")}
            is_ours = module.split(".")[0] == "scm"
            if is_ours and own not in reached and not reached & MAY_IMPORT[own]:
                upward.append(f"{relative} imports {module}")
    assert upward == []


def test_the_engine_is_imported_by_its_own_modules_only() -> None:
    users = [
        relative
        for relative, path in MODULES.items()
        if any(
            isinstance(node, ast.Import) and node.names[0].name == "wasmtime"
            for node in _run_at_import(tree_of(path))
        )
    ]
    assert sorted(users) == [
        "scm/wasm/engine.py",
        "scm/wasm/engine_config.py",
        "scm/wasm/engine_counter.py",
        "scm/wasm/engine_globals.py",
    ]


def test_a_canister_contains_only_scm_and_the_standard_library() -> None:
    # `librt` is of mypyc's runtime and linked in; `mypy_extensions` names types for mypyc only.
    known = {*sys.stdlib_module_names, "scm", "librt", "mypy_extensions"}
    for name, source in runtime_sources().items():
        for module in imports_of(MODULES[source.path]):
            assert module.split(".")[0] in known, f"{name} imports {module}"


def test_every_module_is_used() -> None:
    used = {module for path in MODULES.values() for module in imports_of(path)}
    # The public face of Candid loads modules by name; its stub imports them.
    used |= imports_of(FRAMEWORK / "scm" / "candid" / "__init__.pyi")
    # What is there for tests is used by tests.
    tests = [path for path in SOURCES if path.name.startswith(("test_", "conftest"))]
    imported = {module for path in tests for module in imports_of(path)}
    used |= {module for module in imported if module.startswith("scm.testing.")}
    for relative in MODULES:
        name = name_of(relative)
        is_package = relative.endswith("__init__.py")
        assert name in used or name in ENTRY_POINTS or is_package, f"nothing imports {name}"
    assert set(ENTRY_POINTS) <= {name_of(relative) for relative in MODULES}


def test_guarded_names_stay_at_home() -> None:
    astray = [
        f"{relative}:{line}: {name}"
        for relative, path in MODULES.items()
        for name, line in guarded_uses(tree_of(path))
        if relative not in HOMES[name]
    ]
    assert astray == []


def test_guarded_names_are_used_at_home() -> None:
    used = {
        (name, relative)
        for relative, path in MODULES.items()
        for name, _ in guarded_uses(tree_of(path))
    }
    named = {(name, home) for name, homes in HOMES.items() for home in homes}
    assert named - used == set()


def test_modules_say_what_they_are() -> None:
    silent = [name for name, path in MODULES.items() if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_files_are_short() -> None:
    code = [
        path
        for path in FILES
        if path.suffix in {".py", ".c", ".h", ".sh", ".css", ".js"} and not is_generated(path)
    ]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in code
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX
    }
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long)


def test_functions_are_short() -> None:
    long: dict[str, int] = {}
    for path in SOURCES:
        if "cases" in path.parts:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{path.relative_to(ROOT).as_posix()}:{node.name}"] = lines
    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long)


def test_file_names_say_something() -> None:
    assert [path for path in SOURCES if path.stem in VAGUE_NAMES] == []


def test_nothing_is_left_to_do_or_tied_to_one_machine() -> None:
    left = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    for path in FILES:
        if path == Path(__file__).resolve() or path.name == "LICENSE":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            assert not left.search(line), place
            assert not FOREIGN.search(line), place


def test_pinned_versions_agree() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["test"], *extras["dev"]]
    assert {item for item in wanted if "[" not in item} <= set(pins)


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if not (isinstance(node, ast.If) and dotted(node.test) == "TYPE_CHECKING"):
            todo += ast.iter_child_nodes(node)


def test_no_module_hides_a_name_that_authors_import() -> None:
    # `import scm.x` sets the attribute `x` of `scm`, whatever was there.
    modules = {name_of(relative).split(".")[1] for relative in MODULES if "/" in relative[4:]}
    assert modules & set(scm.__all__) == set()
