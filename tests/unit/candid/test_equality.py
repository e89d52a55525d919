"""Equality of types: the same infinite tree, whatever the names; a difference has a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.candid.clashes import find_clashes
from scm.candid.equality import explain_equality
from scm.candid.errors import CandidTypeError
from scm.candid.message_types import read_message_types
from scm.candid.table import encode_header
from scm.candid.type_parser import parse_types
from scm.candid.types import NAT, Opt, Ref, Type, Vec
from scm.testing.strategies import candid_envs, candid_types

DEFINITIONS = """
    type N = nat; type L = opt record { head : N; tail : L };
    type L2 = opt record { tail : opt record { head : nat; tail : L2 }; head : nat };
    type LText = opt record { head : nat; tail : opt record { head : text; tail : LText } };
    type O = opt O; type O2 = opt opt O2; type V = vec V;
    type S = service { m : (S) -> (S) query };
    type S2 = service { m : (service { m : (S2) -> (S2) query }) -> (S) query };
"""


def explain(first: str, second: str) -> str | None:
    one, env = parse_types(f"{DEFINITIONS} ({first})")
    two, _ = parse_types(f"{DEFINITIONS} ({second})")
    return explain_equality(one[0], two[0], first_env=env, second_env=env)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("nat", "N"),
        ("blob", "vec nat8"),
        ("record { a : nat; b : text }", "record { b : text; a : N }"),
        ("record { nat; text }", "record { 1 : text; 0 : nat }"),
        ("record { a : nat }", "record { 97 : nat }"),
        ("variant { a; b : nat }", "variant { b : nat; 97 }"),
        ("L", "L2"),
        ("O", "O2"),
        ("opt O", "O2"),
        ("S", "S2"),
        ("func (a : nat) -> (nat) query", "func (nat) -> (b : nat) query"),
    ],
)
def test_equal_types(first: str, second: str) -> None:
    assert explain(first, second) is None
    assert explain(second, first) is None


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("nat", "int", "`nat` is not `int`"),
        ("opt nat", "nat", "`opt nat` is not `nat`"),
        ("vec O", "vec V", "element of vec: `opt opt opt opt opt` is not `vec vec vec vec vec`"),
        ("opt nat", "opt int", "value of opt: `nat` is not `int`"),
        ("record { a : nat }", "record {}", "only the first has the record field `a`"),
        ("record {}", "record { 7 : nat }", "only the second has the record field `7`"),
        ("record { a : nat }", "record { 97 : int }", "record field `a`: `nat` is not `int`"),
        ("record { 97 : nat }", "record { a : int }", "record field `a`: `nat` is not `int`"),
        ("variant { a; b }", "variant { b }", "only the first has the variant tag `a`"),
        ("service { m : () -> () }", "service {}", "only the first has the method `m`"),
        ('service { "" : () -> () }', "service {}", "only the first has the method ``"),
        (
            'service { "" : () -> () }',
            'service { "" : (nat) -> () }',
            "method ``: the first func has 0 arguments, the second 1",
        ),
        ("service {}", "service { m : () -> () }", "only the second has the method `m`"),
        ("func (nat) -> ()", "func () -> ()", "the first func has 1 argument, the second 0"),
        ("func () -> (nat, nat)", "func () -> ()", "the first func has 2 results, the second 0"),
        ("func () -> () query", "func () -> ()", "the first func is `query`, the second `update`"),
        (
            "service { m : (nat) -> (text) }",
            "service { m : (nat) -> (blob) }",
            "method `m`: result 0: `text` is not `vec nat8`",
        ),
        (
            "L",
            "LText",
            "value of opt: record field `tail`: value of opt: record field `head`:"
            " `nat` is not `text`",
        ),
    ],
)
def test_differences_have_a_path(first: str, second: str, reason: str) -> None:
    assert explain(first, second) == reason
    assert explain(second, first) is not None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(CandidTypeError, match="type `X` is not defined"):
        explain_equality(Ref("X"), NAT)


def test_types_deeper_than_the_stack_are_compared() -> None:
    first: Type = NAT
    second: Type = NAT
    for _ in range(5000):
        first, second = Vec(Opt(first)), Vec(Opt(second))
    assert explain_equality(first, second) is None
    assert explain_equality(first, Vec(second)) is not None


@given(st.data())
def test_types_are_equal_to_what_their_message_says(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    type = data.draw(candid_types(env))
    (sent,), names = read_message_types(encode_header([type], env))

    assert explain_equality(type, sent, first_env=env, second_env=names) is None


@given(st.data())
def test_equality_is_finer_than_subtyping_both_ways(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    one, two = data.draw(candid_types(env)), data.draw(candid_types(env))
    reason = explain_equality(one, two, first_env=env, second_env=env)

    assert (reason is None) == (explain_equality(two, one, first_env=env, second_env=env) is None)
    for sub, super in ((one, two), (two, one)):
        if find_clashes(sub, super, sub_env=env, super_env=env, strict=True):
            assert reason is not None
