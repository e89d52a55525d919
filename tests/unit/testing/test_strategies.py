"""The public strategies: values of the types they are asked for, names and recursion included."""

import importlib
import sys

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from scm.candid.encode import encode
from scm.candid.errors import CandidTypeError
from scm.candid.types import (
    EMPTY,
    FLOAT64,
    INT,
    NO_NAMES,
    Field,
    Func,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.values import Some, VariantValue
from scm.errors import ConfigurationError
from scm.testing.strategies import candid_envs, candid_types, candid_values
from scm.testing.type_heights import ENDLESS, TypeHeights

ENV = TypeEnv(
    {
        "List": Opt(Record([Field("head", INT), Field("tail", Ref("List"))])),
        "Tree": Variant([Field("Leaf", INT), Field("Node", Vec(Ref("Tree")))]),
        "Deep": Variant([Field("End", EMPTY), Field("One", Record([Field("d", Ref("Leaf"))]))]),
        "Leaf": Variant([Field("More", Ref("Deep")), Field("Stop", INT)]),
        "Endless": Record([Field("next", Ref("Endless"))]),
    }
)


@pytest.mark.parametrize("name", ["List", "Tree", "Deep", "Leaf"])
@given(data=st.data())
def test_values_of_recursive_types_fit(name: str, data: st.DataObject) -> None:
    value = data.draw(candid_values(Ref(name), ENV))

    encode([Ref(name)], [value], ENV)


@given(st.data())
def test_values_of_any_type_fit(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    type = data.draw(candid_types(env))

    encode([type], [data.draw(candid_values(type, env))], env)


@pytest.mark.parametrize("kind", [Func, Service, Ref, Opt, Variant])
def test_types_of_every_kind_come(kind: type[Type]) -> None:
    assert isinstance(find(candid_types(ENV), lambda found: isinstance(found, kind)), kind)


def test_recursion_reaches_below_the_first_level() -> None:
    found = find(
        candid_values(Ref("Tree"), ENV),
        lambda value: isinstance(value, VariantValue) and value.tag == "Node" and bool(value.value),
    )

    assert found == VariantValue("Node", [VariantValue("Leaf", 0)])
    assert find(candid_values(Opt(Opt(INT))), lambda value: value == Some(None)) == Some(None)


def test_a_type_without_values_has_an_empty_strategy() -> None:
    for type in (EMPTY, Ref("Endless"), Record([Field("x", EMPTY)]), Variant([])):
        assert candid_values(type, ENV).is_empty
        assert TypeHeights(ENV).height(type) == ENDLESS
    assert find(candid_values(Vec(Ref("Endless")), ENV), lambda _: True) == []
    assert find(candid_values(Opt(EMPTY)), lambda _: True) is None


def test_numbers_that_are_not_finite_come_on_request() -> None:
    finite = candid_values(FLOAT64, only_finite=False)

    assert find(finite, lambda value: value == float("inf")) == float("inf")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(CandidTypeError, match="`No` is not defined"):
        candid_values(Ref("No"), NO_NAMES)


def test_without_hypothesis_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "scm.testing.strategies")

    with pytest.raises(ConfigurationError, match=r"needs the package `hypothesis`; .* `test`"):
        importlib.import_module("scm.testing.strategies")
