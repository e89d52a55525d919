"""The copy of a module that mypyc compiles: native classes, and every line where it was."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scm.compiler.discover import discover
from scm.compiler.native import make_native
from scm.compiler.project import load_project
from scm.errors import SourceError

EXAMPLES = Path(__file__).parents[3] / "examples"

HEAD = "from scm import Method, Principal, Service, nat, query, record, state, text, variant\n"
STATE = "@state\nclass Box:\n    count: nat = 0\n"


def native(source: str, folder: Path) -> str:
    (folder / "canister.py").write_text(source)
    project = load_project(folder)
    (module,) = project.modules
    return make_native(module, discover(project))


def line_numbers(source: str) -> dict[str, int]:
    """The line of every function, class and statement that raises or returns, by its text."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    own = [node for node in functions if not node.name.startswith("__")]
    return {node.name: node.body[0].lineno for node in own}


@pytest.mark.parametrize("path", ["counter", "ledger", "vault", "vault/versions/v1"])
def test_lines_of_the_examples_stay(path: str) -> None:
    project = load_project(EXAMPLES / path)
    (module,) = project.modules
    result = make_native(module, discover(project))
    before = line_numbers(module.text)
    assert result.count("\n") == module.text.count("\n")
    assert before == {name: line_numbers(result)[name] for name in before}


def test_record_becomes_a_native_class(tmp_path: Path) -> None:
    source = f"{HEAD}\n@record\nclass Pair:\n    left: nat\n    right: text = 'x'  # why\n\n{STATE}"
    result = native(source, tmp_path).splitlines()
    assert result[2:6] == [
        "class Pair(scm_Value):",
        "    def __init__(self, left: nat, right: text = 'x') -> None: "
        "self.left = left; self.right = right",
        "    left: scm_Final[nat]",
        "    right: scm_Final[text]; __match_args__: scm_ClassVar = ('left', 'right', )  # why",
    ]


def test_state_fields_can_be_assigned(tmp_path: Path) -> None:
    result = native(f"{HEAD}\n{STATE}", tmp_path).splitlines()
    assert result[2:5] == [
        "class Box(scm_State):",
        "    def __init__(self, count: nat = 0) -> None: self.count = count",
        "    count: nat",
    ]


def test_docstring_and_methods_keep_their_lines(tmp_path: Path) -> None:
    source = (
        f"{HEAD}\n@variant('empty')\nclass Nothing:\n    '''No payload,\n    at all.'''\n\n"
        f"@record\nclass Sum:\n    '''Two.'''\n\n    left: nat\n    right: nat\n\n"
        f"    def total(self) -> int:\n        return self.left + self.right\n\n{STATE}"
    )
    result = native(source, tmp_path)
    assert line_numbers(result)["total"] == line_numbers(source)["total"]
    assert ast.unparse(ast.parse(result)).count("__init__") == 2


def test_service_methods_describe_calls(tmp_path: Path) -> None:
    source = (
        f"{HEAD}\nclass Bank(Service):\n    first: Method[[], None]\n"
        f"    second: Method[\n        [Principal, nat],\n        text,\n    ]  # later\n\n{STATE}"
    )
    result = native(source, tmp_path).splitlines()
    assert result[3].endswith("return self.call_method('first', (), 0)")
    assert result[4] == (
        "    def second(self, a0: Principal, a1: nat, /) -> 'scm_Call[text]': "
        "return self.call_method('second', (a0, a1, ), 1)"
    )
    assert result[8] == ""


def test_empty_class_may_stand_on_one_line(tmp_path: Path) -> None:
    source = f"{HEAD}\n@variant\nclass Open: ...\n\n\n{STATE}"
    result = native(source, tmp_path).splitlines()
    assert result[2:5] == ["", "class Open(scm_Value): ...", ""]


def test_class_on_one_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        native(f"{HEAD}\n@record\nclass Point: x: nat\n\n{STATE}", tmp_path)
    assert [item.code for item in caught.value.diagnostics] == ["one-line-class"]


def test_class_without_a_native_form_is_made_ordinary(tmp_path: Path) -> None:
    source = (
        f"{HEAD}\nclass Limit(RuntimeError):\n    pass\n\n"
        f"class Plain(ValueError):\n    pass\n\n{STATE}"
    )
    result = native(source, tmp_path).splitlines()
    assert result[2] == "class Limit(RuntimeError, metaclass=type):"
    assert result[5] == "class Plain(ValueError):"


def test_values_of_defaults_stay(tmp_path: Path) -> None:
    source = f"{HEAD}\n@record\nclass Long:\n    a: text = '''x\ny'''\n    b: nat = 1\n\n{STATE}"
    (constructor,) = [line for line in native(source, tmp_path).splitlines() if "self.a" in line]
    assert "a: text = 'x\\ny'" in constructor


def test_check_after_construction_stays(tmp_path: Path) -> None:
    source = (
        f"{HEAD}\n@record\nclass Even:\n    value: nat\n\n"
        f"    def __post_init__(self) -> None:\n        assert self.value % 2 == 0\n\n{STATE}"
    )
    assert "self.value = value; self.__post_init__()" in native(source, tmp_path)


def test_tabs_and_form_feeds_stay(tmp_path: Path) -> None:
    source = f"{HEAD}\x0c\n@record\nclass Pair:\n\tleft: nat\n\tright: nat\n\n{STATE}"
    result = native(source, tmp_path)
    assert "\n\tdef __init__" in result
    ast.parse(result)


def test_service_of_a_module_that_imports_scm_whole(tmp_path: Path) -> None:
    (tmp_path / "bank.py").write_text(
        "import scm\n\n\nclass Bank(scm.Service):\n    ask: scm.Method[[], scm.nat]\n"
    )
    (tmp_path / "canister.py").write_text(f"import bank\n{HEAD}\n{STATE}")
    project = load_project(tmp_path)
    module = next(item for item in project.modules if item.name == "bank")
    result = make_native(module, discover(project)).splitlines()
    assert result[0].startswith("import scm; from typing import ")
    assert "return self.call_method('ask', (), 0)" in result[4]


DECORATORS = [
    "@query",
    "@ query",
    "@query  # why",
    '@query("x"\n)',
    "@ \\\nquery",
    "@query\n\n# why\n",
]


@pytest.mark.parametrize("decorator", DECORATORS)
def test_decorators_go_with_all_their_lines(tmp_path: Path, decorator: str) -> None:
    source = f"{HEAD}\n{STATE}\n{decorator}\ndef act() -> nat:\n    return 1\n"
    result = native(source, tmp_path)
    assert result.count("\n") == source.count("\n")
    assert result.splitlines()[-2:] == ["def act() -> nat:", "    return 1"]
    assert "@" not in result.partition("count: nat")[2]


@pytest.mark.parametrize("decorator", ["@ record", "@ \\\nrecord", "@record\n\n# why"])
def test_class_decorators_go_with_all_their_lines(tmp_path: Path, decorator: str) -> None:
    source = f"{HEAD}\n{STATE}\n{decorator}\nclass Item:\n    a: nat\n"
    result = native(source, tmp_path)
    assert result.count("\n") == source.count("\n")
    assert "@" not in result
    assert result.splitlines()[-1].startswith("    a: scm_Final[nat]")


def test_integers_on_which_mypyc_fails_are_read_at_run_time(tmp_path: Path) -> None:
    digits = "f" * 4_000
    source = f"{HEAD}\n{STATE}\nX = -0x{digits}\nY = 0x{digits[:900]}\n"
    result = native(source, tmp_path).splitlines()
    assert result[-2:] == [f'X = -int("{digits}", 16)', f"Y = 0x{digits[:900]}"]


def test_integers_in_patterns_stay_as_they_are_written(tmp_path: Path) -> None:
    number = "0x" + "f" * 4_000
    source = (
        f"{HEAD}\n{STATE}\ndef act(x: object) -> object:\n    match x:\n"
        f"        case -{number}:\n            return 1\n"
        f"        case {{{number}: y}}:\n            return y\n"
        f"        case [1, {number}] if x != {number}:\n            return {number}\n"
        "    return 0\n"
    )
    result = native(source, tmp_path)
    ast.parse(result)
    lines = result.splitlines()
    assert [line.strip() for line in lines if "case" in line] == [
        f"case -{number}:",
        f"case {{{number}: y}}:",
        f'case [1, {number}] if x != int("{number[2:]}", 16):',
    ]
    assert f'return int("{number[2:]}", 16)' in result
