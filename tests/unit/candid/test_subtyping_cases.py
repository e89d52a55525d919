"""`tests/cases/candid/subtyping.txt`: cases of subtyping, each with its rule of the spec.

A case is checked by every way there is: from types, from the headers of messages, with all clashes,
and by decoding, as a decoder must decide the same.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from attrs import frozen

from scm.candid import (
    Clash,
    DecodeError,
    FuncValue,
    ServiceValue,
    Some,
    VariantValue,
    decode,
    encode,
    explain_equality,
    find_clashes,
    parse_types,
)
from scm.candid.opcodes import OP_NULL, OP_OPT, OP_RESERVED
from scm.candid.subtype import SubtypeChecker, explain_headers
from scm.candid.table import encode_header, table_from_types
from scm.candid.types import (
    BOOL,
    EMPTY,
    FLOAT32,
    FLOAT64,
    NULL,
    PRINCIPAL,
    RESERVED,
    TEXT,
    Func,
    Opt,
    Record,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.model import Principal

CASES = Path(__file__).parents[2] / "cases" / "candid" / "subtyping.txt"
CASE = re.compile(r"(.+?) (!<:|<:\?|<:) (.+?)  -- ([\w-]+)(?: => (.+))?")
TARGET = Principal(b"\x01")


@frozen
class Case:
    line: int
    text: str
    sub: tuple[Type, ...]
    super: tuple[Type, ...]
    env: TypeEnv
    relation: str
    rule: str
    reason: str


def read_cases() -> tuple[dict[str, str], list[Case]]:
    rules: dict[str, str] = {}
    cases: list[Case] = []
    lines = CASES.read_text(encoding="utf-8").splitlines()
    definitions = "".join(line for line in lines if line.startswith("type "))
    _, env = parse_types(f"{definitions} ()")
    for number, line in enumerate(lines, 1):
        if not line or line.startswith(("#", "type ")):
            continue
        if line.startswith("rule "):
            _, name, meaning = line.split(maxsplit=2)
            rules[name] = meaning
            continue
        match = CASE.fullmatch(line)
        assert match, f"line {number}: {line}"
        sub, relation, super, rule, reason = match.groups(default="")
        cases.append(
            Case(
                number, line, tuple_of(sub, env), tuple_of(super, env), env, relation, rule, reason
            )
        )
    return rules, cases


def tuple_of(text: str, env: TypeEnv) -> tuple[Type, ...]:
    return parse_types(text if text.startswith("(") else f"({text})", env)[0]


RULES, ALL = read_cases()
each_case = pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.line}-{case.rule}")


def explain(case: Case, *, strict: bool) -> str:
    checker = SubtypeChecker(
        table_from_types(case.sub, case.env), table_from_types(case.super, case.env), strict=strict
    )
    reason = checker.explain_args()
    # One type is a tuple of one for the checker, but stands for itself in the file.
    return reason if case.text.startswith("(") else reason.removeprefix("argument 0: ")


def test_there_are_enough_cases_and_every_rule_has_both_kinds() -> None:
    assert len(ALL) >= 200
    assert len({case.text.partition("  -- ")[0] for case in ALL}) == len(ALL)
    assert {case.rule for case in ALL} == set(RULES)
    holding = Counter(case.rule for case in ALL if case.relation != "!<:")
    failing = Counter(case.rule for case in ALL if case.relation != "<:")
    assert set(holding) == set(failing) == set(RULES)


@each_case
def test_verdict_and_reason_are_as_stated(case: Case) -> None:
    lenient, strict = explain(case, strict=False), explain(case, strict=True)
    match case.relation:
        case "<:":
            assert (lenient, strict) == ("", "")
        case "<:?":
            assert lenient == ""
            assert strict == case.reason != ""
        case _:
            assert lenient == strict == case.reason != ""


@each_case
def test_headers_get_the_same_verdict(case: Case) -> None:
    sub, super = encode_header(case.sub, case.env), encode_header(case.super, case.env)
    for strict in (False, True):
        holds = explain(case, strict=strict) == ""
        assert (explain_headers(sub, super, strict=strict) is None) == holds


@each_case
@pytest.mark.parametrize("strict", [False, True])
def test_all_clashes_start_with_the_first(case: Case, strict: bool) -> None:
    # As results of functions, so that tuples are covered too.
    sub, super = Func([], case.sub), Func([], case.super)
    envs = {"sub_env": case.env, "super_env": case.env}
    found = find_clashes(sub, super, **envs, strict=strict)
    reason = explain(case, strict=strict)
    assert bool(found) == (reason != "")
    if found:
        first = str(found[0])
        is_tuple = case.text.startswith("(")
        assert (
            reason == re.sub("^result", "argument", first)
            if is_tuple
            else (reason == first.removeprefix("result 0: "))
        )
    assert len(set(found)) == len(found)
    assert found == find_clashes(sub, super, **envs, strict=strict)


@each_case
def test_a_reference_decodes_if_its_type_fits(case: Case) -> None:
    # As the official suite tests it: where `opt func` is expected, a func of
    # another type becomes null.
    message = encode([Func([], case.sub)], [FuncValue(TARGET, "m")], case.env)
    (decoded,) = decode(message, [Opt(Func([], case.super))], case.env)
    assert (decoded is not None) == (case.relation != "!<:")


def test_a_value_of_a_subtype_decodes() -> None:
    tried = 0
    for case in ALL:
        try:
            values = [sample(type, case.env, 0) for type in case.sub]
        except UninhabitedError:
            continue
        if case.relation != "!<:":
            tried += 1
            decode(encode(case.sub, values, case.env), case.super, case.env)
    assert tried > 150


@each_case
def test_equal_types_are_subtypes_of_each_other(case: Case) -> None:
    first, second = Func([], case.sub), Func([], case.super)
    envs = {"first_env": case.env, "second_env": case.env}
    if explain_equality(first, second, **envs) is None:
        assert case.relation == "<:"
        swapped = {"sub_env": case.env, "super_env": case.env}
        assert find_clashes(second, first, **swapped, strict=True) == ()


class UninhabitedError(Exception):
    """The type has no finite value."""


def sample(type: Type, env: TypeEnv, depth: int) -> object:
    """A small value of a type; opts hold something up to a depth."""
    resolved = env.resolve(type)
    if depth > 8 or resolved == EMPTY:
        raise UninhabitedError
    match resolved:
        case Opt():
            try:
                inner = sample(resolved.inner, env, depth + 1)
            except UninhabitedError:
                return None
            is_wrapped = env.resolve(resolved.inner).opcode in (OP_OPT, OP_NULL, OP_RESERVED)
            return Some(inner) if is_wrapped else inner
        case Vec():
            try:
                items = [] if depth > 2 else [sample(resolved.inner, env, depth + 1)]
            except UninhabitedError:
                items = []
            return bytes(int(str(item)) for item in items) if repr(resolved) == "blob" else items
        case Record():
            parts = {
                field.name or field.id: sample(field.type, env, depth + 1)
                for field in resolved.fields
            }
            return tuple(parts.values()) if resolved.arity else parts
        case Variant():
            for field in resolved.fields:
                try:
                    value = sample(field.type, env, depth + 1)
                except UninhabitedError:
                    continue
                return VariantValue(field.name or field.id, value)
            raise UninhabitedError
        case Func():
            return FuncValue(TARGET, "m")
        case Service():
            return ServiceValue(TARGET)
    samples: dict[Type, object] = {
        NULL: None,
        RESERVED: None,
        BOOL: True,
        TEXT: "x",
        PRINCIPAL: TARGET,
        FLOAT32: 1.5,
        FLOAT64: 1.5,
    }
    return samples.get(resolved, 1)


def test_a_value_at_an_endless_opt_fails_though_its_type_fits() -> None:
    # `nat <: opt opt ...` by the rules, however far; the official suite wants decoding to fail.
    types, env = parse_types("type Opts = opt Opts; (Opts)")
    nat, _ = parse_types("(nat)")
    assert find_clashes(nat[0], types[0], super_env=env, strict=True) == ()
    with pytest.raises(DecodeError, match="nest deeper"):
        decode(encode(nat, [1]), types, env)


def test_several_clashes_are_listed_outer_ones_first() -> None:
    text = "(func (record { a : nat }, nat) -> (variant { x; y : nat }, text) query)"
    old = "(func (record { a : text; b : nat }) -> (variant { x : nat }, nat, bool))"
    (sub,), (super,) = parse_types(text)[0], parse_types(old)[0]
    assert find_clashes(sub, super) == (
        Clash("", "the func is `query`, expected `update`"),
        Clash("", "argument 1 of type `nat` is missing"),
        Clash("", "result 2 of type `bool` is missing"),
        Clash("result 0", "variant tag `y` is not expected"),
        Clash("result 1", "`text` is not a subtype of `nat`"),
        Clash("argument 0: record field `a`", "`text` is not a subtype of `nat`"),
        Clash("result 0: variant tag `x`", "`null` is not a subtype of `nat`"),
    )
