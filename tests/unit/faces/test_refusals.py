"""What faces refuse: values and messages that do not fit, types that Candid has not."""

from __future__ import annotations

import sys
import types
from typing import Annotated, Any

import pytest

from scm import (
    Func,
    Method,
    Name,
    Opt,
    Pending,
    Principal,
    QueryFunc,
    Response,
    Results,
    Service,
    Some,
    empty,
    nat,
    nat8,
    null,
    record,
    state,
    text,
    variant,
)
from scm.candid.errors import DecodeError, EncodeError
from scm.candid.values import VariantValue
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


@variant
class Never:
    value: empty


Outcome = Ok | Failed | Never


class Ledger(Service):
    transfer: Method[[Pair, nat], Outcome]


# mypy takes such types as values by an alias only.
OptNat = Opt[nat]
NatResponse = Response[nat]
NatText = Results[nat, text]


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (nat, -1, "expected `nat`, got `int` -1 at `arg0`"),
        (Pair, {"left": 1}, "expected `Pair`, got `dict` at `arg0`"),
        (Pair, Pair("x"), "expected `nat`, got `str` 'x' at `arg0.left`"),  # type: ignore[arg-type]
        (Odd, Odd(True, None), "expected `nat`, got `bool` True at `arg0.from`"),
        (Odd, Odd(1, 5), "expected `None` or `Some`, got `int` 5 at `arg0.7`"),  # type: ignore[arg-type]
        (OptNat, Some(None), "expected a value in `Some`, got `None` at `arg0`"),
        (Outcome, Pair(1), "expected `Ok | Failed | Never`, got `Pair` at `arg0`"),
        (Outcome, VariantValue("Ok", 1), "Never`, got `VariantValue` at `arg0`"),
        (Outcome, Failed("", Ok(1)), "expected `Pair`, got `Ok` at `arg0.failed.pair`"),  # type: ignore[arg-type]
        (Outcome, Never(None), "expected `empty`, got `None` at `arg0.Never`"),  # type: ignore[arg-type]
        (tuple[Pair, ...], (Pair(1), 2), "expected `Pair`, got `int` 2 at `arg0[1]`"),
        (tuple[nat, ...], "12", "expected `vec nat`, got `str` '12' at `arg0`"),
        (tuple[nat, text], (1,), "expected a tuple of 2, got one of 1 at `arg0`"),
        (tuple[nat, Pair], (1, Ok(1)), "expected `Pair`, got `Ok` at `arg0.1`"),
        (tuple[nat, text], [1, "a"], "expected a tuple of 2, got `list` at `arg0`"),
        (tuple[nat8, ...], (256,), "expected `nat8`, got `int` 256 at `arg0[0]`"),
        (Ledger, SOMEONE, "expected `Ledger`, got `Principal` at `arg0`"),
        (QueryFunc[[], nat], Func(SOMEONE, "f"), "expected `QueryFunc`, got `Func` at `arg0`"),
    ],
)
def test_what_does_not_fit_is_told_with_its_path(
    annotation: object, value: object, message: str
) -> None:
    with pytest.raises(EncodeError) as caught:
        encode_as([annotation], [value])
    assert str(caught.value).endswith(message)


def test_counts_of_values_are_checked() -> None:
    with pytest.raises(EncodeError, match="expected 2 arguments, got 1"):
        encode_as([nat, nat], [1])
    with pytest.raises(EncodeError, match="expected 2 arguments, got 3"):
        encode_arguments(Ledger, "transfer", Pair(1), 2, 3)


def test_one_argument_is_not_told_as_several() -> None:
    with pytest.raises(EncodeError, match="expected 1 argument, got 0"):
        encode_as([nat], [])


def test_a_message_that_does_not_fit_is_refused_with_its_path() -> None:
    message = encode_as([tuple[nat, ...]], [(1,)])

    with pytest.raises(DecodeError, match=r"at `arg0\[0\]`"):
        decode_as(message, [tuple[Pair, ...]])
    with pytest.raises(DecodeError):
        decode_results(Ledger, "transfer", message)


def test_values_that_nest_too_deep_are_refused() -> None:
    def chain(length: int) -> Node:
        node = Node("")
        for _ in range(length):
            node = Node("", node)
        return node

    face = make_face([Node])
    assert face.decode(face.encode([chain(126)])) == (chain(126),)
    for length in (128, 5_000):
        with pytest.raises(EncodeError, match="nest deeper than 256"):
            face.encode([chain(length)])
    with pytest.raises(EncodeError, match="nest deeper than 256"):
        face.encode([Node("", None, (chain(5_000),))])


def test_a_value_is_checked_when_it_is_made() -> None:
    @record
    class Checked:
        amount: nat

        def __post_init__(self) -> None:
            if self.amount == 13:
                raise ValueError("thirteen is refused")

    face = make_face([Checked])
    message = face.encode([Checked(12)]).replace(b"\x0c", b"\x0d")
    with pytest.raises(ValueError, match="thirteen is refused"):
        face.decode(message)


@state
class Kept:
    count: nat = 0


@record
class Mutable:
    items: list[nat]


@record
class Twice:
    a: nat
    b: Annotated[nat, Name("a")]


class Broken(Service):
    field: nat


class Wider(Ledger):
    more: Method[[], nat]


@record
class Missing:
    field: Undeclared  # type: ignore[name-defined]  # noqa: F821


@record
class Nothing:
    field: None


@variant("")
class NoTag:
    pass


@record
class Based(Pair):
    more: nat = 0


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (dict[str, int], "type 0: `dict` is not a Candid type"),
        (Any, "type 0: `Any` is not a Candid type"),
        (None, "type 0: `None` is not a Candid type"),
        (tuple[()], "type 0: an empty tuple holds nothing"),
        (nat | text, "type 0: a union is made of `@variant` classes"),
        (null | None, "type 0: `None` would have two meanings here"),
        (Some[nat], "type 0: `Some` is the value of an opt, not its type"),
        (NatText, "type 0: `Results` is no type of one value"),
        (Func, "type 0: the types in brackets are missing"),
        (Func[[Any], nat], "type 0: `Any` is not a Candid type"),
        (Method[[nat], nat], "type 0: `Method` is not a Candid type"),
        (Pending[nat], "type 0: `Pending` is not a Candid type"),
        (NatResponse, "type 0: a union is made of `@variant` classes"),
        (Annotated[nat, Name("x")], "type 0: `Name` stands around a type that is not a field's"),
        (Service, "type 0: `Service` is not a Candid type by itself"),
        (Kept, "type 0: the state class is not a Candid type"),
        (Mutable, "field `items` of `Mutable`: a `list` can't be a field"),
        (Twice, "one record has the field `a` twice"),
        (Broken, "method `field` of `Broken`: this is not a `Method`"),
        (Wider, "service class `Wider` has a base class besides `Service`"),
        (Missing, "field `field` of `Missing`: name `Undeclared` is not defined"),
        (Nothing, "field `field` of `Nothing`: this can't be a field"),
        (NoTag, "`''` can't be the tag of `@variant` class `NoTag`"),
        (Based, "`@record` class `Based` has a base class"),
    ],
)
def test_annotations_that_are_no_types_of_candid(annotation: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_face([annotation])
    assert caught.value.message.startswith(message)


def test_the_edit_to_make_is_a_note_of_the_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        candid_type(tuple[dict[str, int], ...])

    help = "write a `@record` for one entry and use `tuple[Entry, ...]`"
    assert caught.value.help == help
    assert caught.value.__notes__ == [f"help: {help}"]


def test_a_service_face_needs_a_service_class() -> None:
    with pytest.raises(ConfigurationError, match="is no class of methods"):
        ServiceFace(Pair)  # type: ignore[arg-type]


def test_the_module_of_a_class_must_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "scm_test_module_that_goes"
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    source = "from scm import nat, record\n@record\nclass Gone:\n    a: 'nat'\n"
    exec(source, vars(sys.modules[name]))
    gone = vars(sys.modules[name])["Gone"]
    assert decode_as(encode_as([gone], [gone(1)]), [gone]) == (gone(1),)

    monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigurationError, match=f"module `{name}` is not in `sys.modules`"):
        make_face([gone])


@pytest.mark.parametrize("types", [nat, Pair, tuple[nat, text], "nat"])
def test_types_of_a_message_are_a_list(types: Any) -> None:
    for act in (lambda: encode_as(types, [1]), lambda: decode_as(b"DIDL\0\0", types)):
        with pytest.raises(ConfigurationError, match=r"are a list, .*: write `\[nat\]`, not `nat`"):
            act()


@pytest.mark.parametrize("values", [1, "12", Pair(1), None])
def test_values_of_a_message_are_a_list(values: Any) -> None:
    with pytest.raises(EncodeError, match="the values of a message are a list, not"):
        encode_as([nat, nat], values)
