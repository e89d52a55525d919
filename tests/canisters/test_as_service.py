"""A real canister by the binding of its own interface: what is built can be bound and called."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from types import ModuleType

import pytest

from scm import CompositeQueryFunc, Func, OnewayFunc, Principal, QueryFunc, Some
from scm.binding.bind import BindOptions, bind
from scm.candid.did_parser import parse_did_document
from scm.candid.equality import explain_equality
from scm.candid.values import ServiceValue, VariantValue
from scm.compiler.metadata import read_metadata
from scm.faces import candid_type
from scm.testing.building import install_canister
from scm.testing.client import CanisterHandle, RejectError, ServiceHandle

pytestmark = pytest.mark.toolchain

FACES = Path(__file__).parents[1] / "cases" / "canisters" / "faces"
SOMEONE = Principal(b"\x01\x02")


@pytest.fixture(scope="module")
def wasm(build_canister):
    return build_canister(FACES)


@pytest.fixture(scope="module")
def bound(wasm) -> ModuleType:
    """The binding of the canister's interface, as a module."""
    did = read_metadata(wasm, "candid:service")
    assert did is not None
    text = bind(parse_did_document(did.decode()), BindOptions("faces.did"))
    module = types.ModuleType("bound_faces")
    sys.modules[module.__name__] = module
    exec(compile(text, "bound_faces.py", "exec"), vars(module))
    return module


@pytest.fixture(scope="module")
def own() -> ModuleType:
    """The canister's own classes, on the host."""
    spec = importlib.util.spec_from_file_location("own_faces", FACES / "canister.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def handle(replica, wasm) -> CanisterHandle:
    return install_canister(replica, wasm)


@pytest.fixture
def faces(handle: CanisterHandle, bound: ModuleType) -> ServiceHandle:
    service: ServiceHandle = handle.as_service(bound.Faces)
    return service


@pytest.mark.parametrize("name", ["Words", "Case", "Node", "Everything", "Peer"])
def test_the_binding_has_the_types_of_the_canister(bound, own, name):
    declared, declared_env = candid_type(vars(own)[name])
    made, made_env = candid_type(vars(bound)[name])

    difference = explain_equality(declared, made, first_env=declared_env, second_env=made_env)
    assert difference is None


def test_records_go_in_and_come_out(faces, bound):
    words = bound.Words("here", 2**70, 255, False)

    assert faces.echo_words(words) == words
    assert faces.call("echo words", words) == words
    node = bound.Node("a", (bound.Node("b", ()),), bound.Node("c", ()))
    assert faces.echo_node(node) == node
    assert faces.depth(node) == 2


def test_cases_go_in_and_come_out(faces, bound):
    assert faces.echo_case(bound.CaseClass(Some(4))) == bound.CaseClass(Some(5))
    assert faces.echo_case(bound.CaseClass(Some(None))) == bound.CaseClass(Some(None))
    assert faces.echo_case(bound.Case3()) == bound.Case3()
    fields = faces.echo_case(bound.CaseFields(0.5, 0.25, (1, "one")))
    assert fields == bound.CaseFields(1.5, 0.25, (2, "ONE"))


def test_every_type_at_once(faces, bound):
    value = bound.Everything(
        pair=(10**30, -128),
        single=(b"\0\xff",),
        peer=bound.Peer(SOMEONE),
        handler=QueryFunc(SOMEONE, "pair-of"),
        update=Func(SOMEONE, "add"),
        notify=OnewayFunc(SOMEONE, ""),
        composite=CompositeQueryFunc(SOMEONE, "x"),
        case=bound.Case3(),
        maybe=Some(None),
    )

    assert faces.echo_everything(value) == value


def test_results_are_none_one_or_a_tuple(faces, bound):
    assert faces.nothing_at_all() is None
    assert faces.add(2, 3) == 5
    assert faces.pair_of(12) == (12, "12")
    kept: tuple[object, ...] = ((7, "seven"), Some(9), QueryFunc(SOMEONE, "m"), bound.Peer(SOMEONE))
    assert faces.keep(*kept) is None
    assert faces.kept_values() == kept


def test_a_call_is_answered_later(faces):
    ticket = faces.submit("add", 2, 3)

    assert ticket.is_pending
    assert ticket.result() == 5


def test_what_the_canister_refuses_is_raised(faces, bound):
    with pytest.raises(RejectError, match="thirteen is refused"):
        faces.checked(bound.Checked(13))


def test_the_canisters_own_classes_are_arguments(handle, own):
    words = own.Words("here", 1, 2)

    assert handle.call("echo words", words) == {"from": "here", "a b-c": 1, 7: 2, "plain": True}
    assert handle.echo_case(own.Third()) == VariantValue(3)
    assert handle.peers(own.Peer(SOMEONE), QueryFunc(SOMEONE, "m")) == ServiceValue(SOMEONE)
