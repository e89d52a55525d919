"""The vault is upgraded while calls of it are in flight, and every caller gets its answer."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scm.candid.encode import encode
from scm.candid.types import PRINCIPAL
from scm.testing.call_counts import CallCounts
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

UNLUCKY = 13
"""The amount for which `paid` raises, after it has changed the state."""

NOTHING_LEFT = CallCounts(waiting=0, failed=0, orphans=0)

BOOKED = "            vault.paid_total += payout.amount\n"
NEW_IN_V3 = """
@update
def ping(vault: Vault) -> Pending[nat]:
    return Ledger(vault.ledger).balance_of(ic.self_id()).then(pinged)


@on_response
def pinged(vault: Vault, response: Response[nat]) -> nat:
    return vault.pings


@update
def audit("""


def with_unlucky_number(source: str, version: str) -> str:
    failure = (
        f"            if payout.amount == {UNLUCKY}:\n"
        f'                raise ValueError("{version}: {UNLUCKY} is unlucky")\n'
    )
    assert source.count(BOOKED) == 1
    return source.replace(BOOKED, BOOKED + failure)


def third_version(v2: str) -> str:
    """A handler, a method and a state field more, a function renamed, other texts."""
    return (
        v2.replace("v2: ", "v3: ")
        .replace("book(", "settle(")
        .replace("    refused: nat = 0\n", "    refused: nat = 0\n    pings: nat = 0\n")
        .replace("\n@update\ndef audit(", NEW_IN_V3)
    )


@pytest.fixture(scope="session")
def versions(build_canister, write_project, vault_sources):
    """Three versions of the vault that can replace each other, by name."""
    sources = {name: with_unlucky_number(vault_sources[name], name) for name in ("v1", "v2")}
    sources["v3"] = third_version(sources["v2"])
    locks = {"v1": "v1.lock", "v2": "v2.lock", "v3": "v2.lock"}
    return {
        name: build_canister(write_project(source, vault_sources[locks[name]]))
        for name, source in sources.items()
    }


PATHS = pytest.mark.parametrize(
    "path", [("v1", "v2"), ("v1", "v2", "v3"), ("v2", "v1")], ids=lambda path: "-".join(path)
)


def paid_total(scene, version):
    return scene.vault.call("paid_total" if version == "v1" else "total_paid")


def change_code(scene, versions, path):
    for version in path[1:]:
        scene.upgrade(versions[version])


@PATHS
def test_reply_is_handled_by_the_new_code(deploy_vault, versions, customer, path):
    scene = deploy_vault(versions[path[0]])
    with scene.hold_responses() as hold:
        call = scene.vault.submit("pay", customer, 100)
        scene.replica.run_until_idle()
        assert scene.counts == CallCounts(waiting=1, failed=0, orphans=0)
        change_code(scene, versions, path)
        assert call.is_pending
        assert len(hold.parked) == 1
    recipient = "" if path[-1] == "v1" else f" to {customer}"
    assert call.result() == f"{path[-1]}: paid 100{recipient} in block 3"
    assert scene.answers("pay") == 1
    assert (scene.vault.payouts(), paid_total(scene, path[-1])) == (1, 100)
    assert scene.ledger.balance_of(customer) == 100
    assert scene.counts == NOTHING_LEFT


@PATHS
def test_reject_is_handled_by_the_new_code(deploy_vault, versions, customer, path):
    scene = deploy_vault(versions[path[0]])
    scene.replica.stop(scene.ledger.canister_id)
    with scene.hold_responses():
        call = scene.vault.submit("pay", customer, 100)
        scene.replica.run_until_idle()
        change_code(scene, versions, path)
    reason = f"Canister {scene.ledger.canister_id} is not running"
    assert call.result() == f"{path[-1]}: the ledger rejected the call (5): {reason}"
    assert scene.answers("pay") == 1
    assert scene.vault.payouts() == 0
    if path[-1] != "v1":
        assert scene.vault.refused() == 1
    assert scene.counts == NOTHING_LEFT


@PATHS
def test_handler_that_traps_in_the_new_code_rejects(deploy_vault, versions, customer, path):
    scene = deploy_vault(versions[path[0]])
    with scene.hold_responses():
        call = scene.vault.submit("pay", customer, UNLUCKY)
        scene.replica.run_until_idle()
        change_code(scene, versions, path)
    with pytest.raises(RejectError, match=f"ValueError: {path[-1]}: {UNLUCKY} is unlucky"):
        call.result()
    assert scene.answers("pay") == 1
    assert (scene.vault.payouts(), paid_total(scene, path[-1])) == (0, 0)
    assert scene.counts == CallCounts(waiting=0, failed=1, orphans=0)
    kept = "scm: response handler `paid` trapped; its call to"
    assert f"{kept} {scene.ledger.canister_id} `transfer` is kept as failed" in scene.log


def test_failed_call_survives_upgrades_and_stops_none(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    with pytest.raises(RejectError):
        scene.vault.pay(customer, UNLUCKY)
    for version in ("v2", "v3", "v1"):
        scene.upgrade(versions[version])
        assert scene.counts == CallCounts(waiting=0, failed=1, orphans=0)
    assert scene.vault.pay(customer, 1) == "v1: paid 1 in block 5"


def test_each_call_of_a_chain_may_see_another_version(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v2"])
    with scene.hold_responses() as hold:
        call = scene.vault.submit("pay_if_covered", customer, 100)
        scene.replica.run_until_idle()
        scene.upgrade(versions["v3"])
        hold.release()
        scene.replica.run_until_idle()
        assert [delivery.method for delivery in hold.parked] == ["transfer"]
        scene.upgrade(versions["v2"])
    assert call.result() == f"v2: paid 100 to {customer} in block 3 (covered)"
    assert scene.answers("pay_if_covered") == 1
    assert scene.counts == NOTHING_LEFT


@pytest.mark.parametrize("reason", ["lost", "late"])
def test_bounded_call_without_an_answer_is_unknown_to_the_new_code(
    deploy_vault, versions, customer, reason
):
    scene = deploy_vault(versions["v2"])
    with scene.hold_responses() as hold:
        call = scene.vault.submit("pay_if_covered", customer, 100)
        scene.replica.run_until_idle()
        hold.release()
        scene.replica.run_until_idle()
        scene.upgrade(versions["v3"])
        if reason == "lost":
            hold.drop_as_unknown(0)
        else:
            scene.replica.advance_time(61)
        scene.replica.run_until_idle()
    assert call.result() == "v3: the ledger did not answer in time; ask it before paying again"
    assert scene.answers("pay_if_covered") == 1
    assert scene.ledger.balance_of(customer) == 100
    assert scene.counts == NOTHING_LEFT


def test_rollback_keeps_state_that_the_old_code_does_not_know(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v2"])
    scene.vault.pay(customer, 0)
    assert scene.vault.refused() == 1
    scene.upgrade(versions["v1"])
    assert scene.vault.pay(customer, 5) == "v1: paid 5 in block 3"
    scene.upgrade(versions["v2"])
    assert (scene.vault.refused(), scene.vault.payouts(), scene.vault.total_paid()) == (1, 1, 5)


def test_as_many_calls_as_may_wait_are_answered_once_each(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    with scene.hold_responses() as hold:
        calls = {amount: scene.vault.submit("pay", customer, amount) for amount in range(1, 501)}
        scene.replica.run_until_idle()
        assert len(hold.parked) == 500
        assert scene.counts == CallCounts(waiting=500, failed=0, orphans=0)
        scene.upgrade(versions["v2"])
        hold.release(200)
        scene.replica.run_until_idle()
        assert scene.counts.waiting == 300
        scene.upgrade(versions["v3"])
        # The last response first: the order of answers is the callee's affair.
        while hold.parked:
            hold.release_one(len(hold.parked) - 1)
        scene.replica.run_until_idle()
    unlucky = calls.pop(UNLUCKY)
    with pytest.raises(RejectError, match="is unlucky"):
        unlucky.result()
    answers = {amount: str(call.result()) for amount, call in calls.items()}
    for amount, answer in answers.items():
        assert re.fullmatch(rf"v[23]: paid {amount} to {customer} in block \d+", answer)
    assert Counter(answer[:2] for answer in answers.values()) == {"v2": 199, "v3": 300}
    assert scene.answers("pay") == 500
    assert scene.counts == CallCounts(waiting=0, failed=1, orphans=0)
    total = sum(calls)
    assert (scene.vault.payouts(), scene.vault.total_paid()) == (499, total)
    assert scene.ledger.balance_of(customer) == total + UNLUCKY


# A response from a previous life of the canister.


def test_response_after_a_reinstall_runs_no_handler(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    with scene.hold_responses():
        call = scene.vault.submit("pay", customer, 100)
        scene.replica.run_until_idle()
        install(scene, versions["v2"], "reinstall")
        assert scene.counts == NOTHING_LEFT
    with pytest.raises(RejectError, match="did not"):
        call.result()
    assert scene.answers("pay") == 1
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=1)
    assert any(line.startswith("scm: orphan response (env 0x") for line in scene.log)
    assert (scene.vault.payouts(), scene.vault.total_paid()) == (0, 0)


def test_new_call_at_the_place_of_an_old_one_is_not_confused(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    with scene.hold_responses() as hold:
        old = scene.vault.submit("pay", customer, 100)
        scene.replica.run_until_idle()
        install(scene, versions["v1"], "reinstall")
        new = scene.vault.submit("pay", customer, 7)
        scene.replica.run_until_idle()
        hold.release(1)
        scene.replica.run_until_idle()
        assert scene.counts == CallCounts(waiting=1, failed=0, orphans=1)
        assert (old.is_pending, new.is_pending) == (False, True)
    assert new.result() == "v1: paid 7 in block 5"
    with pytest.raises(RejectError):
        old.result()
    assert scene.counts == CallCounts(waiting=0, failed=0, orphans=1)
    assert scene.vault.paid_total() == 7


def test_response_after_an_uninstall_reaches_nobody(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    with scene.hold_responses():
        call = scene.vault.submit("pay", customer, 100)
        scene.replica.run_until_idle()
        scene.replica.uninstall(scene.vault.canister_id)
        with pytest.raises(RejectError):
            call.result()
        install(scene, versions["v1"], "install")
    scene.replica.run_until_idle()
    assert scene.answers("pay") == 1
    assert scene.counts == NOTHING_LEFT
    assert scene.vault.payouts() == 0


def install(scene, wasm, mode):
    argument = encode([PRINCIPAL], [scene.ledger.canister_id])
    scene.replica.install(scene.vault.canister_id, wasm, argument, mode)


def test_counts_are_for_controllers_only(deploy_vault, versions, customer):
    scene = deploy_vault(versions["v1"])
    outcome = scene.replica.query(scene.vault.canister_id, "scm_status", sender=customer)
    assert "PermissionError: `scm_status` is for controllers" in outcome.message
