"""A value that does not fit its type: the error says what it was for, and where in it."""

from __future__ import annotations

import pytest

from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

SOURCE = """\
from scm import Method, Pending, Response, Results, Service, ic, nat, nat8, text
from scm import on_response, query, record, state, update


@record
class Line:
    amounts: tuple[nat8, ...]


@record
class Memo:
    number: nat8


class Itself(Service):
    take: Method[[text, Line], nat8]


@state
class Kept:
    first: nat8 = 0
    second: nat8 = 0
    line: Line | None = None


@update
def keep(kept: Kept, number: nat) -> None:
    kept.second = number


@update
def keep_line(kept: Kept, number: nat) -> None:
    kept.line = Line((0, number))


@query
def give(kept: Kept, number: nat) -> nat8:
    return number


@query
def give_line(kept: Kept, number: nat) -> Line:
    return Line((0, 0, number))


@query
def give_both(kept: Kept, number: nat) -> Results[nat8, Line]:
    return 1, Line((number,))


@update
def take(kept: Kept, name: text, line: Line) -> nat8:
    return 7


@update
def send(kept: Kept, number: nat, memo: nat, wanted: nat) -> Pending[nat8]:
    return Itself(ic.self_id()).take("x", Line((number,))).then(taken, Memo(memo))


@on_response
def taken(kept: Kept, memo: Memo, response: Response[nat8]) -> nat8:
    return 250 + memo.number
"""


@pytest.fixture(scope="module")
def wasm(build_canister, write_project):
    return build_canister(write_project(SOURCE))


@pytest.mark.parametrize(
    ("method", "arguments", "place"),
    [
        ("keep", [300], "300 does not fit nat8 in state field `second`'"),
        ("keep_line", [300], "300 does not fit nat8 in state field `line` at `amounts[1]`'"),
        ("give", [300], "300 does not fit nat8 in the reply of `give`'"),
        ("give_line", [300], "300 does not fit nat8 in the reply of `give_line` at `amounts[2]`'"),
        ("give_both", [300], "300 does not fit nat8 in the reply of `give_both` at `[1].amounts"),
        ("send", [300, 0, 0], "nat8 in the arguments of `Itself.take` at `arg1.amounts[0]`'"),
        ("send", [0, 300, 0], "300 does not fit nat8 in the context of `taken` at `number`'"),
        ("send", [0, 6, 0], "256 does not fit nat8 in the reply of `taken`'"),
    ],
)
def test_error_says_what_the_value_was_for(wasm, replica, method, arguments, place):
    canister = install_canister(replica, wasm)
    with pytest.raises(RejectError) as caught:
        canister.call(method, *arguments)
    assert "EncodeError: " in caught.value.message
    assert place in caught.value.message


def test_what_fits_is_kept_given_and_sent(wasm, replica):
    canister = install_canister(replica, wasm)
    canister.keep(255)
    canister.keep_line(3)
    assert canister.give(255) == 255
    assert canister.give_both(4) == (1, {"amounts": b"\x04"})
    assert canister.send(1, 5, 0) == 255
