"""Subtyping, with the path to the first clash; lenient as on calls, strict as for upgrades."""

import pytest

from scm.candid.subtype import explain_headers, explain_subtype
from scm.candid.table import encode_header
from scm.candid.types import (
    BLOB,
    BOOL,
    EMPTY,
    INT,
    NAT,
    NULL,
    PRINCIPAL,
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
    tuple_record,
)

ENV = TypeEnv(
    {
        "Loop": Record([Field("", Ref("Loop"), 0)]),
        "Ints": Opt(Record([Field("head", INT), Field("tail", Ref("Ints"))])),
        "Nats": Opt(Record([Field("head", NAT), Field("tail", Ref("Nats"))])),
        "Texts": Vec(Record([Field("head", TEXT), Field("tail", Ref("Texts"))])),
        "Blobs": Vec(Record([Field("head", BLOB), Field("tail", Ref("Blobs"))])),
    }
)


def record(**fields: Type) -> Record:
    return Record([Field(name, type) for name, type in fields.items()])


def variant(**fields: Type) -> Variant:
    return Variant([Field(name, type) for name, type in fields.items()])


HOLDS = [
    (NAT, NAT),
    (NAT, INT),
    (EMPTY, record(a=NAT)),
    (record(a=NAT), RESERVED),
    (NULL, Opt(NAT)),
    (NAT, Opt(INT)),
    (Opt(NAT), Opt(INT)),
    (Vec(NAT), Vec(INT)),
    (record(a=NAT, b=TEXT), record(a=INT)),
    (record(), record(a=Opt(NAT), b=NULL, c=RESERVED)),
    (variant(a=NAT), variant(a=INT, b=TEXT)),
    (variant(), variant(a=NAT)),
    (Service([Method("m", Func([], []))]), Service([])),
    (Service([]), PRINCIPAL),
    (Func([INT], [NAT]), Func([NAT, TEXT], [INT])),
    (Func([Opt(TEXT)], []), Func([], [])),
    (Func([], []), Func([], [Opt(NAT)])),
    (Ref("Nats"), Ref("Ints")),
    (Ref("Loop"), record()),
]
FAILS = [
    (INT, NAT, "`int` is not a subtype of `nat`"),
    (TEXT, BLOB, "`text` is not a subtype of `vec nat8`"),
    (NULL, NAT, "`null` is not a subtype of `nat`"),
    (Opt(NAT), NAT, "`opt nat` is not a subtype of `nat`"),
    (PRINCIPAL, Service([]), "`principal` is not a subtype of `service`"),
    (
        record(amount=TEXT),
        record(amount=NAT),
        "record field `amount`: `text` is not a subtype of `nat`",
    ),
    (record(), record(amount=NAT), "record field `amount` of type `nat` is missing"),
    (variant(a=NAT, b=NAT), variant(a=NAT), "variant tag `b` is not expected"),
    (variant(a=INT), variant(a=NAT), "variant tag `a`: `int` is not a subtype of `nat`"),
    (Vec(record(a=INT)), Vec(record(a=NAT)), "element of vec: record field `a`: `int`"),
    (Func([NAT], []), Func([INT], []), "argument 0: `int` is not a subtype of `nat`"),
    (Func([NAT], []), Func([], []), "argument 0 of type `nat` is missing"),
    (Func([], []), Func([], [NAT]), "result 0 of type `nat` is missing"),
    (Func([], [], ["query"]), Func([], []), "the func is `query`, expected `update`"),
    (
        Service([Method("m", Func([], [TEXT]))]),
        Service([Method("m", Func([], [NAT]))]),
        "method `m`: result 0: `text`",
    ),
    (Service([]), Service([Method("m", Func([], []))]), "method `m` is missing"),
    (
        Ref("Texts"),
        Ref("Blobs"),
        "element of vec: record field `head`: `text` is not a subtype of `vec nat8`",
    ),
]
FAILS_STRICTLY = [
    (TEXT, Opt(NAT), "value of opt: `text` is not a subtype of `nat`"),
    (Opt(TEXT), Opt(NAT), "value of opt: `text` is not a subtype of `nat`"),
    (record(a=Opt(TEXT)), record(a=Opt(NAT)), "record field `a`: value of opt: `text`"),
    (
        Ref("Ints"),
        Ref("Nats"),
        "value of opt: record field `head`: `int` is not a subtype of `nat`",
    ),
    (Func([Opt(NAT)], []), Func([Opt(TEXT)], []), "argument 0: value of opt: `text`"),
]


@pytest.mark.parametrize(("sub", "super"), HOLDS)
@pytest.mark.parametrize("strict", [False, True])
def test_subtypes_hold(sub: Type, super: Type, strict: bool) -> None:
    assert explain_subtype(sub, super, sub_env=ENV, super_env=ENV, strict=strict) is None


@pytest.mark.parametrize(("sub", "super", "reason"), FAILS)
@pytest.mark.parametrize("strict", [False, True])
def test_clashes_are_explained(sub: Type, super: Type, reason: str, strict: bool) -> None:
    explained = explain_subtype(sub, super, sub_env=ENV, super_env=ENV, strict=strict)

    assert explained is not None
    assert explained.startswith(reason)


@pytest.mark.parametrize(("sub", "super", "reason"), FAILS_STRICTLY)
def test_opts_that_lose_data_fail_strictly_only(sub: Type, super: Type, reason: str) -> None:
    assert explain_subtype(sub, super, sub_env=ENV, super_env=ENV) is None

    explained = explain_subtype(sub, super, sub_env=ENV, super_env=ENV, strict=True)

    assert explained is not None
    assert explained.startswith(reason)


def test_headers_compare_as_tuples_with_names_given_back() -> None:
    old = encode_header([record(id=NAT), TEXT])
    new = encode_header([record(id=BOOL), TEXT, Opt(NAT)])

    assert explain_headers(old, old) is None
    assert explain_headers(old, new) == (
        "argument 0: record field `23515`: `nat` is not a subtype of `bool`"
    )
    assert explain_headers(old, new, names=["id"]) == (
        "argument 0: record field `id`: `nat` is not a subtype of `bool`"
    )
    assert explain_headers(encode_header([]), old) == "argument 0 of type `record` is missing"


def test_a_type_deeper_than_the_stack_is_compared() -> None:
    first: Type = NAT
    second: Type = INT
    for _ in range(5000):
        first, second = Vec(tuple_record([first])), Vec(tuple_record([second]))

    assert explain_subtype(first, second) is None
    explained = explain_subtype(second, first)
    assert explained is not None
    assert explained.endswith("`int` is not a subtype of `nat`")
