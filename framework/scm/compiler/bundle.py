"""The Python modules that a canister contains: which, and in which form.

Starting from what the canister imports, follow `import` statements through our own modules, the
user's and CPython's standard library for WASI.  Compiled modules are linked; all others go as
bytecode into the bundle that boot hands to CPython as frozen modules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from encodings.aliases import aliases
from functools import cache, lru_cache
from typing import Final

from attrs import evolve, frozen

from scm.compiler.bytecode import marshal_code
from scm.compiler.imports import running_parts, survives_import_errors
from scm.compiler.parsing import compile_python, parse_python
from scm.compiler.toolchain import SYSCONFIG_DATA, wasi_python

STARTUP_MODULES: Final = (
    *("encodings", "encodings.utf_8", "encodings.latin_1", "io", "abc", "gc"),
    *("importlib", "importlib.machinery", "warnings"),  # Named in mypyc's C code.
)
"""What CPython imports before it runs anything."""

BOOTSTRAP_MODULES: Final = {
    "_frozen_importlib": "importlib._bootstrap",
    "_frozen_importlib_external": "importlib._bootstrap_external",
}
"""The import system itself, under the names that CPython's C code asks for."""

ALWAYS_BUILTIN: Final = frozenset(
    {"_abc", "_codecs", "_imp", "_io", "_signal", "_string", "_thread", "_warnings", "_weakref"}
    | {"builtins", "errno", "gc", "marshal", "posix", "sys", "time", "_collections", "_functools"}
    | {"itertools", "_operator", "_locale"}
)
"""Builtin modules that CPython's own start needs, or that others import from C."""

FALLBACKS: Final = frozenset(
    {"_py_abc", "_pyio", "_pydecimal", "_bootsubprocess", "importlib._bootstrap", "nt"}
    | {"importlib._bootstrap_external", "msvcrt", "winreg", "_winapi", "encodings.mbcs"}
)
"""Modules that others import only where a builtin one is missing, or on Windows."""

RARELY_USED: Final = frozenset(
    {"argparse", "ast", "asyncio", "ctypes", "dataclasses", "dis", "doctest", "gettext", "inspect"}
    | {"linecache", "locale", "multiprocessing", "os", "pdb", "pickle", "pydoc", "shutil"}
    | {"socket", "subprocess", "tempfile", "threading", "tokenize", "traceback", "tracemalloc"}
    | {"unicodedata", "unittest", "zipfile"}
)
"""Not followed from inside functions of modules that the user does not import: rarely of use."""


WITHOUT: Final = frozenset({"_queue"})
"""Builtin modules whose waiting can't be broken off; others do without them."""

_CODECS_IN_C: Final = frozenset(
    {"utf_8", "utf8", "ascii", "us_ascii", "latin_1", "latin1", "iso_8859_1", "iso8859_1"}
    | {"utf_16", "utf16", "utf_32", "utf32"}
    | {"idna"}  # For names of hosts to connect to; it would bring all tables of Unicode along.
)
"""Encodings for whose `encode` and `decode` no module is needed."""

HIDDEN_IMPORTS: Final = {
    "_datetime": ("_strptime",),
    "_decimal": ("collections", "numbers"),
    "_elementtree": ("copy", "pyexpat", "xml.etree.ElementPath"),
    "_pickle": ("_compat_pickle", "codecs", "copyreg", "functools"),
    "_zoneinfo": ("zoneinfo._common", "zoneinfo._tzpath"),
    "array": ("collections.abc",),
    "gettext": ("locale",),
    "sysconfig": (SYSCONFIG_DATA,),
    "xml.etree.ElementTree": ("encodings.ascii",),
    "zipfile": ("encodings.cp437",),
}
"""What C modules import, and others by a text or always, though from inside a function."""


@frozen
class Bundle:
    """Bytecode by module name, and the builtin C modules and compiled ones that are needed."""

    modules: tuple[BundledModule, ...]
    builtins: tuple[str, ...]
    compiled: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """As `boot.c` reads it."""
        parts = [len(self.modules).to_bytes(4, "little")]
        for module in self.modules:
            name = module.name.encode() + b"\0"
            sizes = (len(name), len(module.code), int(module.is_package))
            parts += [size.to_bytes(4, "little") for size in sizes]
            parts += [name, module.code]
        return b"".join(parts)


@frozen
class BundledModule:
    """One module as marshalled bytecode."""

    name: str
    is_package: bool
    code: bytes


@frozen
class PythonSource:
    """The text of a module and the file name that tracebacks show."""

    text: str
    path: str
    is_package: bool


def make_bundle(
    roots: Iterable[str], sources: Mapping[str, PythonSource], compiled: frozenset[str]
) -> Bundle:
    """Follow the imports of `roots`; `sources` has our modules and the user's.

    `compiled` names the modules that mypyc translates: followed, but not bundled.  What `roots`
    names, and what it imports when it is imported, is always included.
    """
    followed = follow_imports(roots, sources)
    bundled = [_bundled(name, _library_module(of)) for name, of in BOOTSTRAP_MODULES.items()]
    for name, source in followed.sources.items():
        if name not in compiled:
            is_library = name not in sources or name.startswith("scm.")
            bundled.append(_bundled(name, source, is_library=is_library))
    ordered = sorted(bundled, key=lambda module: module.name)
    in_c = ALWAYS_BUILTIN | followed.builtins
    return Bundle(
        tuple(ordered), tuple(sorted(in_c)), tuple(sorted(followed.sources.keys() & compiled))
    )


@frozen
class Followed:
    """The modules that an import leads to: those in Python by name, and the builtin C modules."""

    sources: Mapping[str, PythonSource]
    builtins: frozenset[str]


def follow_imports(roots: Iterable[str], sources: Mapping[str, PythonSource]) -> Followed:
    """Follow the imports of `roots`, and what CPython's start imports; see `make_bundle`."""
    asked_for = frozenset(roots)
    todo = [*STARTUP_MODULES, *sorted(asked_for)]
    seen: set[str] = set()
    found: dict[str, PythonSource] = {}
    while todo:
        name = todo.pop()
        if name in seen or name in WITHOUT or (name in FALLBACKS and name not in asked_for):
            continue
        seen.add(name)
        todo += HIDDEN_IMPORTS.get(name, ())
        source = sources.get(name) or stdlib_source(name)
        if source is None:
            continue
        found[name] = source
        imports = find_imports(name, source)
        todo += imports.at_import
        todo += imports.lazy - (frozenset() if name in asked_for else RARELY_USED)
    return Followed(found, builtin_modules() & (seen - found.keys()))


@cache
def builtin_modules() -> frozenset[str]:
    """The C modules in CPython's library for WASI, from its own table."""
    config = wasi_python() / "lib" / "python3.11" / "config-3.11-wasm32-wasi" / "config.c"
    return frozenset(
        re.findall(r'^ *\{"(\w+)", ', config.read_text(encoding="utf-8"), re.MULTILINE)
    )


@cache
def stdlib_source(name: str) -> PythonSource | None:
    """A module of the standard library for WASI, or None."""
    library = wasi_python() / "lib" / "python3.11"
    path = name.replace(".", "/")
    for candidate, is_package in ((f"{path}.py", False), (f"{path}/__init__.py", True)):
        if (library / candidate).is_file():
            text = (library / candidate).read_text(encoding="utf-8")
            return PythonSource(text, candidate, is_package)
    return None


def narrow_package(source: PythonSource, names: Collection[str]) -> PythonSource:
    """A package that only re-exports, with no more than these of its names."""
    tree = parse_python(source.text, source.path)
    lines = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            kept = [item.name for item in node.names if item.name in names]
            lines += [f"from {node.module} import {', '.join(kept)}"] if kept else []
    return evolve(source, text="\n".join(lines))


def names_imported_from(package: str, sources: Iterable[PythonSource]) -> frozenset[str] | None:
    """The names that modules import from a package; None if it may be any of them."""
    names: set[str] = set()
    for source in sources:
        for node in ast.walk(parse_python(source.text, source.path)):
            match node:
                case ast.ImportFrom(module=str(name), level=0) if name == package:
                    names |= {item.name for item in node.names}
                case ast.Import(names=items) if any(item.name == package for item in items):
                    return None
                case _:
                    continue
    return None if "*" in names else frozenset(names)


@frozen
class Imports:
    """The modules that a module imports, parents included; not all need exist.

    `at_import`: when it is itself imported; `lazy`: inside functions, when they are called.
    `required`: those of `at_import` without which the import fails.
    """

    at_import: frozenset[str]
    lazy: frozenset[str]
    required: frozenset[str]


@lru_cache(maxsize=4_000)
def find_imports(name: str, source: PythonSource) -> Imports:
    """Read a module's `import` statements; those under `if __name__ == "__main__"` don't count."""
    package = name if source.is_package else name.rpartition(".")[0]
    at_import: set[str] = set()
    lazy: set[str] = set()
    guarded: set[str] = set()
    todo: list[tuple[ast.AST, set[str]]] = [(parse_python(source.text, source.path), at_import)]
    while todo:
        node, found = todo.pop()
        match node:
            case ast.Import(names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module, names, level):
                base = _absolute(package, module, level or 0)
                found.add(base)
                found |= {f"{base}.{alias.name}" for alias in names}
                found |= {"_strptime"} & {f"_{alias.name}" for alias in names}
            case ast.Attribute(value=value, attr="strptime"):
                found.add("_strptime")  # Imported by C.
                todo.append((value, found))
            case ast.Call():
                found |= {f"encodings.{name}" for name in _codecs_asked_for(node)}
                todo += [(child, found) for child in ast.iter_child_nodes(node)]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                todo += [(child, lazy) for child in ast.iter_child_nodes(node)]
            case ast.If(ast.Compare(ast.Name("__name__"))):
                todo += [(child, found) for child in node.orelse]
            case ast.If(test=test):
                todo += [(child, found) for child in (test, *running_parts(node))]
            case ast.Try() | ast.With() if found is at_import and survives_import_errors(node):
                todo += [(child, guarded) for child in node.body]
                rest = [child for child in ast.iter_child_nodes(node) if child not in node.body]
                todo += [(child, found) for child in rest]
            case _:
                todo += [(child, found) for child in ast.iter_child_nodes(node)]
    required = _with_parents(at_import)
    return Imports(required | _with_parents(guarded), _with_parents(lazy), required)


def _codecs_asked_for(call: ast.Call) -> Iterator[str]:
    """The modules of encodings that a call names, but for those that C has at hand."""
    match call:
        case ast.Call(func=ast.Attribute(attr="encode" | "decode"), args=[ast.Constant(name), *_]):
            if _normalized(name) not in _CODECS_IN_C:
                yield from _codec_module(name)
        case _:
            for keyword in call.keywords:
                if keyword.arg == "encoding" and isinstance(keyword.value, ast.Constant):
                    yield from _codec_module(keyword.value.value)


def _absolute(package: str, module: str | None, level: int) -> str:
    if level == 0:
        return module or ""
    parts = package.split(".")
    parent = ".".join(parts[: len(parts) - level + 1])
    return f"{parent}.{module}" if module else parent


def _with_parents(names: Iterable[str]) -> frozenset[str]:
    split = [name.split(".") for name in names]
    return frozenset(".".join(p[: count + 1]) for p in split for count in range(len(p)))


def _library_module(name: str) -> PythonSource:
    source = stdlib_source(name)
    assert source is not None, name
    return source


def _bundled(name: str, source: PythonSource, *, is_library: bool = True) -> BundledModule:
    # No asserts and docstrings of the library's: the size is paid by the user.
    code = compile_python(source.text, source.path, is_library=is_library)
    return BundledModule(name, source.is_package, marshal_code(code))


@cache
def _codecs() -> Mapping[str, str]:
    """The modules of text encodings by the names that they go by."""
    names = dict(aliases)
    folder = wasi_python() / "lib" / "python3.11" / "encodings"
    names |= {path.stem: path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    return names


def _normalized(name: object) -> str:
    return re.sub(r"[\W_]+", "_", name[:40]).lower() if isinstance(name, str) else ""


def _codec_module(name: object) -> tuple[str, ...]:
    found = _codecs().get(_normalized(name))
    return () if found is None else (found,)


def named_codecs(sources: Iterable[PythonSource]) -> frozenset[str]:
    """The modules of the encodings that texts in these modules name: `"cp1252"`."""
    found: set[str] = set()
    for source in sources:
        for node in ast.walk(parse_python(source.text, source.path)):
            if isinstance(node, ast.Constant):
                found.update(f"encodings.{name}" for name in _codec_module(node.value))
    return frozenset(found)
