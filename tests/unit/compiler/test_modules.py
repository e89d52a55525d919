"""Projects of several modules: interfaces that ship with scm by any name, stars, circles."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.discover import discover
from scm.compiler.interface import describe_interface
from scm.compiler.native import make_native
from scm.compiler.parsing import parse_python
from scm.compiler.project import load_project
from scm.errors import SourceError, SourceSpan
from scm.runtime import codecs

HEAD = """\
from scm import *

@state
class State:
    total: nat = 0

"""


def discover_files(folder: Path, files: Mapping[str, str]) -> CanisterSpec:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = load_project(folder)
    spec = discover(project)
    for module in project.modules:
        parse_python(make_native(module, spec), module.path)
    return spec


TOKENS = {
    "import under another name": """\
import scm.icrc1 as tokens
@update
def act(state: State, account: tokens.Account) -> Pending[nat]:
    return tokens.Icrc1(account.owner).icrc1_balance_of(account).then(told)
""",
    "import of the module": """\
from scm import icrc1
@update
def act(state: State, account: icrc1.Account) -> Pending[nat]:
    return icrc1.Icrc1(account.owner).icrc1_balance_of(account).then(told)
""",
    "full name in quotes": """\
import scm.icrc1
@update
def act(state: State, account: "scm.icrc1.Account") -> Pending[nat]:
    return scm.icrc1.Icrc1(account.owner).icrc1_balance_of(account).then(told)
""",
    "alias of a module": """\
import scm.icrc1
tokens = scm.icrc1
@update
def act(state: State, account: "tokens.Account") -> Pending[nat]:
    return tokens.Icrc1(account.owner).icrc1_balance_of(account).then(told)
""",
    "second star": """\
from scm.icrc1 import *
@update
def act(state: State, account: Account) -> Pending[nat]:
    return Icrc1(account.owner).icrc1_balance_of(account).then(told)
""",
}
TOLD = """
@on_response
def told(state: State, response: Response[nat]) -> nat:
    return 1
"""


@pytest.mark.parametrize("name", TOKENS)
def test_only_what_is_used_of_an_interface_stays(tmp_path: Path, name: str) -> None:
    spec = discover_files(tmp_path, {"canister.py": HEAD + TOKENS[name] + TOLD})
    (service,) = spec.services
    assert [method.name for method in service.methods] == ["icrc1_balance_of"]
    assert [item.name for item in spec.classes] == ["Account"]


def test_interface_is_found_through_a_module_of_the_project(tmp_path: Path) -> None:
    main = f"from helper import Holder\n{HEAD}@query\ndef act(x: Holder) -> nat: return 1\n"
    helper = (
        "import scm.icrc1 as tokens\nfrom scm import record\n\nOwner = tokens.Account\n\n"
        '@record\nclass Holder:\n    first: Owner\n    second: "tuple[tokens.Account, ...]"\n'
    )
    spec = discover_files(tmp_path, {"canister.py": main, "helper.py": helper})
    assert sorted(item.name for item in spec.classes) == ["Account", "Holder"]
    assert "type Account = record" in describe_interface(spec).did


def test_several_star_imports_are_followed(tmp_path: Path) -> None:
    files = {
        "canister.py": f"from first import *\n{HEAD}from second import *\n"
        "@query\ndef act(x: One, y: Two) -> nat: return 1\n",
        "first.py": "from scm import *\n@record\nclass One:\n    a: nat\n",
        "second.py": "from scm import *\n@record\nclass Two:\n    a: nat\n",
    }
    spec = discover_files(tmp_path, files)
    assert [item.name for item in spec.classes] == ["One", "Two"]


def test_modules_may_import_each_other(tmp_path: Path) -> None:
    files = {
        "canister.py": f"import helper\n{HEAD}"
        '@record\nclass Mine:\n    item: "helper.Item"\n\n'
        "@query\ndef act(x: Mine) -> nat: return helper.one()\n",
        "helper.py": "import canister\nfrom scm import nat, record\n\n"
        '@record\nclass Item:\n    mine: "canister.Mine | None"\n\n'
        "def one() -> int:\n    return 1\n",
    }
    spec = discover_files(tmp_path, files)
    assert [item.name for item in spec.classes] == ["Mine", "Item"]


def test_modules_in_packages_are_found(tmp_path: Path) -> None:
    files = {
        "canister.py": f"from parts.deep import thing\n{HEAD}"
        "@query\ndef act(x: thing.Thing) -> nat: return 1\n",
        "parts/__init__.py": "",
        "parts/deep/__init__.py": "",
        "parts/deep/thing.py": "from scm import *\nfrom .. import other\n"
        "from ..other import Other\n@record\nclass Thing:\n    a: Other\n    b: other.Other\n",
        "parts/other.py": "from scm import *\n@record\nclass Other:\n    a: nat\n",
    }
    spec = discover_files(tmp_path, files)
    assert [(item.module, item.name) for item in spec.classes] == [
        ("parts.deep.thing", "Thing"),
        ("parts.other", "Other"),
    ]


def test_mistake_of_syntax_in_another_module_is_placed_there(tmp_path: Path) -> None:
    files = {"canister.py": f"import helper\n{HEAD}", "helper.py": "\ndef act(:\n    pass\n"}
    with pytest.raises(SourceError) as caught:
        discover_files(tmp_path, files)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "syntax-error"
    assert diagnostic.span is not None
    assert (diagnostic.span.path, diagnostic.span.line) == ("helper.py", 2)


def test_backslashes_in_docstrings_stay(tmp_path: Path) -> None:
    source = HEAD + (
        '@record\nclass Item:\n    """A \\d, a \\\\, a \\" and \\\n    a second line"""\n'
        '    a: nat\n    r"""What \\a is."""\n\n'
        'class Bank(Service):\n    "One \\\\ here."\n    pay: Method[\n'
        "        [nat],  # and \\ here\n        nat]\n\n"
        '@query\ndef act(x: Item) -> nat:\n    "\\x41 \\\n    more"\n    return 1\n'
    )
    (tmp_path / "canister.py").write_text(source)
    project = load_project(tmp_path)
    spec = discover(project)
    copy = make_native(project.modules[0], spec)
    assert copy.count("\n") == source.count("\n")
    assert 'A \\d, a \\\\, a \\" and' in copy
    tree = parse_python(copy, "canister.py")
    assert isinstance(tree.body[-1], ast.FunctionDef)
    assert ast.get_docstring(tree.body[-1], clean=False) == "A     more"


def test_codecs_have_no_names_outside_of_a_canister() -> None:
    assert not hasattr(codecs, "decode_0")


@pytest.mark.parametrize("value", ["-" * 100_000 + "1", "+".join(["1"] * 100_000), '"\0"'])
def test_source_that_no_one_can_parse_is_a_diagnostic(tmp_path: Path, value: str) -> None:
    with pytest.raises(SourceError) as caught:
        discover_files(tmp_path, {"canister.py": f"{HEAD}x = {value}\n"})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "syntax-error"


def test_other_encodings_than_utf_8_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        discover_files(tmp_path, {"canister.py": f"\n# -*- coding: latin-1 -*-\n{HEAD}"})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span == SourceSpan("canister.py", 2, 15, 2, 22)
    discover_files(tmp_path, {"canister.py": f"# coding=utf8\n{HEAD}"})
    discover_files(tmp_path, {"canister.py": f"{HEAD}\n\n# coding: latin-1\n"})


def test_decorators_imported_out_of_sight_say_where_to_import_them(tmp_path: Path) -> None:
    main = HEAD.replace("from scm import *", "if True:\n    from scm import *")
    with pytest.raises(SourceError) as caught:
        discover_files(tmp_path, {"canister.py": main})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.helps == ("write `from scm import state`, not in an `if` or `try`",)
