"""mypy's lines become diagnostics with a place and a fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from scm.compiler.artefacts import CanisterSpec, Project
from scm.compiler.discover import discover
from scm.compiler.native import make_native
from scm.compiler.project import load_project
from scm.compiler.type_errors import diagnostics_from_mypy
from scm.errors import InternalError, SourceSpan

SOURCE = """\
from scm import Method, Pending, Principal, Response, Service, nat, on_response, state, update


class Bank(Service):
    balance: Method[[], nat]


@state
class Wallet:
    seen: nat = 0


@update
def ask(wallet: Wallet, bank: Principal) -> Pending[nat]:
    return Bank(bank).balance().then(asked, 5)


@on_response
def asked(wallet: Wallet, context: nat, response: Response[nat]) -> nat:
    return context
"""


@pytest.fixture(scope="module")
def wallet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, CanisterSpec]:
    folder = tmp_path_factory.mktemp("wallet")
    (folder / "canister.py").write_text(SOURCE)
    project = load_project(folder)
    return project, discover(project)


def test_mismatch_at_then_names_the_handler(wallet: tuple[Project, CanisterSpec]) -> None:
    line = 'canister.py:15:38:15:42: error: Argument 1 to "then" is wrong  [arg-type]'
    (found,) = diagnostics_from_mypy([line], *wallet)
    assert found.code == "handler-mismatch"
    assert found.message == "response handler `asked` does not fit this call"
    assert found.span == SourceSpan("canister.py", 15, 38, 15, 43)
    assert "(state, context, response) in line 19" in found.notes[1]


def test_other_errors_keep_mypys_words(wallet: tuple[Project, CanisterSpec]) -> None:
    line = "canister.py:20:5:20:18: error: Incompatible return value type  [return-value]"
    (found,) = diagnostics_from_mypy([line], *wallet)
    assert (found.code, found.message) == ("type-return-value", "Incompatible return value type")


@pytest.mark.parametrize(
    ("message", "help"),
    [
        (
            'Module "pkg" does not explicitly export attribute "pub"  [attr-defined]',
            "in `pkg` write `import pub as pub` behind its `from`, or name it in `__all__`",
        ),
        ("Function is missing a type annotation  [no-untyped-def]", "`bytecode = [...]`"),
        ("Function is missing a return type annotation  [no-untyped-def]", "`bytecode = [...]`"),
    ],
)
def test_common_errors_tell_what_to_write(
    wallet: tuple[Project, CanisterSpec], message: str, help: str
) -> None:
    (found,) = diagnostics_from_mypy([f"canister.py:20:5:20:18: error: {message}"], *wallet)
    assert help in found.helps[0]


def test_what_mypyc_cannot_compile_says_so(wallet: tuple[Project, CanisterSpec]) -> None:
    (found,) = diagnostics_from_mypy(["canister.py:8: error: Not implemented"], *wallet)
    assert found.code == "not-compilable"
    assert found.message == "this can't be compiled: Not implemented"


def test_notes_alone_are_no_errors(wallet: tuple[Project, CanisterSpec]) -> None:
    lines = [
        "canister.py:20: error: Wrong  [misc]",
        "canister.py:20: note: See the documentation",
    ]
    assert len(diagnostics_from_mypy(lines, *wallet)) == 1


def test_errors_in_generated_code_alone_are_ours(wallet: tuple[Project, CanisterSpec]) -> None:
    project, spec = wallet
    with pytest.raises(InternalError, match="scm_entry"):
        diagnostics_from_mypy(["scm_entry.py:3: error: Wrong  [misc]"], project, spec)
    with pytest.raises(InternalError):
        diagnostics_from_mypy(
            ["canister.py:3: error: Wrong  [misc]"], evolve(project, modules=()), spec
        )


def test_wrong_argument_of_a_callee_is_not_blamed_on_the_handler(
    wallet: tuple[Project, CanisterSpec],
) -> None:
    line = 'canister.py:15:12:15:20: error: Too many arguments for "balance"  [call-arg]'
    (found,) = diagnostics_from_mypy([line], *wallet)
    assert found.code == "type-call-arg"


def test_call_without_a_handler_is_told_of_then(wallet: tuple[Project, CanisterSpec]) -> None:
    message = 'Incompatible return value type (got "Call[int]", expected "Pending[int]")'
    (found,) = diagnostics_from_mypy([f"canister.py:20:5:20:9: error: {message}  [misc]"], *wallet)
    assert found.helps == ("name who handles the response: `call.then(handler, context)`",)


@pytest.mark.parametrize("message", ["Too few arguments", "Too many arguments"])
def test_wrong_count_of_arguments_tells_how_many_a_method_takes(
    wallet: tuple[Project, CanisterSpec], message: str
) -> None:
    line = f'canister.py:15:12:15:31: error: {message} for "balance" of "Bank"  [call-arg]'
    (found,) = diagnostics_from_mypy([line], *wallet)
    assert found.helps == ("`balance` takes 0 arguments, by position",)


PLACES = """\
from scm import nat, query, record, state, text


@record
# why
class Item:
    name: text = "é"
    price: nat = LIMIT


@state
class State:
    total: nat = 0


@query
def act() -> text:
    return "é" + 1 + "a"


LIMIT = 3
"""


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, CanisterSpec]:
    folder = tmp_path_factory.mktemp("items")
    (folder / "canister.py").write_text(PLACES.replace("= LIMIT", "= 3"), encoding="utf-8")
    project = load_project(folder)
    return project, discover(project)


def test_columns_are_counted_in_characters(items: tuple[Project, CanisterSpec]) -> None:
    line = "canister.py:18:19:18:19: error: Unsupported operand types  [operator]"
    (found,) = diagnostics_from_mypy([line], *items)
    assert found.span == SourceSpan("canister.py", 18, 18, 18, 19)


def test_mistakes_in_generated_lines_are_told_of_the_field(
    items: tuple[Project, CanisterSpec],
) -> None:
    project, spec = items
    made = make_native(project.modules[0], spec).splitlines()
    number = next(n for n, text in enumerate(made, 1) if "def __init__" in text)
    column = len(made[number - 1].partition("price")[0].encode()) + 12
    twice = f"canister.py:{number}:{column}:{number}:{column}: error: Mistake  [name-defined]"
    field = "canister.py:8:22:8:22: error: Mistake  [name-defined]"
    after = f"canister.py:{number}:{len(made[number - 1]) - 3}: error: Cannot assign  [misc]"
    (found,) = diagnostics_from_mypy([twice, field, after], *items)
    assert found.span == SourceSpan("canister.py", 8, 5, 8, 10)
    assert found.message == "Mistake"
    (found,) = diagnostics_from_mypy([after], *items)
    assert found.span == SourceSpan("canister.py", 8, 5, 8, 10)


ATTRIBUTE = 'canister.py:15:12:15:28: error: "Bank" has no attribute "nope"  [attr-defined]'
ANY = (
    "canister.py:15:5:15:43: error: Returning Any from function declared to return"
    ' "Pending[int]"  [no-any-return]'
)


def test_a_method_that_a_callee_has_not_is_the_only_cause(
    wallet: tuple[Project, CanisterSpec],
) -> None:
    (found,) = diagnostics_from_mypy([ANY, ATTRIBUTE], *wallet)
    assert found.code == "type-attr-defined"
    assert found.helps == ("the methods of `Bank` are `balance`; declare others in its class",)


def test_an_unknown_type_that_is_returned_is_told_if_there_is_no_other_cause(
    wallet: tuple[Project, CanisterSpec],
) -> None:
    (found,) = diagnostics_from_mypy([ANY], *wallet)
    assert found.code == "type-no-any-return"
    assert found.helps == (
        "where it is meant so, end the line with `# type: ignore[no-any-return]`",
    )


def test_an_answer_of_another_type_is_told_in_short(wallet: tuple[Project, CanisterSpec]) -> None:
    message = (
        'Argument 1 to "then" of "Call" has incompatible type "Callable[[Wallet, int, Reply[None] |'
        ' Reject | Unknown], int]"; expected "Callable[[Any, int, Reply[int] | Reject | Unknown],'
        ' Pending[int]]"'
    )
    (found,) = diagnostics_from_mypy(
        [f"canister.py:15:38:15:42: error: {message}  [arg-type]"], *wallet
    )
    assert found.code == "handler-mismatch"
    assert found.notes[0] == (
        "the callee answers `int` in Python, but `asked` takes a `Response[None]`"
    )


VIA = SOURCE.replace("then(asked, 5)", "via(bank, asked, 5)")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('"Join[int]" has no attribute "via"', "a `join` does not go through a proxy"),
        (
            'No overload variant of "via" of "Call" matches argument types "str", "int"',
            "the proxy is a `Principal`, not `str`",
        ),
        (
            'Incompatible return value type (got "int", expected "Pending[None]")',
            "`via` returns the number of the call, not a promise to reply",
        ),
    ],
)
def test_misuse_of_via_is_told(tmp_path: Path, message: str, reason: str) -> None:
    (tmp_path / "canister.py").write_text(VIA)
    project = load_project(tmp_path)
    line = f"canister.py:15:12:15:42: error: {message}  [misc]"
    (found,) = diagnostics_from_mypy([line], project, discover(project))
    assert (found.code, found.message) == ("wrong-proxied-call", reason)


def test_number_returned_as_a_promise_without_a_proxy_keeps_mypys_words(
    wallet: tuple[Project, CanisterSpec],
) -> None:
    message = 'Incompatible return value type (got "int", expected "Pending[int]")'
    (found,) = diagnostics_from_mypy(
        [f"canister.py:20:12:20:18: error: {message}  [return-value]"], *wallet
    )
    assert found.code == "type-return-value"


SEVERAL_LINES = SOURCE.replace(
    "Bank(bank).balance().then(asked, 5)",
    "Bank(bank).balance().then(\n        asked,\n        Context(bank, Tree(valu=1)),\n    )",
)


@pytest.fixture(scope="module")
def several_lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, CanisterSpec]:
    folder = tmp_path_factory.mktemp("several_lines")
    (folder / "canister.py").write_text(SEVERAL_LINES)
    project = load_project(folder)
    return project, discover(project)


def test_mismatch_is_found_in_a_call_of_several_lines(
    several_lines: tuple[Project, CanisterSpec],
) -> None:
    line = 'canister.py:16:9:16:13: error: Argument 1 to "then" is wrong  [arg-type]'
    (found,) = diagnostics_from_mypy([line], *several_lines)
    assert found.code == "handler-mismatch"


def test_mistake_in_the_context_alone_is_told(
    wallet: tuple[Project, CanisterSpec], several_lines: tuple[Project, CanisterSpec]
) -> None:
    mistake = 'error: Unexpected keyword argument "valu" for "Tree"  [call-arg]'
    mismatch = 'error: Argument 1 to "then" is wrong  [arg-type]'
    for project, lines in (
        (several_lines, (f"16:9:16:13: {mismatch}", f"17:23:17:34: {mistake}")),
        (wallet, (f"15:38:15:42: {mismatch}", f"15:45:15:45: {mistake}")),
    ):
        (found,) = diagnostics_from_mypy([f"canister.py:{line}" for line in lines], *project)
        assert found.code == "type-call-arg"


def test_mistake_elsewhere_hides_no_mismatch(wallet: tuple[Project, CanisterSpec]) -> None:
    lines = [
        'canister.py:15:38:15:42: error: Argument 1 to "then" is wrong  [arg-type]',
        "canister.py:20:5:20:18: error: Incompatible return value type  [return-value]",
    ]
    codes = {found.code for found in diagnostics_from_mypy(lines, *wallet)}
    assert codes == {"handler-mismatch", "type-return-value"}
