"""Sample values fit their types, differ, and have every alternative."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from scm.candid.decode import decode
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.types import EMPTY, NAT, PRINCIPAL, Field, Opt, Record, Ref, Variant
from scm.candid.values import VariantValue
from scm.model import Principal
from scm.testing.sample_values import sample_values
from scm.testing.strategies import candid_envs, candid_types


@given(st.data())
def test_samples_of_any_type_can_be_sent(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    type = data.draw(candid_types(env))
    for values in islice(sample_values([type], env), 5):
        message = encode([type], values, env)
        assert decode(message, [type], env) == values


def test_samples_are_always_the_same() -> None:
    type = Record([Field("a", NAT), Field("b", Opt(PRINCIPAL))])
    first, second = (list(islice(sample_values([type]), 9)) for _ in range(2))
    assert first == second
    assert len({str(values) for values in first}) > 4


def test_every_alternative_comes_the_outermost_first() -> None:
    inner = Variant([Field(name, NAT) for name in "abc"])
    outer = Variant([Field("Ok", NAT), Field("Err", inner)])
    found = set()
    for (value,) in islice(sample_values([outer]), 6):
        assert isinstance(value, VariantValue)
        error = value.value
        found.add((value.tag, error.tag if isinstance(error, VariantValue) else ""))
    assert found == {("Ok", ""), ("Err", "a"), ("Err", "b"), ("Err", "c")}


def test_all_principals_are_the_one_that_is_given() -> None:
    one = Principal(b"one")
    assert next(sample_values([PRINCIPAL], principal=one)) == (one,)
    assert next(sample_values([PRINCIPAL])) == (Principal.anonymous(),)


def test_types_without_values_have_no_samples() -> None:
    env = parse_did("type Endless = record { next : Endless }; service : {}").env
    assert list(sample_values([EMPTY])) == []
    assert list(sample_values([NAT, Ref("Endless")], env)) == []
