"""Types: text, equality, field ids, and what can't be built."""

import pytest

from scm.candid.errors import CandidTypeError
from scm.candid.types import (
    BLOB,
    BOOL,
    INT,
    NAT,
    NULL,
    RESERVED,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
    field_hash,
    tuple_record,
)

HASHES = [
    ("id", 23515),
    ("name", 1224700491),
    ("canister_id", 1313628723),
    ("settings", 2336062691),
    ("Ok", 17724),
    ("Err", 3456837),
    ("ok", 24860),
    ("err", 5048165),
    ("", 0),
]
TEXTS = [
    (NAT, "nat"),
    (BLOB, "blob"),
    (Opt(Vec(INT)), "opt vec int"),
    (Record([]), "record {}"),
    (tuple_record([NAT, TEXT]), "record { nat; text }"),
    (Record([Field("to", TEXT), Field("a b", NAT)]), 'record { to : text; "a b" : nat }'),
    (Record([Field("", NAT, 7), Field("vec", NAT)]), 'record { 7 : nat; "vec" : nat }'),
    (Variant([Field("Ok", NAT), Field("Err", NULL)]), "variant { Ok : nat; Err }"),
    (Func([NAT, Ref("T")], [], ["oneway"]), "func (nat, T) -> () oneway"),
    (
        Service([Method("b", Ref("F")), Method("a", Func([], [NAT]))]),
        "service { a : () -> (nat); b : F }",
    ),
]


@pytest.mark.parametrize(("name", "number"), HASHES)
def test_field_ids_are_the_spec_s_hash(name: str, number: int) -> None:
    assert field_hash(name) == number


@pytest.mark.parametrize(("type", "text"), TEXTS)
def test_types_print_as_candid(type: Type, text: str) -> None:
    assert repr(type) == text


def test_equal_types_are_equal_whatever_the_order_of_their_fields() -> None:
    first = Record([Field("a", NAT), Field("b", Opt(TEXT))])
    second = Record([Field("b", Opt(TEXT)), Field("a", NAT)])

    assert first == second
    assert hash(first) == hash(second)
    assert first != Record([Field("a", NAT), Field("b", TEXT)])
    assert first != Variant([Field("a", NAT), Field("b", Opt(TEXT))])


def test_fields_with_one_id_are_refused() -> None:
    with pytest.raises(CandidTypeError, match="`a` and `97` of one record have the same id, 97"):
        Record([Field("a", NAT), Field("", NAT, 97)])
    with pytest.raises(CandidTypeError, match=r"one variant has the field `a` twice$"):
        Variant([Field("a", NAT), Field("a", TEXT)])
    with pytest.raises(CandidTypeError, match='field `0` twice, which is the id of the name `""`'):
        Record([Field("", NAT, 0), Field("", TEXT, 0)])


def test_a_name_that_utf8_has_not_is_refused() -> None:
    message = r"'a\\ud800' can't be a name in Candid: '\\ud800' is a surrogate, which UTF-8 has not"
    with pytest.raises(CandidTypeError, match=message):
        field_hash("a\ud800")
    with pytest.raises(CandidTypeError, match=message):
        Service([Method("a\ud800", Func([], []))])


@pytest.mark.parametrize("number", [-1, 2**32])
def test_field_ids_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(CandidTypeError, match="below 2"):
        Field("", NAT, number)


def test_funcs_and_services_check_their_parts() -> None:
    with pytest.raises(CandidTypeError, match="oneway func has no results"):
        Func([], [NAT], ["oneway"])
    with pytest.raises(CandidTypeError, match="`slow` is no func annotation"):
        Func([], [], ["slow"])
    with pytest.raises(CandidTypeError, match="at most one annotation"):
        Func([], [], ["query", "composite_query"])
    with pytest.raises(CandidTypeError, match="`m` must be a func, got `nat`"):
        Method("m", NAT)
    with pytest.raises(CandidTypeError, match="`m` is declared twice"):
        Service([Method("m", Ref("F")), Method("m", Ref("G"))])


def test_names_resolve_through_names() -> None:
    env = TypeEnv({"A": Ref("B"), "B": BOOL})

    assert env.resolve(Ref("A")) == BOOL
    assert env.names() == ["A", "B"]


def test_unknown_and_vacuous_names_are_refused() -> None:
    env = TypeEnv({"A": Ref("B"), "B": Ref("A")})

    with pytest.raises(CandidTypeError, match="`A` is defined only by itself"):
        env.resolve(Ref("A"))
    with pytest.raises(CandidTypeError, match="`C` is not defined"):
        env.resolve(Ref("C"))
    with pytest.raises(CandidTypeError, match="`text` can't be the name of a type"):
        TypeEnv({"text": RESERVED})


def test_long_chains_of_names_are_followed_once() -> None:
    count = 20_000
    names = {f"t{index}": Ref(f"t{index + 1}") for index in range(count)}
    env = TypeEnv({**names, f"t{count}": NAT})
    assert all(env.resolve(Ref(name)) == NAT for name in names)
    with pytest.raises(CandidTypeError, match="type `t7` is defined only by itself"):
        TypeEnv({**names, f"t{count}": Ref("t0")}).resolve(Ref("t7"))
    with pytest.raises(CandidTypeError, match="is not defined"):
        TypeEnv(names).resolve(Ref("t7"))
