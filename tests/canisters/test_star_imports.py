"""A module that imports all names with `*`; and numbers that no one wants to see in a message."""

from __future__ import annotations

import pytest

from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

DIGITS = "e" * 4_000
SOURCE = f"""\
from scm import *

Amount = nat
Maybe = Amount | None


@state
class Kept:
    amount: Amount = 0


@query
def given(value: Maybe) -> Maybe:
    return value


@query
def below_zero(value: Amount) -> Amount:
    return -value


@query
def small(value: Amount) -> nat8:
    return value


@query
def written_out() -> Amount:
    return 0x{DIGITS}


@update
def keep(kept: Kept, value: Amount) -> None:
    kept.amount = -value
"""


@pytest.fixture(scope="module")
def wasm(build_canister, write_project):
    return build_canister(write_project(SOURCE))


def test_aliases_of_imported_names_are_there(wasm, replica):
    canister = install_canister(replica, wasm)
    assert canister.given(7) == 7
    assert canister.given(None) is None


def test_number_of_thousands_of_digits_is_written_out(wasm, replica):
    assert install_canister(replica, wasm).written_out() == int(DIGITS, 16)


@pytest.mark.parametrize("method", ["below_zero", "small", "keep"])
def test_number_of_any_length_that_does_not_fit(wasm, replica, method):
    # CPython refuses to print more than 4,300 digits.
    canister = install_canister(replica, wasm)
    with pytest.raises(RejectError, match=r"EncodeError: .*int of \d+ bits"):
        canister.call(method, 10**5000)
    with pytest.raises(RejectError, match=r"EncodeError: .*300"):
        canister.call(method, 300)
