"""What is said of annotations that stand for no type of Candid, and of imports that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.discover import discover
from scm.compiler.project import load_project
from scm.errors import Diagnostic, SourceError

Discover = Callable[[str], CanisterSpec]

HEAD = """\
from scm import *
from typing import Annotated, NewType, Optional, Union

@state
class State:
    total: nat = 0

@record
class Item:
    name: text

"""


def only_problem(discover_text: Discover, source: str) -> Diagnostic:
    with pytest.raises(SourceError) as caught:
        discover_text(HEAD + source)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


BRACKETS = {
    # Annotation: the message, and the help.
    "Opt[nat, nat]": ("the brackets of `Opt` take one type", "write `Opt[nat]`"),
    "Pending[nat, nat]": ("the brackets of `Pending` take one type", "write `Pending[nat]`"),
    "Func[[nat]]": (
        "the brackets of `Func` take a list of arguments, and a result",
        "write `Func[[nat], text]`",
    ),
    "nat[int]": ("`nat` takes no types in brackets", "write `nat`"),
    "Item[nat]": ("`Item` takes no types in brackets", "write `Item`"),
    "list[nat, nat]": ("`list` takes one type, got 2", "write `list[nat]`"),
}


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
@pytest.mark.parametrize("annotation", BRACKETS)
def test_wrong_brackets_are_explained(discover_text: Discover, annotation: str, quote: str) -> None:
    source = f"@update\ndef act(state: State, x: {quote}{annotation}{quote}) -> None: pass\n"
    found = only_problem(discover_text, source)
    message, help = BRACKETS[annotation]
    assert (found.code, found.message, found.helps) == ("unknown-type", message, (help,))
    assert found.span is not None
    assert found.span.column == len("def act(state: State, x: ") + 1
    assert found.span.end_column == found.span.column + len(annotation) + 2 * len(quote)


HELPS = {
    "Opt": "write `Opt[nat]`",
    "tuple[Opt, ...]": "write `Opt[nat]`",
    "Response": "write `Response[nat]`",
    "OnewayFunc": "write `OnewayFunc[[nat]]`",
    "tuple[nat, text, ...]": (
        "write `tuple[nat, ...]`, or list the types of all values without `...`"
    ),
    "[nat]": "write `list[nat]`, or `tuple[nat, text]`",
    "Optional": "write `T | None`",
    '"tuple[nat"': "write a type of Candid: `nat`, `text`, a `@record` class, ...",
    '"Item" | None': 'put them around all of it: `"Item | None"`',
    "NewType('UserId', int)": "use the type that it is made of",
    "Annotated[nat, Name]": 'write one name: `Annotated[nat, Name("from")]`',
    'Annotated[nat, Name("a"), Name("b")]': 'write one name: `Annotated[nat, Name("from")]`',
}


@pytest.mark.parametrize("annotation", HELPS)
def test_help_says_what_to_write(discover_text: Discover, annotation: str) -> None:
    found = only_problem(discover_text, f"@record\nclass Other:\n    x: {annotation}\n")
    assert (found.code, found.helps) == ("unknown-type", (HELPS[annotation],))


def test_wrong_brackets_outside_of_declarations_are_explained(discover_text: Discover) -> None:
    found = only_problem(discover_text, "def helper(é: Opt[nat, text]) -> None: pass\n")
    assert found.message == "the brackets of `Opt` take one type"
    assert found.span is not None
    assert found.span.column == len("def helper(é: ") + 1


def failed_import(folder: Path, files: Mapping[str, str]) -> Diagnostic:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        discover(load_project(folder))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "import-failed"
    assert str(folder) not in diagnostic.message
    return diagnostic


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("TEXT = open('nothing.txt').read()", "put what is in the file into a module"),
        ("KEY = os.environ['NO_SUCH_VARIABLE']", "put the value into a module, as a constant, or"),
    ],
)
def test_what_a_canister_lacks_at_import_is_told(tmp_path: Path, line: str, help: str) -> None:
    found = failed_import(tmp_path, {"canister.py": f"import os\n{HEAD}\n{line}\n"})
    assert found.helps[0].startswith(help)


def test_circular_import_says_how_to_break_the_circle(tmp_path: Path) -> None:
    helper = "from canister import LIMIT\nHALF = LIMIT // 2\n"
    main = f"from helper import HALF\n{HEAD}\nLIMIT = 8\n"
    found = failed_import(tmp_path, {"canister.py": main, "helper.py": helper})
    assert "circular import" in found.message
    assert found.helps[0].startswith("move what both modules need into a third one")
    assert found.span is not None
    assert (found.span.path, found.span.line) == ("helper.py", 1)


@pytest.mark.parametrize(
    ("source", "told", "help"),
    [
        ("from scm import updat", "'updat' from 'scm'", "did you mean `update`?"),
        ("from scm.icrc1 import Acount", "'Acount' from 'scm.icrc1'", "did you mean `Account`?"),
        ("import scm\nx = scm.updat", "has no attribute 'updat'", "did you mean `update`?"),
        ("from math import squirt", "from 'math'", "did you mean `sqrt` or `isqrt`?"),
        ("from math import nothing_like_it", "from 'math'", "mend the error"),
    ],
)
def test_name_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, source: str, told: str, help: str
) -> None:
    found = failed_import(tmp_path, {"canister.py": f"{HEAD}\n{source}\n"})
    assert found.message.endswith(told)
    assert found.helps[0].startswith(help)


def test_name_that_is_defined_later_is_told_so(tmp_path: Path) -> None:
    main = f"{HEAD}\ndef helper(x: Later) -> None: pass\n\nclass Later: pass\n"
    found = failed_import(tmp_path, {"canister.py": main})
    assert found.helps == (
        "define `Later` above this line, or write the type in quotes if it is one",
    )


def test_exception_of_any_class_is_told(tmp_path: Path) -> None:
    main = (
        f"{HEAD}\nclass Odd(Exception):\n    def __str__(self) -> str:\n        raise self\n"
        "\nraise Odd()\n"
    )
    found = failed_import(tmp_path, {"canister.py": main})
    assert found.message == "module `canister` can't be imported: Odd"
    assert found.span is not None
    assert found.span.line == main.count("\n")


def test_relative_import_in_the_main_module_is_told_so(tmp_path: Path) -> None:
    main = f"from . import helper\n{HEAD}"
    found = failed_import(tmp_path, {"canister.py": main, "helper.py": ""})
    assert found.helps[0].startswith("the main module is in no package")


BEYOND_THE_PARSER = {
    "return 1": "'return' outside function",
    "def act(a: int, a: int) -> None: pass": "duplicate argument 'a' in function definition",
    "from __future__ import annotations": (
        "from __future__ imports must occur at the beginning of the file"
    ),
}


@pytest.mark.parametrize("line", BEYOND_THE_PARSER)
def test_syntax_that_only_the_compiler_refuses_has_its_place(
    discover_text: Discover, line: str
) -> None:
    found = only_problem(discover_text, f"{line}\n")
    assert found.message == f"this is not Python 3.11: {BEYOND_THE_PARSER[line]}"
    assert found.span is not None
    assert found.span.line == HEAD.count("\n") + 1


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("from datetim import datetime", "did you mean `datetime`?"),
        ("import jsn", "did you mean `json`?"),
        (
            "import nowhere_at_all",
            "install the package that has it (its name may be another one) for the Python that runs"
            " scm; it must be pure Python",
        ),
    ],
)
def test_modules_that_are_not_there_are_told_with_those_like_them(
    discover_text: Discover, line: str, help: str
) -> None:
    assert only_problem(discover_text, f"{line}\n").helps == (help,)
