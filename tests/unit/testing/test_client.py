"""Calling a canister by its own interface."""

from __future__ import annotations

import pytest

from scm.candid.errors import CandidSyntaxError, EncodeError
from scm.model import Principal, RejectCode
from scm.replica.errors import ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.management import manage
from scm.testing.wat import WatCanister

INTERFACE = """service : {
  echo : (text, nat) -> (text, nat);
  one : (record { a : nat }) -> (record { a : nat }) query;
  nothing : () -> ();
  refuse : () -> (nat);
  submit : (nat) -> (nat);
}"""


@pytest.fixture
def handle() -> CanisterHandle:
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.update("submit", "(call $append_argument) (call $msg_reply)")
    canister.update("nothing", canister.reply(b"DIDL\x00\x00"))
    canister.update("refuse", canister.reject("no"))
    canister.query("one", "(call $append_argument) (call $msg_reply)")
    text = INTERFACE.replace("\n", " ")
    canister.raw(f'(@custom "icp:public candid:service" "{text}")')
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return CanisterHandle(replica, canister_id)


def test_method_is_an_attribute(handle: CanisterHandle) -> None:
    assert handle.one({"a": 3}) == {"a": 3}


def test_several_results_are_a_tuple_and_none_is_none(handle: CanisterHandle) -> None:
    assert handle.echo("hi", 5) == ("hi", 5)
    assert handle.nothing() is None


def test_name_that_a_handle_has_itself_goes_through_call(handle: CanisterHandle) -> None:
    assert handle.call("submit", 9) == 9


def test_submitted_call_gives_its_result_later(handle: CanisterHandle) -> None:
    ticket = handle.submit("echo", "later", 1)
    assert ticket.is_pending
    assert ticket.result() == ("later", 1)
    assert not ticket.is_pending
    assert ticket.fuel > 0


def test_reject_is_raised(handle: CanisterHandle) -> None:
    with pytest.raises(RejectError) as caught:
        handle.refuse()
    assert (caught.value.code, caught.value.message) == (RejectCode.CANISTER_REJECT, "no")


def test_wrong_argument_is_refused_before_the_call(handle: CanisterHandle) -> None:
    with pytest.raises(EncodeError):
        handle.echo("hi", "not a number")


def test_unknown_method_names_the_known_ones(handle: CanisterHandle) -> None:
    with pytest.raises(ReplicaUsageError, match="it has: echo, nothing, one, refuse, submit"):
        handle.gone()


def test_handle_can_act_for_another_sender(handle: CanisterHandle) -> None:
    other = handle.as_sender(Principal(b"me"))
    assert other.sender == Principal(b"me")
    assert other.one({"a": 1}) == {"a": 1}


def test_canister_without_an_interface_is_a_usage_error() -> None:
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, WatCanister().build())
    with pytest.raises(ReplicaUsageError, match="candid:service"):
        CanisterHandle(replica, canister_id).anything()


@pytest.fixture
def silent() -> CanisterHandle:
    """A canister of another tool's, which keeps its interface private or to itself."""
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    return CanisterHandle(replica, canister_id)


def test_interface_can_be_given(silent: CanisterHandle) -> None:
    with pytest.raises(ReplicaUsageError, match="give the text of its"):
        silent.echo(1)
    handle = silent.with_did("service : { echo : (nat) -> (nat) }")
    assert handle.echo(1) == 1
    assert handle.as_sender(Principal(b"\x01")).echo(2) == 2
    with pytest.raises(CandidSyntaxError):
        silent.with_did("service : {")


def test_private_interface_is_found() -> None:
    canister = WatCanister()
    canister.update("echo", "(call $append_argument) (call $msg_reply)")
    canister.raw('(@custom "icp:private candid:service" "service : { echo : (nat) -> (nat) }")')
    replica = Replica()
    canister_id = replica.create_canister()
    replica.install(canister_id, canister.build())
    assert CanisterHandle(replica, canister_id).echo(7) == 7


def test_canister_without_a_module_says_so() -> None:
    replica = Replica(metering="exact", fees=True)
    handle = CanisterHandle(replica, replica.create_canister())
    with pytest.raises(ReplicaUsageError, match="has no module, so no methods: none was installed"):
        handle.echo(1)
    code = WatCanister()
    code.update("echo", code.reply(b"DIDL\x00\x00"))
    replica.install(handle.canister_id, code.build())
    replica.uninstall(handle.canister_id)
    with pytest.raises(ReplicaUsageError, match="has no module, so no methods: it was uninstalled"):
        handle.submit("echo", 1)
    replica.install(handle.canister_id, code.build())
    settings = {"compute_allocation": 1}
    manage(replica, "update_settings", canister_id=handle.canister_id, settings=settings)
    replica.advance_time(10**8)
    with pytest.raises(ReplicaUsageError, match="has no module, so no methods: it ran out of cyc"):
        handle.echo(1)
