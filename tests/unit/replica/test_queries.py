"""Queries, replicated and not, and composite queries.  Interface Spec, "Query call"."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.state import Rejected, Replied
from scm.testing.wat import ADD_ONE, READ_A, Install, WatCanister, number

GROW_HEAP = "(drop (memory.grow (i32.const 3)))"


@pytest.fixture
def counter(install: Install) -> Principal:
    canister = WatCanister()
    canister.query("count", ADD_ONE + GROW_HEAP + canister.print("seen") + READ_A)
    canister.update("set", ADD_ONE + READ_A)
    canister.query("fail", ADD_ONE + "unreachable")
    canister.query("silent", ADD_ONE)
    return install(canister)


def test_query_drops_its_changes(replica: Replica, counter: Principal) -> None:
    version = replica.canister(counter).version
    assert replica.query(counter, "count") == number(1)
    assert replica.query(counter, "count") == number(1)
    view = replica.canister(counter)
    assert (view.version, view.logs, view.heap_size_bytes) == (version, (), 65_536)


def test_query_that_traps_leaves_no_change(replica: Replica, counter: Principal) -> None:
    assert isinstance(replica.query(counter, "fail"), Rejected)
    assert replica.query(counter, "count") == number(1)


def test_query_call_of_an_update_method_is_rejected(replica: Replica, counter: Principal) -> None:
    outcome = replica.query(counter, "set")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0536"
    assert "has no query method 'set'" in outcome.message


def test_query_without_a_response_is_rejected(replica: Replica, counter: Principal) -> None:
    outcome = replica.query(counter, "silent")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0506"


def test_query_of_a_stopped_canister_is_rejected(replica: Replica, counter: Principal) -> None:
    replica.stop(counter)
    outcome = replica.query(counter, "count")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0508"


def test_replicated_query_keeps_logs_and_version_only(replica: Replica, counter: Principal) -> None:
    version = replica.canister(counter).version
    assert replica.update(counter, "count") == number(1)
    assert replica.update(counter, "count") == number(1)
    view = replica.canister(counter)
    assert [record.content for record in view.logs] == [b"seen", b"seen"]
    assert view.version == version + 2


def composite(callee: Principal, method: str) -> WatCanister:
    canister = WatCanister()
    on_reply = canister.callback(
        ADD_ONE + "(call $append_argument) (call $append_i64 (global.get $a)) (call $msg_reply)"
    )
    on_reject = canister.callback("(call $append_reject_message) (call $msg_reply)")
    call = canister.call(callee, method, on_reply=on_reply, on_reject=on_reject)
    canister.composite_query("look", ADD_ONE + call)
    canister.query("count", ADD_ONE + READ_A)
    return canister


def test_composite_query_calls_queries_and_its_callbacks_see_its_changes(
    replica: Replica, install: Install, counter: Principal
) -> None:
    caller = install(composite(counter, "count"))
    expected = (1).to_bytes(8, "little") + (2).to_bytes(8, "little")
    assert replica.query(caller, "look") == Replied(expected)
    assert replica.query(caller, "look") == Replied(expected)
    assert replica.query(caller, "count") == number(1)


def test_composite_query_books_nothing_on_its_canister(
    replica: Replica, install: Install, counter: Principal
) -> None:
    caller = install(composite(counter, "count"))
    before = dict(replica._state.canisters[caller].cycles_consumed)
    replica.query(caller, "look")
    assert dict(replica._state.canisters[caller].cycles_consumed) == before


def test_composite_query_enters_itself_from_the_committed_state(
    replica: Replica, install: Install
) -> None:
    own_id = Principal((0).to_bytes(8, "big") + b"\x01\x01")
    caller = install(composite(own_id, "count"))
    assert caller == own_id
    expected = (1).to_bytes(8, "little") + (2).to_bytes(8, "little")
    assert replica.query(caller, "look") == Replied(expected)


def test_composite_query_cannot_call_updates(
    replica: Replica, install: Install, counter: Principal
) -> None:
    caller = install(composite(counter, "set"))
    outcome = replica.query(caller, "look")
    assert isinstance(outcome, Replied)
    assert b"has no query method 'set'" in outcome.data


def test_composite_query_nests_at_most_six_deep(replica: Replica, install: Install) -> None:
    own_id = Principal((0).to_bytes(8, "big") + b"\x01\x01")
    caller = install(composite(own_id, "look"))
    outcome = replica.query(caller, "look")
    assert isinstance(outcome, Replied)
    assert outcome.data.startswith(b"Composite query calls are nested more than 6 deep")


def test_composite_query_cannot_be_called_as_an_update(
    replica: Replica, install: Install, counter: Principal
) -> None:
    outcome = replica.update(install(composite(counter, "count")), "look")
    assert isinstance(outcome, Rejected)
    assert outcome.error_code == "IC0527"


def test_composite_query_without_a_response_is_rejected(replica: Replica, install: Install) -> None:
    canister = WatCanister()
    canister.composite_query("look", "")
    outcome = replica.query(install(canister), "look")
    assert isinstance(outcome, Rejected)
    assert "did not produce a response" in outcome.message
