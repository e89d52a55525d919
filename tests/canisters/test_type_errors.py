"""Type errors stop a real build, each with its place; nothing is written."""

from __future__ import annotations

import pytest

from scm.errors import SourceError

pytestmark = pytest.mark.toolchain

SOURCE = """\
from scm import Method, Pending, Principal, Reply, Response, Service, nat, text
from scm import on_response, record, state, update


class Bank(Service):
    balance: Method[[], nat]


@state
class Wallet:
    seen: nat = 0


@record
class Question:
    text: text


@update
def ask(wallet: Wallet, bank: Principal) -> Pending[nat]:
    context = Question("how much?")
    return Bank(bank).balance().then(asked, context)


@on_response
def asked(wallet: Wallet, question: Question, response: Response[nat]) -> nat:
    return response.value if isinstance(response, Reply) else 0
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('Question("how much?")', "wallet.seen", "handler-mismatch", 22),
        ("Response[nat]", "Response[text]", "handler-mismatch", 22),
        ("question: Question, response: Response[nat]) -> nat:\n    return response.value",
         "question: Question, response: Response[nat]) -> text:\n    return str(response.value)",
         "handler-mismatch", 22),
        ("return response.value if", "return question.txt if", "type-attr-defined", 27),
        ("Bank(bank).balance().then(asked, context)",
         "Bank(bank).balance().then(asked, Question(str(Bank(bank).balance().via(bank, asked, "
         "context))))", "handler-mismatch", 22),
        ('context = Question("how much?")', 'context = Question("x"); context.text = "y"',
         "type-misc", 21),
    ],
)  # fmt: skip
def test_type_error_has_its_place(build_canister, write_project, old, new, code, line):
    assert SOURCE.count(old) == 1
    project = write_project(SOURCE.replace(old, new))
    with pytest.raises(SourceError) as caught:
        build_canister(project)
    found = [(item.code, item.span and item.span.line) for item in caught.value.diagnostics]
    assert (code, line) in found


def test_source_itself_is_fine(build_canister, write_project):
    assert build_canister(write_project(SOURCE)).startswith(b"\0asm")
