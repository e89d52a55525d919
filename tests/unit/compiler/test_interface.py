"""The Candid interface of a canister, and the Candid types behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scm.candid.did_parser import parse_did
from scm.candid.errors import CandidSyntaxError
from scm.compiler.artefacts import CanisterSpec
from scm.compiler.discover import discover
from scm.compiler.interface import candid_service, describe_interface
from scm.compiler.project import load_project
from scm.compiler.shapes import canister_types, explain_texts, parse_types

Discover = Callable[[str], CanisterSpec]

STATE = "@state\nclass State:\n    total: nat = 0\n\n"
TREE = STATE + (
    "@record\nclass Tree:\n    value: nat\n    left: 'Tree | None' = None\n\n"
    "@update\ndef act(state: State, tree: Tree) -> Tree: return tree\n"
)


def test_interface_of_the_vault(vault: CanisterSpec) -> None:
    assert describe_interface(vault).did == (
        "service : (principal) -> {\n"
        "  pay : (principal, nat) -> (nat);\n"
        "  payouts : () -> (nat) query;\n"
        "  version : () -> (opt text) query;\n"
        "};\n"
    )
    assert describe_interface(vault).init_args == "(principal)"


def test_named_types_are_those_that_methods_use(discover_text: Discover) -> None:
    spec = discover_text(
        STATE + "@record\nclass Item:\n    name: text\n    sizes: tuple[nat, ...]\n"
        "@record\nclass Unused:\n    name: text\n"
        "@variant\nclass Done:\n    value: Item\n"
        "@variant('failed')\nclass Failed:\n    code: nat\n    why: text\n"
        "@variant\nclass Busy:\n    pass\n"
        "Answer = Done | Failed | Busy\n"
        "@update\ndef act(state: State, item: Item) -> Answer: return Busy()\n"
        "@update\ndef nothing(state: State) -> None: pass\n"
    )
    assert describe_interface(spec).did == (
        "type Answer = variant {\n"
        "  Done : Item;\n"
        "  failed : record { code : nat; why : text };\n"
        "  Busy;\n"
        "};\n\n"
        "type Item = record { name : text; sizes : vec nat };\n\n"
        "service : () -> {\n"
        "  act : (Item) -> (Answer);\n"
        "  nothing : () -> ();\n"
        "};\n"
    )


def test_interface_parses_back(vault: CanisterSpec, discover_text: Discover) -> None:
    for spec in (vault, discover_text(TREE)):
        assert parse_did(describe_interface(spec).did) == candid_service(spec)


def test_order_of_methods_does_not_matter(discover_text: Discover) -> None:
    one = "@query\ndef a() -> nat: return 1\n"
    two = "@query\ndef b() -> nat: return 1\n"
    assert describe_interface(discover_text(STATE + one + two)) == describe_interface(
        discover_text(STATE + two + one)
    )


def test_same_class_name_in_two_modules_gets_two_names(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text(
        "from scm import *\nimport other\n"
        + STATE
        + "@record\nclass Item:\n    a: nat\n"
        + "@update\ndef act(state: State, x: Item, y: other.Item) -> None: pass\n"
    )
    (tmp_path / "other.py").write_text("from scm import *\n@record\nclass Item:\n    b: nat\n")
    did = describe_interface(discover(load_project(tmp_path))).did
    assert "act : (canister_Item, other_Item) -> ();" in did


def test_class_names_that_candid_reserves_are_changed(discover_text: Discover) -> None:
    spec = discover_text(
        STATE
        + "@record\nclass service:\n    a: nat\n@record\nclass Größe:\n    a: nat\n"
        + "@update\ndef act(state: State, x: service, y: Größe) -> None: pass\n"
    )
    did = describe_interface(spec).did
    assert "act : (service_, Gr_uf6_udfe) -> ();" in did
    assert parse_did(did) == candid_service(spec)


def test_text_stands_for_itself(vault: CanisterSpec) -> None:
    types = canister_types(vault)
    paid = vault.handlers[0]
    assert paid.context is not None
    assert paid.response is not None
    assert types.text([paid.context]) == "(record { to : principal; amount : nat })"
    assert types.text([paid.response]) == (
        "(variant { Ok : nat; Err : text; BadFee : record { expected_fee : nat }; Busy })"
    )
    assert types.text([]) == "()"


def test_text_of_a_recursive_type_defines_it(discover_text: Discover) -> None:
    spec = discover_text(TREE)
    text = canister_types(spec).text([spec.methods[0].parameters[0].shape])
    assert text == "type Tree = record { value : nat; left : opt Tree }; (Tree)"
    types, env = parse_types(text)
    assert [repr(type) for type in types] == ["Tree"]
    assert env.names() == ["Tree"]
    assert explain_texts(text, text) is None


def test_headers_and_texts_agree(vault: CanisterSpec) -> None:
    types = canister_types(vault)
    response = vault.handlers[0].response
    assert response is not None
    inlined, env = parse_types(types.text([response]))
    assert types.header([response]).startswith(b"DIDL")
    assert repr(env.resolve(inlined[0])) == repr(types.env.resolve(types.candid(response)))


@pytest.mark.parametrize(
    ("sub", "super", "reason"),
    [
        ("(nat)", "(int)", None),
        ("(int)", "(nat)", "`int` is not a subtype of `nat`"),
        ("(record { a : nat })", "(record { a : nat; b : opt text })", None),
        ("(record { a : nat })", "(record { a : nat; b : text })", "record field `b`"),
        ("(variant { A })", "(variant { A; B })", None),
        ("(variant { A; B })", "(variant { A })", "variant tag `B` is not expected"),
        ("(opt nat)", "(opt text)", "value of opt"),
        ("(nat)", "()", None),
        ("()", "(nat)", "argument 0 of type `nat` is missing"),
        ("()", "(opt nat)", None),
    ],
)
def test_texts_are_compared_strictly(sub: str, super: str, reason: str | None) -> None:
    actual = explain_texts(sub, super)
    assert (actual is None) == (reason is None)
    assert (reason or "") in (actual or "")


@pytest.mark.parametrize("text", ["", "nat", "(nat", "(Tree)", "(nat) x", "type A = nat (A)"])
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(CandidSyntaxError):
        parse_types(text)
