"""Annotated types on the host: their Candid types, their messages, and what is refused of them."""

from __future__ import annotations

import sys
import types
from typing import Annotated

import pytest

from scm import (
    CompositeQueryFunc,
    CompositeQueryMethod,
    Func,
    Method,
    Name,
    OnewayFunc,
    OnewayMethod,
    Opt,
    Principal,
    QueryFunc,
    QueryMethod,
    Results,
    Service,
    Some,
    blob,
    empty,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    int_,
    nat,
    nat8,
    nat16,
    nat32,
    nat64,
    null,
    record,
    reserved,
    text,
    variant,
)
from scm.candid.codec import Codec
from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.errors import EncodeError
from scm.candid.type_parser import parse_types
from scm.candid.values import FuncValue, ServiceValue, VariantValue
from scm.errors import ConfigurationError
from scm.faces import (
    ServiceFace,
    candid_type,
    decode_as,
    decode_results,
    encode_arguments,
    encode_as,
    make_face,
)

SOMEONE = Principal(b"\1\2")


@record
class Pair:
    left: nat
    right: text = "right"


@record
class Odd:
    from_: Annotated[nat, Name("from")]
    seventh: Annotated[Opt[nat], Name(7)]


@record
class Numbered:
    second: Annotated[text, Name(1)]
    first: Annotated[nat, Name(0)]


@record
class Node:
    label: text
    next: Node | None = None
    children: tuple[Node, ...] = ()


@variant
class Ok:
    value: nat


@variant("failed")
class Failed:
    reason: text
    pair: Pair


@variant(7)
class Closed:
    pass


@variant
class Both:
    first: Annotated[nat, Name(0)]
    second: Annotated[text, Name(1)]


@variant
class Never:
    value: empty


Outcome = Ok | Failed | Closed | Both | Never


class Ledger(Service):
    transfer: Method[[Pair, nat], Outcome]
    import_: Annotated[QueryMethod[[], Results[nat, text]], Name("import")]
    notify: OnewayMethod[[text]]
    nothing: Method[[], None]
    none: Method[[], null]
    nameless: Annotated[Method[[], nat], Name("")]
    deep: CompositeQueryMethod[[Ledger, Later], Opt[Opt[nat]]]


Later = QueryFunc[[nat], "Outcome"]

# mypy takes such types as values by an alias only.
OptOptNat = Opt[Opt[nat]]
OptMaybe = Opt[nat | None]
OptNat = Opt[nat]
OptNull = Opt[null]
OptReserved = Opt[reserved]
OptNode = Opt[Node]

CASES: list[tuple[object, str, object, object]] = [
    # Annotation, type of Candid, face, generic value.
    (nat, "nat", 2**70, 2**70),
    (int_, "int", -(2**70), -(2**70)),
    (int, "int", 5, 5),
    (nat8, "nat8", 255, 255),
    (nat16, "nat16", 65535, 65535),
    (nat32, "nat32", 1, 1),
    (nat64, "nat64", 2**64 - 1, 2**64 - 1),
    (int8, "int8", -128, -128),
    (int16, "int16", -1, -1),
    (int32, "int32", 0, 0),
    (int64, "int64", -(2**63), -(2**63)),
    (float32, "float32", 0.5, 0.5),
    (float64, "float64", 0.1, 0.1),
    (bool, "bool", True, True),
    (text, "text", "é", "é"),
    (str, "text", "", ""),
    (blob, "blob", b"\0", b"\0"),
    (Principal, "principal", SOMEONE, SOMEONE),
    (null, "null", None, None),
    (reserved, "reserved", None, None),
    (nat | None, "opt nat", 3, 3),
    (nat | None, "opt nat", None, None),
    (OptNat, "opt nat", Some(3), 3),
    (OptNat, "opt nat", None, None),
    (OptOptNat, "opt opt nat", Some(Some(3)), Some(3)),
    (OptOptNat, "opt opt nat", Some(None), Some(None)),
    (OptMaybe, "opt opt nat", Some(3), Some(3)),
    (OptNull, "opt null", Some(None), Some(None)),
    (OptReserved, "opt reserved", Some(None), Some(None)),
    (tuple[nat, ...], "vec nat", (1, 2), [1, 2]),
    (list[nat], "vec nat", [1, 2], [1, 2]),
    (tuple[nat8, ...], "blob", (1, 255), b"\1\xff"),
    (list[nat8], "blob", [1, 255], b"\1\xff"),
    (tuple[tuple[nat, ...], ...], "vec vec nat", ((), (1,)), [[], [1]]),
    (list[tuple[nat, ...]], "vec vec nat", [(), (1,)], [[], [1]]),
    (tuple[nat, text], "record { nat; text }", (1, "a"), (1, "a")),
    (tuple[OptNat], "record { opt nat }", (Some(1),), (1,)),
    (Pair, "record { left : nat; right : text }", Pair(1), {"left": 1, "right": "right"}),
    (Odd, "record { 7 : opt nat; from : nat }", Odd(1, Some(2)), {"from": 1, 7: 2}),
    (Numbered, "record { nat; text }", Numbered("b", 1), (1, "b")),
    (Ok, "variant { Ok : nat }", Ok(1), VariantValue("Ok", 1)),
    (Func[[nat], None], "func (nat) -> ()", Func(SOMEONE, "f"), FuncValue(SOMEONE, "f")),
    (
        QueryFunc[[nat], Results[nat, text]],
        "func (nat) -> (nat, text) query",
        QueryFunc(SOMEONE, "f"),
        FuncValue(SOMEONE, "f"),
    ),
    (
        CompositeQueryFunc[[], nat],
        "func () -> (nat) composite_query",
        CompositeQueryFunc(SOMEONE, "f"),
        FuncValue(SOMEONE, "f"),
    ),
    (
        OnewayFunc[[nat]],
        "func (nat) -> () oneway",
        OnewayFunc(SOMEONE, "f"),
        FuncValue(SOMEONE, "f"),
    ),
]
OUTCOMES: list[tuple[object, object]] = [
    (Ok(5), VariantValue("Ok", 5)),
    (
        Failed("why", Pair(1)),
        VariantValue("failed", {"reason": "why", "pair": {"left": 1, "right": "right"}}),
    ),
    (Closed(), VariantValue(7)),
    (Both(1, "x"), VariantValue("Both", (1, "x"))),
]


@pytest.mark.parametrize(("annotation", "declared", "face", "generic"), CASES)
def test_values_of_every_annotation(
    annotation: object, declared: str, face: object, generic: object
) -> None:
    (expected,), _ = parse_types(f"({declared})")
    message = encode([expected], [generic])

    assert encode_as([annotation], [face]) == message
    (found,) = decode_as(message, [annotation])
    assert found == face
    assert type(found) is type(face)
    assert decode(encode_as([annotation], [face]), [expected]) == (generic,)


@pytest.mark.parametrize(("face", "generic"), OUTCOMES)
def test_each_case_of_a_variant(face: object, generic: object) -> None:
    type, env = candid_type(Outcome)

    assert repr(type) == "Outcome"
    assert decode(encode_as([Outcome], [face]), [type], env) == (generic,)
    assert decode_as(encode([type], [generic], env), [Outcome]) == (face,)


def test_types_are_named_like_classes_and_aliases() -> None:
    type, env = candid_type(tuple[Outcome, ...])

    assert repr(type) == "vec Outcome"
    assert env.names() == ["Outcome", "Pair"]
    assert repr(env.lookup("Outcome")) == (
        "variant { Ok : nat; failed : record { reason : text; pair : Pair }; 7; "
        "Both : record { nat; text }; Never : empty }"
    )
    assert repr(candid_type(Closed | Ok)[0]) == "Closed_or_Ok"


def test_fields_numbered_like_a_tuple_are_one_to_the_codec() -> None:
    assert make_face([Numbered]).to_generic([Numbered("b", 1)]) == ((1, "b"),)


def test_reserved_takes_anything_and_gives_none() -> None:
    assert decode_as(encode_as([reserved, nat], [object(), 1]), [reserved, nat]) == (None, 1)


def test_a_record_that_contains_itself() -> None:
    node = Node("a", Node("b", None, (Node("c"), Node("d"))), (Node("e"),))

    assert decode_as(encode_as([Node], [node]), [Node]) == (node,)


def test_messages_are_coerced_to_the_types() -> None:
    wider = encode_as([tuple[nat, text], nat], [(1, "dropped"), 2])

    assert decode_as(wider, [tuple[int_], nat | None, text | None]) == ((1,), 2, None)
    assert decode_as(encode_as([Pair], [Pair(1)]), [OptNode]) == (None,)


def test_a_service_is_an_instance_of_its_class() -> None:
    type, env = candid_type(Ledger)
    (ledger,) = decode_as(encode([type], [ServiceValue(SOMEONE)], env), [Ledger])

    assert ledger == Ledger(SOMEONE)
    assert repr(env.resolve(type)) == (
        'service { "" : () -> (nat); '
        "deep : (Ledger, func (nat) -> (Outcome) query) -> (opt opt nat) composite_query;"
        ' "import" : () -> (nat, text) query; none : () -> (null); nothing : () -> ();'
        " notify : (text) -> () oneway; transfer : (Pair, nat) -> (Outcome) }"
    )


def test_messages_of_a_method() -> None:
    assert encode_arguments(Ledger, "transfer", Pair(1), 2) == encode_as([Pair, nat], [Pair(1), 2])
    assert decode_results(Ledger, "transfer", encode_as([Outcome], [Closed()])) == Closed()
    assert decode_results(Ledger, "nothing", encode_as([], [])) is None
    assert decode_results(Ledger, "none", encode_as([null], [None])) is None
    assert decode_results(Ledger, "import_", encode_as([nat, text], [1, "a"])) == (1, "a")
    assert decode_results(Ledger, "notify", encode_as([], [])) is None


def test_a_method_has_two_names() -> None:
    face = ServiceFace(Ledger)

    assert face.method("import") is face.method("import_")
    assert face.method("import_").public_name == "import"
    assert face.method("import_").annotation == "query"
    assert face.names() == ["transfer", "import_", "notify", "nothing", "none", "nameless", "deep"]
    with pytest.raises(ConfigurationError, match="`Ledger` has no method `send`; it has: transfer"):
        face.method("send")


def test_a_name_of_a_method_in_python_comes_before_another_public_name() -> None:
    class Crossed(Service):
        a: Annotated[Method[[], nat], Name("b")]
        b: Annotated[Method[[], text], Name("a")]

    face = ServiceFace(Crossed)
    assert (face.method("a").public_name, face.method("b").public_name) == ("b", "a")


def test_a_class_in_a_function_may_contain_itself() -> None:
    @record
    class Local:
        inner: Local | None

    value = Local(Local(None))
    assert decode_as(encode_as([Local], [value]), [Local]) == (value,)


def test_two_classes_of_one_name_are_two_types() -> None:
    def declare(*, is_first: bool) -> type:
        if is_first:

            @record
            class Same:
                x: nat

            return Same

        @record
        class Same:  # type: ignore[no-redef]
            y: nat

        return Same

    first, second = declare(is_first=True), declare(is_first=False)
    face = make_face([first, second])

    assert [repr(face.env.resolve(type)) for type in face.types] == [
        "record { x : nat }",
        "record { y : nat }",
    ]
    assert face.decode(face.encode([first(1), second(2)])) == (first(1), second(2))
    with pytest.raises(EncodeError, match="at `arg1`"):
        face.encode([first(1), first(2)])


def test_two_classes_of_one_name_in_two_modules_are_two_types(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = "from scm import nat, record\n@record\nclass Same:\n    {}: nat\n"
    classes = []
    for name, field in (("scm-test.first", "x"), ("scm-test.second", "y")):
        module = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(source.format(field), vars(module))
        classes.append(vars(module)["Same"])

    face = make_face(classes)
    assert face.env.names() == ["scm_test_first_Same", "scm_test_second_Same"]
    values = (classes[0](x=1), classes[1](y=2))
    assert face.decode(face.encode(values)) == values


def test_names_in_quotes_outside_of_classes() -> None:
    later = Func[[nat], "Outcome"]

    with pytest.raises(ConfigurationError, match="name `Outcome` is not defined") as caught:
        make_face([later])
    assert caught.value.help == "say what it stands for: `names=vars(module)`"
    face = make_face([later], names=globals())
    assert repr(face.types[0]) == "func (nat) -> (Outcome)"


def test_a_face_is_made_once_for_many_messages() -> None:
    face = make_face([Pair, Outcome])

    for number in range(3):
        values = (Pair(number), Ok(number))
        message = face.encode(values)
        assert face.decode(message) == values
        assert Codec(face.types, face.env).decode(message) == face.to_generic(values)
