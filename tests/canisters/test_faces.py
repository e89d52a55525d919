"""All of Candid's types in a real canister: echoed, checked, stored, called, upgraded over."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.candid.decode import decode
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.types import (
    BOOL,
    NAT,
    NAT8,
    NAT64,
    NULL,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Service,
    Type,
    Variant,
    Vec,
)
from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal
from scm.replica.state import DeliveryKind, Rejected
from scm.testing.building import install_canister
from scm.testing.client import CanisterHandle, RejectError

pytestmark = pytest.mark.toolchain

FACES = Path(__file__).parents[1] / "cases" / "canisters" / "faces"
SOMEONE = Principal(b"\x01\x02")


@pytest.fixture(scope="module")
def wasm(build_canister):
    return build_canister(FACES)


@pytest.fixture
def faces(replica, wasm) -> CanisterHandle:
    return install_canister(replica, wasm)


def words() -> dict[object, object]:
    return {"from": "here", "a b-c": 2**70, 7: 255, "plain": False}


def everything(peer: Principal) -> dict[str, object]:
    return {
        "nothing": None,
        "anything": None,
        "maybe": Some(None),
        "pair": (10**30, -128),
        "single": (b"\x00\xff",),
        "peer": ServiceValue(peer),
        "handler": FuncValue(peer, "pair-of"),
        "update": FuncValue(peer, "add"),
        "notify": FuncValue(SOMEONE, ""),
        "composite": FuncValue(SOMEONE, "x" * 200),
        "case": VariantValue("Fields", {"x": 1.5, "y": 0.25, "pair": (0, "zero")}),
    }


def test_names_that_python_can_not_have(faces):
    assert faces.call("echo words", words()) == words()
    assert faces.call("pair-of", 12) == (12, "12")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (VariantValue("class", Some(4)), VariantValue("class", Some(5))),
        (VariantValue("class", Some(None)), VariantValue("class", Some(None))),
        (VariantValue("class", None), VariantValue("class", None)),
        (VariantValue(3), VariantValue(3)),
        (
            VariantValue("Fields", {"x": -0.0, "y": float("inf"), "pair": (1, "é")}),
            VariantValue("Fields", {"x": 1.0, "y": float("inf"), "pair": (2, "É")}),
        ),
    ],
)
def test_cases_of_a_variant(faces, sent, answered):
    assert faces.call("echo_case", sent) == answered


def test_every_type_at_once(faces):
    value = everything(faces.canister_id)
    assert faces.call("echo_everything", value) == value


def test_opts_inside_each_other(faces):
    values = [None, Some(None), Some(Some(None))]
    assert faces.call("echo_opts", values) == values


def test_recursive_records(faces):
    node: dict[str, object] = {"label": "leaf", "children": [], "parent": None}
    for number in range(60):
        node = {"label": str(number), "children": [node], "parent": None}
    assert faces.call("echo_node", node) == node
    assert faces.call("depth", node) == 61


def test_nesting_has_a_limit(faces, replica):
    node: dict[str, object] = {"label": "", "children": [], "parent": None}
    for _ in range(126):
        node = {"label": "", "children": [node], "parent": None}
    assert faces.depth(node) == 127
    loop = b"DIDL" + bytes.fromhex("01 6d00 0100") + b"\1" * 300  # type L = vec L
    outcome = replica.query(faces.canister_id, "pair-of", loop)
    assert "DecodeError: values nest deeper than 256" not in outcome.message
    assert "expected `nat`, got `vec" in outcome.message
    outcome = replica.query(faces.canister_id, "nothing_at_all", loop)
    assert "DecodeError: values nest deeper than 256" in outcome.message


def test_a_constructor_runs_for_what_is_decoded(faces):
    assert faces.checked({"amount": 12}) == {"amount": 12}
    with pytest.raises(RejectError, match="ValueError: thirteen is refused"):
        faces.checked({"amount": 13})


def test_tuples_in_lists(faces):
    pairs = [(2**40, ("a", SOMEONE)), (3, ("b", SOMEONE))]
    assert faces.echo_pairs(pairs) == [(2**40, "a"), (3, "b")]


def test_results_null_and_none_differ(faces, replica):
    empty = encode([], [])
    assert replica.query(faces.canister_id, "nothing_at_all", empty).data == encode([NULL], [None])
    assert replica.update(faces.canister_id, "note", encode([TEXT], ["x"])).data == empty


def test_an_empty_argument_is_refused(faces, replica):
    outcome = replica.query(faces.canister_id, "never", encode([NAT], [1]))
    assert isinstance(outcome, Rejected)
    assert "expected `empty`, got `nat`" in outcome.message


def raw(faces: CanisterHandle, replica, method: str, types: list[Type], values: list[object]):
    return replica.query(faces.canister_id, method, encode(types, values))


def test_other_types_are_coerced(faces, replica):
    fields = [Field("from", TEXT), Field("extra", Vec(NAT64)), Field("a b-c", NAT)]
    sent = Record([*fields, Field("plain", BOOL), Field("", NAT8, 7)])
    value = {"from": "x", "extra": [1, 2, 3], "a b-c": 5, "plain": True, 7: 1}
    outcome = raw(faces, replica, "echo words", [sent, NAT], [value, 9])
    types = _function(faces, "echo words").results
    assert decode(outcome.data, types, _service(faces).env) == (
        {"from": "x", "a b-c": 5, "plain": True, 7: 1},
    )


def test_mistakes_name_the_path(faces, replica):
    node = Record([Field("label", TEXT), Field("children", Vec(NAT)), Field("parent", NULL)])
    outcome = raw(faces, replica, "echo_node", [node], [{"label": "", "children": [1, 2]}])
    assert "CoercionError: expected `record`, got `nat` at `arg0.children[0]`" in outcome.message
    outcome = raw(
        faces, replica, "echo_case", [Variant([Field("Other", NULL)])], [VariantValue("Other")]
    )
    assert "the variant's tag is unknown at `arg0`" in outcome.message
    cut = encode(_function(faces, "echo words").args, [words()], _service(faces).env)[:-3]
    outcome = replica.query(faces.canister_id, "echo words", cut)
    assert "DecodeError: the message is cut off at `arg0.a b-c`" in outcome.message


def test_references_are_checked_by_their_types(faces, replica):
    good = Func([NAT], [NAT, TEXT], ["query"])
    service = _service(faces).env
    peer = service.lookup("Peer")
    principal = faces.canister_id
    values = [ServiceValue(principal), FuncValue(principal, "m")]
    answer = replica.query(principal, "peers", encode([peer, good], values, service))
    assert decode(answer.data, [Opt(peer)], service) == (ServiceValue(principal),)
    for wrong in (
        Func([NAT], [NAT, TEXT]),
        Func([NAT], [NAT], ["query"]),
        Func([TEXT], [NAT, TEXT], ["query"]),
    ):
        outcome = replica.query(principal, "peers", encode([peer, wrong], values, service))
        assert "the reference is declared with another type at `arg1`" in outcome.message
    less = Service([Method("add", Func([NAT, NAT], [NAT]))])
    outcome = replica.query(principal, "peers", encode([less, good], values))
    assert "the reference is declared with another type at `arg0`" in outcome.message


def keep(faces: CanisterHandle, peer: Principal) -> tuple[object, ...]:
    kept = ((7, "seven"), Some(9), FuncValue(peer, "pair-of"), ServiceValue(peer))
    faces.keep(*kept)
    return kept


def test_state_of_any_type_stays_over_an_upgrade(faces, replica, wasm):
    kept = keep(faces, SOMEONE)
    faces.note("one")
    replica.install(faces.canister_id, wasm, mode="upgrade")
    assert faces.kept_values() == kept
    assert faces.notes() == ["one"]


def test_a_received_reference_is_called_and_travels_through_an_upgrade(faces, replica, wasm):
    peer = install_canister(replica, wasm)
    keep(faces, peer.canister_id)
    assert faces.ask(5) == "10 and 5"
    hold = replica.hold(
        lambda delivery: (
            delivery.kind is DeliveryKind.RESPONSE and delivery.receiver == faces.canister_id
        )
    )
    with hold:
        ticket = faces.submit("ask", 8)
        replica.run_until_idle()
        replica.install(faces.canister_id, wasm, mode="upgrade")
        assert ticket.is_pending
    assert ticket.result() == "16 and 8"


def test_one_way_methods_and_references(faces, replica, wasm):
    peer = install_canister(replica, wasm)
    assert faces.tell(ServiceValue(peer.canister_id), FuncValue(peer.canister_id, "note"))
    replica.run_until_idle()
    assert peer.notes() == ["by service", "by reference"]


def _service(faces):
    section = faces._replica.canister(faces.canister_id).custom_section("icp:public candid:service")
    return parse_did(section.decode())


def _function(faces, name):
    service = _service(faces)
    (found,) = [item for item in service.resolved().methods if item.name == name]
    return service.env.resolve(found.type)
