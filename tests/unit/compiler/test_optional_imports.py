"""Imports that may fail: which the code can do without, and what the canister has of them."""

from __future__ import annotations

import ast
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from scm.compiler.absent_imports import absent_notes, leave_out_absent
from scm.compiler.artefacts import SourceModule
from scm.compiler.discover import discover
from scm.compiler.environment import Environment
from scm.compiler.imports import OptionalImports
from scm.compiler.library import REASONS
from scm.compiler.native_imports import with_optional_imports
from scm.compiler.project import load_project
from scm.errors import SourceError

SUFFIX = EXTENSION_SUFFIXES[0]
STATE = "\nfrom scm import nat, state\n\n\n@state\nclass State:\n    total: nat = 0\n"


def optional(source: str) -> list[str]:
    """The imports that can be done without, if nothing is there whose name begins with `no`."""
    search = OptionalImports(lambda node, alias: ast.unparse(node).split()[1].startswith("no"))
    search.visit(ast.parse(source))
    return [alias.name for _, alias in search.found]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("try:\n    import no1\nexcept ImportError:\n    no1 = None", ["no1"]),
        ("try:\n    import no1\nexcept:\n    pass", ["no1"]),
        ("try:\n    from no1 import a, b\nexcept (ImportError, OSError):\n    pass", ["a", "b"]),
        ("try:\n    import no1\nexcept KeyError:\n    pass", []),
        ("try:\n    import no1\nexcept ImportError as e:\n    raise OSError from e", []),
        ("try:\n    import no1\nfinally:\n    pass", []),
        ("with suppress(ImportError):\n    import no1", ["no1"]),
        ("with contextlib.suppress(OSError, ImportError):\n    import no1", ["no1"]),
        ("with open('x'):\n    import no1", []),
        ("import no1", []),
        # What runs after it, or instead.
        ("try:\n    import no1\nexcept ImportError:\n    import no2", ["no1"]),
        ("try:\n    import yes\nexcept ImportError:\n    import no2", ["no2"]),
        ("try:\n    import yes\nexcept Exception:\n    import no2", []),
        (
            "try:\n    import no1\nexcept ImportError:\n    x = 1\nelse:\n    import no2",
            ["no1", "no2"],
        ),
        ("try:\n    import yes\nexcept ImportError:\n    x = 1\nelse:\n    import no2", []),
        (
            "try:\n    import no1\nexcept ImportError:\n"
            "    try:\n        import no2\n    except ImportError:\n        no2 = None",
            ["no1", "no2"],
        ),
        # The functions of a `try` run later.
        ("try:\n    def f():\n        import no1\nexcept ImportError:\n    pass", []),
        ("def f():\n    try:\n        import no1\n    except ImportError:\n        pass", ["no1"]),
        (
            "if sys.version_info < (3, 11):\n    with suppress(ImportError):\n        import no1",
            [],
        ),
    ],
)
def test_what_the_code_can_do_without(source: str, names: list[str]) -> None:
    assert optional(source) == names


@pytest.fixture
def where(tmp_path: Path) -> Environment:
    files = {
        "pure/__init__.py": "",
        f"pure/_fast{SUFFIX}": "",
        f"single{SUFFIX}": "",
        "heavy/__init__.py": "from . import core\n",
        f"heavy/core{SUFFIX}": "",
        "uses_heavy.py": "import heavy\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Environment([tmp_path])


def guarded(statement: str) -> SourceModule:
    text = f"try:\n    {statement}\nexcept ImportError:\n    pass\n"
    return SourceModule("canister", "canister.py", text)


@pytest.mark.parametrize(
    ("statement", "name", "why"),
    [
        ("import nothing_like_it", "nothing_like_it", "it is not installed beside scm"),
        ("import pure.nothing", "pure.nothing", "`pure` has no such module"),
        ("import single", "single", f"it is the native extension `single{SUFFIX}`"),
        (
            "from pure import _fast",
            "pure._fast",
            f"it is the native extension `pure/_fast{SUFFIX}`",
        ),
        ("import heavy", "heavy", f"it needs the native extension `heavy/core{SUFFIX}`"),
        ("import uses_heavy", "uses_heavy", f"it needs the native extension `heavy/core{SUFFIX}`"),
        (
            "import asyncio",
            "asyncio",
            REASONS["asyncio"],
        ),
        (
            "from http import client",
            "http.client",
            REASONS["http.client"],
        ),
        ("from .parts import x", "parts", "it is not installed beside scm"),
    ],
)
def test_what_is_not_there_is_told(where: Environment, statement: str, name: str, why: str) -> None:
    (module,), dependencies = leave_out_absent((guarded(statement),), (), where)
    (absent,) = module.absent
    assert (absent.name, absent.why, absent.line) == (name, why, 2)
    assert dependencies.natives == ()
    # Of a package that can't be used, nothing goes in.
    assert {item.name for item in dependencies.modules} <= {"pure"}


@pytest.mark.parametrize("statement", ["import pure", "import json, pure", "from pure import name"])
def test_what_is_there_goes_in(where: Environment, statement: str) -> None:
    (module,), dependencies = leave_out_absent((guarded(statement),), (), where)
    assert module.absent == ()
    assert [item.name for item in dependencies.modules] == ["pure"]


def test_an_import_that_must_be_keeps_the_others_refusal(where: Environment) -> None:
    first, second = guarded("import uses_heavy"), SourceModule("other", "other.py", "import heavy")
    modules, dependencies = leave_out_absent((first, second), (), where)
    assert [item.name for item in modules[0].absent] == ["uses_heavy"]
    assert [item.root for item in dependencies.natives] == ["heavy"]


def copied(where: Environment, text: str) -> str:
    (module,), _ = leave_out_absent((SourceModule("canister", "canister.py", text),), (), where)
    return with_optional_imports(module)


FAIL = '__import__("scm.runtime.fault", fromlist=("no_module",)).no_module'


def test_what_mypy_can_skip_stays_an_import_that_never_runs(where: Environment) -> None:
    text = "try:\n    import no1.part\nexcept ImportError:\n    no1 = None\n"
    lines = copied(where, text).splitlines()
    assert lines[1] == f"    {FAIL}('no1'); import no1.part  # type: ignore"
    assert lines[-1] == "# mypy: no-warn-return-any"


def test_the_copy_keeps_its_lines_and_what_else_is_imported(where: Environment) -> None:
    text = (
        "try:\n    import json, http.client, socket as s\n"
        "    from http.client import (\n        a,\n        b as c,\n    )\n"
        "except ImportError:\n    a = None\n\n    def c():\n        pass\n\nx = 1\n"
    )
    lines = copied(where, text).splitlines()
    assert lines[1] == f"    import json; http = {FAIL}('http.client'); s = {FAIL}('socket')"
    assert lines[2] == "    a = __import__("
    assert lines[5] == (
        f"{FAIL.partition('(')[2]}('http.client'); globals()['c'] = {FAIL}('http.client')"
    )
    assert lines.index("x = 1") == text.splitlines().index("x = 1")


def test_fallbacks_of_what_is_there_may_be_of_any_type(where: Environment) -> None:
    text = (
        "try:\n    import json\n    from pure import f\nexcept ImportError:\n"
        "    json = None  # None of it.\n    def f(\n        x,\n    ):\n"
        "        return x\n    y = 1\n"
    )
    lines = copied(where, text).splitlines()
    assert lines[4] == "    json = None  # type: ignore  # None of it."
    assert lines[5] == "    def f(  # type: ignore"
    assert lines[9] == "    y = 1"


def test_names_in_functions_are_those_of_their_fallback(where: Environment) -> None:
    text = (
        "def f():\n    try:\n        import no1 as js\n    except ImportError:\n"
        "        import json as js\n    return js\n"
    )
    assert copied(where, text).splitlines()[2] == (f"        {FAIL}('no1')")


def test_what_stands_before_it_is_imported(where: Environment) -> None:
    text = "try:\n    import json, no1, re\nexcept ImportError:\n    pass\n"
    first = copied(where, text).splitlines()[1]
    assert first == f"    import json; {FAIL}('no1'); import json, no1, re  # type: ignore"


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("import no1.part.deep", "no1"),
        ("from no1.part import x", "no1"),
        ("import pure.no1.deep", "pure.no1"),
        ("from pure import _fast", "pure._fast"),
        ("import http.client as c", "http.client"),
        ("import heavy", "heavy"),
    ],
)
def test_errors_name_the_outermost_that_is_missing(
    where: Environment, statement: str, missing: str
) -> None:
    (module,), _ = leave_out_absent((guarded(statement),), (), where)
    assert [item.missing for item in module.absent] == [missing]


def test_notes_name_each_once(where: Environment) -> None:
    text = "try:\n    import no1.a, no1\n    from no1 import b\nexcept ImportError:\n    pass\n"
    project_modules, _ = leave_out_absent(
        (SourceModule("canister", "canister.py", text),), (), where
    )
    assert absent_notes(project_modules) == (
        "`no1` is left out: it is not installed beside scm (canister.py:2)",
    )


def discover_source(folder: Path, source: str) -> None:
    (folder / "canister.py").write_text(source + STATE)
    discover(load_project(folder))


def test_discovery_takes_the_fallback_also_where_the_host_has_more(tmp_path: Path) -> None:
    # `coincurve` is there, and loads machine code.
    source = "try:\n    import coincurve\nexcept ImportError:\n    pass\nelse:\n    raise OSError\n"
    discover_source(tmp_path, source)
    with pytest.raises(SourceError) as caught:
        discover_source(tmp_path, "import coincurve\n")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "native-extension"
    assert diagnostic.notes[0].startswith("`coincurve` imports `coincurve.")
    assert diagnostic.notes[0].endswith("; a canister runs WebAssembly")


def test_discovery_tells_the_error_that_the_canister_has(tmp_path: Path) -> None:
    source = (
        "try:\n    import coincurve.keys\nexcept ImportError as error:\n"
        "    assert error.name == 'coincurve', error.name\n"
        "    assert str(error) == \"No module named 'coincurve'\"\nelse:\n    raise OSError\n"
    )
    discover_source(tmp_path, source)


@pytest.mark.parametrize("statement", ["from ._fast import f", "from package._fast import f"])
def test_discovery_hides_what_lies_beside_a_module(tmp_path: Path, statement: str) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / f"_fast{SUFFIX}").write_bytes(b"Discovery must not load this.")
    (package / "user.py").write_text(
        f"try:\n    {statement}\nexcept ModuleNotFoundError as error:\n"
        "    WHY = str(error)\n    assert error.name == 'package._fast'\n"
    )
    discover_source(tmp_path, "from package.user import WHY\n")


def test_a_fallback_that_is_not_there_is_refused(tmp_path: Path) -> None:
    source = "try:\n    import no1\nexcept ImportError:\n    import no2\n"
    with pytest.raises(SourceError) as caught:
        discover_source(tmp_path, source)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "there is no module `no2`"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 4


def test_imports_for_older_pythons_are_not_asked_for(tmp_path: Path) -> None:
    source = (
        "import sys\n\nif sys.version_info >= (3, 11):\n    import tomllib\n"
        "else:\n    import tomli as tomllib\n"
    )
    discover_source(tmp_path, source)
    with pytest.raises(SourceError):
        discover_source(tmp_path, source.replace("3, 11", "3, 12"))
