"""The public name of a method is that of the source, whatever was built before."""

from __future__ import annotations

import pytest

from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

SOURCE = """\
from scm import nat, query, state, text


@state
class Names:
    n: nat = 0


@query("pay")
def first(names: Names) -> text:
    return "first"


@query("refund")
def second(names: Names) -> text:
    return "second"
"""


def test_exchanged_names_reach_the_other_functions(build_canister, write_project, replica):
    exchanged = (
        SOURCE.replace('"pay"', '"x"').replace('"refund"', '"pay"').replace('"x"', '"refund"')
    )
    for source, expected in ((SOURCE, "first"), (exchanged, "second")):
        canister = install_canister(replica, build_canister(write_project(source)))
        assert canister.call("pay") == expected


def test_renamed_method_is_called_by_its_new_name(build_canister, write_project, replica):
    for name in ("pay", "settle"):
        wasm = build_canister(write_project(SOURCE.replace('"pay"', f'"{name}"')))
        assert install_canister(replica, wasm).call(name) == "first"
